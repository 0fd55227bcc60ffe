//! The twin: the same rules with no cleverness at all. One flat list of everything that ever was,
//! searched from end to end for every question.
//! It shares no code with the machine, only its nouns.

use machine::{
    Actor, CancelReservation, Command, ConfirmHold, Envelope, HoldRef, ImportReservation, Instant, Interval, MemberId,
    PlaceHold, ReleaseHold, RequestId, Status,
};

use crate::world::{COURTS, CREDITS, FEE_CENTS, HALF_HOUR, HOLD_MILLIS, HOLDS_MAX, MEMBERS, OPEN, POLICY_HOURS};

const HOUR: i64 = 2 * HALF_HOUR;

#[derive(Clone)]
struct Booking {
    id: String,
    hold: Option<String>,
    court: String,
    member: String,
    slot: Interval,
    status: Status,
    source: String,
    hold_end: Instant,
    ended: Option<Instant>,
    cancellation: String,
}

/// The twin.
pub(crate) struct Twin {
    now: Instant,
    all: Vec<Booking>,
    kept: Vec<(RequestId, u64, String, Instant)>,
    confirmed: Vec<String>,
}

impl Twin {
    pub(crate) fn new() -> Self {
        Self { now: Instant(0), all: Vec::new(), kept: Vec::new(), confirmed: Vec::new() }
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

    fn settle(&mut self) -> Vec<String> {
        let now = self.now;
        let mut ended = Vec::new();
        for it in &mut self.all {
            let (deadline, status) = match it.status {
                Status::Held => (it.hold_end, Status::Expired),
                Status::Confirmed => (it.slot.end, Status::Completed),
                _ => continue,
            };
            if now >= deadline {
                (it.status, it.ended) = (status, Some(deadline));
                ended.push((deadline, it.id.clone(), status));
            }
        }
        ended.sort();
        self.all.retain(|it| {
            let days = match it.status {
                Status::Expired | Status::Released => HOUR,
                _ => 35 * 24 * HOUR,
            };
            it.ended.is_none_or(|ended| now < ended.plus(days))
        });
        self.kept.retain(|kept| now < kept.3);
        ended.iter().map(|(_, id, status)| format!("{id} {status:?}")).collect()
    }

    fn decide(&mut self, envelope: &Envelope, events: &mut Vec<String>) -> String {
        let actor = &envelope.actor;
        let (reply, event) = match &envelope.command {
            Command::PlaceHold(it) => self.place(it, actor),
            Command::ConfirmHold(it) => self.confirm(it, actor),
            Command::ReleaseHold(it) => self.release(it, actor),
            Command::CancelReservation(it) => self.cancel(it, actor),
            Command::ImportReservation(it) => self.import(it, actor),
            _ => ("ticked".to_owned(), None),
        };
        if let Some(event) = event {
            let until = self.now.plus(envelope.remember_millis);
            self.kept.push((envelope.request.clone(), envelope.fingerprint, reply.clone(), until));
            events.push(event);
        }
        reply
    }

    fn place(&mut self, it: &PlaceHold, actor: &Actor) -> (String, Option<String>) {
        let (court, member) = (it.court_id.to_string(), it.member_id.to_string());
        if !may(actor, &member) {
            return no("NotYours");
        }
        if let Some(refusal) = self.strange(&court, &member, it.slot) {
            return no(refusal);
        }
        let same =
            |b: &&Booking| b.status == Status::Held && (&b.court, &b.member, b.slot) == (&court, &member, it.slot);
        if let Some(same) = self.all.iter().find(same) {
            return (format!("placed {} Held", same.id), None);
        }
        let (id, hold) = (it.reservation_id.to_string(), it.hold_id.to_string());
        if self.all.iter().any(|b| b.id == id || b.hold.as_ref() == Some(&hold)) {
            return no("ReservationExists");
        }
        let broken = self.broken(&court, &member, it.slot);
        if !broken.is_empty() {
            return (broken.join(" "), None);
        }
        let hold_end = self.now.plus(HOLD_MILLIS).min(it.slot.end);
        let source = it.source.clone();
        self.add(Booking {
            id: id.clone(),
            hold: Some(hold),
            court,
            member,
            slot: it.slot,
            status: Status::Held,
            source,
            hold_end,
            ended: None,
            cancellation: String::new(),
        });
        yes("placed", &id, Status::Held)
    }

    fn strange(&self, court: &str, member: &str, slot: Interval) -> Option<&'static str> {
        if !COURTS.contains(&court) {
            return Some("CourtUnknown");
        }
        if !MEMBERS.contains(&member) {
            return Some("MemberUnknown");
        }
        (slot.start >= slot.end).then_some("EmptyInterval")
    }

