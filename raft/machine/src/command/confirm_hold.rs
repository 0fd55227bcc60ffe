//! Turns a hold into a reservation, before its deadline and by whose it is.

use serde::{Deserialize, Serialize};

use super::{Done, HoldRef};
use crate::record::{Record, Standing};
use crate::view::{Seen, View};
use crate::{Accepted, Actor, CourtId, Event, Facility, Instant, Rejection, Reservation, ReservationId, Status};

/// Turns a hold into a reservation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmHold {
    /// Which hold.
    pub hold: HoldRef,
    /// The id minted by the attempt, or the client's own, unused one.
    pub reservation_id: Option<ReservationId>,
}

/// What a confirm comes to.
pub(crate) enum Decision {
    /// It is confirmed already, by this very confirm.
    Again(Box<Reservation>),
    /// The hold is live.
    Confirm {
        /// The id of the held reservation.
        held: ReservationId,
        /// The id that it has from now on.
        confirmed: ReservationId,
    },
}

impl ConfirmHold {
    /// Whether the hold can be confirmed; changes nothing.
    pub(crate) fn decide(&self, view: &View<'_>, actor: &Actor) -> Result<Decision, Rejection> {
        view.settings()?;
        if let Some(named) = self.reservation_id.as_ref().and_then(|id| view.reservation(id)) {
            return self.confirm_named(named, actor);
        }
        match (&self.hold, self.hold.find(view)) {
            (HoldRef::Id(_), None) => Err(Rejection::HoldUnknown),
            (HoldRef::Id(_), Some(hold)) => self.confirm_found(hold, actor),
            (HoldRef::Slot { court_id, start }, None) => Err(late(view, court_id, *start, actor)),
            (HoldRef::Slot { .. }, Some(claim)) => self.confirm_claim(claim, actor),
        }
    }

    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        let (held, confirmed) = match self.decide(&View::new(facility, facility.now), actor)? {
            Decision::Again(reservation) => return Ok(Done::already(Accepted::HoldConfirmed(reservation))),
            Decision::Confirm { held, confirmed } => (held, confirmed),
        };
        let terms = facility.settings().ok_or(Rejection::FacilityUnknown)?.cancellation;
        let mut reservation = facility.reservation(&held).ok_or(Rejection::HoldUnknown)?.clone();
        if held != confirmed {
            facility.remove_record(&held);
            reservation.id = confirmed;
        }
        reservation.status = Status::Confirmed;
        reservation.confirmed_at = Some(facility.now);
        reservation.version += 1;
        facility.put_record(Record { terms: Some(terms), ..Record::new(reservation.clone()) });
        facility.count_booking(&reservation.member_id);
        let reservation = Box::new(reservation);
        Ok(Done::changed(Accepted::HoldConfirmed(reservation.clone()), Event::ReservationConfirmed(reservation)))
    }

    /// The reservation id that was given is known: it has to be that of the named hold.
    fn confirm_named(&self, named: Seen<'_>, actor: &Actor) -> Result<Decision, Rejection> {
        let reservation = &named.record.reservation;
        let of_this_hold = match &self.hold {
            HoldRef::Id(id) => reservation.hold_id.as_ref() == Some(id),
            HoldRef::Slot { court_id, start } => reservation.court_id == *court_id && reservation.slot.start == *start,
        };
        if of_this_hold { self.confirm_found(named, actor) } else { Err(Rejection::ReservationExists) }
    }

    /// A claim stands on the named slot, and the given id, if one is, is not its own.
    fn confirm_claim(&self, claim: Seen<'_>, actor: &Actor) -> Result<Decision, Rejection> {
        // A slot without an id does not say whose confirm is asked for again: told to somebody whose
        // hold ran out, "confirmed" would be another member's booking. A member names itself.
        let whose_is_unclear = self.reservation_id.is_some() || !matches!(actor, Actor::Member(_));
        if claim.standing.status == Status::Confirmed && whose_is_unclear {
            return Err(Rejection::HoldUnknown);
        }
        self.confirm_found(claim, actor)
    }

    fn confirm_found(&self, hold: Seen<'_>, actor: &Actor) -> Result<Decision, Rejection> {
        let reservation = &hold.record.reservation;
        actor.must_act_for(&reservation.member_id)?;
        let own_id = self.reservation_id.as_ref().is_none_or(|id| *id == reservation.id);
        match hold.standing.status {
            Status::Held => {
                let confirmed = self.reservation_id.clone().unwrap_or_else(|| reservation.id.clone());
                Ok(Decision::Confirm { held: reservation.id.clone(), confirmed })
            }
            Status::Confirmed if own_id => Ok(Decision::Again(Box::new(reservation.clone()))),
            status @ (Status::Confirmed | Status::Completed | Status::Cancelled) => {
                Err(Rejection::InvalidTransition { status })
            }
            Status::Expired | Status::Released => Err(ended(hold.standing)),
        }
    }
}

/// Why there is no hold to confirm on a slot that nobody claims.
fn late(view: &View<'_>, court: &CourtId, start: Instant, actor: &Actor) -> Rejection {
    let hold = view.last_ended_hold(court, start, |member| actor.must_act_for(member).is_ok());
    hold.map_or(Rejection::HoldUnknown, |hold| ended(hold.standing))
}

fn ended(standing: Standing) -> Rejection {
    match standing {
        Standing { status: Status::Expired, ended_at: Some(at) } => Rejection::HoldExpired { at },
        _ => Rejection::HoldUnknown,
    }
}
