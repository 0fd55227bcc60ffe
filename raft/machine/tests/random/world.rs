//! A small club and random steps in it: few courts, few members, few instants, so that everything
//! meets everything else, mostly at the very edges.
//! Same steps, same envelopes: nothing here is random but the steps themselves.

use machine::{
    Actor, AdjustCredits, BeginPayment, BookReservation, CalendarDay, CancelReservation, CheckIn, Command, Complete,
    ConfirmHold, Court, CourtId, CreateFacility, Envelope, HoldId, HoldRef, ImportReservation, Instant, Interval,
    LocalDate, MarkNoShow, Member, MemberId, MoveReservation, Override, Pay, PlaceHold, RecordPayment, ReleaseHold,
    RequestId, ReservationId, ReverseNoShow, Rule, Settings,
};
use proptest::prelude::*;

use crate::records::{court, member};

pub(crate) const HALF_HOUR: i64 = 30 * 60 * 1000;
pub(crate) const HOLD_MILLIS: i64 = 15_000;
pub(crate) const HOLDS_MAX: usize = 2;
pub(crate) const POLICY_HOURS: i64 = 2;
pub(crate) const FEE_CENTS: u32 = 700;
pub(crate) const CREDITS: u32 = 3;
pub(crate) const MISSED_CREDITS: u32 = 2;
pub(crate) const GRACE_MILLIS: i64 = 10 * 60 * 1000;
pub(crate) const SUSPEND_AFTER: u32 = 2;
pub(crate) const ACTIVE_MAX: usize = 3;
pub(crate) const OPENING_CREDITS: i64 = 1;
/// What staff set aside when they set anything aside.
pub(crate) const ASIDE: [Rule; 4] = [Rule::PastTime, Rule::OffGrid, Rule::MemberLimit, Rule::SelfOverlap];
pub(crate) const COURTS: [&str; 2] = ["c1", "c2"];
/// The court that costs money, and how much for half an hour.
pub(crate) const PRICED: &str = "c2";
pub(crate) const SLOT_CENTS: u32 = 1000;
pub(crate) const MEMBERS: [&str; 3] = ["ana", "ben", "cat"];

/// The openings, in half hours after instant 0: 06:00 to 16:00, and 20:00 to 02:00.
pub(crate) const OPEN: [(i64, i64); 2] = [(12, 32), (40, 52)];

/// How far the clock goes between two steps: mostly nothing, often to an edge, seldom far.
const JUMPS: [i64; 20] = [
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    1,
    1,
    1_000,
    5_000,
    HOLD_MILLIS - 1,
    HOLD_MILLIS,
    60_000,
    HALF_HOUR,
    -2_000,
    62 * 60 * 1000,
];

/// One random step, in small numbers that [`World`] gives a meaning.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    jump: usize,
    actor: u8,
    what: u8,
    court: usize,
    member: usize,
    start: i64,
    length: i64,
    back: u64,
    name: u8,
    again: u8,
    pub(crate) shake: u8,
}

