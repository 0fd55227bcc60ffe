//! What an import would come to in a cluster that has nothing of the facility: the dry run.

use super::blocks::Meets;
use super::logs;
use super::plan::{FacilityPlan, advance_booking_days};
use super::report::{Here, Report};
use super::taken::Courts;
use crate::http::reservations::StatusWord;

/// Enters what would become of a plan. `now` is in milliseconds UTC.
pub(super) fn foretell(plan: &FacilityPlan, now: i64, report: &mut Report) {
    let here = |report: &mut Report, table: &str| report.table(table).here(Here::Imported, None);
    here(report, "facilities");
    plan.courts.iter().for_each(|_| here(report, "courts"));
    plan.members.iter().for_each(|_| here(report, "members"));
    let mut courts = Courts::default();
    reservations(plan, &mut courts, report);
    blocks(plan, now, &mut courts, report);
    for entry in &plan.waiting {
        report.table("waitlist").here(Here::Imported, Some((&entry.found, entry.stands)));
        logs::here(report, &entry.log, Here::Imported);
    }
}

fn reservations(plan: &FacilityPlan, courts: &mut Courts, report: &mut Report) {
    for booking in &plan.bookings {
        let overlaps = courts.in_the_way_of(booking);
        let elsewhere = &booking.import.elsewhere;
        if overlaps.is_empty() {
            courts.take(booking);
            let status = (booking.found.as_str(), StatusWord::of(elsewhere.status).as_str());
            report.table("reservations").here(Here::Imported, Some(status));
            logs::here(report, &elsewhere.log, Here::Imported);
        } else {
            let refusal = Courts::refusal(booking, overlaps, "");
            report.table("reservations").refuse(refusal, Some(&booking.found));
            logs::refuse(report, &elsewhere.log);
        }
    }
}

fn blocks(plan: &FacilityPlan, now: i64, courts: &mut Courts, report: &mut Report) {
    for block in &plan.blocks {
        match block.meet(courts, plan.zone, now, advance_booking_days(&plan.facility)) {
            Meets::Refused(refusal) => report.table("availability_blocks").refuse(refusal, None),
            Meets::Placed { skipped } => {
                report.table("availability_blocks").here(Here::Imported, None);
                report.notes.extend(left_out(&block.id, skipped));
            }
        }
    }
}

/// What is said of a block that leaves times out.
pub(super) fn left_out(block: &str, times: usize) -> Option<String> {
    (times > 0).then(|| format!("block {block}: {times} of its times are left out, because something is booked there"))
}
