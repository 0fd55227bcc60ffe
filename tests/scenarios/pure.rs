//! A script on the pure machine: time is given, ids are counted, and what is sent goes from hand to hand.
//!
//! After every request the state is written down and read back, and has to be the same: what a restart or a
//! snapshot would forget shows in every script, not only in those about restarts.

mod hand;

use courtd::calendar;
use machine::{
    Accepted, Actor, Claim, ClaimKind, Command, Conflict, CourtId, CreateFacility, Envelope, Facility, Fate, Instant,
    Interval, LocalDate, Medium, MemberId, MemberStatus, PromotionAction, Ranked, Rejection, Reply, RequestId,
    SlotRequest, Status, WaitlistEntry, WaitlistStatus, Warning, apply, refusal,
};

use crate::action::{Action, Spot, Who};
use crate::commands::Scribe;
use crate::founding::Founding;
use crate::outcome::{Candidate, Outcome, Promoted, Standing, Taken, Waiting};
use crate::telling::{Carrier, Logged, Told};
use crate::when::Wall;
use crate::world::World;
use hand::Hand;

/// How long an answer is kept, as the edge asks for: a day.
const REMEMBER_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// The machine, and what was last asked of it.
pub struct Pure {
    facility: Facility,
    wall: Wall,
    index: u64,
    hand: Hand,
    last: Option<(Envelope, Reply)>,
}

impl Pure {
    /// A club with its courts and members.
    pub fn found(founding: &Founding, wall: &Wall) -> Result<Self, String> {
        let mut pure = Self { facility: Facility::default(), wall: *wall, index: 0, hand: Hand::new()?, last: None };
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
        let (now, fingerprint) = (self.wall.now, self.index + 1);
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
        if self.facility.now() < self.wall.now {
            let tick = self.envelope(Actor::System, Command::Tick);
            self.apply(&tick)?.map_err(|rejection| format!("a tick was refused: {rejection:?}"))?;
        }
        Ok(&self.facility)
    }

    fn scribe<'a>(&'a self, me: Option<&'a MemberId>) -> Scribe<'a> {
        Scribe { facility: &self.facility, wall: &self.wall, number: self.index + 1, me }
    }

    fn taken_by(&self, claim: &Claim) -> Taken {
        let reservation = claim.reservation_id.as_ref().and_then(|id| self.facility.reservation(id));
        let how = match (&claim.kind, reservation) {
            (ClaimKind::Block { .. }, _) => "blocked",
            (ClaimKind::Hold { .. }, Some(it)) if it.source == "waitlist" => "offered",
            (ClaimKind::Hold { .. }, _) => "held",
            (ClaimKind::Reservation, Some(it)) if it.status == Status::CheckedIn => "in use",
            (ClaimKind::Reservation, _) => "booked",
        };
        Taken { slot: claim.slot, how: how.to_owned(), by: reservation.map(|it| it.member_id.clone()) }
    }

    /// A reply in the words of a script.
    fn outcome(&self, reply: &Reply) -> Outcome {
        match reply {
            Ok(accepted) => self.accepted(accepted),
            Err(Rejection::Conflicts(conflicts)) => Outcome::Refused(codes(conflicts)),
            Err(Rejection::SeriesRefused(refused)) => {
                let conflicts: Vec<Conflict> = refused.iter().flat_map(|one| one.conflicts.clone()).collect();
                Outcome::Refused(codes(&conflicts))
            }
            Err(rejection) => Outcome::Refused(vec![courtd::refusal_code(rejection.clone()).to_owned()]),
        }
    }

