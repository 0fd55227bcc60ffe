//! The twin's second half: what happens to a reservation after it is booked, and to the member by it.
//!
//! As dumb as the first half, and as far from the machine.

use machine::{
    Actor, AdjustCredits, BookReservation, CheckIn, Command, Complete, Instant, MarkNoShow, MoveReservation,
    ReverseNoShow, Status,
};

use crate::twin::{Booking, Outcome, Twin, may, no, yes};
use crate::twin_pay::{Money, cents, credits, paid};
use crate::world::{ASIDE, HALF_HOUR, MEMBERS, MISSED_CREDITS, OPENING_CREDITS, SUSPEND_AFTER};

const DAY: i64 = 48 * HALF_HOUR;
const CHECK_IN_MILLIS: i64 = 15 * 60 * 1000;

/// What the twin knows of a member.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) name: &'static str,
    pub(crate) balance: i64,
    pub(crate) missed: u32,
    pub(crate) suspended_until: Option<Instant>,
}

impl Person {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, balance: OPENING_CREDITS, missed: 0, suspended_until: None }
    }
}

impl Twin {
    /// Credits, no-shows and the end of a suspension.
    pub(crate) fn standing_of(&self, member: &str) -> (i64, u32, Option<Instant>) {
        let person = self.people.iter().find(|person| person.name == member).expect("a member");
        (person.balance, person.missed, person.suspended_until)
    }

    pub(crate) fn person(&mut self, member: &str) -> &mut Person {
        self.people.iter_mut().find(|person| person.name == member).expect("a member")
    }

    pub(crate) fn post(&mut self, member: &str, amount: i64) -> Option<String> {
        self.person(member).balance += amount;
        (amount != 0).then(|| format!("credits {member} {amount:+}"))
    }

    /// Nobody came by `at`.
    pub(crate) fn miss(&mut self, place: usize, at: Instant) -> Vec<String> {
        let (id, member) = (self.all[place].id.clone(), self.all[place].member.clone());
        let mut told = vec![format!("{id} NoShow")];
        told.extend(self.post(&member, -i64::from(MISSED_CREDITS)));
        let person = self.person(&member);
        person.missed += 1;
        let until = at.plus(DAY);
        let suspended = person.missed >= SUSPEND_AFTER && person.suspended_until.is_none_or(|already| already < until);
        if suspended {
            person.suspended_until = Some(until);
            told.push(format!("suspended {member}"));
        }
        let booking = &mut self.all[place];
        (booking.status, booking.ended) = (Status::NoShow, Some(at));
        booking.missed = Some(suspended.then_some(until));
        told
    }

    pub(crate) fn live_on(&mut self, command: &Command, actor: &Actor) -> Outcome {
        match command {
            Command::BookReservation(it) => self.book(it, actor),
            Command::MoveReservation(it) => self.change_slot(it, actor),
            Command::CheckIn(it) => self.check_in(it, actor),
            Command::Complete(it) => self.complete(it, actor),
            Command::MarkNoShow(it) => self.mark(it, actor),
            Command::ReverseNoShow(it) => self.reverse(it, actor),
            Command::AdjustCredits(it) => self.adjust(it, actor),
            _ => no("ticked"),
        }
    }

    fn book(&mut self, it: &BookReservation, actor: &Actor) -> Outcome {
        let (court, member, id) = (it.court_id.to_string(), it.member_id.to_string(), it.reservation_id.to_string());
        if !may(actor, &member) {
            return no("NotYours");
        }
        if self.all.iter().any(|b| b.id == id) {
            return no("ReservationExists");
        }
        if let Some(refusal) = self.strange(&court, &member, it.slot) {
            return no(refusal);
        }
        if it.overrides.is_some() && !matches!(actor, Actor::Staff(_)) {
            return no("OverrideNotAllowed");
        }
        let mut broken = self.broken(&court, &member, it.slot, None);
        let needed = if it.pay == machine::Pay::Credits { credits(&court, it.slot) } else { 0 };
        let balance = self.person(&member).balance;
        if balance >= 0 && balance < i64::from(needed) {
            broken.push("insufficient_credit");
        }
        if it.overrides.is_some() {
            let over = it.slot.end <= self.now;
            let aside = ASIDE.map(machine::Rule::code);
            broken.retain(|rule| !aside.contains(rule) || (over && *rule == "past_time"));
        }
        if !broken.is_empty() {
            return no(&broken.join(" "));
        }
        let (payment, spent) = match paid(it.pay, &court, it.slot, actor) {
            Ok(paid) => paid,
            Err(refusal) => return no(&refusal),
        };
        self.count(&member);
        let mut booking = Booking::new(&id, &court, &member, it.slot);
        booking.status = Status::Confirmed;
        booking.money = Money { status: payment, credits: spent, ..Money::owed(&court, it.slot) };
        booking.bind(self.now);
        self.all.push(booking);
        let (reply, mut told) = yes("booked", &id, Status::Confirmed);
        told.extend(self.post(&member, -i64::from(spent)));
        (reply, told)
    }

