//! Five wait for one slot: one declines, one lets it run out, one is suspended, one plays elsewhere by then,
//! one wants it booked at once.
//!
//! Played step by step against the same twin as random runs, so that every invariant is looked at after every
//! index; and at every index the slot is claimed exactly once, by whoever is told here.

use machine::{
    AcceptOffer, Actor, BlockId, BlockKind, BlockMode, BookReservation, CancelReservation, ClaimKind, Command, CourtId,
    CourtMatch, CourtWish, DeclineOffer, Envelope, Event, Fate, HoldId, Instant, Interval, JoinWaitlist, LocalDate,
    Member, MemberId, MemberStatus, Pay, PlaceBlock, PlaceHold, Rejection, RequestId, ReservationId, Rule, Status,
    UpdateMember, WaitlistId, WaitlistStatus, WaitlistWish, refusal,
};

use crate::Run;
use crate::records::{court, member};
use crate::world::{HOUR, World};

/// 10:00 to 11:00 of the second day.
const SLOT: Interval = Interval { start: Instant(34 * HOUR), end: Instant(35 * HOUR) };
/// 05:30 of the first day.
const NOW: Instant = Instant(11 * HOUR / 2);
/// How long an offer stands.
const OFFER: i64 = HOUR / 2;

/// A club in which the slot can be had on one court only, by one of five.
struct Five {
    run: Run,
    now: Instant,
    count: u64,
    /// From Hal's booking on the slot is always somebody's.
    taken: bool,
}

#[test]
fn five_wait_for_one_slot_and_at_every_index_it_is_held_for_one_of_them_or_taken() {
    let mut five = Five::waiting();
    let offered = five.send(call_off("hal"));
    five.is_offered_to("ana", &offered);
    // Priority first, then the court that was asked for, then its type, then any; joining came last.
    five.explains(
        &offered,
        &[("ana", Fate::Given), ("ben", BEHIND), ("cat", BEHIND), ("dan", BEHIND), ("eva", BEHIND)],
    );

    let declined = five.send(Command::DeclineOffer(DeclineOffer { waitlist_id: wl("ana") }));
    five.is_offered_to("ben", &declined);
    five.explains(
        &declined,
        &[("ana", Fate::LetGo), ("ben", Fate::Given), ("cat", BEHIND), ("dan", BEHIND), ("eva", BEHIND)],
    );

    five.now = five.now.plus(OFFER - 1);
    let nothing = five.send(Command::Tick);
    five.is_offered_to("ben", &nothing);
    five.now = five.now.plus(1);
    let expired = five.send(Command::Tick);
    five.is_offered_to("cat", &expired);
    five.explains(
        &expired,
        &[("ana", Fate::LetGo), ("ben", Fate::LetGo), ("cat", Fate::Given), ("dan", BEHIND), ("eva", BEHIND)],
    );
    let late = five.refused(Command::AcceptOffer(AcceptOffer { waitlist_id: wl("ben"), pay: Pay::Later }));
    assert!(matches!(late, Rejection::OfferExpired { .. }), "{late:?}");

    let suspended = five.send(suspend("cat"));
    five.is_booked_by("eva");
    // Cat cannot book, and Dan plays elsewhere at that time: both are ahead of Eva, and it says why not they.
    five.explains(
        &suspended,
        &[
            ("ana", Fate::LetGo),
            ("ben", Fate::LetGo),
            ("cat", refused_by(Rule::MemberSuspended)),
            ("dan", refused_by(Rule::SelfOverlap)),
            ("eva", Fate::Given),
        ],
    );
    five.now = SLOT.start;
    five.send(Command::Tick);
    for (who, status) in [("ana", WaitlistStatus::Active), ("eva", WaitlistStatus::Converted)] {
        let entry = five.run.straight.waitlist_entry(&wl(who)).expect("remembered");
        assert_eq!(entry.status, status, "{who}");
    }
}

/// Behind the one who got it.
const BEHIND: Fate = Fate::Behind;

