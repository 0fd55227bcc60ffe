//! Keeps the calendar ahead of the booking window, and as this release's time-zone table has it: turns the
//! next local days into instants, daily.

use std::time::Duration;

use chrono_tz::Tz;
use machine::{Block, CalendarDay, Command, Digest, ExtendBlock, ExtendCalendar, Interval};

use super::Group;
use crate::calendar;
use crate::recurrence::Recurrence;

/// Between two looks at the horizon.
const LOOK_EVERY: Duration = Duration::from_secs(60 * 60);
/// Facilities of a node take their turn within this time, so that they do not all write at once.
const SPREAD_SECONDS: u64 = 15 * 60;
/// Times of a block that one command may bring.
const TIMES_MAX: usize = 400;

/// Runs until the caller drops it: when the term ends.
pub(super) async fn run(group: &impl Group) {
    loop {
        match overdue(group) {
            Some(overdue) if overdue.urgent => overdue.propose(group).await,
            Some(_) => {
                tokio::time::sleep(turn(group)).await;
                if let Some(overdue) = overdue(group) {
                    overdue.propose(group).await;
                }
            }
            None => {}
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

struct Overdue {
    /// Days of the booking window itself are missing or wrong.
    urgent: bool,
    /// What blocks that recur have on days that are new.
    blocks: Vec<ExtendBlock>,
    days: Vec<CalendarDay>,
    key: String,
}

impl Overdue {
    async fn propose(self, group: &impl Group) {
        // Order: blocks before the days that they are on. Once those are there, nobody looks at them again.
        for block in self.blocks {
            let key = format!("block-{}-{}", block.block_id, self.key);
            group.propose(key, Command::ExtendBlock(block)).await;
        }
        let command = Command::ExtendCalendar(ExtendCalendar { days: self.days });
        group.propose(self.key, command).await;
    }
}

/// The days up to the horizon that the calendar lacks, or has as another time-zone table had them.
fn overdue(group: &impl Group) -> Option<Overdue> {
    let now = group.now();
    group.read(|state| {
        let settings = state.settings()?;
        let zone = calendar::zone(&settings.timezone)?;
        let today = calendar::date_at(zone, now);
        let horizon = calendar::horizon(settings, today);
        let mut days = calendar::days(settings, zone, today, calendar::days_between(today, horizon) + 1);
        days.retain(|day| state.calendar_day(day.date) != Some(day));
        let window_end = calendar::plus_days(today, settings.advance_booking_days);
        let urgent = days.first()?.date <= window_end;
        let blocks = blocks_on(state, zone, &days);
        Some(Overdue { urgent, blocks, days, key: format!("calendar-{horizon}-{}", settings.version) })
    })
}

/// The times of blocks that recur on those of `days` that are new.
fn blocks_on(state: &machine::Facility, zone: Tz, days: &[CalendarDay]) -> Vec<ExtendBlock> {
    let new = |day: &&CalendarDay| state.calendar_end().is_none_or(|end| day.date > end);
    let (Some(first), Some(last)) = (days.iter().find(new), days.last()) else { return Vec::new() };
    let span = Interval { start: first.span.start, end: last.span.end };
    let extended = |block: &Block| {
        let recurrence = Recurrence::from_text(block.recurrence.as_ref()?)?;
        let times = recurrence.times(zone, span, TIMES_MAX).times;
        (!times.is_empty()).then(|| ExtendBlock { block_id: block.id.clone(), times })
    };
    state.blocks(None).filter_map(extended).collect()
}

/// This facility's turn within the spread.
pub(super) fn turn(group: &impl Group) -> Duration {
    Duration::from_secs(Digest::of(group.id().as_str().as_bytes()).0 % SPREAD_SECONDS)
}
