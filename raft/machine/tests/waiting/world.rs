//! A crowded club and random steps in it: more wishes than slots, and every way to free one.
//!
//! Same steps, same envelopes: nothing here is random but the steps themselves.

use machine::{
    AcceptOffer, Actor, BlockId, BlockKind, BlockMode, CalendarDay, CancelReservation, Command, ConfirmHold, CourtId,
    CourtWish, CreateFacility, DeclineOffer, Envelope, ExtendCalendar, HoldId, HoldRef, ImportReservation, Instant,
    Interval, JoinWaitlist, LeaveWaitlist, LocalDate, Member, MemberId, MemberStatus, MoveReservation, Pay, PlaceBlock,
    PlaceHold, ReleaseHold, RequestId, ReservationId, Settings, UpdateCourt, UpdateMember, WaitlistId, WaitlistWish,
};
use proptest::prelude::*;

use crate::post::Post;
use crate::records::{court, member};
use crate::secrets::SECRET;

pub(crate) const HOUR: i64 = 60 * 60 * 1000;
const HALF_HOUR: i64 = HOUR / 2;
const DAY: i64 = 24 * HOUR;
pub(crate) const HOLDS_MAX: usize = 2;
pub(crate) const MEMBER_LIMIT: usize = 3;
pub(crate) const ADVANCE_DAYS: i64 = 1;
const COURTS: [(&str, &str); 3] = [("c1", "tennis"), ("c2", "tennis"), ("c3", "padel")];
const MEMBERS: [&str; 5] = ["ana", "ben", "cat", "dan", "eva"];
/// Days in the calendar.
const DAYS: i64 = 8;

/// How far the clock goes between two steps.
const JUMPS: [i64; 16] =
    [0, 0, 0, 0, 0, 0, 0, 1, 1_000, 15_000, 60_000, 5 * 60_000, HALF_HOUR, HALF_HOUR, 2 * HOUR, 9 * HOUR];

/// What a late cancellation costs.
pub(crate) const FEE_CENTS: u32 = 700;
/// What the padel court costs a slot; the others cost nothing.
pub(crate) const PADEL_CENTS: u32 = 1000;

/// One random step, in small numbers that [`World`] gives a meaning.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    jump: usize,
    pub(crate) what: u8,
    pub(crate) court: usize,
    pub(crate) member: usize,
    start: i64,
    pub(crate) length: i64,
    pub(crate) back: u64,
    pub(crate) flags: u8,
    pub(crate) shake: u8,
}

/// Whether there is a buffer, and as many steps as `length` allows.
pub(crate) fn runs(length: std::ops::Range<usize>) -> impl Strategy<Value = (bool, Vec<Step>)> {
    let place = (0..COURTS.len(), 0..MEMBERS.len(), 0i64..7, 1i64..5);
    let step = (0..JUMPS.len(), 0u8..76, place, 0u64..9, any::<u8>(), 0u8..32);
    let step = step.prop_map(|(jump, what, (court, member, start, length), back, flags, shake)| Step {
        jump,
        what,
        court,
        member,
        start,
        length,
        back,
        flags,
        shake,
    });
    (any::<bool>(), prop::collection::vec(step, length))
}

/// Turns steps into envelopes.
pub(crate) struct World {
    pub(crate) now: Instant,
    count: u64,
    buffer: bool,
    /// How many bore the name of each member before; each was erased.
    pub(crate) before: [u32; MEMBERS.len()],
    /// Blocks and their times, as they were asked for.
    pub(crate) blocks: Vec<(BlockId, Vec<Interval>)>,
    /// Series that were asked for, and a text about whom they were for.
    pub(crate) series: Vec<(machine::SeriesId, String)>,
    /// What was booked.
    pub(crate) booked: Vec<ReservationId>,
    /// Who was checked in last.
    pub(crate) came: Option<ReservationId>,
    /// Who was said to have missed theirs, last.
    pub(crate) missed: Option<ReservationId>,
    /// What whoever sends knows.
    pub(crate) post: Post,
    /// The hold, placed or offered, that costs something and was the last.
    pub(crate) priced: Option<HoldId>,
    /// What somebody went to pay for last.
    pub(crate) paying: Option<ReservationId>,
    /// The page to pay on that was opened last.
    pub(crate) page: Option<String>,
    /// Payments that were told, each with what it was for.
    pub(crate) payments: Vec<(ReservationId, String)>,
}

