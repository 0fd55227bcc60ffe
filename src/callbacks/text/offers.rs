//! `1` and `2`: the answer to what is offered.

use machine::{AcceptOffer, Command, DeclineOffer, Instant, Pay, Reservation, WaitlistId, WaitlistStatus};

use super::membership::Membership;
use super::saying::Saying;
use crate::words::Language;

/// What is offered to somebody.
pub(super) struct Offer<'a> {
    /// To whom.
    pub(super) to: &'a Membership,
    /// To which entry.
    entry: WaitlistId,
    /// The hold that it is.
    reservation: Reservation,
}

/// The offer that was made last: the one that a text most likely answers.
pub(super) fn last<'a>(mine: &'a [Membership]) -> Option<Offer<'a>> {
    let all = mine.iter().flat_map(of);
    all.max_by(|one, other| one.place().cmp(&other.place()))
}

/// What is said where nothing is offered.
pub(super) fn none(mine: &[Membership]) -> Saying {
    let ran_out = |it: &Membership| {
        it.facility.read(|state, _| state.waitlist_of(&it.member).any(|entry| entry.last_expired_at.is_some()))
    };
    if mine.iter().any(ran_out) { Saying::OfferOver } else { Saying::NoOffer }
}

impl Offer<'_> {
    /// Takes it.
    pub(super) fn accept(&self) -> Command {
        Command::AcceptOffer(AcceptOffer { waitlist_id: self.entry.clone(), pay: Pay::Later })
    }

    /// Declines it.
    pub(super) fn decline(&self) -> Command {
        Command::DeclineOffer(DeclineOffer { waitlist_id: self.entry.clone() })
    }

    /// What is said where it is refused, by the refusal's code.
    pub(super) fn refused(&self, code: &str, language: Language) -> Saying {
        let slot = || self.to.slot(&self.reservation.court_id, self.reservation.slot.start, language);
        match code {
            "offer_expired" | "no_active_offer" => Saying::OfferOver,
            "payment_required" => Saying::PayFirst(slot()),
            _ => Saying::NotAllowed(slot()),
        }
    }

    fn place(&self) -> (Instant, &machine::FacilityId, &WaitlistId) {
        (self.reservation.created_at, self.to.facility.id(), &self.entry)
    }
}

fn of(to: &Membership) -> Vec<Offer<'_>> {
    to.facility.read(|state, _| {
        let offered = state.waitlist_of(&to.member).filter(|entry| entry.status == WaitlistStatus::Offered);
        let offer = |entry: &machine::WaitlistEntry| {
            let reservation = state.reservation(entry.reservation_id.as_ref()?)?.clone();
            Some(Offer { to, entry: entry.id.clone(), reservation })
        };
        offered.filter_map(offer).collect()
    })
}
