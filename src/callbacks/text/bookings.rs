//! `NEXT`, `DROP n` and `OK code`: what is booked, and calling it off.

use machine::{
    Actor, CancelReservation, Cancellation, CancellationPreview, Command, FacilityId, Instant, Reservation,
    ReservationId, Status,
};

use super::code;
use super::membership::Membership;
use super::saying::{Cost, Saying, Slot};
use crate::auth::Secret;
use crate::words::{Language, amount};

/// Bookings of a list: what fits into a text.
const LISTED_MAX: usize = 5;
/// Why a reservation was called off, as its record has it.
const REASON: &str = "by text message";

/// Something that is booked.
pub(super) struct Booking<'a> {
    /// For whom.
    pub(super) of: &'a Membership,
    reservation: Reservation,
}

/// What is booked and has not begun at `now`, over all clubs, by start.
pub(super) fn to_come(mine: &[Membership], now: Instant) -> Vec<Booking<'_>> {
    let of = |it: &'_ Membership| {
        it.facility.read(|state, _| {
            let booked = state.bookings_of(&it.member, now);
            let to_come = booked.filter(|one| one.status == Status::Confirmed && one.slot.start > now);
            to_come.cloned().collect::<Vec<_>>()
        })
    };
    let of = |it| of(it).into_iter().map(move |reservation| Booking { of: it, reservation });
    let mut all: Vec<Booking<'_>> = mine.iter().flat_map(of).collect();
    all.sort_by(|one, other| one.place().cmp(&other.place()));
    all
}

/// The list of them.
pub(super) fn list(all: &[Booking<'_>], language: Language) -> Saying {
    if all.is_empty() {
        return Saying::NothingBooked;
    }
    let slots = all.iter().take(LISTED_MAX).map(|booking| booking.slot(language)).collect();
    Saying::Next(slots, all.len().saturating_sub(LISTED_MAX))
}

/// What it would cost to call the one of that number off.
pub(super) fn ask(all: &[Booking<'_>], number: usize, now: Instant, token: &Secret, language: Language) -> Saying {
    let Some(booking) = number.checked_sub(1).and_then(|place| all.get(place)) else {
        return Saying::NoSuchNumber(number);
    };
    let slot = booking.slot(language);
    match booking.preview(now) {
        Some(preview) => {
            let code = booking.code(&preview, token);
            Saying::WouldCost { number, slot, cost: cost(&preview, &booking.of.currency, language), code }
        }
        None => Saying::TooLate(slot),
    }
}

/// The one that a code is of; `None` where it is of none, or of more than one.
pub(super) fn coded<'a, 'b>(
    all: &'b [Booking<'a>],
    text: &str,
    now: Instant,
    token: &Secret,
) -> Option<&'b Booking<'a>> {
    let is_it =
        |booking: &&Booking<'_>| booking.preview(now).is_some_and(|preview| booking.code(&preview, token) == text);
    let mut found = all.iter().filter(is_it);
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// What is said of one that was called off.
pub(super) fn dropped(of: &Membership, cancellation: &Cancellation, language: Language) -> Saying {
    let Cancellation { reservation, penalty_credits, fee_cents, .. } = cancellation;
    let fee = (*fee_cents > 0).then(|| amount(u64::from(*fee_cents), &of.currency, language));
    let cost = Cost { penalty_credits: *penalty_credits, fee, ..Cost::default() };
    Saying::Dropped(of.slot(&reservation.court_id, reservation.slot.start, language), cost)
}

impl Booking<'_> {
    /// Calls it off.
    pub(super) fn cancel(&self) -> Command {
        Command::CancelReservation(CancelReservation {
            reservation_id: self.reservation.id.clone(),
            slot: Some((self.reservation.court_id.clone(), self.reservation.slot.start)),
            reason: Some(REASON.to_owned()),
        })
    }

    /// In words.
    pub(super) fn slot(&self, language: Language) -> Slot {
        self.of.slot(&self.reservation.court_id, self.reservation.slot.start, language)
    }

    fn preview(&self, now: Instant) -> Option<CancellationPreview> {
        let actor = Actor::Member(self.of.member.clone());
        self.of.facility.read(|state, _| state.cancellation_preview(&self.reservation.id, &actor, now))
    }

    fn code(&self, preview: &CancellationPreview, token: &Secret) -> String {
        code::code(token, self.of.facility.id(), &self.reservation, preview)
    }

    fn place(&self) -> (Instant, &FacilityId, &ReservationId) {
        (self.reservation.slot.start, self.of.facility.id(), &self.reservation.id)
    }
}

fn cost(preview: &CancellationPreview, currency: &str, language: Language) -> Cost {
    let some = |cents: u64| (cents > 0).then(|| amount(cents, currency, language));
    Cost {
        penalty_credits: preview.penalty_credits,
        fee: some(u64::from(preview.fee_cents)),
        refund: some(preview.refund_cents),
        refund_credits: preview.refund_credits,
        kept_credits: preview.kept_credits,
    }
}
