//! From events to deliveries: whoever is concerned by what has just happened is told.
//!
//! Deliveries follow from events alone, at the end of every apply, so that no command can forget to tell
//! anybody. A new kind is a line in [`Tidings::tell`].

use std::collections::BTreeMap;

use super::draft::{Draft, court_name};
use super::{DeliveryKind, DropReason, Medium, MoreFacts, SeriesSlot};
use crate::time::DAY_MILLIS;
use crate::{
    Actor, CreditReason, Event, Facility, Grant, Instant, Reservation, ReservationId, SeriesId, Status, WaitlistEntry,
};

/// How long it is of use to hear of what is over: of a cancellation, a no-show, a refund.
const NEWS_MILLIS: i64 = 3 * DAY_MILLIS;
/// How long an instruction to the payment provider is tried.
const PAYMENT_MILLIS: i64 = 30 * DAY_MILLIS;

/// Tells of what has happened: adds deliveries, and drops those that are of no use any more.
pub(crate) fn follow(facility: &mut Facility, events: &mut Vec<Event>, from: usize, by: &Actor) {
    if events.len() == from {
        return;
    }
    let mut told = Vec::new();
    let tidings = Tidings::of(&events[from..], by);
    for (place, event) in tidings.all.iter().enumerate() {
        tidings.tell(facility, place, event, &mut told);
    }
    events.extend(told);
}

/// A reminder is due.
pub(crate) fn remind(facility: &mut Facility, id: &ReservationId, at: Instant, events: &mut Vec<Event>) {
    let Some(found) = facility.book.get(id).filter(|record| record.next_reminder().is_some()) else { return };
    let mut record = crate::record::Record::clone(found);
    let minutes_before = record.reminders.remove(0);
    // Once the next one is due, or the slot begins, this one has nothing to say any more.
    let not_after = record.next_reminder().map_or(record.reservation.slot.start, |next| record.reminder_at(next));
    let reservation = record.reservation.clone();
    facility.put_record(record);
    let kind = DeliveryKind::Reminder { minutes_before };
    let mut draft = Draft::about(&reservation, kind, not_after);
    draft.due_at = Some(at);
    draft.put(facility, events);
}

/// What happened in one apply, looked at as a whole.
struct Tidings<'a> {
    by: &'a Actor,
    all: &'a [Event],
    /// What was booked for those who waited: told as that.
    auto_booked: Vec<&'a ReservationId>,
    /// Money that goes back, by reservation.
    refunds: BTreeMap<&'a ReservationId, u64>,
    /// Series of which more than one was booked or called off: told once.
    series: BTreeMap<(&'a SeriesId, Told), Vec<&'a Reservation>>,
}

/// What is told of a series as a whole.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    Booked,
    CalledOff,
}

impl<'a> Tidings<'a> {
    fn of(all: &'a [Event], by: &'a Actor) -> Self {
        let mut tidings = Self { by, all, auto_booked: Vec::new(), refunds: BTreeMap::new(), series: BTreeMap::new() };
        for event in all {
            match event {
                Event::WaitlistAutoBooked(grant) => tidings.auto_booked.push(&grant.reservation.id),
                Event::RefundDue { reservation_id, amount_cents, .. } => {
                    *tidings.refunds.entry(reservation_id).or_default() += amount_cents;
                }
                Event::ReservationConfirmed(it) => tidings.count(Told::Booked, it),
                Event::ReservationCancelled(it) => tidings.count(Told::CalledOff, it),
                _ => {}
            }
        }
        tidings.series.retain(|_, all| all.len() > 1);
        tidings
    }

    fn count(&mut self, told: Told, reservation: &'a Reservation) {
        if let Some(series) = &reservation.series_id {
            self.series.entry((series, told)).or_default().push(reservation);
        }
    }

    fn tell(&self, facility: &mut Facility, place: usize, event: &Event, events: &mut Vec<Event>) {
        match event {
            Event::ReservationConfirmed(it) => {
                // Booked otherwise than by what was to be paid on it.
                expire_checkout(facility, it, events);
                self.confirmed(facility, it, events);
            }
            Event::WaitlistAutoBooked(grant) => auto_booked(facility, grant, events),
            Event::OfferMade(grant) => offered(facility, grant, events),
            Event::OfferAccepted(entry)
            | Event::OfferDeclined(entry)
            | Event::OfferExpired(entry)
            | Event::OfferWithdrawn(entry)
            | Event::WaitlistLeft(entry) => withdraw_offer(facility, entry, events),
            Event::ReservationCancelled(it) => self.cancelled(facility, DeliveryKind::Cancellation, it, events),
            Event::ReservationDisplaced(it) => self.cancelled(facility, DeliveryKind::Displaced, it, events),
            // Who is there needs no reminder.
            Event::ReservationCheckedIn(it) | Event::ReservationCompleted(it) => {
                withdraw_reminders(facility, it, events)
            }
            Event::ReservationMissed(it) => missed(facility, it, events),
            Event::NoShowReversed(it) => withdraw(facility, it, DeliveryKind::NoShow, events),
            Event::ReservationMoved(it) => self.moved(facility, place, it, events),
            Event::RefundDue { reservation_id, payment_id, amount_cents } => {
                self.refund(facility, place, (reservation_id, payment_id, *amount_cents), events);
            }
            Event::HoldExpired(it) | Event::HoldReleased(it) => expire_checkout(facility, it, events),
            Event::CheckoutOpened { reservation_id, session_id } => {
                close_if_late(facility, reservation_id, session_id, events);
            }
            Event::MemberErased(id) => facility.drop_open(id, DropReason::NotWanted, events, |_| true),
            _ => {}
        }
    }