    fn change_slot(&mut self, it: &MoveReservation, actor: &Actor) -> Outcome {
        let Some(place) = self.all.iter().position(|b| b.id == it.reservation_id.as_str()) else {
            return no("ReservationUnknown");
        };
        let before = self.all[place].clone();
        if !may(actor, &before.member) {
            return no("NotYours");
        }
        if before.status != Status::Confirmed {
            return no(&format!("InvalidTransition {{ status: {:?} }}", before.status));
        }
        if matches!(actor, Actor::Member(_)) && self.now >= before.slot.start {
            return no("AlreadyStarted");
        }
        let court = it.court_id.as_ref().map_or(before.court.clone(), ToString::to_string);
        let slot = it.slot.unwrap_or(before.slot);
        let id = &before.id;
        let moved = format!("moved {id} {court} {}", slot.start.0);
        if court == before.court && slot == before.slot {
            return no(&moved);
        }
        if let Some(refusal) = self.strange(&court, &before.member, slot) {
            return no(refusal);
        }
        let broken = self.broken(&court, &before.member, slot, Some(id));
        if !broken.is_empty() {
            return no(&broken.join(" "));
        }
        let payment = match before.money.moved(&court, slot, actor) {
            Ok(payment) => payment,
            Err(refusal) => return no(&refusal),
        };
        let now = self.now;
        let booking = &mut self.all[place];
        (booking.money.status, booking.money.cents) = (payment, cents(&court, slot));
        (booking.court, booking.slot) = (court, slot);
        booking.bind(now);
        (moved, vec![format!("{id} left"), format!("{id} moved")])
    }

    fn check_in(&mut self, it: &CheckIn, actor: &Actor) -> Outcome {
        let place = match self.theirs(it.reservation_id.as_str(), actor) {
            Ok(place) => place,
            Err(refusal) => return refusal,
        };
        let (now, booking) = (self.now, &mut self.all[place]);
        let opens = booking.slot.start.plus(-CHECK_IN_MILLIS);
        match booking.status {
            Status::CheckedIn => no(&format!("came {} CheckedIn", booking.id)),
            Status::Confirmed if now < opens => no(&format!("TooEarly {{ opens: {opens:?} }}")),
            Status::Confirmed => {
                booking.status = Status::CheckedIn;
                yes("came", &booking.id, Status::CheckedIn)
            }
            status => no(&wrong(status)),
        }
    }

    fn complete(&mut self, it: &Complete, actor: &Actor) -> Outcome {
        let place = match self.theirs(it.reservation_id.as_str(), actor) {
            Ok(place) => place,
            Err(refusal) => return refusal,
        };
        let (now, booking) = (self.now, &mut self.all[place]);
        match booking.status {
            Status::Completed => no(&format!("completed {} Completed", booking.id)),
            Status::CheckedIn => {
                (booking.status, booking.ended) = (Status::Completed, Some(now));
                yes("completed", &booking.id, Status::Completed)
            }
            status => no(&wrong(status)),
        }
    }

    fn mark(&mut self, it: &MarkNoShow, actor: &Actor) -> Outcome {
        if matches!(actor, Actor::Member(_)) {
            return no("NotYours");
        }
        let Some(place) = self.all.iter().position(|b| b.id == it.reservation_id.as_str()) else {
            return no("ReservationUnknown");
        };
        let (id, opens) = (self.all[place].id.clone(), self.all[place].slot.start);
        match self.all[place].status {
            Status::NoShow => no(&format!("missed {id} NoShow")),
            Status::Confirmed if self.now < opens => no(&format!("TooEarly {{ opens: {opens:?} }}")),
            Status::Confirmed => (format!("missed {id} NoShow"), self.miss(place, self.now)),
            status => no(&wrong(status)),
        }
    }

    fn reverse(&mut self, it: &ReverseNoShow, actor: &Actor) -> Outcome {
        if !matches!(actor, Actor::Staff(_)) {
            return no("StaffOnly");
        }
        let Some(place) = self.all.iter().position(|b| b.id == it.reservation_id.as_str()) else {
            return no("ReservationUnknown");
        };
        let booking = self.all[place].clone();
        let (id, member) = (booking.id.clone(), booking.member.clone());
        let reversed = format!("reversed {id} Completed");
        match (booking.status, booking.missed) {
            (Status::NoShow, Some(suspended)) => {
                let closed = booking.ended.expect("it has ended").plus(14 * DAY);
                if self.now >= closed {
                    return no(&format!("TooLate {{ closed: {closed:?} }}"));
                }
                self.all[place].status = Status::Completed;
                let mut told = vec![format!("{id} reversed")];
                told.extend(self.post(&member, i64::from(MISSED_CREDITS)));
                let person = self.person(&member);
                person.missed -= 1;
                if suspended.is_some() && person.suspended_until == suspended {
                    person.suspended_until = None;
                    told.push(format!("reinstated {member}"));
                }
                (reversed, told)
            }
            (Status::Completed, Some(_)) => no(&reversed),
            (status, _) => no(&format!("InvalidTransition {{ status: {status:?} }}")),
        }
    }

    fn adjust(&mut self, it: &AdjustCredits, actor: &Actor) -> Outcome {
        if !matches!(actor, Actor::Staff(_)) {
            return no("StaffOnly");
        }
        if !MEMBERS.contains(&it.member_id.as_str()) {
            return no("MemberUnknown");
        }
        if it.note.trim().is_empty() {
            return no("ReasonRequired");
        }
        let told = self.post(it.member_id.as_str(), it.amount);
        (format!("balance {}", self.standing_of(it.member_id.as_str()).0), told.into_iter().collect())
    }

    fn theirs(&self, id: &str, actor: &Actor) -> Result<usize, Outcome> {
        let place = self.all.iter().position(|b| b.id == id).ok_or_else(|| no("ReservationUnknown"))?;
        if may(actor, &self.all[place].member) { Ok(place) } else { Err(no("NotYours")) }
    }
}

fn wrong(status: Status) -> String {
    let kind = if status.is_live() { "InvalidTransition" } else { "AlreadyEnded" };
    format!("{kind} {{ status: {status:?} }}")
}