    fn accepted(&self, accepted: &Accepted) -> Outcome {
        let dates =
            |slots: &mut dyn Iterator<Item = Interval>| slots.map(|slot| self.wall.date_of(slot.start)).collect();
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
            Accepted::ReservationImported(_) | Accepted::WaitlistImported(_) => Outcome::Done("imported"),
            Accepted::ReservationBooked(it) => Outcome::Booked { warnings: warnings(&it.warnings) },
            Accepted::ReservationMoved(_) => Outcome::Done("moved"),
            Accepted::CheckedIn(_) => Outcome::Done("checked in"),
            Accepted::Completed(_) => Outcome::Done("completed"),
            Accepted::NoShowMarked(_) => Outcome::Done("missed"),
            Accepted::NoShowReversed(_) => Outcome::Done("taken back"),
            Accepted::PaymentBegun(_) => Outcome::Done("to be paid"),
            Accepted::PaymentRecorded(it) if it.refund_cents > 0 => Outcome::Refunded { cents: it.refund_cents },
            Accepted::PaymentRecorded(_) => Outcome::Done("paid"),
            Accepted::CreditsAdjusted { balance } => Outcome::Balance(*balance),
            Accepted::CourtCreated(_) | Accepted::MemberCreated(_) => Outcome::Done("added"),
            Accepted::FacilityUpdated { .. } => Outcome::Done("set"),
            Accepted::CourtUpdated(it) => Outcome::Done(if it.active { "opened" } else { "closed" }),
            Accepted::MemberUpdated(it) if it.status == MemberStatus::Suspended => Outcome::Done("suspended"),
            Accepted::MemberUpdated(_) => Outcome::Done("reinstated"),
            Accepted::CourtRemoved => Outcome::Done("removed"),
            Accepted::MemberErased => Outcome::Done("erased"),
            Accepted::WaitlistJoined(it) => Outcome::Waits(joined(&it.entry).to_owned()),
            Accepted::WaitlistLeft(_) => Outcome::Done("left"),
            Accepted::OfferDeclined(_) => Outcome::Done("declined"),
            Accepted::BlockPlaced { skipped, .. } => Outcome::Blocked { skipped: dates(&mut skipped.iter().copied()) },
            Accepted::BlockRemoved(_) => Outcome::Done("unblocked"),
            Accepted::SeriesBooked { booked, refused } => {
                Outcome::Series { booked: booked.len(), skipped: dates(&mut refused.iter().map(|one| one.slot)) }
            }
            Accepted::SeriesCancelled(all) => Outcome::SeriesCancelled(all.len()),
            Accepted::Ticked
            | Accepted::FacilityCreated(_)
            | Accepted::CalendarExtended
            | Accepted::PaymentNoted(_)
            | Accepted::DeliveriesClaimed(_)
            | Accepted::DeliveriesSettled
            | Accepted::ReceiptNoted
            | Accepted::ReachNoted => Outcome::Done("done"),
        }
    }
}

impl World for Pure {
    fn at(&mut self, now: Instant) -> Result<(), String> {
        self.wall.now = now;
        Ok(())
    }

    fn restart(&mut self) -> Result<(), String> {
        self.hand.succeed();
        self.facility = Facility::from_snapshot(&self.facility.to_snapshot()).map_err(|error| error.to_string())?;
        Ok(())
    }

    fn act(&mut self, who: &Who, action: &Action) -> Result<Outcome, String> {
        let (me, actor) = match who {
            Who::Member(member) => (Some(member), Actor::Member(member.clone())),
            Who::Staff => (None, Actor::Staff("desk".to_owned())),
            Who::Club => (None, Actor::Service("site".to_owned())),
            Who::Operator => (None, Actor::Operator("ops".to_owned())),
        };
        if let Action::Text { member, words } = action {
            return self.text(member, words);
        }
        let command = self.scribe(me).command(action)?;
        let envelope = self.envelope(actor, command);
        let reply = self.apply(&envelope)?;
        let outcome = match (action, self.outcome(&reply)) {
            (Action::Want { .. } | Action::Readdress { .. }, Outcome::Done(_)) => Outcome::Done("noted"),
            (_, outcome) => outcome,
        };
        self.last = Some((envelope, reply));
        Ok(outcome)
    }

    fn again(&mut self) -> Result<Outcome, String> {
        let (envelope, first) = self.last.clone().ok_or("nothing was asked yet")?;
        let second = self.apply(&Envelope { now: self.wall.now, ..envelope })?;
        let same = first.is_err() || first == second;
        let outcome = self.outcome(&second);
        Ok(if same { outcome } else { Outcome::Differs(Box::new(outcome)) })
    }

    fn carrier(&mut self, medium: Medium, what: &Carrier) -> Result<(), String> {
        self.carried(medium, what)
    }

    fn deliver(&mut self) -> Result<(), String> {
        self.send_all()
    }

    fn told(&self) -> &[Told] {
        self.hand.told()
    }