impl World {
    /// It is 05:30 of the first day.
    pub(crate) fn new(buffer: bool) -> Self {
        let (before, blocks, series) = ([0; MEMBERS.len()], Vec::new(), Vec::new());
        let (came, missed, priced, paying, page, payments) = (None, None, None, None, None, Vec::new());
        let (now, post, booked) = (Instant(11 * HALF_HOUR), Post::default(), Vec::new());
        Self {
            now,
            count: 0,
            buffer,
            before,
            blocks,
            series,
            booked,
            came,
            missed,
            post,
            priced,
            paying,
            page,
            payments,
        }
    }

    /// What founds the club.
    pub(crate) fn founding(&self) -> Vec<Envelope> {
        // The last day is closed: beyond the calendar there are no dates, and an advance is counted otherwise.
        let open = (0..DAYS).map(|day| calendar_day(day, &[(12, 24), (40, 52)]));
        let days = open.chain([calendar_day(DAYS, &[])]).collect();
        let mut commands =
            vec![Command::CreateFacility(Box::new(CreateFacility { settings: settings(self.buffer), days }))];
        commands.extend((0..COURTS.len()).map(|number| Command::CreateCourt(a_court(number, true))));
        commands.extend((0..MEMBERS.len()).map(|place| Command::CreateMember(Box::new(self.person(place)))));
        let found = |(command, count)| envelope(Instant(0), Actor::System, "found", count, command);
        commands.into_iter().zip(0..).map(found).collect()
    }

    /// The envelope of a step.
    pub(crate) fn envelope(&mut self, step: &Step) -> Envelope {
        self.now = self.now.plus(JUMPS[step.jump]);
        self.count += 1;
        let actor = if step.flags.is_multiple_of(4) {
            Actor::Member(self.member_id(step))
        } else {
            Actor::Staff("desk".to_owned())
        };
        let command = self.command(step);
        let actor = match command {
            Command::EraseMember(_) | Command::CreateMember(_) => Actor::Staff("desk".to_owned()),
            Command::ClaimDeliveries(_)
            | Command::SettleDeliveries(_)
            | Command::NoteReceipt(_)
            | Command::NoteReach(_) => Actor::System,
            _ => actor,
        };
        envelope(self.now, actor, "user", self.count, command)
    }

    fn command(&mut self, step: &Step) -> Command {
        let n = self.count;
        let earlier = n.saturating_sub(1 + step.back);
        let waitlist_id = wl_id(earlier);
        match step.what {
            0..5 => self.place(step, n),
            5..8 => {
                Command::ConfirmHold(ConfirmHold { hold: hold(step, earlier), reservation_id: None, pay: pay(step) })
            }
            8 => Command::ReleaseHold(ReleaseHold { hold: hold(step, earlier) }),
            9..13 => Command::CancelReservation(CancelReservation {
                reservation_id: any_reservation(step, earlier),
                slot: None,
                reason: Some("rain".to_owned()),
            }),
            13..16 => self.import(step, n),
            16 if step.flags.is_multiple_of(2) => self.take_over(step, n),
            16..24 => Command::JoinWaitlist(Box::new(JoinWaitlist {
                waitlist_id: wl_id(n),
                member_id: self.member_id(step),
                wish: self.wish(step),
            })),
            24 => Command::LeaveWaitlist(LeaveWaitlist { waitlist_id }),
            25..27 => Command::AcceptOffer(AcceptOffer { waitlist_id, pay: pay(step) }),
            27..30 => Command::DeclineOffer(DeclineOffer { waitlist_id }),
            30..32 => self.block(step, n),
            32..34 => self.unblock(step),
            34 => self.change_of_member(step),
            35 => Command::UpdateCourt(UpdateCourt {
                court: a_court(step.court, !step.flags.is_multiple_of(3)),
                expected: None,
            }),
            36 | 38 => self.move_to(step, earlier),
            37 => {
                let close = [(14, 24), (40, 48), (12, 24), (12, 26)][usize::from(step.flags % 4)];
                Command::ExtendCalendar(ExtendCalendar { days: vec![calendar_day(step.start % DAYS, &[close])] })
            }
            39 | 40 => Command::Tick,
            _ => self.rest_of_the_house(step, n, earlier),
        }
    }

    fn place(&self, step: &Step, n: u64) -> Command {
        Command::PlaceHold(PlaceHold {
            hold_id: HoldId::parse(&format!("h{n}")).expect("a clean id"),
            reservation_id: reservation_id(n),
            court_id: court_id(step),
            member_id: self.member_id(step),
            slot: self.slot(step),
            source: "web".to_owned(),
            overrides: None,
        })
    }

