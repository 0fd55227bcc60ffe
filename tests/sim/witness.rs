//! Sees everything that a facility is told and tells, and has an opinion of its own on what must follow:
//! who has to hear of what, when an offer is over, who stayed away how often.
//!
//! It looks at events and commands alone and knows the records of members; it shares no code with the machine.

use std::collections::{BTreeMap, BTreeSet};

use machine::{
    Accepted, Applied, Claimed, Command, Delivery, DeliveryId, DeliveryKind, Event, Facility, Instant, Medium, Member,
    MemberId, Reservation, ReservationId, SettleDeliveries, Status, WaitlistEntry, WaitlistId,
};

use crate::clock::{DAY, MINUTE};
use crate::letter::{Ended, Letter, Name};
use crate::stay::Stay;

/// How long it is of use to hear of what is over.
const NEWS: i64 = 3 * DAY;
/// What happens by itself happens within this time while somebody leads; a proposal may be lost on the way.
const ON_TIME: i64 = 20_000;
/// Nobody leads for longer than between two terms.
const OUTAGE: i64 = 10 * MINUTE;
/// After an outage everything is due at once, and is sent as fast as the providers take it.
const CATCHING_UP: i64 = 10 * MINUTE;
/// Complaints that are kept: the first ones say most.
const COMPLAINTS_KEPT: usize = 20;

/// Who sees everything.
pub struct Witness {
    /// What has to be told, and what became of it.
    pub letters: BTreeMap<Name, Letter>,
    /// What is wrong.
    pub complaints: Vec<String>,
    /// What there was of what.
    pub counts: BTreeMap<&'static str, u64>,
    /// How often each member stayed away.
    pub missed: BTreeMap<MemberId, u32>,
    /// When nobody led.
    pub gaps: Vec<(Instant, Instant)>,
    /// Since when nobody leads.
    gap: Option<Instant>,
    people: BTreeMap<MemberId, Person>,
    stays: BTreeMap<ReservationId, Stay>,
    offers: BTreeMap<WaitlistId, Offer>,
    /// When what is due: a reminder, a no-show.
    due: BTreeSet<(Instant, ReservationId, Option<u32>)>,
    known: BTreeMap<DeliveryId, Name>,
}

/// How a member can be told.
struct Person {
    wants: [bool; 2],
    reached: [bool; 2],
}

/// What is offered to somebody.
struct Offer {
    reservation: ReservationId,
    until: Instant,
}

/// By which ways members are told.
const WAYS: [Medium; 2] = [Medium::Email, Medium::Sms];

impl Witness {
    /// Nothing has happened, and nobody leads.
    pub fn new(now: Instant) -> Self {
        Self {
            letters: BTreeMap::new(),
            complaints: Vec::new(),
            counts: BTreeMap::new(),
            missed: BTreeMap::new(),
            gaps: Vec::new(),
            gap: Some(now),
            people: BTreeMap::new(),
            stays: BTreeMap::new(),
            offers: BTreeMap::new(),
            due: BTreeSet::new(),
            known: BTreeMap::new(),
        }
    }

    /// Somebody leads from now on.
    pub fn led(&mut self, now: Instant) {
        self.gaps.extend(self.gap.take().map(|from| (from, now)));
    }

    /// Nobody leads from now on.
    pub fn leaderless(&mut self, now: Instant) {
        self.gap = Some(now);
    }

    /// Sees what a command came to.
    pub fn see(&mut self, state: &Facility, command: &Command, applied: &Applied) {
        let now = state.now();
        self.remind(state, now);
        for (place, event) in applied.events.iter().enumerate() {
            let at = applied.settled.get(place).copied().unwrap_or(now);
            self.event(state, &applied.events, event, (at, now));
        }
        match (command, &applied.reply) {
            (Command::CreateMember(member), Ok(_)) => self.meet(member),
            (Command::SettleDeliveries(settle), Ok(_)) => self.settled(settle),
            (_, Ok(Accepted::DeliveriesClaimed(claimed))) => {
                claimed.iter().for_each(|it| self.claimed(state, it, now));
            }
            _ => {}
        }
        self.look_for_what_is_overdue(now);
    }

