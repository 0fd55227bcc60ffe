//! Books a series: the same court and member on many dates, each under the rules, in their order.
//!
//! What breaks a rule refuses all of it, or is left out; either way the answer lists both. An occurrence
//! that is left out may bring a wish along, with which its member waits for it. Each that is booked is an
//! ordinary reservation with the series' id.

use serde::{Deserialize, Serialize};

use super::{BookReservation, Done, JoinWaitlist};
use crate::view::View;
use crate::{
    Accepted, Actor, Conflict, CourtId, Event, Facility, Interval, MemberId, Override, Pay, RefusedOccurrence,
    Rejection, Reservation, ReservationId, SeriesId, WaitlistId,
};

/// Occurrences of one series (`booking.md` 6).
const OCCURRENCES_MAX: u32 = 60;

/// What becomes of a series of which an occurrence breaks a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OnConflict {
    /// Nothing is booked.
    FailAll,
    /// It is left out.
    Skip,
}

/// One occurrence of a series.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occurrence {
    /// Minted by the proposer.
    pub reservation_id: ReservationId,
    /// When.
    pub slot: Interval,
    /// With what its member waits where it is left out; not at all where `None`.
    pub or_wait: Option<JoinWaitlist>,
}

/// Books a series.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookSeries {
    /// Minted by the proposer, or the client's own.
    pub series_id: SeriesId,
    /// For whom.
    pub member_id: MemberId,
    /// Which court.
    pub court_id: CourtId,
    /// When, in any order: the proposer has expanded the recurrence.
    pub occurrences: Vec<Occurrence>,
    /// What becomes of all where one breaks a rule.
    pub on_conflict: OnConflict,
    /// `web sms staff api`.
    pub source: String,
    /// What each is called.
    pub booking_type: String,
    /// Who else plays, in free text.
    pub participants: Vec<String>,
    /// Free text.
    pub notes: Option<String>,
    /// How each is to be paid.
    pub pay: Pay,
    /// The rules that staff set aside for all of it.
    pub overrides: Option<Override>,
}

/// An occurrence that was booked and what happened, or every rule that it breaks.
type Booking = Result<(Reservation, Vec<Event>), Vec<Conflict>>;

impl BookSeries {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        let view = View::new(facility, facility.now);
        view.settings()?;
        actor.must_act_for(&self.member_id)?;
        view.court(&self.court_id)?;
        if facility.series(&self.series_id).next().is_some() {
            return self.again(facility);
        }
        let in_order = self.in_order(facility)?;
        // A copy shares what neither writes, so giving up half-way costs nothing.
        let before = facility.clone();
        let (mut booked, mut refused, mut events) = (Vec::new(), Vec::new(), Vec::new());
        for occurrence in &in_order {
            let booking = self.book(occurrence, facility, actor);
            if booking.is_err() {
                *facility = before.clone();
            }
            match booking? {
                Ok((reservation, told)) => {
                    booked.push(reservation);
                    events.extend(told);
                }
                Err(conflicts) => refused.push(RefusedOccurrence { slot: occurrence.slot, conflicts, waits: None }),
            }
        }
        if !refused.is_empty() && (self.on_conflict == OnConflict::FailAll || booked.is_empty()) {
            *facility = before;
            return Err(Rejection::SeriesRefused(refused));
        }
        for refused in &mut refused {
            let occurrence = in_order.iter().find(|it| it.slot == refused.slot);
            refused.waits = occurrence.and_then(|it| wait(it.or_wait.as_ref()?, facility, actor, &mut events));
        }
        Ok(Done { accepted: Accepted::SeriesBooked { booked, refused }, events })
    }

    /// The same series again, for as long as any of it is remembered.
    fn again(&self, facility: &Facility) -> Result<Done, Rejection> {
        let there: Vec<Reservation> = facility.series(&self.series_id).cloned().collect();
        let own = |it: &Reservation| it.member_id == self.member_id && it.court_id == self.court_id;
        let asked = |it: &Reservation| self.occurrences.iter().any(|asked| asked.reservation_id == it.id);
        if there.iter().all(|it| own(it) && asked(it)) {
            Ok(Done::already(Accepted::SeriesBooked { booked: there, refused: Vec::new() }))
        } else {
            Err(Rejection::SeriesExists)
        }
    }

    fn in_order(&self, facility: &Facility) -> Result<Vec<&Occurrence>, Rejection> {
        if self.occurrences.len() > OCCURRENCES_MAX as usize {
            return Err(Rejection::TooMany { limit: OCCURRENCES_MAX });
        }
        if self.occurrences.is_empty() || self.occurrences.iter().any(|it| it.slot.start >= it.slot.end) {
            return Err(Rejection::EmptyInterval);
        }
        let ids: std::collections::BTreeSet<_> = self.occurrences.iter().map(|it| &it.reservation_id).collect();
        let taken = ids.iter().any(|id| facility.reservation(id).is_some());
        if taken || ids.len() < self.occurrences.len() {
            return Err(Rejection::ReservationExists);
        }
        let mut in_order: Vec<&Occurrence> = self.occurrences.iter().collect();
        in_order.sort_by_key(|it| it.slot);
        Ok(in_order)
    }
}

impl BookSeries {
    /// Books one occurrence as it would be booked alone; says every rule that it breaks.
    fn book(&self, occurrence: &Occurrence, facility: &mut Facility, actor: &Actor) -> Result<Booking, Rejection> {
        let one = BookReservation {
            reservation_id: occurrence.reservation_id.clone(),
            court_id: self.court_id.clone(),
            member_id: self.member_id.clone(),
            slot: occurrence.slot,
            source: self.source.clone(),
            booking_type: self.booking_type.clone(),
            participants: self.participants.clone(),
            notes: self.notes.clone(),
            series_id: Some(self.series_id.clone()),
            pay: self.pay,
            overrides: self.overrides.clone(),
        };
        match one.run(facility, actor) {
            Ok(Done { accepted: Accepted::ReservationBooked(booked), events }) => Ok(Ok((booked.reservation, events))),
            Ok(_) => Err(Rejection::ReservationExists),
            Err(Rejection::Conflicts(conflicts)) => Ok(Err(conflicts)),
            Err(rejection) => Err(rejection),
        }
    }
}

/// Lets the member wait for an occurrence that was left out; where it may not, it only is left out.
fn wait(wish: &JoinWaitlist, facility: &mut Facility, actor: &Actor, events: &mut Vec<Event>) -> Option<WaitlistId> {
    let joined = wish.run(facility, actor).ok()?;
    events.extend(joined.events);
    Some(wish.waitlist_id.clone())
}
