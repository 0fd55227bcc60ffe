//! What has to be told outside, decided once more from what everybody was told.
//!
//! A slow second opinion on the outbox: from the events of a step it says which deliveries there have to be,
//! and of those that there are, what may be open. It shares nothing with the machine but its nouns.

use std::collections::{BTreeMap, BTreeSet};

use machine::{
    Applied, Command, Delivery, DeliveryKind, DeliveryState, Event, Facility, Instant, Medium, Member, MemberStatus,
    MoreFacts, Outcome, Reservation, Status, WaitlistStatus,
};

const MINUTE: i64 = 60_000;

/// What is told, of what, by which medium: a word, so that a difference can be read.
type Letter = String;

/// The second opinion.
#[derive(Default)]
pub(crate) struct Letters {
    /// Reminders that are to come, by reservation.
    planned: BTreeMap<String, Vec<i64>>,
    /// Every delivery that there ever was.
    known: BTreeSet<String>,
}

impl Letters {
    /// Compares what was decided in a step with what has to be.
    pub(crate) fn follow(&mut self, before: &Facility, after: &Facility, command: &Command, applied: &Applied) {
        let mut expected: Vec<Letter> = self.due(before, after.now());
        let (settled, own) = applied.events.split_at(applied.settled.len());
        expected.extend(self.of_events(before, after, settled));
        expected.extend(self.of_events(after, after, own));
        expected.sort();
        // Pages to pay on are closed by tables of their own.
        let counts = |it: &&Delivery| it.kind != DeliveryKind::ExpireCheckout && !self.known.contains(it.id.as_str());
        let fresh = after.deliveries(None).filter(counts);
        let mut decided: Vec<Letter> = fresh.map(letter).collect();
        // What was too late at once may be forgotten in the same step.
        let told = applied.events.iter().filter_map(|event| match event {
            Event::DeliveryEnded(it) if counts(&it.as_ref()) && after.delivery(&it.id).is_none() => Some(letter(it)),
            _ => None,
        });
        decided.extend(told);
        decided.sort();
        decided.dedup();
        expected.dedup();
        assert_eq!(decided, expected, "after {command:?}");
        self.known.extend(after.deliveries(None).map(|it| it.id.to_string()));
    }

    /// Reminders whose time has come.
    fn due(&mut self, before: &Facility, now: Instant) -> Vec<Letter> {
        let mut due = Vec::new();
        for (id, minutes) in &mut self.planned {
            let reservation = before.reservation(&machine::ReservationId::parse(id).expect("clean"));
            let Some(reservation) = reservation else { continue };
            let at = |minutes: &i64| reservation.slot.start.0 - minutes * MINUTE;
            let come: Vec<i64> = minutes.iter().copied().filter(|minutes| at(minutes) <= now.0).collect();
            minutes.retain(|minutes| at(minutes) > now.0);
            for minutes in come {
                due.extend(by_media(before, reservation, &format!("reminder {minutes} {id}")));
            }
        }
        due
    }

    fn of_events(&mut self, people: &Facility, after: &Facility, events: &[Event]) -> Vec<Letter> {
        let mut told = Vec::new();
        let auto: BTreeSet<String> = events
            .iter()
            .filter_map(|event| match event {
                Event::WaitlistAutoBooked(grant) => Some(grant.reservation.id.to_string()),
                _ => None,
            })
            .collect();
        for (place, event) in events.iter().enumerate() {
            let reservation = event.reservation();
            let say = |word: &str| {
                let it = reservation.expect("it is about one");
                by_media(people, it, &format!("{word} {}", it.id))
            };
            let is_first = is_first_of_its_series(events, place);
            match event {
                Event::ReservationConfirmed(it) => {
                    self.plan(people, after, it);
                    if !auto.contains(it.id.as_str()) && is_first {
                        told.extend(say("confirmation"));
                    }
                }
                Event::ReservationImported(it) if it.status == Status::Confirmed => self.plan(people, after, it),
                Event::WaitlistAutoBooked(_) => told.extend(say("waitlist_auto_booked")),
                Event::OfferMade(_) => told.extend(say("waitlist_offer")),
                Event::ReservationCancelled(_) if is_first => told.extend(say("cancellation")),
                Event::ReservationDisplaced(_) => told.extend(say("displaced")),
                Event::ReservationMissed(_) => told.extend(say("no_show")),
                Event::ReservationMoved(it) => {
                    self.plan(people, after, it);
                    told.extend(say("reservation_moved"));
                }
                Event::RefundDue { reservation_id, payment_id, amount_cents } => {
                    told.push(format!("refund {payment_id} {amount_cents} {reservation_id} payment"));
                    let said = events.iter().any(|other| match other {
                        Event::ReservationCancelled(it)
                        | Event::ReservationDisplaced(it)
                        | Event::ReservationConfirmed(it) => it.id == *reservation_id,
                        _ => false,
                    });
                    if let Some(it) = after.reservation(reservation_id).filter(|_| !said) {
                        told.extend(by_media(people, it, &format!("hold_refunded {reservation_id}")));
                    }
                }
                _ => {}
            }
            if let Some(it) = reservation.filter(|it| !matches!(it.status, Status::Confirmed)) {
                self.planned.remove(it.id.as_str());
            }
        }
        told
    }

