//! The logs of the original: each line goes with the reservation or entry that it is about.
//!
//! So a line is here exactly when its subject is, once however often an import runs, and a line about what
//! cannot be brought is refused with it.

use std::collections::{BTreeMap, BTreeSet};

use machine::{LogLine, Logged};

use super::plan::FacilityPlan;
use super::report::{Here, Report, TableReport};
use super::source::Tables;
use crate::original::log::{self, Line};
use crate::original::{Record, Refusal};

/// The log that a line is of.
fn table_of(line: &LogLine) -> &'static str {
    match line.what {
        Logged::Cancellation { .. } => "cancellation_log",
        Logged::NoShow { .. } => "no_show_log",
        Logged::Notification { .. } => "notification_log",
    }
}

/// Reads all three logs, gives each line to what it is about, and refuses those that are about nothing.
pub(super) fn attach(tables: &Tables, plans: &mut [FacilityPlan], report: &mut Report) {
    let mut lines = read(&tables.cancellations, log::cancellation, report.table("cancellation_log"));
    lines.extend(read(&tables.no_shows, log::no_show, report.table("no_show_log")));
    lines.extend(read(&tables.notifications, log::notification, report.table("notification_log")));
    let mut subjects = Subjects::of(tables, plans);
    for line in lines {
        if let Err(refusal) = subjects.give(plans, &line) {
            report.table(table_of(&line.line)).refuse(refusal, None);
        }
    }
}

/// Enters the lines about something that is here.
pub(super) fn here(report: &mut Report, lines: &[LogLine], how: Here) {
    lines.iter().for_each(|line| report.table(table_of(line)).here(how, None));
}

/// Enters the lines about something that was refused.
pub(super) fn refuse(report: &mut Report, lines: &[LogLine]) {
    for line in lines {
        let refusal = Refusal::new(line.id.as_str(), "subject_refused", "what it is about was refused");
        report.table(table_of(line)).refuse(refusal, None);
    }
}

fn read(rows: &[Record], line: fn(&Record) -> Result<Line, Refusal>, report: &mut TableReport) -> Vec<Line> {
    let mut seen = BTreeSet::new();
    let mut lines = Vec::new();
    for row in rows {
        match line(row) {
            Ok(line) if !seen.insert(line.line.id.clone()) => {
                let detail = "an earlier row has the same id";
                report.refuse(Refusal::new(line.line.id.as_str(), "duplicate_id", detail), None);
            }
            Ok(line) => lines.push(line),
            Err(refusal) => report.refuse(refusal, None),
        }
    }
    lines
}

/// What lines can be about.
struct Subjects {
    /// Where the reservations are that are to be brought: of which facility, and which of them.
    bookings: BTreeMap<String, (usize, usize)>,
    waiting: BTreeMap<String, (usize, usize)>,
    /// Everything that the file has.
    in_file: BTreeSet<String>,
}

impl Subjects {
    fn of(tables: &Tables, plans: &[FacilityPlan]) -> Self {
        let (mut bookings, mut waiting) = (BTreeMap::new(), BTreeMap::new());
        for (at, plan) in plans.iter().enumerate() {
            bookings.extend(plan.bookings.iter().enumerate().map(|(place, one)| (one.id().to_owned(), (at, place))));
            waiting.extend(plan.waiting.iter().enumerate().map(|(place, one)| (one.id.clone(), (at, place))));
        }
        let in_file = tables.reservations.iter().chain(&tables.waitlist).filter_map(|row| row.text("id")).collect();
        Self { bookings, waiting, in_file }
    }

    fn give(&mut self, plans: &mut [FacilityPlan], line: &Line) -> Result<(), Refusal> {
        let refused = |reason, detail: String| Err(Refusal::new(line.line.id.as_str(), reason, detail));
        let at = |of: &BTreeMap<_, _>, id: &Option<String>| id.as_ref().and_then(|id| of.get(id).copied());
        if let Some((plan, place)) = at(&self.bookings, &line.reservation) {
            let booking = &mut plans[plan].bookings[place];
            if booking.import.member_id.as_str() != line.member {
                return refused("other_member", format!("{:?} is not whose reservation it is", line.member));
            }
            booking.note(line.line.clone());
            return Ok(());
        }
        if let Some((plan, place)) = at(&self.waiting, &line.waitlist) {
            plans[plan].waiting[place].log.push(line.line.clone());
            return Ok(());
        }
        let Some(subject) = line.reservation.as_ref().or(line.waitlist.as_ref()) else {
            return refused("about_nothing", "it names no reservation and no entry of the waitlist".to_owned());
        };
        if self.in_file.contains(subject) {
            return refused("subject_refused", "what it is about was refused".to_owned());
        }
        refused("unknown_subject", format!("there is no {subject:?}"))
    }
}
