//! A script on the pure machine: time is given, ids are counted, nothing is sent anywhere.
//!
//! After every request the state is written down and read back, and has to be the same: what a restart or a
//! snapshot would forget shows in every script, not only in those about restarts.

use courtd::calendar;
use machine::{
    Accepted, Actor, Claim, ClaimKind, Command, Conflict, CourtId, CreateFacility, Envelope, Facility, Instant,
    Interval, LocalDate, MemberId, MemberStatus, Rejection, Reply, RequestId, Reservation, Status, apply, refusal,
};

use crate::action::{Action, Spot, Who};
use crate::commands;
use crate::founding::Founding;
use crate::outcome::{Outcome, Promoted, Standing, Taken, Waiting};
use crate::when::Wall;
use crate::world::World;

/// How long an answer is kept, as the edge asks for: a day.
const REMEMBER_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// The machine, and what was last asked of it.
pub struct Pure {
    facility: Facility,
    now: Instant,
    index: u64,
    last: Option<(Envelope, Reply)>,
}

impl Pure {
    /// A club with its courts and members.
    pub fn found(founding: &Founding, wall: &Wall) -> Result<Self, String> {
        let mut pure = Self { facility: Facility::default(), now: wall.now, index: 0, last: None };
        let settings = founding.settings.clone();
        let days = calendar::coming_days(&settings, wall.zone(), wall.now);
        pure.set_up(Command::CreateFacility(Box::new(CreateFacility { settings, days })))?;
        for court in &founding.courts {
            pure.set_up(Command::CreateCourt(court.clone()))?;
        }
        for member in &founding.members {
            pure.set_up(Command::CreateMember(Box::new(member.clone())))?;
        }
        Ok(pure)
    }

    fn set_up(&mut self, command: Command) -> Result<(), String> {
        let envelope = self.envelope(Actor::System, command);
        self.apply(&envelope)?.map(drop).map_err(|rejection| format!("the club cannot be founded: {rejection:?}"))
    }

    fn envelope(&self, actor: Actor, command: Command) -> Envelope {
        let request = RequestId { principal: "script".to_owned(), key: format!("k{}", self.index + 1) };
        let (now, fingerprint) = (self.now, self.index + 1);
        Envelope { now, term: 1, actor, request, fingerprint, remember_millis: REMEMBER_MILLIS, command }
    }

    fn apply(&mut self, envelope: &Envelope) -> Result<Reply, String> {
        let refused = refusal(&self.facility, envelope);
        self.index += 1;
        let reply = apply(&mut self.facility, self.index, envelope).reply;
        if let Some(refused) = refused
            && reply.as_ref() != Err(&refused)
        {
            return Err(format!("asked read-only it was refused with {refused:?}, applied it came to {reply:?}"));
        }
        let kept = Facility::from_snapshot(&self.facility.to_snapshot()).map_err(|error| error.to_string())?;
        if kept.digest() != self.facility.digest() {
            return Err("a snapshot of the state is not the state".to_owned());
        }
        Ok(reply)
    }

    /// Whoever looks sees what is due by then: a tick is how those who watch are told in time.
    fn settled(&mut self) -> Result<&Facility, String> {
        if self.facility.now() < self.now {
            let tick = self.envelope(Actor::System, Command::Tick);
            self.apply(&tick)?.map_err(|rejection| format!("a tick was refused: {rejection:?}"))?;
        }
        Ok(&self.facility)
    }

    fn find(&self, spot: &Spot, who: Option<&MemberId>) -> Option<&Reservation> {
        let of = spot.of.as_ref().or(who);
        let here =
            || self.facility.reservations(None).filter(|it| it.court_id == spot.court && it.slot.start == spot.start);
        let own = here().filter(|it| Some(&it.member_id) == of).max_by_key(|it| (it.created_at, it.version));
        let live = || here().find(|it| it.status.is_live());
        let last = || here().max_by_key(|it| (it.created_at, it.version));
        own.or_else(live).or_else(last)
    }

    fn taken_by(&self, claim: &Claim) -> Taken {
        let (how, by) = match claim.kind {
            ClaimKind::Hold { .. } => ("held", &claim.reservation_id),
            ClaimKind::Reservation => ("booked", &claim.reservation_id),
        };
        let reservation = self.facility.reservation(by);
        let how = match reservation.map(|it| it.status) {
            Some(Status::CheckedIn) => "in use",
            _ => how,
        };
        Taken { slot: claim.slot, how: how.to_owned(), by: reservation.map(|it| it.member_id.clone()) }
    }
}

impl World for Pure {
    fn at(&mut self, now: Instant) -> Result<(), String> {
        self.now = now;
        Ok(())
    }

    fn restart(&mut self) -> Result<(), String> {
        self.facility = Facility::from_snapshot(&self.facility.to_snapshot()).map_err(|error| error.to_string())?;
        Ok(())
    }