/// Stands for any refusal by that rule alone.
fn refused_by(rule: Rule) -> Fate {
    Fate::Refused(vec![match rule {
        Rule::MemberSuspended => machine::Conflict::MemberSuspended { until: None },
        _ => machine::Conflict::SelfOverlap { court_id: court_id("c2"), slot: SLOT },
    }])
}

impl Five {
    /// Hal has the slot, Dan plays on the second court, the third is closed, and five wait.
    fn waiting() -> Self {
        let mut five = Self { run: Run::default(), now: Instant(0), count: 1000, taken: false };
        for envelope in World::new(false).founding() {
            five.run.step(&envelope, 0).reply.expect("the club is founded");
        }
        five.now = NOW;
        for name in ["hal", "gus", "ana", "ben", "cat", "dan", "eva"] {
            five.send(Command::CreateMember(Box::new(member(name))));
        }
        five.taken = true;
        five.send(book("hal", "c1"));
        five.send(Command::PlaceBlock(PlaceBlock {
            block_id: BlockId::parse("shut").expect("clean"),
            court_id: Some(court_id("c3")),
            kind: BlockKind::Maintenance,
            title: None,
            recurrence: None,
            times: vec![SLOT],
            mode: BlockMode::Reject,
        }));
        let this = || CourtWish::Court(court_id("c1"));
        // In the order of joining the last is the first to be served.
        for (who, wanted, priority) in [
            ("eva", CourtWish::Any, 0),
            ("dan", CourtWish::Type("tennis".to_owned()), 0),
            ("cat", this(), 0),
            ("ben", this(), 1),
            ("ana", CourtWish::Any, 2),
        ] {
            // While the second court is free, who takes any would get it: so Dan takes it first.
            if who == "eva" {
                five.send(book("dan", "c2"));
            }
            five.send(join(who, wanted, priority));
        }
        five
    }

    /// Does it, and looks at the slot.
    fn send(&mut self, command: Command) -> Vec<Event> {
        let envelope = self.envelope(command);
        let applied = self.run.step(&envelope, u8::try_from(self.count % 8).expect("small"));
        applied.reply.expect("nothing is in its way");
        if self.taken {
            self.slot_is_claimed_once_and_nobody_else_gets_it();
        }
        applied.events
    }

    fn refused(&mut self, command: Command) -> Rejection {
        let envelope = self.envelope(command);
        self.run.step(&envelope, 0).reply.expect_err("it is too late")
    }

    fn envelope(&mut self, command: Command) -> Envelope {
        self.count += 1;
        let request = RequestId { principal: "five".to_owned(), key: self.count.to_string() };
        let (now, fingerprint) = (self.now, self.count);
        let actor = Actor::Staff("desk".to_owned());
        Envelope { now, term: 1, actor, request, fingerprint, remember_millis: HOUR, command }
    }

    fn slot_is_claimed_once_and_nobody_else_gets_it(&mut self) {
        let claims = self.run.straight.claims(Some(&court_id("c1")), Some(SLOT));
        assert_eq!(claims.len(), 1, "one claims the slot at {:?}: {claims:?}", self.now);
        let by_gus = self.envelope(Command::PlaceHold(PlaceHold {
            hold_id: HoldId::parse("gus").expect("clean"),
            reservation_id: ReservationId::parse("gus").expect("clean"),
            court_id: court_id("c1"),
            member_id: member_id("gus"),
            slot: SLOT,
            source: "web".to_owned(),
            overrides: None,
        }));
        let Some(Rejection::Conflicts(conflicts)) = refusal(&self.run.straight, &by_gus) else {
            panic!("Gus would get it at {:?}", self.now)
        };
        assert_eq!(conflicts.iter().map(machine::Conflict::rule).collect::<Vec<_>>(), [Rule::TimeOverlap]);
    }

