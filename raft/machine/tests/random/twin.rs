//! The twin: the same rules with no cleverness at all. One flat list of everything that ever was,
//! searched from end to end for every question.
//! It shares no code with the machine, only its nouns.

use machine::{
    Actor, CancelReservation, Command, ConfirmHold, Envelope, HoldRef, ImportReservation, Instant, Interval, MemberId,
    PaymentStatus, PlaceHold, ReleaseHold, RequestId, Status,
};

use crate::lines;
use crate::twin_life::Person;
use crate::twin_pay::{Money, paid};
use crate::world::{
    ACTIVE_MAX, COURTS, CREDITS, FEE_CENTS, GRACE_MILLIS, HALF_HOUR, HOLD_MILLIS, HOLDS_MAX, MEMBERS, OPEN,
    POLICY_HOURS,
};

const HOUR: i64 = 2 * HALF_HOUR;

/// What a command comes to: its answer, and what everybody is told.
pub(crate) type Outcome = (String, Vec<String>);

#[derive(Clone)]
pub(crate) struct Booking {
    pub(crate) id: String,
    pub(crate) hold: Option<String>,
    pub(crate) court: String,
    pub(crate) member: String,
    pub(crate) slot: Interval,
    pub(crate) status: Status,
    pub(crate) source: String,
    pub(crate) hold_end: Instant,
    /// When it is given up unless somebody comes.
    pub(crate) missed_at: Instant,
    pub(crate) ended: Option<Instant>,
    pub(crate) cancellation: String,
    pub(crate) money: Money,
    /// It was missed once, and brought a suspension until then.
    pub(crate) missed: Option<Option<Instant>>,
}

impl Booking {
    pub(crate) fn new(id: &str, court: &str, member: &str, slot: Interval) -> Self {
        Self {
            id: id.to_owned(),
            hold: None,
            court: court.to_owned(),
            member: member.to_owned(),
            slot,
            status: Status::Held,
            source: String::new(),
            hold_end: slot.end,
            missed_at: slot.end,
            ended: None,
            cancellation: String::new(),
            money: Money::default(),
            missed: None,
        }
    }

    /// Confirmed, or moved, at `now`.
    pub(crate) fn bind(&mut self, now: Instant) {
        self.missed_at = self.slot.start.max(now).plus(GRACE_MILLIS).min(self.slot.end);
    }

    /// When it ends by itself, and as what.
    fn end_by_itself(&self) -> Option<(Instant, Status)> {
        match self.status {
            Status::Held | Status::PaymentPending => Some((self.hold_end, Status::Expired)),
            Status::Confirmed => Some((self.missed_at, Status::NoShow)),
            Status::CheckedIn => Some((self.slot.end, Status::Completed)),
            _ => None,
        }
    }
}

/// The twin.
pub(crate) struct Twin {
    pub(crate) now: Instant,
    pub(crate) all: Vec<Booking>,
    pub(crate) people: Vec<Person>,
    kept: Vec<(RequestId, u64, String, Instant)>,
    confirmed: Vec<String>,
}

impl Twin {
    pub(crate) fn new() -> Self {
        let people = MEMBERS.map(Person::new).to_vec();
        Self { now: Instant(0), all: Vec::new(), people, kept: Vec::new(), confirmed: Vec::new() }
    }

    /// How often a booking of `member` was confirmed.
    pub(crate) fn bookings_of(&self, member: &str) -> u32 {
        self.confirmed.iter().map(|who| u32::from(who == member)).sum()
    }

    /// The answer to an envelope in a line.
    pub(crate) fn apply(&mut self, envelope: &Envelope) -> String {
        self.now = self.now.max(envelope.now);
        let mut events = self.settle();
        let reply = match self.kept.iter().find(|kept| kept.0 == envelope.request) {
            Some(kept) if kept.1 == envelope.fingerprint => kept.2.clone(),
            Some(_) => "RequestReused".to_owned(),
            None => self.decide(envelope, &mut events),
        };
        format!("{reply} | {}", events.join(", "))
    }

