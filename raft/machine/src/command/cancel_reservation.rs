//! Calls a reservation off, under the policy that binds it.

use serde::{Deserialize, Serialize};

use super::Done;
use crate::record::{Assessment, Record};
use crate::settings::CancellationPolicy;
use crate::view::View;
use crate::{Accepted, Actor, CourtId, Event, Facility, Instant, Rejection, Reservation, ReservationId, Status};

const HOUR_MILLIS: i64 = 60 * 60 * 1000;

/// Calls a reservation off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelReservation {
    /// Which reservation.
    pub reservation_id: ReservationId,
    /// The slot it must be on, where the caller named one.
    pub slot: Option<(CourtId, Instant)>,
    /// Why.
    pub reason: Option<String>,
}

impl CancelReservation {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        let view = View::new(facility, facility.now);
        let settings = view.settings()?;
        let found = view.reservation(&self.reservation_id).ok_or(Rejection::ReservationUnknown)?;
        let reservation = &found.record.reservation;
        actor.must_act_for(&reservation.member_id)?;
        if !self.is_on_slot(reservation) {
            return Err(Rejection::SlotMismatch);
        }
        match (found.standing.status, found.record.cancellation()) {
            (Status::Confirmed, _) => {}
            (Status::Cancelled, Some(cancellation)) => {
                return Ok(Done::already(Accepted::ReservationCancelled(Box::new(cancellation))));
            }
            (status, _) => return Err(Rejection::InvalidTransition { status }),
        }
        if matches!(actor, Actor::Member(_)) && facility.now >= reservation.slot.start {
            return Err(Rejection::AlreadyStarted);
        }
        let policy = kinder(found.record.terms, settings.cancellation);
        let record = self.cancelled(found.record, assess(reservation, policy, facility.now, actor), facility.now);
        let event = Event::ReservationCancelled(Box::new(record.reservation.clone()));
        let cancellation = record.cancellation().expect("it was assessed just now");
        facility.put_record(record);
        Ok(Done::changed(Accepted::ReservationCancelled(Box::new(cancellation)), event))
    }

    fn is_on_slot(&self, reservation: &Reservation) -> bool {
        let on =
            |(court, start): &(CourtId, Instant)| *court == reservation.court_id && *start == reservation.slot.start;
        self.slot.as_ref().is_none_or(on)
    }

    fn cancelled(&self, record: &Record, assessment: Assessment, now: Instant) -> Record {
        let mut record = record.clone();
        record.end(Status::Cancelled, now);
        record.reservation.cancellation_reason.clone_from(&self.reason);
        record.assessment = Some(assessment);
        record
    }
}

/// The policy in force at confirmation binds unless today's is kinder, point by point.
fn kinder(bound: Option<CancellationPolicy>, today: CancellationPolicy) -> CancellationPolicy {
    let bound = bound.unwrap_or(today);
    CancellationPolicy {
        hours: bound.hours.min(today.hours),
        fee_cents: bound.fee_cents.min(today.fee_cents),
        penalty_credits: bound.penalty_credits.min(today.penalty_credits),
    }
}

fn assess(reservation: &Reservation, policy: CancellationPolicy, now: Instant, actor: &Actor) -> Assessment {
    let notice_millis = reservation.slot.start.0.saturating_sub(now.0);
    let within_policy = notice_millis >= i64::from(policy.hours) * HOUR_MILLIS;
    // The club's own cancellations never cost the member anything.
    let by_the_club = matches!(actor, Actor::Staff(_) | Actor::Operator(_) | Actor::System);
    let free = within_policy || by_the_club;
    let (penalty_credits, fee_cents) = if free { (0, 0) } else { (policy.penalty_credits, policy.fee_cents) };
    Assessment { notice_millis, within_policy, penalty_credits, fee_cents }
}
