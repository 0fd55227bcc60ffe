//! A small club that is open all day, and short words for what is done to it.
//!
//! Every word here is one envelope sent through `apply`, with a request id of its own, at the club's clock.
//! The clock only moves when a test says so.

use machine::{
    Accepted, Actor, Applied, CalendarDay, CancelReservation, Command, ConfirmHold, CourtId, CreateFacility, Envelope,
    Facility, HoldId, HoldRef, Instant, Interval, LocalDate, MemberId, PlaceHold, Rejection, ReleaseHold, RequestId,
    Reservation, ReservationId, Settings, apply,
};

use crate::records::{court, member};

pub(crate) const HOUR: i64 = 60 * 60 * 1000;
pub(crate) const DAY: i64 = 24 * HOUR;
pub(crate) const HOLD_MILLIS: i64 = 15_000;

/// A club with its clock.
pub(crate) struct Club {
    pub(crate) facility: Facility,
    pub(crate) now: Instant,
    pub(crate) index: u64,
}

impl Club {
    /// Courts `c1` and `c2`, members `ana` and `ben`, open 06:00 to 22:00 for 60 days; it is 08:00
    /// of day 0.
    pub(crate) fn new() -> Self {
        let mut club = Self { facility: Facility::default(), now: Instant(0), index: 0 };
        let settings = Settings::new("Club", "club", "Etc/UTC");
        club.system(Command::CreateFacility(Box::new(CreateFacility { settings, days: (0..60).map(day).collect() })));
        ["c1", "c2"].into_iter().for_each(|id| club.system(Command::CreateCourt(court(id))));
        ["ana", "ben"].into_iter().for_each(|id| club.system(Command::CreateMember(Box::new(member(id)))));
        club.now = Instant(8 * HOUR);
        club
    }

    /// Lets time pass; nobody ticks.
    pub(crate) fn wait(&mut self, millis: i64) {
        self.now = self.now.plus(millis);
    }

    pub(crate) fn send(&mut self, envelope: &Envelope) -> Applied {
        self.index += 1;
        apply(&mut self.facility, self.index, envelope)
    }

    /// An envelope of a request of its own, at the club's clock.
    pub(crate) fn envelope(&self, actor: Actor, command: Command) -> Envelope {
        let request = RequestId { principal: "test".to_owned(), key: format!("k{}", self.index + 1) };
        Envelope { now: self.now, term: 1, actor, request, fingerprint: 7, remember_millis: DAY, command }
    }

    /// Sends as the club's own back end.
    pub(crate) fn service(&mut self, command: Command) -> Applied {
        self.send(&self.envelope(Actor::Service("site".to_owned()), command))
    }

    /// Sends as a member.
    pub(crate) fn member(&mut self, id: &str, command: Command) -> Applied {
        self.send(&self.envelope(Actor::Member(MemberId::parse(id).expect("a clean id")), command))
    }

    fn system(&mut self, command: Command) {
        self.send(&self.envelope(Actor::System, command)).reply.expect("the club is founded");
    }

    /// What is kept of a reservation.
    pub(crate) fn reservation(&self, id: &str) -> &Reservation {
        self.facility.reservation(&rsv(id)).expect("a reservation that is kept")
    }
}

fn day(number: u8) -> CalendarDay {
    let midnight = Instant(i64::from(number) * DAY);
    CalendarDay {
        date: LocalDate { year: 2026, month: 1 + number / 28, day: 1 + number % 28 },
        span: Interval { start: midnight, end: midnight.plus(DAY) },
        open: vec![Interval { start: midnight.plus(6 * HOUR), end: midnight.plus(22 * HOUR) }],
        slot_millis: HOUR,
        prime: Vec::new(),
    }
}

/// `[from, to)` in hours of day 0.
pub(crate) fn hours(from: i64, to: i64) -> Interval {
    Interval { start: Instant(from * HOUR), end: Instant(to * HOUR) }
}

/// An attempt with hold `h<n>` and reservation `r<n>`.
pub(crate) fn place(n: u32, court: &str, member: &str, slot: Interval) -> Command {
    Command::PlaceHold(PlaceHold {
        hold_id: HoldId::parse(&format!("h{n}")).expect("a clean id"),
        reservation_id: rsv(&format!("r{n}")),
        court_id: CourtId::parse(court).expect("a clean id"),
        member_id: MemberId::parse(member).expect("a clean id"),
        slot,
        source: "web".to_owned(),
        overrides: None,
    })
}

pub(crate) fn confirm(n: u32) -> Command {
    Command::ConfirmHold(ConfirmHold { hold: hold(n), reservation_id: None, pay: machine::Pay::Later })
}

pub(crate) fn release(n: u32) -> Command {
    Command::ReleaseHold(ReleaseHold { hold: hold(n) })
}

pub(crate) fn cancel(id: &str, slot: Option<(&str, i64)>) -> Command {
    let slot = slot.map(|(court, hour)| (CourtId::parse(court).expect("a clean id"), Instant(hour * HOUR)));
    Command::CancelReservation(CancelReservation { reservation_id: rsv(id), slot, reason: None })
}

pub(crate) fn hold(n: u32) -> HoldRef {
    HoldRef::Id(HoldId::parse(&format!("h{n}")).expect("a clean id"))
}

pub(crate) fn rsv(id: &str) -> ReservationId {
    ReservationId::parse(id).expect("a clean id")
}

/// The codes of the rules that a refusal names.
pub(crate) fn rules(applied: &Applied) -> Vec<&'static str> {
    match &applied.reply {
        Err(Rejection::Conflicts(conflicts)) => conflicts.iter().map(|conflict| conflict.rule().code()).collect(),
        other => panic!("expected conflicts, got {other:?}"),
    }
}

/// The reservation of an accepted attempt or confirm.
pub(crate) fn accepted(applied: &Applied) -> &Reservation {
    match &applied.reply {
        Ok(Accepted::HoldPlaced(it) | Accepted::HoldConfirmed(it)) => it,
        other => panic!("expected a hold or reservation, got {other:?}"),
    }
}