    fn import(&self, step: &Step, n: u64) -> Command {
        Command::ImportReservation(ImportReservation {
            reservation_id: reservation_id(n),
            court_id: court_id(step),
            member_id: self.member_id(step),
            slot: self.slot(step),
            confirmed_at: None,
            booking_type: "standard".to_owned(),
            source: "import".to_owned(),
            notes: Some(self.secret(step.member)),
            elsewhere: Box::new(self.elsewhere(step)),
        })
    }

    fn move_to(&self, step: &Step, earlier: u64) -> Command {
        Command::MoveReservation(MoveReservation {
            reservation_id: self.some_reservation(step, earlier),
            court_id: Some(court_id(step)),
            slot: (step.flags.is_multiple_of(4)).then(|| self.slot(step)),
            expected: None,
            overrides: None,
        })
    }

    fn block(&mut self, step: &Step, n: u64) -> Command {
        let kind = [BlockKind::Maintenance, BlockKind::Event, BlockKind::Blackout, BlockKind::Extended];
        let mode = [BlockMode::Displace, BlockMode::Skip, BlockMode::Reject][usize::from(step.flags / 4 % 3)];
        let first = self.slot(step);
        let next = Interval { start: first.end.plus(HOUR), end: first.end.plus(2 * HOUR) };
        let times = if step.flags.is_multiple_of(2) { vec![first] } else { vec![first, next] };
        self.blocks.push((block_id(n), times.clone()));
        Command::PlaceBlock(PlaceBlock {
            block_id: block_id(n),
            court_id: (!step.flags.is_multiple_of(5)).then(|| court_id(step)),
            kind: kind[usize::from(step.flags / 16 % 4)],
            title: None,
            recurrence: Some("FREQ=DAILY".to_owned()),
            times,
            mode,
        })
    }

    fn change_of_member(&self, step: &Step) -> Command {
        let status = if step.flags.is_multiple_of(2) { MemberStatus::Suspended } else { MemberStatus::Active };
        let member = Member { status, ..self.person(step.member) };
        Command::UpdateMember(Box::new(UpdateMember { member, expected: None }))
    }

    /// What was booked lately, or anything that may have been held or booked.
    pub(crate) fn some_reservation(&self, step: &Step, earlier: u64) -> ReservationId {
        let back = usize::try_from(step.back / 2).expect("small");
        let lately = self.booked.iter().rev().nth(back).filter(|_| step.flags.is_multiple_of(2));
        lately.cloned().unwrap_or_else(|| any_reservation(step, earlier))
    }

    /// Who bears a name now.
    pub(crate) fn member_id(&self, step: &Step) -> MemberId {
        self.bearer(step.member)
    }

    /// Who bears a name now.
    pub(crate) fn bearer(&self, place: usize) -> MemberId {
        MemberId::parse(&format!("{}{}", MEMBERS[place], self.before[place])).expect("a clean id")
    }

    /// A text that tells of who bears a name now, and of nobody else.
    pub(crate) fn secret(&self, place: usize) -> String {
        format!("{SECRET}{}{}.", MEMBERS[place], self.before[place])
    }

    /// Everything that is known of who bears a name now.
    pub(crate) fn person(&self, place: usize) -> Member {
        let secret = self.secret(place);
        let id = format!("{}{}", MEMBERS[place], self.before[place]);
        let mut member = Member { name: secret.clone(), email: secret.clone(), phone: Some(secret), ..member(&id) };
        // Some want texts as well.
        member.preferences.notification_sms = place.is_multiple_of(2);
        member
    }

    /// A wish for today, tomorrow, or a day that cannot be booked yet.
    pub(crate) fn wish(&self, step: &Step) -> WaitlistWish {
        let slot = self.slot(step);
        let day = slot.start.0.div_euclid(DAY);
        let window = Interval { start: slot.start, end: slot.start.plus((1 + i64::from(step.flags % 6)) * HALF_HOUR) };
        WaitlistWish {
            date: date(day),
            from_minute: None,
            to_minute: None,
            window,
            wanted: window.start.plus(i64::from(step.flags / 8 % 3) * HALF_HOUR),
            duration_minutes: u32::try_from(step.length * 30).expect("small"),
            court: match step.flags / 32 % 4 {
                0 => CourtWish::Court(court_id(step)),
                1 => CourtWish::Type(COURTS[step.court].1.to_owned()),
                _ => CourtWish::Any,
            },
            auto_book: step.flags.is_multiple_of(5),
            priority: if step.flags.is_multiple_of(4) { 0 } else { u32::from(step.flags / 64) },
            notify_email: true,
            notify_sms: step.flags.is_multiple_of(3) && !step.flags.is_multiple_of(5),
        }
    }

