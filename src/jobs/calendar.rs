//! Keeps the calendar ahead of the booking window, and as this release's time-zone table has it: turns the
//! next local days into instants, daily.

use std::time::Duration;

use cluster::{Facility, Node};
use machine::{Command, Digest, ExtendCalendar};

use super::Term;
use crate::calendar;

/// Between two looks at the horizon.
const LOOK_EVERY: Duration = Duration::from_secs(60 * 60);
/// Facilities of a node take their turn within this time, so that they do not all write at once.
const SPREAD_SECONDS: u64 = 15 * 60;

/// Runs until the caller drops it: when the term ends.
pub(super) async fn run(node: &Node, facility: &Facility, term: &Term) {
    loop {
        match overdue(node, facility) {
            Some(Overdue { urgent: true, command, key }) => {
                term.propose(facility, key, command).await;
            }
            Some(_) => {
                tokio::time::sleep(turn(facility)).await;
                if let Some(Overdue { command, key, .. }) = overdue(node, facility) {
                    term.propose(facility, key, command).await;
                }
            }
            None => {}
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

struct Overdue {
    /// Days of the booking window itself are missing.
    urgent: bool,
    command: Command,
    key: String,
}

/// The days up to the horizon that the calendar lacks, or has as another time-zone table had them.
fn overdue(node: &Node, facility: &Facility) -> Option<Overdue> {
    let now = node.now();
    facility.read(|state, _| {
        let settings = state.settings()?;
        let zone = calendar::zone(&settings.timezone)?;
        let today = calendar::date_at(zone, now);
        let horizon = calendar::horizon(settings, today);
        let mut days = calendar::days(settings, zone, today, calendar::days_between(today, horizon) + 1);
        days.retain(|day| state.calendar_day(day.date) != Some(day));
        let window_end = calendar::plus_days(today, settings.advance_booking_days);
        let urgent = days.first()?.date <= window_end;
        let command = Command::ExtendCalendar(ExtendCalendar { days });
        Some(Overdue { urgent, command, key: format!("calendar-{horizon}-{}", settings.version) })
    })
}

/// This facility's turn within the spread.
fn turn(facility: &Facility) -> Duration {
    Duration::from_secs(Digest::of(facility.id().as_str().as_bytes()).0 % SPREAD_SECONDS)
}