    /// Something is wrong.
    pub fn complain(&mut self, what: impl Into<String>) {
        self.count("complaints");
        if self.complaints.len() < COMPLAINTS_KEPT {
            self.complaints.push(what.into());
        }
    }

    /// Counts one more of what.
    pub fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    /// Whether a member can be told by a way.
    pub fn reaches(&self, member: &MemberId, way: Medium) -> bool {
        self.people.get(member).is_some_and(|person| person.reached[usize::from(way == Medium::Sms)])
    }

    /// Whether somebody led at `at`, but for the moment between two terms.
    pub fn was_led_at(&self, at: Instant) -> bool {
        let mut outages = self.gaps.iter().filter(|(from, until)| until.0 - from.0 > OUTAGE);
        !outages.any(|(from, until)| *from <= at && at <= until.plus(CATCHING_UP))
    }

    fn meet(&mut self, member: &Member) {
        let wants = [member.preferences.notification_email, member.preferences.notification_sms];
        let reached = [!member.email.is_empty(), member.phone.is_some()];
        self.people.insert(member.id.clone(), Person { wants, reached });
    }

    /// Reminders whose time has come, of what stands.
    fn remind(&mut self, state: &Facility, now: Instant) {
        while let Some((at, id, Some(minutes))) = self.first_due(now, true) {
            self.due.remove(&(at, id.clone(), Some(minutes)));
            let Some(stay) = self.stays.get(&id) else { continue };
            let next = stay.next_reminder(minutes);
            let (it, kind) = (stay.reservation.clone(), DeliveryKind::Reminder { minutes_before: minutes });
            self.must_hear(state, &it, kind, None, (at, next));
        }
    }

    fn first_due(&self, now: Instant, reminder: bool) -> Option<(Instant, ReservationId, Option<u32>)> {
        let due = self.due.iter().take_while(|(at, _, _)| *at <= now);
        due.into_iter().find(|(_, _, minutes)| minutes.is_some() == reminder).cloned()
    }

    fn event(&mut self, state: &Facility, all: &[Event], event: &Event, (at, now): (Instant, Instant)) {
        match event {
            Event::ReservationConfirmed(it) => {
                self.count("reservations");
                self.plan(state, it, now);
                let auto =
                    |other: &Event| matches!(other, Event::WaitlistAutoBooked(grant) if grant.reservation.id == it.id);
                if !all.iter().any(auto) {
                    self.must_hear(state, it, DeliveryKind::Confirmation, None, (now, it.slot.end));
                }
            }
            Event::WaitlistAutoBooked(grant) => {
                let (it, entry) = (&grant.reservation, Some(&grant.entry));
                self.must_hear(state, it, DeliveryKind::WaitlistAutoBooked, entry, (now, it.slot.end));
            }
            Event::OfferMade(grant) => self.offered(state, &grant.reservation, &grant.entry, now),
            Event::OfferAccepted(entry) => self.offer_over(entry, "accepted", (at, now)),
            Event::OfferDeclined(entry) => self.offer_over(entry, "declined", (at, now)),
            Event::OfferExpired(entry) => self.offer_over(entry, "expired", (at, now)),
            Event::OfferWithdrawn(entry) | Event::WaitlistLeft(entry) => {
                self.offer_over(entry, "withdrawn", (at, now));
            }
            Event::ReservationCancelled(it) => {
                self.count("cancelled");
                self.gone(&it.id, now);
                let until = Instant((now.0 + NEWS).max(it.slot.end.0));
                self.must_hear(state, it, DeliveryKind::Cancellation, None, (now, until));
            }
            Event::ReservationMoved(it) => {
                self.count("moved");
                self.gone(&it.id, now);
                self.plan(state, it, now);
                self.must_hear(state, it, DeliveryKind::ReservationMoved, None, (now, it.slot.end));
            }
            Event::ReservationCheckedIn(it) => self.came(it),
            Event::ReservationCompleted(_) => self.count("played"),
            Event::ReservationMissed(it) => self.missed(state, it, (at, now)),
            Event::DeliveryEnded(delivery) => self.ended(delivery, now),
            Event::ReachChanged { member_id, medium, unreachable } => {
                self.count("addresses that take nothing");
                if let Some(person) = self.people.get_mut(member_id) {
                    person.reached[usize::from(*medium == Medium::Sms)] = unreachable.is_none();
                }
            }
            _ => {}
        }
    }