    /// A slot not far from `now`, now and then on one of the days after.
    pub(crate) fn slot(&self, step: &Step) -> Interval {
        let days = match step.back {
            0..6 => 0,
            6 | 7 => 1,
            _ => 2,
        };
        let now = (self.now.0 / HALF_HOUR).max(11);
        let start = Instant((now + step.start) * HALF_HOUR + days * DAY);
        Interval { start, end: start.plus(step.length * HALF_HOUR) }
    }
}

/// All dates of the calendar.
pub(crate) fn dates() -> impl Iterator<Item = LocalDate> {
    (0..DAYS).map(date)
}

/// The date that an instant is on.
pub(crate) fn date_of(at: Instant) -> LocalDate {
    date(at.0.div_euclid(DAY))
}

/// Whether an instant is on a day that the calendar has: it is never extended here.
pub(crate) fn is_in_calendar(at: Instant) -> bool {
    (0..=DAYS).contains(&at.0.div_euclid(DAY))
}

pub(crate) fn a_court(number: usize, active: bool) -> machine::Court {
    let (id, court_type) = COURTS[number];
    let price_per_slot_cents = (court_type == "padel").then_some(PADEL_CENTS);
    machine::Court { court_type: court_type.to_owned(), active, price_per_slot_cents, ..court(id) }
}

pub(crate) fn pay(step: &Step) -> Pay {
    [Pay::Later, Pay::Credits, Pay::Waived][usize::from(step.flags / 8 % 3)]
}

pub(crate) fn hold(step: &Step, earlier: u64) -> HoldRef {
    HoldRef::Id(
        HoldId::parse(any_reservation(step, earlier).as_str().replacen('r', "h", 1).as_str()).expect("a clean id"),
    )
}

/// What was held or booked in an earlier step, or given to an entry that joined in one.
pub(crate) fn any_reservation(step: &Step, earlier: u64) -> ReservationId {
    if step.flags.is_multiple_of(3) {
        ReservationId::parse(&format!("rsv_w{earlier}-1")).expect("a clean id")
    } else {
        reservation_id(earlier)
    }
}

pub(crate) fn court_id(step: &Step) -> CourtId {
    CourtId::parse(COURTS[step.court].0).expect("a clean id")
}

pub(crate) fn reservation_id(n: u64) -> ReservationId {
    ReservationId::parse(&format!("r{n}")).expect("a clean id")
}

pub(crate) fn wl_id(n: u64) -> WaitlistId {
    WaitlistId::parse(&format!("w{n}")).expect("a clean id")
}

pub(crate) fn block_id(n: u64) -> BlockId {
    BlockId::parse(&format!("b{n}")).expect("a clean id")
}

fn date(day: i64) -> LocalDate {
    LocalDate { year: 2026, month: 12, day: u8::try_from(day + 1).expect("a day of December") }
}

fn calendar_day(day: i64, open: &[(i64, i64)]) -> CalendarDay {
    let at = |half_hours: i64| Instant(day * DAY + half_hours * HALF_HOUR);
    CalendarDay {
        date: date(day),
        span: Interval { start: at(0), end: at(48) },
        open: open.iter().map(|(from, to)| Interval { start: at(*from), end: at(*to) }).collect(),
        slot_millis: HALF_HOUR,
        prime: Vec::new(),
    }
}

fn envelope(now: Instant, actor: Actor, principal: &str, count: u64, command: Command) -> Envelope {
    let request = RequestId { principal: principal.to_owned(), key: count.to_string() };
    Envelope { now, term: 1, actor, request, fingerprint: count, remember_millis: HALF_HOUR, command }
}

pub(crate) fn settings(buffer: bool) -> Settings {
    let mut settings = Settings::new("Club", "club", "Etc/UTC");
    (settings.slot_minutes, settings.min_duration_minutes, settings.max_duration_minutes) = (30, 30, 120);
    settings.buffer_minutes = if buffer { 30 } else { 0 };
    settings.limits.max_holds = u32::try_from(HOLDS_MAX).ok();
    settings.limits.max_active_reservations = u32::try_from(MEMBER_LIMIT).ok();
    (settings.cancellation.hours, settings.cancellation.fee_cents) = (6, FEE_CENTS);
    settings.reminder_minutes_before = vec![45, 120];
    settings.advance_booking_days = u32::try_from(ADVANCE_DAYS).expect("small");
    settings
}