/// As many steps as `length` allows.
pub(crate) fn steps(length: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Step>> {
    let where_to = (0..JUMPS.len(), 0u8..8, 0u8..60, 0..COURTS.len(), 0..MEMBERS.len());
    let which = (0i64..9, 1i64..5, 0u64..5, 0u8..8, 0u8..24, 0u8..32);
    let step = (where_to, which).prop_map(
        |((jump, actor, what, court, member), (start, length, back, name, again, shake))| Step {
            jump,
            actor,
            what,
            court,
            member,
            start,
            length,
            back,
            name,
            again,
            shake,
        },
    );
    prop::collection::vec(step, length)
}

/// Turns steps into envelopes.
pub(crate) struct World {
    now: Instant,
    count: u64,
    sent: Vec<Envelope>,
}

impl World {
    /// It is 07:00.
    pub(crate) fn new() -> Self {
        Self { now: Instant(14 * HALF_HOUR), count: 0, sent: Vec::new() }
    }

    /// What founds the club.
    pub(crate) fn founding(&self) -> Vec<Envelope> {
        let mut commands =
            vec![Command::CreateFacility(Box::new(CreateFacility { settings: settings(), days: days() }))];
        let price = |id| (id == PRICED).then_some(SLOT_CENTS);
        let priced = |id| Court { price_per_slot_cents: price(id), ..court(id) };
        commands.extend(COURTS.map(|id| Command::CreateCourt(priced(id))));
        commands.extend(
            MEMBERS
                .map(|id| Command::CreateMember(Box::new(Member { credits_balance: OPENING_CREDITS, ..member(id) }))),
        );
        let founding = |(count, command)| envelope(Instant(0), Actor::System, "found", count, command);
        commands.into_iter().zip(0..).map(|(command, count)| founding((count, command))).collect()
    }

    /// A tick at `now`.
    pub(crate) fn tick(&mut self, now: Instant) -> Envelope {
        envelope(now, Actor::System, "end", 0, Command::Tick)
    }

    /// The envelope of a step: a new one, or one that was sent before.
    pub(crate) fn envelope(&mut self, step: Step) -> Envelope {
        self.now = self.now.plus(JUMPS[step.jump]);
        self.count += 1;
        if let Some(old) = self.old(step.back).filter(|_| step.again < 2) {
            let fingerprint = old.fingerprint + u64::from(step.again);
            return Envelope { now: self.now, fingerprint, ..old };
        }
        let actor = match step.actor {
            0..4 => Actor::Service("site".to_owned()),
            4..6 => Actor::Member(member_id(MEMBERS[step.member])),
            6 => Actor::Member(member_id(MEMBERS[(step.member + 1) % MEMBERS.len()])),
            _ => Actor::Staff("desk".to_owned()),
        };
        let envelope = envelope(self.now, actor, "user", self.count, self.command(&step));
        self.sent.push(envelope.clone());
        envelope
    }

    fn command(&self, step: &Step) -> Command {
        let n = self.count;
        let earlier = n.saturating_sub(1 + step.back);
        match step.what {
            0..12 => Command::PlaceHold(PlaceHold {
                hold_id: hold_id(if step.name == 0 { earlier } else { n }),
                reservation_id: reservation_id(if step.name == 1 { earlier } else { n }),
                court_id: court_id(step),
                member_id: if step.name == 2 && step.back == 0 {
                    member_id("zoe")
                } else {
                    member_id(MEMBERS[step.member])
                },
                slot: slot(self.now, step),
                source: "web".to_owned(),
                overrides: None,
            }),
            12..19 => Command::ConfirmHold(ConfirmHold {
                hold: self.hold(step, earlier),
                reservation_id: given_id(step, n, earlier),
                pay: pay(step),
            }),
            19..22 => Command::ReleaseHold(ReleaseHold { hold: self.hold(step, earlier) }),
            22..27 => Command::CancelReservation(CancelReservation {
                reservation_id: reservation_id(earlier),
                slot: (step.name == 0).then(|| (court_id(step), slot(self.now, step).start)),
                reason: Some("rain".to_owned()),
            }),
            27..30 => self.import(step, n, earlier),
            30..50 => self.life(step, n, earlier),
            50..54 => Command::BeginPayment(BeginPayment { hold: self.hold(step, earlier), seconds: 600 }),
            54..58 => Command::RecordPayment(RecordPayment {
                reservation_id: reservation_id(earlier),
                payment_id: format!("p{}", if step.name == 0 { 0 } else { n }),
                amount_cents: u64::from(SLOT_CENTS) * step.length.unsigned_abs() + u64::from(step.name == 1),
            }),
            _ => Command::Tick,
        }
    }

    /// What happens to a reservation after it is booked, and bookings in one step.
    fn life(&self, step: &Step, n: u64, earlier: u64) -> Command {
        let reservation_id = reservation_id(earlier);
        match step.what {
            30..36 => Command::BookReservation(Box::new(self.book(step, n, earlier))),
            36..40 => Command::MoveReservation(MoveReservation {
                reservation_id,
                court_id: (step.name > 2).then(|| court_id(step)),
                slot: (step.name != 4).then(|| slot(self.now, step)),
                expected: None,
                overrides: None,
            }),
            40..43 => Command::CheckIn(CheckIn { reservation_id }),
            43..45 => Command::Complete(Complete { reservation_id: self.came().unwrap_or(reservation_id) }),
            45..47 => Command::MarkNoShow(MarkNoShow { reservation_id }),
            47..49 => Command::ReverseNoShow(ReverseNoShow { reservation_id: self.missed().unwrap_or(reservation_id) }),
            _ => Command::AdjustCredits(AdjustCredits {
                member_id: member_id(MEMBERS[step.member]),
                amount: 3 - step.length,
                note: if step.name == 0 { " ".to_owned() } else { "at the desk".to_owned() },
            }),
        }
    }

    /// Whoever was checked in last, or was to be.
    fn came(&self) -> Option<ReservationId> {
        self.sent.iter().rev().find_map(|sent| match &sent.command {
            Command::CheckIn(it) => Some(it.reservation_id.clone()),
            _ => None,
        })
    }

    /// Whoever was marked as missing last, or was to be.
    fn missed(&self) -> Option<ReservationId> {
        self.sent.iter().rev().find_map(|sent| match &sent.command {
            Command::MarkNoShow(it) => Some(it.reservation_id.clone()),
            _ => None,
        })
    }

    fn book(&self, step: &Step, n: u64, earlier: u64) -> BookReservation {
        let overrides = Override { rules: ASIDE.to_vec(), reason: "walked in".to_owned() };
        BookReservation {
            reservation_id: reservation_id(if step.name == 0 { earlier } else { n }),
            court_id: court_id(step),
            member_id: member_id(MEMBERS[step.member]),
            slot: slot(self.now, step),
            source: "web".to_owned(),
            booking_type: "standard".to_owned(),
            participants: vec!["dan".to_owned()],
            notes: None,
            series_id: None,
            pay: pay(step),
            overrides: (step.start % 2 == 0).then_some(overrides),
        }
    }

    fn import(&self, step: &Step, n: u64, earlier: u64) -> Command {
        Command::ImportReservation(ImportReservation {
            reservation_id: reservation_id(if step.name == 0 { earlier } else { n }),
            court_id: court_id(step),
            member_id: member_id(MEMBERS[step.member]),
            slot: slot(self.now, step),
            confirmed_at: None,
            booking_type: "standard".to_owned(),
            source: "import".to_owned(),
            notes: None,
            elsewhere: Box::default(),
        })
    }

    fn hold(&self, step: &Step, earlier: u64) -> HoldRef {
        let by_slot = self.sent.iter().rev().nth(usize::try_from(step.back).unwrap_or(0));
        match by_slot.map(|sent| &sent.command) {
            Some(Command::PlaceHold(placed)) if step.name >= 4 => {
                HoldRef::Slot { court_id: placed.court_id.clone(), start: placed.slot.start }
            }
            _ => HoldRef::Id(hold_id(earlier)),
        }
    }

    fn old(&self, back: u64) -> Option<Envelope> {
        self.sent.iter().rev().nth(usize::try_from(back).unwrap_or(0)).cloned()
    }
}

fn pay(step: &Step) -> Pay {
    [Pay::Later, Pay::Later, Pay::Later, Pay::Credits, Pay::Waived][usize::from(step.name) % 5]
}

fn given_id(step: &Step, n: u64, earlier: u64) -> Option<ReservationId> {
    match step.start % 3 {
        0 => None,
        1 => Some(reservation_id(earlier)),
        _ => Some(reservation_id(n)),
    }
}

/// A slot not far from `now`: seldom one that has begun.
fn slot(now: Instant, step: &Step) -> Interval {
    // Ten minutes off the half hour now and then, an empty one seldom, one over midnight seldom.
    let off = if step.name == 3 { HALF_HOUR / 3 } else { 0 };
    let far = if step.name == 6 { 28 * HALF_HOUR } else { 0 };
    let start = Instant((now.0 / HALF_HOUR + step.start) * HALF_HOUR + off + far);
    let length = if step.name == 5 && step.back == 0 { 0 } else { step.length };
    Interval { start, end: start.plus(length * HALF_HOUR) }
}

fn court_id(step: &Step) -> CourtId {
    let name = if step.name == 2 && step.back == 1 { "c9" } else { COURTS[step.court] };
    CourtId::parse(name).expect("a clean id")
}

fn member_id(name: &str) -> MemberId {
    MemberId::parse(name).expect("a clean id")
}

fn hold_id(n: u64) -> HoldId {
    HoldId::parse(&format!("h{n}")).expect("a clean id")
}

fn reservation_id(n: u64) -> ReservationId {
    ReservationId::parse(&format!("r{n}")).expect("a clean id")
}

fn envelope(now: Instant, actor: Actor, principal: &str, count: u64, command: Command) -> Envelope {
    let request = RequestId { principal: principal.to_owned(), key: count.to_string() };
    Envelope { now, term: 1, actor, request, fingerprint: count * 10, remember_millis: HALF_HOUR, command }
}

fn settings() -> Settings {
    let mut settings = Settings::new("Club", "club", "Etc/UTC");
    (settings.slot_minutes, settings.min_duration_minutes, settings.max_duration_minutes) = (30, 30, 90);
    settings.limits.max_holds = u32::try_from(HOLDS_MAX).ok();
    settings.cancellation.hours = u32::try_from(POLICY_HOURS).expect("small");
    (settings.cancellation.fee_cents, settings.cancellation.penalty_credits) = (FEE_CENTS, CREDITS);
    settings.limits.max_active_reservations = u32::try_from(ACTIVE_MAX).ok();
    settings.no_show.penalty_credits = MISSED_CREDITS;
    settings.no_show.grace_minutes = u32::try_from(GRACE_MILLIS / 60_000).ok();
    (settings.no_show.suspend_after, settings.no_show.suspend_days) = (Some(SUSPEND_AFTER), 1);
    // What is told outside, and when, is judged in `waiting`.
    settings.reminder_minutes_before = Vec::new();
    settings
}

fn days() -> Vec<CalendarDay> {
    let interval = |(from, to)| Interval { start: Instant(from * HALF_HOUR), end: Instant(to * HALF_HOUR) };
    let day = |day, span, open: &[(i64, i64)]| CalendarDay {
        date: LocalDate { year: 2026, month: 12, day },
        span: interval(span),
        open: open.iter().copied().map(interval).collect(),
        slot_millis: HALF_HOUR,
        prime: Vec::new(),
    };
    vec![day(1, (0, 48), &OPEN), day(2, (48, 96), &[])]
}