    /// Plans what is to come of a reservation that stands.
    fn plan(&mut self, state: &Facility, reservation: &Reservation, now: Instant) {
        let settings = state.settings().expect("there are settings");
        let stay = Stay::new(reservation, settings, now);
        self.due.extend(stay.plans().map(|(at, minutes)| (at, reservation.id.clone(), minutes)));
        self.stays.insert(reservation.id.clone(), stay);
    }

    /// What was planned of a reservation does not happen.
    fn gone(&mut self, id: &ReservationId, at: Instant) {
        let Some(stay) = self.stays.remove(id) else { return };
        for (at, minutes) in stay.plans() {
            self.due.remove(&(at, id.clone(), minutes));
        }
        self.nothing_to_say_any_more(id, at, Name::is_reminder);
    }

    fn came(&mut self, reservation: &Reservation) {
        self.count("checked in");
        let Some(stay) = self.stays.get_mut(&reservation.id) else { return };
        for (at, minutes) in stay.plans() {
            self.due.remove(&(at, reservation.id.clone(), minutes));
        }
        stay.reservation = reservation.clone();
    }

    fn missed(&mut self, state: &Facility, reservation: &Reservation, (at, now): (Instant, Instant)) {
        self.count("missed");
        let id = &reservation.id;
        let stay = self.stays.get(id).filter(|stay| stay.reservation.status == Status::Confirmed);
        match stay.map(|stay| stay.missed_at) {
            None => self.complain(format!("{id} is missed and does not stand")),
            Some(due) if due != at || reservation.ended_at != Some(due) => {
                self.complain(format!("{id} is missed at {at:?}, and not at {due:?}"));
            }
            Some(due) => self.must_be_on_time("a no-show", due, now),
        }
        if !self.was_led_at(at) {
            self.count("missed while nobody led");
        }
        self.gone(id, now);
        *self.missed.entry(reservation.member_id.clone()).or_default() += 1;
        let until = reservation.ended_at.unwrap_or(now).plus(NEWS);
        self.must_hear(state, reservation, DeliveryKind::NoShow, None, (now, until));
    }

    fn offered(&mut self, state: &Facility, reservation: &Reservation, entry: &WaitlistEntry, now: Instant) {
        self.count("offers");
        let until = reservation.hold_expiry.expect("an offer ends");
        let offer = Offer { reservation: reservation.id.clone(), until };
        if self.offers.insert(entry.id.clone(), offer).is_some() {
            self.complain(format!("{} is offered two things at a time", entry.id));
        }
        self.must_hear(state, reservation, DeliveryKind::WaitlistOffer, Some(entry), (now, until));
    }

    fn offer_over(&mut self, entry: &WaitlistEntry, how: &'static str, (at, now): (Instant, Instant)) {
        let Some(offer) = self.offers.remove(&entry.id) else {
            if matches!(how, "accepted" | "declined" | "expired") {
                self.complain(format!("an offer to {} is {how} and there is none", entry.id));
            }
            return;
        };
        self.count(match how {
            "accepted" => "offers accepted",
            "declined" => "offers declined",
            "expired" => "offers expired",
            _ => "offers withdrawn",
        });
        if how == "expired" && at != offer.until || how != "expired" && now >= offer.until {
            self.complain(format!("an offer to {} until {:?} is {how} at {at:?}", entry.id, offer.until));
        }
        if how == "expired" {
            self.must_be_on_time("the end of an offer", offer.until, now);
        }
        self.nothing_to_say_any_more(&offer.reservation, now, |name| name.kind == DeliveryKind::WaitlistOffer);
    }