    fn confirmed(&self, facility: &mut Facility, reservation: &Reservation, events: &mut Vec<Event>) {
        if self.auto_booked.contains(&&reservation.id) {
            return;
        }
        let Some(more) = self.series_of(Told::Booked, reservation) else { return };
        Draft { more, ..Draft::about(reservation, DeliveryKind::Confirmation, reservation.slot.end) }
            .put(facility, events);
    }

    fn cancelled(
        &self,
        facility: &mut Facility,
        kind: DeliveryKind,
        reservation: &Reservation,
        events: &mut Vec<Event>,
    ) {
        withdraw_reminders(facility, reservation, events);
        let Some(series) = self.series_of(Told::CalledOff, reservation) else { return };
        let more = if series == MoreFacts::None { self.came_to(facility, reservation) } else { series };
        let not_after = facility.now.plus(NEWS_MILLIS).max(reservation.slot.end);
        Draft { more, ..Draft::about(reservation, kind, not_after) }.put(facility, events);
    }

    /// What a cancellation came to.
    fn came_to(&self, facility: &Facility, reservation: &Reservation) -> MoreFacts {
        let assessment = facility.book.get(&reservation.id).and_then(|record| record.assessment.clone());
        let Some(assessment) = assessment else { return MoreFacts::None };
        let returned = |event: &Event| match event {
            Event::CreditsChanged(entry)
                if entry.reason == CreditReason::Refund && entry.reservation_id.as_ref() == Some(&reservation.id) =>
            {
                u32::try_from(entry.amount).ok()
            }
            _ => None,
        };
        MoreFacts::Cancelled {
            notice_millis: assessment.notice_millis,
            within_policy: assessment.within_policy,
            by_club: self.by.is_staff() || *self.by == Actor::System,
            penalty_credits: assessment.penalty_credits,
            fee_cents: assessment.fee_cents,
            refund_cents: self.refunds.get(&reservation.id).copied().unwrap_or(0),
            refund_credits: self.all.iter().find_map(returned).unwrap_or(0),
        }
    }

    fn moved(&self, facility: &mut Facility, place: usize, reservation: &Reservation, events: &mut Vec<Event>) {
        let before = self.all[..place].iter().rev().find_map(|event| match event {
            Event::SlotVacated(it) if it.id == reservation.id => Some(it),
            _ => None,
        });
        let more = before.map_or(MoreFacts::None, |before| MoreFacts::Moved {
            court_name: court_name(facility, before),
            slot: before.slot,
        });
        withdraw_reminders(facility, reservation, events);
        Draft { more, ..Draft::about(reservation, DeliveryKind::ReservationMoved, reservation.slot.end) }
            .put(facility, events);
    }

    /// The provider is told to give money back, and the member, where no other word of it says so.
    fn refund(
        &self,
        facility: &mut Facility,
        place: usize,
        (id, payment_id, amount_cents): (&ReservationId, &String, u64),
        events: &mut Vec<Event>,
    ) {
        let more = MoreFacts::Refund { payment_id: payment_id.clone(), amount_cents };
        let reservation = facility.reservation(id).cloned();
        let draft = Draft {
            kind: DeliveryKind::Refund,
            reservation: reservation.as_ref(),
            entry: None,
            subject: id.as_str(),
            // One payment may go back in parts: each is told apart by the place of its decision in the log.
            version: facility.index * 1000 + u64::try_from(place).unwrap_or(0),
            due_at: None,
            not_after: facility.now.plus(PAYMENT_MILLIS),
            more: more.clone(),
        };
        draft.put_by(facility, Medium::Payment, events);
        let is_told = self.all.iter().any(|event| match event {
            // What was booked has heard that, and not of a surplus.
            Event::ReservationCancelled(it) | Event::ReservationDisplaced(it) | Event::ReservationConfirmed(it) => {
                it.id == *id
            }
            _ => false,
        });
        if let Some(reservation) = reservation.filter(|_| !is_told) {
            let not_after = facility.now.plus(NEWS_MILLIS);
            let told = Draft::about(&reservation, DeliveryKind::HoldRefunded, not_after);
            Draft { more, version: facility.index, ..told }.put(facility, events);
        }
    }

