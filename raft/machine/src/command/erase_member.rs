//! Erases a person: its id stays as a tombstone, nothing else that tells who it was.
//!
//! What it holds is released and what it has booked is cancelled without any penalty. Free texts of its
//! reservations go, here and in the answers that are kept for repeats.

use serde::{Deserialize, Serialize};

use super::Done;
use crate::record::{Assessment, Record};
use crate::{Accepted, Actor, Event, Facility, MemberId, MemberStatus, Rejection, ReservationId, Status, refund};

/// Erases a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EraseMember {
    /// Who.
    pub member_id: MemberId,
    /// The version that the caller saw, where it says so.
    pub expected: Option<u64>,
}

impl EraseMember {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        actor.must_act_for(&self.member_id)?;
        facility.settings().ok_or(Rejection::FacilityUnknown)?;
        let before = facility.member(&self.member_id).ok_or(Rejection::MemberUnknown)?;
        if before.status == MemberStatus::Erased {
            return Ok(Done::already(Accepted::MemberErased));
        }
        Rejection::unless_version(self.expected, before.version)?;
        let tombstone = before.tombstone();
        let mut events = Vec::new();
        // Order: the tombstone first, so that nothing that follows is given to the member again.
        facility.put_member(tombstone);
        let of_member: Vec<ReservationId> = facility.reservations_of(&self.member_id).collect();
        for id in of_member {
            end_and_clear(facility, &id, &mut events);
        }
        facility.ledger.erase(&self.member_id);
        facility.answers.forget_person(&self.member_id);
        events.push(Event::MemberErased(self.member_id.clone()));
        Ok(Done { accepted: Accepted::MemberErased, events })
    }
}

fn end_and_clear(facility: &mut Facility, id: &ReservationId, events: &mut Vec<Event>) {
    let Some(mut record) = facility.book.get(id).map(|record| Record::clone(record)) else { return };
    let now = facility.now;
    record.reservation.forget_person();
    let status = record.reservation.status;
    match status {
        Status::Held | Status::PaymentPending => record.end(Status::Released, now),
        Status::Confirmed => {
            let notice_millis = record.reservation.slot.start.0.saturating_sub(now.0);
            record.end(Status::Cancelled, now);
            record.assessment = Some(Assessment {
                notice_millis,
                within_policy: true,
                penalty_credits: 0,
                fee_cents: 0,
                promotion: None,
            });
            events.extend(refund::give_all_back(facility, &mut record));
        }
        Status::CheckedIn => record.end(Status::Completed, now),
        _ => {}
    }
    let reservation = Box::new(record.reservation.clone());
    facility.put_record(record);
    events.extend(match status {
        Status::Held | Status::PaymentPending => Some(Event::HoldReleased(reservation)),
        Status::Confirmed => Some(Event::ReservationCancelled(reservation)),
        Status::CheckedIn => Some(Event::ReservationCompleted(reservation)),
        _ => None,
    });
}