    /// It happened, by the clock of the club, within the time that it may take while somebody leads.
    fn must_be_on_time(&mut self, what: &str, due: Instant, now: Instant) {
        let leaderless: i64 =
            self.gaps.iter().rev().take_while(|(_, until)| *until >= due).map(overlap(due, now)).sum();
        let late = now.0 - due.0 - leaderless;
        if late > ON_TIME {
            self.complain(format!("{what} of {due:?} came {late} ms late"));
        }
        self.counts.entry("latest in ms").and_modify(|most| *most = (*most).max(positive(late))).or_default();
    }

    /// By which ways a member has to hear of something.
    fn must_hear(
        &mut self,
        state: &Facility,
        it: &Reservation,
        kind: DeliveryKind,
        entry: Option<&WaitlistEntry>,
        (due_at, not_after): (Instant, Instant),
    ) {
        let Some(person) = self.people.get(&it.member_id) else { return };
        let wants = entry.map_or(person.wants, |entry| [entry.wish.notify_email, entry.wish.notify_sms]);
        let ways: Vec<Medium> = (0..2).filter(|way| wants[*way] && person.reached[*way]).map(|way| WAYS[way]).collect();
        for medium in ways {
            let name = Name { about: it.id.to_string(), version: it.version, kind, medium };
            let letter = Letter::new(it.member_id.clone(), due_at, not_after);
            if let Some(twice) = self.letters.insert(name, letter) {
                self.complain(format!("two of one name: {twice:?} at {:?}", state.now()));
            }
        }
    }

    fn nothing_to_say_any_more(&mut self, id: &ReservationId, at: Instant, which: impl Fn(&Name) -> bool) {
        let first = Name { about: id.to_string(), version: 0, kind: DeliveryKind::Confirmation, medium: Medium::Email };
        let of_it = self.letters.range_mut(first..).take_while(|(name, _)| name.about == id.as_str());
        for (_, letter) in of_it.filter(|(name, _)| which(name)) {
            letter.gone_at.get_or_insert(at);
        }
    }

    fn claimed(&mut self, state: &Facility, claimed: &Claimed, now: Instant) {
        let name = state.delivery(&claimed.delivery_id).and_then(Name::of);
        let found = name.and_then(|name| Some((self.letters.get_mut(&name)?, name)));
        let Some((letter, name)) = found else {
            return self.complain(format!("{} is sent, and nobody has to hear of it", claimed.delivery_id));
        };
        letter.id = Some(claimed.delivery_id.clone());
        let wrong = letter.claim(claimed.attempt, now);
        self.known.insert(claimed.delivery_id.clone(), name);
        if let Some(wrong) = wrong {
            self.complain(format!("{} {wrong}, at {now:?}", claimed.delivery_id));
        }
    }

    fn settled(&mut self, settle: &SettleDeliveries) {
        for it in &settle.settled {
            let letter = self.known.get(&it.delivery_id).and_then(|name| self.letters.get_mut(name));
            if let Some(letter) = letter {
                letter.settle(it.attempt, &it.outcome);
            }
        }
    }

    fn ended(&mut self, delivery: &Delivery, now: Instant) {
        let found = Name::of(delivery).and_then(|name| self.letters.get_mut(&name));
        let Some(letter) = found else {
            return self.complain(format!("{} ended, and nobody had to hear of it", delivery.id));
        };
        letter.id = Some(delivery.id.clone());
        letter.end(Ended { state: delivery.state, dropped: delivery.dropped, at: now });
    }

    /// What is due has happened once its time is there.
    fn look_for_what_is_overdue(&mut self, now: Instant) {
        while let Some((at, id, minutes)) = self.first_due(now, false) {
            self.due.remove(&(at, id.clone(), minutes));
            self.complain(format!("{id} should have been missed at {at:?}"));
        }
        let over = self.offers.iter().find(|(_, offer)| offer.until <= now).map(|(id, _)| id.clone());
        if let Some(id) = over {
            self.offers.remove(&id);
            self.complain(format!("what is offered to {id} should have run out"));
        }
    }
}

/// How much of a gap lies between two instants.
fn overlap(from: Instant, to: Instant) -> impl Fn(&(Instant, Instant)) -> i64 {
    move |(begun, ended)| (ended.0.min(to.0) - begun.0.max(from.0)).max(0)
}

fn positive(millis: i64) -> u64 {
    u64::try_from(millis).unwrap_or(0)
}