    fn plan(&mut self, people: &Facility, after: &Facility, reservation: &Reservation) {
        let settings = people.settings().expect("there are settings");
        let at = |minutes: &u32| reservation.slot.start.0 - i64::from(*minutes) * MINUTE;
        let to_come = settings.reminder_minutes_before.iter().filter(|minutes| at(minutes) > after.now().0);
        self.planned.insert(reservation.id.to_string(), to_come.map(|minutes| i64::from(*minutes)).collect());
    }
}

/// Of a series that is booked or called off in one step, the first alone is told, for all.
fn is_first_of_its_series(events: &[Event], place: usize) -> bool {
    let Some(it) = events[place].reservation() else { return true };
    let kind = std::mem::discriminant(&events[place]);
    let same = |event: &Event| {
        std::mem::discriminant(event) == kind
            && event.reservation().is_some_and(|other| other.series_id == it.series_id)
    };
    it.series_id.is_none() || !events[..place].iter().any(same)
}

fn by_media(facility: &Facility, reservation: &Reservation, what: &str) -> Vec<Letter> {
    let Some(member) = facility.member(&reservation.member_id) else { return Vec::new() };
    let wish = reservation.offer_of.as_ref().or(None);
    let entry = wish.and_then(|id| facility.waitlist_entry(id)).filter(|_| what.starts_with("waitlist"));
    let asked = entry.map(|entry| (entry.wish.notify_email, entry.wish.notify_sms));
    // Whoever is booked at once has no offer to find the entry by; these runs ask for email alone there.
    let asked = asked.or(what.starts_with("waitlist_auto").then_some((true, false)));
    let (email, sms) = asked.unwrap_or((member.preferences.notification_email, member.preferences.notification_sms));
    let email = (email && can_be_written_to(member)).then(|| format!("{what} email"));
    let sms = (sms && can_be_texted(member)).then(|| format!("{what} sms"));
    email.into_iter().chain(sms).collect()
}

fn can_be_written_to(member: &Member) -> bool {
    member.status != MemberStatus::Erased && !member.email.is_empty() && member.reach.email.is_none()
}

fn can_be_texted(member: &Member) -> bool {
    member.status != MemberStatus::Erased && member.phone.is_some() && member.reach.sms.is_none()
}

fn letter(delivery: &Delivery) -> Letter {
    let about = delivery.reservation_id.as_ref().map_or_else(
        // A payment for what nobody knows is told apart by nothing but its name.
        || delivery.id.as_str().splitn(4, '-').last().unwrap_or_default().to_owned(),
        ToString::to_string,
    );
    match (delivery.kind, &delivery.facts.more) {
        (DeliveryKind::Refund, MoreFacts::Refund { payment_id, amount_cents }) => {
            format!("refund {payment_id} {amount_cents} {about} {}", delivery.medium.word())
        }
        (DeliveryKind::Reminder { minutes_before }, _) => {
            format!("reminder {minutes_before} {about} {}", delivery.medium.word())
        }
        (kind, _) => format!("{} {about} {}", kind.word(), delivery.medium.word()),
    }
}

pub(crate) fn nothing_is_sent_that_is_of_no_use_any_more(facility: &Facility) {
    for delivery in facility.deliveries(None) {
        match delivery.state {
            DeliveryState::Scheduled => assert!(facility.now() < delivery.not_after, "{delivery:?}"),
            DeliveryState::Claimed => {
                assert!(delivery.claimed_until.is_some_and(|until| facility.now() < until), "{delivery:?}");
            }
            _ => assert!(delivery.ended_at.is_some(), "{delivery:?}"),
        }
        if delivery.state == DeliveryState::Scheduled {
            is_still_so(facility, delivery);
        }
    }
}

/// A reminder is of a reservation to which nobody has come yet, an offer of one that can be taken.
fn is_still_so(facility: &Facility, delivery: &Delivery) {
    let reservation = delivery.reservation_id.as_ref().and_then(|id| facility.reservation(id));
    match delivery.kind {
        DeliveryKind::Reminder { .. } => {
            let stands = reservation.is_some_and(|it| it.status == Status::Confirmed && it.slot.start > facility.now());
            assert!(stands, "{delivery:?} of {reservation:?}");
        }
        DeliveryKind::WaitlistOffer => {
            let entry = delivery.waitlist_id.as_ref().and_then(|id| facility.waitlist_entry(id));
            assert!(entry.is_some_and(|it| it.status == WaitlistStatus::Offered), "{delivery:?} to {entry:?}");
        }
        _ => {}
    }
}

pub(crate) fn a_text_of_which_nobody_knows_is_not_sent_again_but_an_offer(facility: &Facility) {
    for delivery in facility.deliveries(None).filter(|it| it.medium == Medium::Sms) {
        let unknown = |it: &machine::DeliveryAttempt| matches!(it.outcome, Some(Outcome::Unknown { .. }));
        let earlier = delivery.attempts.split_last().is_some_and(|(_, earlier)| earlier.iter().any(unknown));
        assert!(!earlier || delivery.kind == DeliveryKind::WaitlistOffer, "{delivery:?}");
    }
}

pub(crate) fn nobody_who_is_erased_is_told_anything(facility: &Facility) {
    for delivery in facility.deliveries(None).filter(|it| it.state == DeliveryState::Scheduled) {
        let Some(member) = delivery.member_id.as_ref().and_then(|id| facility.member(id)) else { continue };
        assert!(member.status != MemberStatus::Erased || delivery.medium == Medium::Payment, "{delivery:?}");
    }
}