    /// What is said of a series with the first of it; nothing is said with the others.
    fn series_of(&self, told: Told, reservation: &Reservation) -> Option<MoreFacts> {
        let series = reservation.series_id.as_ref().and_then(|series| self.series.get(&(series, told)));
        let Some(series) = series else { return Some(MoreFacts::None) };
        let is_first = series.first().is_some_and(|first| first.id == reservation.id);
        let occurrence = |it: &&Reservation| SeriesSlot { id: it.id.clone(), slot: it.slot, version: it.version };
        let slots = series.iter().map(occurrence).collect();
        is_first.then_some(MoreFacts::Series { slots })
    }
}

fn auto_booked(facility: &mut Facility, grant: &Grant, events: &mut Vec<Event>) {
    let reservation = &grant.reservation;
    let draft = Draft::about(reservation, DeliveryKind::WaitlistAutoBooked, reservation.slot.end);
    draft.for_entry(&grant.entry).put(facility, events);
}

fn offered(facility: &mut Facility, grant: &Grant, events: &mut Vec<Event>) {
    let Some(expires_at) = grant.reservation.hold_expiry else { return };
    let draft = Draft::about(&grant.reservation, DeliveryKind::WaitlistOffer, expires_at);
    let draft = Draft { more: MoreFacts::Offer { expires_at }, ..draft };
    draft.for_entry(&grant.entry).put(facility, events);
}

fn withdraw_offer(facility: &mut Facility, entry: &WaitlistEntry, events: &mut Vec<Event>) {
    facility.drop_open(&entry.member_id, DropReason::Obsolete, events, |it| {
        it.kind == DeliveryKind::WaitlistOffer && it.waitlist_id.as_ref() == Some(&entry.id)
    });
}

fn withdraw_reminders(facility: &mut Facility, reservation: &Reservation, events: &mut Vec<Event>) {
    facility.drop_open(&reservation.member_id, DropReason::Obsolete, events, |it| {
        matches!(it.kind, DeliveryKind::Reminder { .. }) && it.reservation_id.as_ref() == Some(&reservation.id)
    });
}

fn withdraw(facility: &mut Facility, reservation: &Reservation, kind: DeliveryKind, events: &mut Vec<Event>) {
    facility.drop_open(&reservation.member_id, DropReason::Obsolete, events, |it| {
        it.kind == kind && it.reservation_id.as_ref() == Some(&reservation.id)
    });
}

fn missed(facility: &mut Facility, reservation: &Reservation, events: &mut Vec<Event>) {
    withdraw_reminders(facility, reservation, events);
    let missed = facility.book.get(&reservation.id).and_then(|record| record.missed.clone());
    let count = facility.member(&reservation.member_id).map_or(0, |member| member.no_show_count);
    let more = missed.map_or(MoreFacts::None, |missed| MoreFacts::Missed {
        penalty_credits: missed.credits,
        no_show_count: count,
        suspended_until: missed.suspended_until,
    });
    let not_after = reservation.ended_at.unwrap_or(facility.now).plus(NEWS_MILLIS);
    Draft { more, ..Draft::about(reservation, DeliveryKind::NoShow, not_after) }.put(facility, events);
}

/// A hold that was to be paid is over: its page must take no payment any more.
fn expire_checkout(facility: &mut Facility, reservation: &Reservation, events: &mut Vec<Event>) {
    let checkout = facility.book.get(&reservation.id).and_then(|record| record.checkout.clone());
    let Some(session_id) = checkout else { return };
    let not_after = facility.now.plus(DAY_MILLIS);
    let draft = Draft::about(reservation, DeliveryKind::ExpireCheckout, not_after);
    Draft { more: MoreFacts::Checkout { session_id }, ..draft }.put_by(facility, Medium::Payment, events);
}

/// A page to pay on is open: it must take no payment where its hold is over, or another page was first.
fn close_if_late(facility: &mut Facility, id: &ReservationId, session_id: &str, events: &mut Vec<Event>) {
    let record = facility.book.get(id);
    let stands = |record: &crate::record::Record| {
        record.reservation.status == Status::PaymentPending && record.checkout.as_deref() == Some(session_id)
    };
    if record.is_some_and(|record| stands(record)) {
        return;
    }
    let reservation = facility.reservation(id).cloned();
    let draft = Draft {
        kind: DeliveryKind::ExpireCheckout,
        reservation: reservation.as_ref(),
        entry: None,
        subject: id.as_str(),
        // There may be more than one such page of one reservation.
        version: facility.index,
        due_at: None,
        not_after: facility.now.plus(DAY_MILLIS),
        more: MoreFacts::Checkout { session_id: session_id.to_owned() },
    };
    draft.put_by(facility, Medium::Payment, events);
}