    fn log(&mut self, member: &MemberId) -> Result<Vec<Logged>, String> {
        self.logged(member)
    }

    fn taken(&mut self, court: &CourtId, _day: LocalDate, span: Interval) -> Result<Vec<Taken>, String> {
        let claims = self.settled()?.claims(Some(court), Some(span));
        Ok(claims.iter().map(|claim| self.taken_by(claim)).collect())
    }

    fn starts(&mut self, _court: &CourtId, day: LocalDate) -> Result<Vec<Instant>, String> {
        let day = self.settled()?.calendar_day(day).ok_or("that day is not in the calendar")?;
        let slots = |open: &Interval| {
            let (first, count) = (open.start, open.millis() / day.slot_millis);
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
            MemberStatus::Erased => "erased",
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
        let found = self.scribe(None).find(spot).map(|it| it.status).ok_or("there is no such reservation")?;
        Ok(status_word(found).to_owned())
    }

    fn waiting(&mut self) -> Result<Vec<Waiting>, String> {
        let facility = self.settled()?;
        let mut entries: Vec<&WaitlistEntry> = facility.waitlist_entries(None).collect();
        entries.sort_by_key(|it| it.joined);
        let until = |it: &WaitlistEntry| {
            let offered = it.reservation_id.as_ref().filter(|_| it.status == WaitlistStatus::Offered)?;
            facility.reservation(offered)?.hold_expiry
        };
        let one = |it: &WaitlistEntry| Waiting {
            member: it.member_id.clone(),
            status: (if it.status.is_open() { "active" } else { "ended" }).to_owned(),
            until: until(it),
        };
        Ok(entries.into_iter().map(one).collect())
    }

    fn ranked(&mut self, court: &CourtId, slot: Interval) -> Result<Vec<Candidate>, String> {
        let one = |one: Ranked| {
            let (fate, broken) = match one.fate {
                Fate::Given => ("given", Vec::new()),
                Fate::LetGo => ("let_go", Vec::new()),
                Fate::TooLate => ("too_late", Vec::new()),
                Fate::Refused(conflicts) => ("refused", codes(&conflicts)),
                Fate::ServedAlready | Fate::Taken | Fate::Behind => ("behind", Vec::new()),
            };
            Candidate { member: one.member_id, fate: fate.to_owned(), codes: broken }
        };
        Ok(self.settled()?.waitlist_ranking(court, slot).into_iter().map(one).collect())
    }

    fn why_not(&mut self, member: &MemberId, court: &CourtId, slot: Interval) -> Result<Vec<String>, String> {
        let now = self.wall.now;
        let asked = SlotRequest { court, member, slot, instead_of: None, with_credits: false };
        let verdicts = machine::explain(&self.facility, now, asked);
        let (verdicts, _) = verdicts.map_err(|rejection| format!("not explained: {rejection:?}"))?;
        Ok(verdicts.iter().filter(|it| !it.passed).map(|it| it.rule.code().to_owned()).collect())
    }
}

/// The API's word for where a reservation stands (`api.md` 3).
fn status_word(status: Status) -> &'static str {
    match status {
        Status::Held | Status::PaymentPending => "pending",
        Status::Confirmed => "confirmed",
        Status::CheckedIn => "in_progress",
        Status::Completed => "completed",
        Status::Cancelled => "cancelled",
        Status::Released => "released",
        Status::Expired => "expired",
        Status::NoShow => "no_show",
    }
}

fn codes(conflicts: &[Conflict]) -> Vec<String> {
    let mut codes: Vec<String> = conflicts.iter().map(|conflict| conflict.rule().code().to_owned()).collect();
    codes.dedup();
    codes
}

fn warnings(all: &[Warning]) -> Vec<String> {
    all.iter().map(|warning| warning.code().to_owned()).collect()
}

fn joined(entry: &WaitlistEntry) -> &'static str {
    match entry.status {
        WaitlistStatus::Active => "waits",
        WaitlistStatus::Offered => "offered",
        WaitlistStatus::Converted => "booked",
        WaitlistStatus::Expired | WaitlistStatus::Cancelled => "over",
    }
}

fn promoted(action: PromotionAction) -> Promoted {
    match action {
        PromotionAction::AutoBooked => Promoted::Booked,
        PromotionAction::OfferSent => Promoted::Offered,
    }
}