    fn broken(&self, court: &str, member: &str, slot: Interval) -> Vec<&'static str> {
        let mut broken = Vec::new();
        if slot.start < self.now {
            broken.push("past_time");
        }
        let inside = |(from, to): &(i64, i64)| slot.start.0 >= from * HALF_HOUR && slot.end.0 <= to * HALF_HOUR;
        if !OPEN.iter().any(inside) {
            broken.push("outside_hours");
        }
        let length = slot.end.0 - slot.start.0;
        if ![1, 2, 3].map(|halves| halves * HALF_HOUR).contains(&length) {
            broken.push("invalid_duration");
        }
        broken.extend(self.over(court, slot).map(|_| "time_overlap"));
        if self.all.iter().filter(|b| b.status == Status::Held && b.member == member).count() >= HOLDS_MAX {
            broken.push("hold_limit");
        }
        broken
    }

    fn over(&self, court: &str, slot: Interval) -> impl Iterator<Item = &Booking> {
        let meets = move |b: &&Booking| slot.start < b.slot.end && b.slot.start < slot.end;
        self.all.iter().filter(move |b| live(b) && b.court == court).filter(meets)
    }

    fn confirm(&mut self, it: &ConfirmHold, actor: &Actor) -> (String, Option<String>) {
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
                    if self.all[place].status == Status::Confirmed && unclear {
                        return no("HoldUnknown");
                    }
                    place
                }
                None => return (self.late(&it.hold, actor), None),
            },
        };
        let now_confirmed = &mut self.all[found];
        if !may(actor, &now_confirmed.member) {
            return no("NotYours");
        }
        let other_name = given.as_ref().is_some_and(|given| *given != now_confirmed.id);
        match now_confirmed.status {
            Status::Held => {
                now_confirmed.status = Status::Confirmed;
                now_confirmed.id = given.unwrap_or_else(|| now_confirmed.id.clone());
                self.confirmed.push(now_confirmed.member.clone());
                yes("confirmed", &now_confirmed.id, Status::Confirmed)
            }
            Status::Confirmed if !other_name => (format!("confirmed {} Confirmed", now_confirmed.id), None),
            Status::Expired | Status::Released => (end_of(now_confirmed), None),
            status => (format!("InvalidTransition {{ status: {status:?} }}"), None),
        }
    }

    fn late(&self, hold: &HoldRef, actor: &Actor) -> String {
        let ended = |b: &&Booking| matches!(b.status, Status::Expired | Status::Released) && may(actor, &b.member);
        let on_slot = self.all.iter().filter(|b| named_by(hold, b)).filter(ended);
        on_slot.max_by_key(|b| (b.ended, b.id.clone())).map_or("HoldUnknown".to_owned(), end_of)
    }

    fn release(&mut self, it: &ReleaseHold, actor: &Actor) -> (String, Option<String>) {
        let by_slot = matches!(it.hold, HoldRef::Slot { .. });
        let now = self.now;
        let Some(found) = self.all.iter_mut().find(|b| named_by(&it.hold, b) && (live(b) || !by_slot)) else {
            return no("released nothing");
        };
        if !may(actor, &found.member) {
            return no("NotYours");
        }
        match found.status {
            Status::Held => {
                (found.status, found.ended) = (Status::Released, Some(now));
                yes("released", &found.id, Status::Released)
            }
            Status::Confirmed => no("NotAHold"),
            _ => no("released nothing"),
        }
    }

    fn cancel(&mut self, it: &CancelReservation, actor: &Actor) -> (String, Option<String>) {
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
            Status::Cancelled => return (found.cancellation.clone(), None),
            status => return (format!("InvalidTransition {{ status: {status:?} }}"), None),
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
        (found.cancellation.clone(), Some(format!("{} Cancelled", found.id)))
    }

    fn import(&mut self, it: &ImportReservation, actor: &Actor) -> (String, Option<String>) {
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
            return if same { (again, None) } else { no("ReservationExists") };
        }
        if it.slot.end <= self.now {
            return no("past_time");
        }
        let over = self.over(&court, it.slot).count();
        if over > 0 {
            return (vec!["time_overlap"; over].join(" "), None);
        }
        let source = it.source.clone();
        self.add(Booking {
            id: id.clone(),
            hold: None,
            court,
            member,
            slot: it.slot,
            status: Status::Confirmed,
            source,
            hold_end: self.now,
            ended: None,
            cancellation: String::new(),
        });
        yes("imported", &id, Status::Confirmed)
    }

    fn add(&mut self, booking: Booking) {
        self.all.push(booking);
    }
}

fn live(booking: &Booking) -> bool {
    booking.status == Status::Held || booking.status == Status::Confirmed
}

fn named_by(hold: &HoldRef, booking: &Booking) -> bool {
    match hold {
        HoldRef::Id(id) => booking.hold.as_deref() == Some(id.as_str()),
        HoldRef::Slot { court_id, start } => booking.court == court_id.as_str() && booking.slot.start == *start,
    }
}

fn may(actor: &Actor, member: &str) -> bool {
    !matches!(actor, Actor::Member(id) if MemberId::as_str(id) != member)
}

fn end_of(booking: &Booking) -> String {
    match (booking.status, booking.ended) {
        (Status::Expired, Some(at)) => format!("HoldExpired {{ at: {at:?} }}"),
        _ => "HoldUnknown".to_owned(),
    }
}

fn no(refusal: &str) -> (String, Option<String>) {
    (refusal.to_owned(), None)
}

fn yes(word: &str, id: &str, status: Status) -> (String, Option<String>) {
    (format!("{word} {id} {status:?}"), Some(format!("{id} {status:?}")))
}
