//! Giving a slot to an entry: booked at once, or held as an offer.
//!
//! The reservation is named after its entry and counts on from there, so its id is as unique as the
//! entry's, and every replica finds the same one.

use super::candidates::Candidate;
use super::explain::Grant;
use super::{WaitlistEntry, WaitlistStatus};
use crate::booking::{self, Paid};
use crate::record::Record;
use crate::{
    CourtId, Digest, Event, Facility, HoldId, ID_CHARS_MAX, Instant, Interval, PaymentStatus, Promotion,
    PromotionAction, Reservation, ReservationId, Status, WaitlistId, price,
};

/// How a reservation that came from the waitlist says so.
const SOURCE: &str = "waitlist";
const MINUTE_MILLIS: i64 = 60_000;
/// An offer can be answered at least this long, unless the slot begins before.
const OFFER_MINUTES_MIN: i64 = 5;
/// What a counted name adds to the id of an entry, at most: a dash and ten digits.
const COUNT_CHARS_MAX: usize = 11;
/// `rsv_` and `hld_`.
const PREFIX_CHARS: usize = 4;

/// The priority of who was displaced: before all that staff can give.
pub(crate) const TOP_PRIORITY: u32 = u32::MAX;

/// Gives its slot to a candidate that all rules allow; hands back the entry as it became, and what is
/// held or booked for it.
pub(super) fn give(
    facility: &mut Facility,
    candidate: &Candidate,
    events: &mut Vec<Event>,
) -> (WaitlistEntry, Reservation) {
    let mut entry = WaitlistEntry::clone(&candidate.entry);
    let (hold, id) = names(facility, &mut entry);
    let now = facility.now;
    let slot = candidate.slot;
    let mut reservation = Reservation {
        source: SOURCE.to_owned(),
        ..Reservation::new(id.clone(), candidate.court.clone(), entry.member_id.clone(), slot, now)
    };
    reservation.rate_cents = rate_cents(facility, &candidate.court, &slot);
    let offer_minutes = facility.settings().map_or(0, |settings| settings.offer_minutes);
    if let Some(paid) = paid_at_once(facility, &entry, &candidate.court, slot) {
        events.extend(booking::book(facility, None, Record::new(reservation.clone()), paid));
        reservation = facility.reservation(&id).expect("it was booked just now").clone();
        entry.end(WaitlistStatus::Converted, now);
    } else {
        reservation.hold_id = Some(hold);
        reservation.offer_of = Some(entry.id.clone());
        reservation.hold_expiry = Some(offer_until(now, slot.start, offer_minutes));
        facility.put_record(Record::new(reservation.clone()));
        events.push(Event::HoldPlaced(Box::new(reservation.clone())));
        entry.status = WaitlistStatus::Offered;
        entry.version += 1;
    }
    entry.reservation_id = Some(id);
    entry.last_expired_at = None;
    facility.put_entry(entry.clone());
    (entry, reservation)
}

/// How a slot is paid that is booked at once; `None` where it is to be offered: because the entry asks for
/// an offer, or because it costs money that nobody has paid yet.
pub(super) fn paid_at_once(
    facility: &Facility,
    entry: &WaitlistEntry,
    court: &CourtId,
    slot: Interval,
) -> Option<Paid> {
    let (settings, member) = (facility.settings()?, facility.member(&entry.member_id)?);
    let cents = rate_cents(facility, court, &slot).unwrap_or(0);
    if !entry.wish.auto_book {
        return None;
    }
    if cents == 0 {
        return Some(Paid { status: PaymentStatus::None, credits: 0 });
    }
    let credits = price::credits_of_priced(settings, &slot);
    Paid { status: PaymentStatus::Paid, credits }.must_be_covered(member).ok()
}

fn rate_cents(facility: &Facility, court: &CourtId, slot: &Interval) -> Option<u64> {
    price::rate_cents(facility.court(court)?, &facility.horizon, slot)
}

/// When an offer made at `now` ends: after `offer_minutes`, but after a quarter of the time left to the
/// start where that is less; it can be answered for five minutes at least, and never once the slot begins.
fn offer_until(now: Instant, start: Instant, offer_minutes: u32) -> Instant {
    let quarter = start.0.saturating_sub(now.0) / 4;
    let long = quarter.max(OFFER_MINUTES_MIN * MINUTE_MILLIS).min(i64::from(offer_minutes.max(1)) * MINUTE_MILLIS);
    now.plus(long).min(start)
}

/// What everybody is told of a grant.
pub(super) fn event(grant: Grant) -> Event {
    match grant.entry.status {
        WaitlistStatus::Converted => Event::WaitlistAutoBooked(Box::new(grant)),
        _ => Event::OfferMade(Box::new(grant)),
    }
}

/// What the caller is told whose command freed the slot.
pub(super) fn in_short(entry: &WaitlistEntry, reservation: &Reservation) -> Promotion {
    let action = match reservation.status {
        Status::Held => PromotionAction::OfferSent,
        _ => PromotionAction::AutoBooked,
    };
    let reservation_id = reservation.id.clone();
    Promotion { action, waitlist_id: entry.id.clone(), member_id: entry.member_id.clone(), reservation_id }
}

/// The next names that are free for what is given to an entry: as a hold, and as a reservation.
fn names(facility: &Facility, entry: &mut WaitlistEntry) -> (HoldId, ReservationId) {
    loop {
        entry.grants += 1;
        let name = counted(&entry.id, entry.grants);
        let hold = HoldId::parse(&format!("hld_{name}")).expect("characters of an id, and short enough");
        let id = ReservationId::parse(&format!("rsv_{name}")).expect("characters of an id, and short enough");
        if facility.book.get(&id).is_none() && facility.book.by_hold(&hold).is_none() {
            return (hold, id);
        }
    }
}

/// What an entry is called, counted, with room for a prefix.
fn counted(id: &WaitlistId, count: u32) -> String {
    let text = id.as_str().strip_prefix("wl_").unwrap_or(id.as_str());
    // An id that leaves no room for the rest is told by its digest.
    if PREFIX_CHARS + text.len() + COUNT_CHARS_MAX <= ID_CHARS_MAX {
        format!("{text}-{count}")
    } else {
        format!("{}-{count}", Digest::of(text.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_is_never_longer_than_a_quarter_of_the_time_left_nor_past_the_start() {
        let minutes = |left: i64, offer: u32| {
            let start = Instant(left * MINUTE_MILLIS);
            offer_until(Instant(0), start, offer).0 / MINUTE_MILLIS
        };
        let cases = [
            (600, 30, 30),
            (120, 30, 30),
            (100, 30, 25),
            (40, 30, 10),
            (20, 30, 5),
            (8, 30, 5),
            (3, 30, 3),
            (600, 2, 2),
        ];
        for (left, offer, long) in cases {
            assert_eq!(minutes(left, offer), long, "{left} minutes before the start");
        }
    }

    #[test]
    fn what_is_given_is_named_after_its_entry_however_long_that_is() {
        let short = WaitlistId::parse("wl_1").unwrap();
        assert_eq!(counted(&short, 2), "1-2");
        assert_eq!(counted(&WaitlistId::parse("mine").unwrap(), 2), "mine-2");
        let long = WaitlistId::parse(&"x".repeat(ID_CHARS_MAX)).unwrap();
        assert!(PREFIX_CHARS + counted(&long, u32::MAX).len() <= ID_CHARS_MAX);
        assert_ne!(counted(&long, 1), counted(&long, 2));
    }
}
