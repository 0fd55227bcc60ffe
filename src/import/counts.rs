//! What a member's row counts, against what the rows about it say.
//!
//! The original kept its counts beside its logs and lost some of both; the larger of the two is what is known to
//! have happened. A balance is the club's word and goes over as it is: what its penalties cost is in it already.

use std::collections::BTreeMap;

use machine::{Logged, Status};
use serde_json::Value;

use super::plan::FacilityPlan;
use crate::original::Booking;

/// Raises the counts of members to what the rows about them say, and notes of how many that was so.
pub(super) fn recount(plan: &mut FacilityPlan, notes: &mut Vec<String>) {
    let (mut missed, mut booked) = (BTreeMap::new(), BTreeMap::new());
    for booking in &plan.bookings {
        let member = booking.import.member_id.to_string();
        *missed.entry(member.clone()).or_default() += no_shows(booking);
        *booked.entry(member).or_default() += u64::from(was_confirmed(booking));
    }
    for (field, counted, what) in
        [("noShowCount", missed, "no-shows"), ("totalBookings", booked, "confirmed reservations")]
    {
        let raised = raise(plan, field, &counted);
        if raised > 0 {
            let facility = &plan.facility.id;
            notes.push(format!("{facility}: of {raised} members the file has more {what} than their rows count; counted were the {what}"));
        }
    }
}

fn no_shows(booking: &Booking) -> u64 {
    let lines = booking.import.elsewhere.log.iter().filter(|line| matches!(line.what, Logged::NoShow { .. })).count();
    // One that nobody wrote into the log was missed all the same.
    let is_missed = booking.import.elsewhere.status == Status::NoShow;
    if lines > 0 { lines as u64 } else { u64::from(is_missed) }
}

fn was_confirmed(booking: &Booking) -> bool {
    let status = booking.import.elsewhere.status;
    let stood = matches!(status, Status::Confirmed | Status::CheckedIn | Status::Completed | Status::NoShow);
    stood || booking.import.confirmed_at.is_some()
}

fn raise(plan: &mut FacilityPlan, field: &str, counted: &BTreeMap<String, u64>) -> usize {
    let mut raised = 0;
    for member in &mut plan.members {
        let counted = counted.get(&member.id).copied().unwrap_or(0);
        let row = member.body.get(field).and_then(Value::as_u64).unwrap_or(0);
        if counted > row {
            member.body[field] = counted.into();
            raised += 1;
        }
    }
    raised
}