    /// Exactly one of the five is offered the slot, until half an hour after that was told.
    fn is_offered_to(&self, who: &str, told: &[Event]) {
        let claims = self.run.straight.claims(Some(&court_id("c1")), Some(SLOT));
        let ClaimKind::Hold { expiry } = claims[0].kind else { panic!("{claims:?}") };
        let made = told.iter().any(|event| matches!(event, Event::OfferMade(_)));
        assert!(!made || expiry == self.now.plus(OFFER), "{expiry:?} at {:?}", self.now);
        self.is_of(who, Status::Held, WaitlistStatus::Offered);
    }

    fn is_booked_by(&self, who: &str) {
        self.is_of(who, Status::Confirmed, WaitlistStatus::Converted);
    }

    fn is_of(&self, who: &str, status: Status, stands: WaitlistStatus) {
        let facility = &self.run.straight;
        let claims = facility.claims(Some(&court_id("c1")), Some(SLOT));
        let id = claims[0].reservation_id.as_ref().expect("no block");
        let reservation = facility.reservation(id).expect("it claims the slot");
        assert_eq!((reservation.member_id.as_str(), reservation.status), (who, status));
        let entry = facility.waitlist_entry(&wl(who)).expect("it waits");
        assert_eq!((entry.status, entry.reservation_id.as_ref()), (stands, Some(id)));
    }

    /// The list that was told with the grant names all five in their order, and why each.
    fn explains(&self, told: &[Event], expected: &[(&str, Fate)]) {
        let grant = told.iter().find_map(|event| match event {
            Event::OfferMade(grant) | Event::WaitlistAutoBooked(grant) => Some(grant),
            _ => None,
        });
        let grant = grant.expect("something was given");
        let ranked: Vec<(&str, Fate)> =
            grant.ranked.iter().map(|one| (one.member_id.as_str(), one.fate.clone())).collect();
        assert_eq!(ranked, expected);
        assert_eq!(grant.considered, 5);
        let matches: Vec<CourtMatch> = grant.ranked.iter().map(|one| one.court_match).collect();
        use CourtMatch::{Any, Court, Type};
        assert_eq!(matches, [Any, Court, Court, Type, Any]);
        assert!(grant.ranked.iter().all(|one| one.slot == SLOT && one.distance_millis == 0));
    }
}

fn join(who: &str, court: CourtWish, priority: u32) -> Command {
    let wish = WaitlistWish {
        date: LocalDate { year: 2026, month: 12, day: 2 },
        from_minute: None,
        to_minute: None,
        window: Interval { start: SLOT.start, end: SLOT.start.plus(1) },
        wanted: SLOT.start,
        duration_minutes: 60,
        court,
        auto_book: who == "eva",
        priority,
        notify_email: true,
        notify_sms: false,
    };
    Command::JoinWaitlist(Box::new(JoinWaitlist { waitlist_id: wl(who), member_id: member_id(who), wish }))
}

fn book(who: &str, court: &str) -> Command {
    Command::BookReservation(Box::new(BookReservation {
        reservation_id: ReservationId::parse(who).expect("clean"),
        court_id: court_id(court),
        member_id: member_id(who),
        slot: SLOT,
        source: "web".to_owned(),
        booking_type: "standard".to_owned(),
        participants: Vec::new(),
        notes: None,
        series_id: None,
        pay: Pay::Later,
        overrides: None,
    }))
}

fn call_off(who: &str) -> Command {
    let reservation_id = ReservationId::parse(who).expect("clean");
    Command::CancelReservation(CancelReservation { reservation_id, slot: None, reason: None })
}

fn suspend(who: &str) -> Command {
    let member = Member { status: MemberStatus::Suspended, ..member(who) };
    Command::UpdateMember(Box::new(UpdateMember { member, expected: None }))
}

fn wl(who: &str) -> WaitlistId {
    WaitlistId::parse(&format!("wl_{who}")).expect("clean")
}

fn court_id(id: &str) -> CourtId {
    court(id).id
}

fn member_id(id: &str) -> MemberId {
    member(id).id
}