    /// The first thing that ends by itself.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        let bookings = self.all.iter().filter_map(Booking::end_by_itself).map(|(at, _)| at);
        bookings.chain(self.people.iter().filter_map(|person| person.suspended_until)).min()
    }

    fn settle(&mut self) -> Vec<String> {
        let now = self.now;
        let mut told = Vec::new();
        while self.next_deadline().is_some_and(|at| at <= now) {
            told.extend(self.settle_one());
        }
        self.all.retain(|it| it.ended.is_none_or(|ended| now < ended.plus(it.remembered())));
        self.kept.retain(|kept| now < kept.3);
        told
    }

    /// Whatever is due first: bookings before suspensions, by name.
    fn settle_one(&mut self) -> Vec<String> {
        let due = self.all.iter().enumerate().filter_map(|(place, it)| {
            let (at, status) = it.end_by_itself()?;
            Some((at, it.id.clone(), place, status))
        });
        let first = due.min();
        let over = self.people.iter().filter_map(|person| Some((person.suspended_until?, person.name))).min();
        match (first, over) {
            (Some((at, id, place, status)), over) if over.is_none_or(|over| at <= over.0) => {
                if status == Status::NoShow {
                    return self.miss(place, at);
                }
                (self.all[place].status, self.all[place].ended) = (status, Some(at));
                vec![format!("{id} {status:?}")]
            }
            (_, Some((_, name))) => {
                self.person(name).suspended_until = None;
                vec![format!("reinstated {name}")]
            }
            _ => Vec::new(),
        }
    }

    fn decide(&mut self, envelope: &Envelope, events: &mut Vec<String>) -> String {
        let actor = &envelope.actor;
        let (reply, told) = match &envelope.command {
            Command::PlaceHold(it) => self.place(it, actor),
            Command::ConfirmHold(it) => self.confirm(it, actor),
            Command::ReleaseHold(it) => self.release(it, actor),
            Command::CancelReservation(it) => self.cancel(it, actor),
            Command::ImportReservation(it) => self.import(it, actor),
            Command::BeginPayment(it) => self.begin_payment(it, actor),
            Command::RecordPayment(it) => self.record_payment(it, actor),
            other => self.live_on(other, actor),
        };
        if lines::ACCEPTED.contains(&reply.split(' ').next().unwrap_or_default()) {
            let until = self.now.plus(envelope.remember_millis);
            self.kept.push((envelope.request.clone(), envelope.fingerprint, reply.clone(), until));
        }
        events.extend(told);
        reply
    }

    fn place(&mut self, it: &PlaceHold, actor: &Actor) -> Outcome {
        let (court, member) = (it.court_id.to_string(), it.member_id.to_string());
        if !may(actor, &member) {
            return no("NotYours");
        }
        let same =
            |b: &&Booking| b.status == Status::Held && (&b.court, &b.member, b.slot) == (&court, &member, it.slot);
        if let Some(same) = self.all.iter().find(same) {
            return (format!("placed {} Held", same.id), Vec::new());
        }
        let (id, hold) = (it.reservation_id.to_string(), it.hold_id.to_string());
        if self.all.iter().any(|b| b.id == id || b.hold.as_ref() == Some(&hold)) {
            return no("ReservationExists");
        }
        if let Some(refusal) = self.strange(&court, &member, it.slot) {
            return no(refusal);
        }
        let broken = self.broken(&court, &member, it.slot, None);
        if !broken.is_empty() {
            return no(&broken.join(" "));
        }
        let hold_end = self.now.plus(HOLD_MILLIS).min(it.slot.end);
        let source = it.source.clone();
        let money = Money::owed(&court, it.slot);
        let new = Booking::new(&id, &court, &member, it.slot);
        self.all.push(Booking { hold: Some(hold), hold_end, source, money, ..new });
        yes("placed", &id, Status::Held)
    }

    pub(crate) fn strange(&self, court: &str, member: &str, slot: Interval) -> Option<&'static str> {
        if !COURTS.contains(&court) {
            return Some("CourtUnknown");
        }
        if !MEMBERS.contains(&member) {
            return Some("MemberUnknown");
        }
        (slot.start >= slot.end).then_some("EmptyInterval")
    }

    /// Every rule that is broken, in their order; what is `own` does not count.
    pub(crate) fn broken(&self, court: &str, member: &str, slot: Interval, own: Option<&str>) -> Vec<&'static str> {
        let mut broken = Vec::new();
        let person = self.people.iter().find(|person| person.name == member).expect("a member");
        if person.suspended_until.is_some() {
            broken.push("member_suspended");
        }
        if slot.start < self.now {
            broken.push("past_time");
        }
        let inside = |(from, to): &(i64, i64)| slot.start.0 >= from * HALF_HOUR && slot.end.0 <= to * HALF_HOUR;
        if !OPEN.iter().any(inside) {
            broken.push("outside_hours");
        }
        let begins_in = |(from, to): &(i64, i64)| (from * HALF_HOUR..to * HALF_HOUR).contains(&slot.start.0);
        if OPEN.iter().any(begins_in) && slot.start.0 % HALF_HOUR != 0 {
            broken.push("off_grid");
        }
        let length = slot.end.0 - slot.start.0;
        if ![1, 2, 3].map(|halves| halves * HALF_HOUR).contains(&length) {
            broken.push("invalid_duration");
        }
        let others = || self.all.iter().filter(|b| live(b) && own != Some(b.id.as_str()));
        let meets = |b: &&Booking| slot.start < b.slot.end && b.slot.start < slot.end;
        broken.extend(others().filter(|b| b.court == court).filter(meets).map(|_| "time_overlap"));
        let mine = || others().filter(|b| b.member == member);
        if mine().filter(|b| b.slot.start >= self.now).count() >= ACTIVE_MAX {
            broken.push("member_limit");
        }
        broken.extend(mine().filter(|b| b.court != court).filter(meets).map(|_| "self_overlap"));
        if mine().filter(|b| b.status.is_hold()).count() >= HOLDS_MAX {
            broken.push("hold_limit");
        }
        if person.balance < 0 {
            broken.push("insufficient_credit");
        }
        broken
    }

    fn over(&self, court: &str, slot: Interval) -> impl Iterator<Item = &Booking> {
        let meets = move |b: &&Booking| slot.start < b.slot.end && b.slot.start < slot.end;
        self.all.iter().filter(move |b| live(b) && b.court == court).filter(meets)
    }

    /// Counts a booking.
    pub(crate) fn count(&mut self, member: &str) {
        self.confirmed.push(member.to_owned());
    }

    fn confirm(&mut self, it: &ConfirmHold, actor: &Actor) -> Outcome {
        let given = it.reservation_id.as_ref().map(ToString::to_string);
        let named = self.all.iter().position(|b| Some(&b.id) == given.as_ref());
        let found = match (&it.hold, named) {
            (hold, Some(place)) if named_by(hold, &self.all[place]) => place,
            (_, Some(_)) => return no("ReservationExists"),
            (HoldRef::Id(_), None) => match self.all.iter().position(|b| named_by(&it.hold, b)) {
                Some(place) => place,
                None => return no("HoldUnknown"),
            },
            (HoldRef::Slot { .. }, None) => match self.all.iter().position(|b| live(b) && named_by(&it.hold, b)) {
                Some(place) => {
                    let unclear = given.is_some() || !matches!(actor, Actor::Member(_));
                    if !self.all[place].status.is_hold() && unclear {
                        return no("HoldUnknown");
                    }
                    place
                }
                None => return no(&self.late(&it.hold, actor)),
            },
        };
        let now = self.now;
        let now_confirmed = &mut self.all[found];
        if !may(actor, &now_confirmed.member) {
            return no("NotYours");
        }
        let other_name = given.as_ref().is_some_and(|given| *given != now_confirmed.id);
        match now_confirmed.status {
            Status::Held | Status::PaymentPending => {
                let (payment, credits) = match paid(it.pay, &now_confirmed.court, now_confirmed.slot, actor) {
                    Ok(paid) => paid,
                    Err(refusal) => return no(&refusal),
                };
                let member = now_confirmed.member.clone();
                let balance = self.people.iter().find(|person| person.name == member).expect("a member").balance;
                if credits > 0 && balance < i64::from(credits) {
                    return no("insufficient_credit");
                }
                now_confirmed.status = Status::Confirmed;
                now_confirmed.bind(now);
                (now_confirmed.money.status, now_confirmed.money.credits) = (payment, credits);
                now_confirmed.id = given.unwrap_or_else(|| now_confirmed.id.clone());
                self.confirmed.push(member.clone());
                let (reply, mut told) = yes("confirmed", &now_confirmed.id, Status::Confirmed);
                told.extend(self.post(&member, -i64::from(credits)));
                (reply, told)
            }
            Status::Confirmed if !other_name => no(&format!("confirmed {} Confirmed", now_confirmed.id)),
            Status::Expired | Status::Released => no(&end_of(now_confirmed)),
            status => no(&format!("InvalidTransition {{ status: {status:?} }}")),
        }
    }

    fn late(&self, hold: &HoldRef, actor: &Actor) -> String {
        let ended = |b: &&Booking| matches!(b.status, Status::Expired | Status::Released) && may(actor, &b.member);
        let on_slot = self.all.iter().filter(|b| named_by(hold, b)).filter(ended);
        on_slot.max_by_key(|b| (b.ended, b.id.clone())).map_or("HoldUnknown".to_owned(), end_of)
    }

    fn release(&mut self, it: &ReleaseHold, actor: &Actor) -> Outcome {
        let by_slot = matches!(it.hold, HoldRef::Slot { .. });
        let now = self.now;
        let Some(found) = self.all.iter_mut().find(|b| named_by(&it.hold, b) && (live(b) || !by_slot)) else {
            return no("released nothing");
        };
        if !may(actor, &found.member) {
            return no("NotYours");
        }
        match found.status {
            Status::Held | Status::PaymentPending => {
                (found.status, found.ended) = (Status::Released, Some(now));
                yes("released", &found.id, Status::Released)
            }
            Status::Confirmed | Status::CheckedIn => no("NotAHold"),
            _ => no("released nothing"),
        }
    }

    fn cancel(&mut self, it: &CancelReservation, actor: &Actor) -> Outcome {
        let now = self.now;
        let Some(found) = self.all.iter_mut().find(|b| b.id == it.reservation_id.as_str()) else {
            return no("ReservationUnknown");
        };
        if !may(actor, &found.member) {
            return no("NotYours");
        }
        if it.slot.as_ref().is_some_and(|(court, start)| court.as_str() != found.court || *start != found.slot.start) {
            return no("SlotMismatch");
        }
        match found.status {
            Status::Confirmed => {}
            Status::Cancelled => return no(&found.cancellation),
            status => return no(&format!("InvalidTransition {{ status: {status:?} }}")),
        }
        if matches!(actor, Actor::Member(_)) && now >= found.slot.start {
            return no("AlreadyStarted");
        }
        let notice = found.slot.start.0 - now.0;
        let in_time = notice >= POLICY_HOURS * HOUR;
        let pays = !in_time && matches!(actor, Actor::Member(_) | Actor::Service(_));
        let (credits, fee) = if pays { (CREDITS, FEE_CENTS) } else { (0, 0) };
        (found.status, found.ended) = (Status::Cancelled, Some(now));
        found.cancellation = format!("cancelled {} {notice} {in_time} {credits} {fee}", found.id);
        let (reply, member) = (found.cancellation.clone(), found.member.clone());
        let mut told = vec![format!("{} Cancelled", found.id)];
        told.extend(found.money.give_back(&found.id, fee));
        let back = if in_time || !pays { found.money.credits } else { 0 };
        if back > 0 {
            found.money.status = PaymentStatus::Refunded;
        }
        told.extend(self.post(&member, i64::from(back)));
        told.extend(self.post(&member, -i64::from(credits)));
        (reply, told)
    }

    fn import(&mut self, it: &ImportReservation, actor: &Actor) -> Outcome {
        let (court, member, id) = (it.court_id.to_string(), it.member_id.to_string(), it.reservation_id.to_string());
        if matches!(actor, Actor::Member(_)) {
            return no("NotYours");
        }
        if let Some(refusal) = self.strange(&court, &member, it.slot) {
            return no(refusal);
        }
        if let Some(there) = self.all.iter().find(|b| b.id == id) {
            let same =
                there.source == it.source && (&there.court, &there.member, there.slot) == (&court, &member, it.slot);
            let again = format!("imported {id} {:?}", there.status);
            return if same { no(&again) } else { no("ReservationExists") };
        }
        if it.slot.end <= self.now {
            return no("past_time");
        }
        let over = self.over(&court, it.slot).count();
        if over > 0 {
            return no(&vec!["time_overlap"; over].join(" "));
        }
        let source = it.source.clone();
        let mut booking = Booking { source, status: Status::Confirmed, ..Booking::new(&id, &court, &member, it.slot) };
        booking.bind(self.now);
        self.all.push(booking);
        yes("imported", &id, Status::Confirmed)
    }
}

pub(crate) fn live(booking: &Booking) -> bool {
    booking.status.is_live()
}

pub(crate) fn named_by(hold: &HoldRef, booking: &Booking) -> bool {
    match hold {
        HoldRef::Id(id) => booking.hold.as_deref() == Some(id.as_str()),
        HoldRef::Slot { court_id, start } => booking.court == court_id.as_str() && booking.slot.start == *start,
    }
}

pub(crate) fn may(actor: &Actor, member: &str) -> bool {
    !matches!(actor, Actor::Member(id) if MemberId::as_str(id) != member)
}

fn end_of(booking: &Booking) -> String {
    match (booking.status, booking.ended) {
        (Status::Expired, Some(at)) => format!("HoldExpired {{ at: {at:?} }}"),
        _ => "HoldUnknown".to_owned(),
    }
}

/// Nothing changed.
pub(crate) fn no(refusal: &str) -> Outcome {
    (refusal.to_owned(), Vec::new())
}

/// It is so now, and everybody is told.
pub(crate) fn yes(word: &str, id: &str, status: Status) -> Outcome {
    (format!("{word} {id} {status:?}"), vec![format!("{id} {status:?}")])
}