    fn act(&mut self, who: &Who, action: &Action) -> Result<Outcome, String> {
        let me = match who {
            Who::Member(member) => Some(member.clone()),
            Who::Staff | Who::Club => None,
        };
        let found = |spot: &Spot| self.find(spot, me.as_ref()).cloned();
        let command = commands::of(action, self.index + 1, &self.facility, self.now, found)?;
        let actor = match who {
            Who::Member(member) => Actor::Member(member.clone()),
            Who::Staff => Actor::Staff("desk".to_owned()),
            Who::Club => Actor::Service("site".to_owned()),
        };
        let envelope = self.envelope(actor, command);
        let reply = self.apply(&envelope)?;
        let outcome = outcome(&reply);
        self.last = Some((envelope, reply));
        Ok(outcome)
    }

    fn again(&mut self) -> Result<Outcome, String> {
        let (envelope, first) = self.last.clone().ok_or("nothing was asked yet")?;
        let envelope = Envelope { now: self.now, ..envelope };
        let second = self.apply(&envelope)?;
        let same = first.is_err() || first == second;
        let outcome = outcome(&second);
        Ok(if same { outcome } else { Outcome::Differs(Box::new(outcome)) })
    }

    fn taken(&mut self, court: &CourtId, _day: LocalDate, span: Interval) -> Result<Vec<Taken>, String> {
        let claims = self.settled()?.claims(Some(court), Some(span));
        Ok(claims.iter().map(|claim| self.taken_by(claim)).collect())
    }

    fn starts(&mut self, _court: &CourtId, day: LocalDate) -> Result<Vec<Instant>, String> {
        let day = self.settled()?.calendar_day(day).ok_or("that day is not in the calendar")?;
        let slots = |open: &Interval| {
            let count = open.millis() / day.slot_millis;
            let first = open.start;
            (0..count).map(move |at| first.plus(at * day.slot_millis))
        };
        Ok(day.open.iter().flat_map(slots).collect())
    }

    fn member(&mut self, member: &MemberId) -> Result<Standing, String> {
        let member = self.settled()?.member(member).ok_or_else(|| format!("there is no {member}"))?;
        let status = match member.status {
            MemberStatus::Active => "active",
            MemberStatus::Suspended => "suspended",
            MemberStatus::Inactive => "inactive",
        };
        Ok(Standing {
            credits: member.credits_balance,
            no_shows: member.no_show_count,
            status: status.to_owned(),
            until: member.suspended_until,
        })
    }

    fn standing(&mut self, spot: &Spot) -> Result<String, String> {
        self.settled()?;
        let found = self.find(spot, None).ok_or("there is no such reservation")?;
        Ok(commands::status_word(found.status).to_owned())
    }

    fn waiting(&mut self) -> Result<Vec<Waiting>, String> {
        self.settled()?;
        Err("there is no waitlist".to_owned())
    }

    fn why_not(&mut self, _member: &MemberId, _court: &CourtId, _slot: Interval) -> Result<Vec<String>, String> {
        Err("nothing can be explained".to_owned())
    }
}

/// A reply in the words of a script.
fn outcome(reply: &Reply) -> Outcome {
    let accepted = match reply {
        Ok(accepted) => accepted,
        Err(Rejection::Conflicts(conflicts)) => {
            let mut codes: Vec<String> =
                conflicts.iter().map(Conflict::rule).map(|rule| rule.code().to_owned()).collect();
            codes.dedup();
            return Outcome::Refused(codes);
        }
        Err(rejection) => return Outcome::Refused(vec![courtd::refusal_code(rejection.clone()).to_owned()]),
    };
    match accepted {
        Accepted::HoldPlaced(_) => Outcome::Done("held"),
        Accepted::HoldConfirmed(_) => Outcome::Done("confirmed"),
        Accepted::HoldReleased(_) => Outcome::Done("released"),
        Accepted::ReservationCancelled(it) => Outcome::Cancelled {
            late: !it.within_policy,
            credits: it.penalty_credits,
            fee_cents: it.fee_cents,
            to: it.promotion.as_ref().map(|to| (to.member_id.clone(), promoted(to.action))),
        },
        Accepted::ReservationImported(_) => Outcome::Done("imported"),
        Accepted::CourtCreated(_) => Outcome::Done("added"),
        Accepted::MemberCreated(_) => Outcome::Done("added"),
        Accepted::Ticked | Accepted::FacilityCreated | Accepted::CalendarExtended => Outcome::Done("done"),
    }
}

fn promoted(action: machine::PromotionAction) -> Promoted {
    match action {
        machine::PromotionAction::AutoBooked => Promoted::Booked,
        machine::PromotionAction::OfferSent => Promoted::Offered,
    }
}
