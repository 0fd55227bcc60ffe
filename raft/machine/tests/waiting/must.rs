//! What must always hold of those who wait (`booking.md` 8: 1, 2, 5, 6, 7, 8, 10), each a sentence.
//!
//! Each is counted the slow way, out of what the machine shows and of what the twin was told.

use std::collections::BTreeMap;

use machine::{Facility, MemberStatus, Reservation, Status, WaitlistStatus};

use crate::model::{Counts, Model};
use crate::world::FEE_CENTS;

pub(crate) fn no_two_live_claims_of_a_court_overlap(facility: &Facility) {
    let claims = facility.claims(None, None);
    for (place, one) in claims.iter().enumerate() {
        for other in &claims[place + 1..] {
            assert!(one.court_id != other.court_id || !one.slot.overlaps(&other.slot), "{one:?} and {other:?}");
        }
    }
}

pub(crate) fn every_live_claim_is_listed(facility: &Facility, model: &Model) {
    let live = model.reservations.values().filter(|it| it.status.is_live()).count();
    let courts = facility.courts();
    let blocked = courts.flat_map(|court| model.blocked_times(court.id.as_str()));
    let blocked = blocked.filter(|time| time.end > facility.now()).count();
    assert_eq!(facility.claims(None, None).len(), live + blocked);
}

pub(crate) fn nobody_waits_past_the_end_of_a_window_or_offer(facility: &Facility) {
    for entry in facility.waitlist_entries(None).filter(|entry| entry.status == WaitlistStatus::Active) {
        assert!(entry.wish.window.end > facility.now(), "{entry:?}");
    }
    for offer in facility.reservations(None).filter(|it| it.offer_of.is_some() && it.status.is_hold()) {
        let until = offer.hold_expiry.expect("an offer ends");
        // Whoever goes to pay for it has the time that paying takes.
        let last = if offer.status == Status::Held { offer.slot.start } else { offer.slot.end };
        assert!(until > facility.now() && until <= last, "{offer:?}");
    }
}

pub(crate) fn an_offered_entry_points_to_a_live_offer_and_back(facility: &Facility) {
    let mut offers: BTreeMap<&str, &Reservation> = BTreeMap::new();
    for offer in facility.reservations(None).filter(|it| it.status.is_hold()) {
        let Some(entry) = &offer.offer_of else { continue };
        assert!(offers.insert(entry.as_str(), offer).is_none(), "two offers to {entry}");
    }
    for entry in facility.waitlist_entries(None) {
        let offer = offers.remove(entry.id.as_str());
        let offered = (entry.status == WaitlistStatus::Offered).then_some(entry.reservation_id.as_ref()).flatten();
        assert_eq!(offer.map(|it| &it.id), offered, "{entry:?}");
        assert!(offer.is_none_or(|it| it.member_id == entry.member_id));
    }
    assert!(offers.is_empty(), "an offer to nobody: {offers:?}");
}

pub(crate) fn a_member_is_never_offered_two_slots_at_once(facility: &Facility) {
    let offers: Vec<&Reservation> =
        facility.reservations(None).filter(|it| it.status == Status::Held && it.offer_of.is_some()).collect();
    for (place, one) in offers.iter().enumerate() {
        for other in &offers[place + 1..] {
            assert!(one.member_id != other.member_id || !one.slot.overlaps(&other.slot), "{one:?} and {other:?}");
        }
    }
}

pub(crate) fn nothing_is_publicly_free_while_somebody_eligible_waits_for_it(model: &Model) {
    let left = model.pairs().into_iter().find(|pair| model.is_eligible(pair));
    assert_eq!(left, None);
}

pub(crate) fn whatever_is_kept_was_told(facility: &Facility, model: &Model) {
    for entry in facility.waitlist_entries(None) {
        let told = &model.entries[entry.id.as_str()];
        assert_eq!((entry.status, &entry.reservation_id), (told.status, &told.reservation_id), "{}", entry.id);
    }
    for it in facility.reservations(None) {
        let told = &model.reservations[it.id.as_str()];
        assert_eq!((it.status, it.slot, &it.court_id), (told.status, told.slot, &told.court_id), "{}", it.id);
    }
}

pub(crate) fn stored_counts_equal_recounted_ones(facility: &Facility, model: &Model) {
    for member in facility.members(None).filter(|member| member.status != MemberStatus::Erased) {
        let told = model.counts.get(member.id.as_str()).copied().unwrap_or_default();
        let kept =
            Counts { credits: member.credits_balance, bookings: member.total_bookings, missed: member.no_show_count };
        assert_eq!(kept, told, "{}", member.id);
        let entries: i64 = facility.credits(&member.id).map(|entry| entry.amount).sum();
        assert_eq!(member.credits_balance, facility.credits_carried(&member.id) + entries, "{}", member.id);
    }
}

pub(crate) fn captured_less_refunded_is_what_live_or_policy_kept_bookings_owe(facility: &Facility, model: &Model) {
    let mut kept: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for ((id, _), paid) in &model.payments {
        // News of what went back may come before the payment itself.
        let left = (paid.taken - paid.sent_back - paid.gone_elsewhere).max(0);
        let (captured, gone) = kept.entry(id).or_default();
        *captured += left;
        *gone += if paid.booked { paid.gone_elsewhere } else { 0 };
    }
    for (id, (captured, gone)) in kept {
        let known = facility.reservation(&machine::ReservationId::parse(id).expect("clean"));
        let Some(it) = known else {
            assert_eq!(captured, 0, "kept for what is not there: {id}");
            continue;
        };
        let rate = i64::try_from(it.rate_cents.unwrap_or(0)).expect("small");
        match it.status {
            Status::Held | Status::PaymentPending | Status::Released | Status::Expired => {
                assert_eq!(captured, 0, "kept for {it:?}");
            }
            Status::Cancelled => assert!(captured <= i64::from(FEE_CENTS), "{captured} kept for {it:?}"),
            _ if model.moved.contains(id) => {}
            _ => assert!(captured == 0 && gone == 0 || captured + gone == rate, "{captured}, {gone} gone: {it:?}"),
        }
    }
}

pub(crate) fn no_more_goes_back_of_a_payment_than_was_taken(facility: &Facility, model: &Model) {
    for ((id, payment), paid) in &model.payments {
        // Of what is not known any more all goes back as often as it is told; its provider knows that it has.
        let known = facility.reservation(&machine::ReservationId::parse(id).expect("clean")).is_some();
        let back = paid.sent_back + paid.gone_elsewhere;
        assert!(!known || paid.taken == 0 || back <= paid.taken, "{paid:?} of {payment} for {id}");
    }
}
