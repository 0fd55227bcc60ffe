//! The rest of what happens in a club: money, people and courts that come and go, settings, series, and blocks
//! that grow and shrink.
//!
//! With these every kind of command occurs in the random runs; [`kind`] is the list of them, and does not
//! compile once there is another.

use machine::{
    AdjustCredits, BeginPayment, BookReservation, BookSeries, CancelSeries, CheckIn, CheckoutEnd, Command, Complete,
    DisputeState, Elsewhere, EndCheckout, EraseMember, ExtendBlock, HoldRef, ImportWaitlist, ImportedEntry, Interval,
    JoinWaitlist, LogId, LogLine, Logged, MarkNoShow, NoteCheckout, Occurrence, OnConflict, Override, RecordDispute,
    RecordPayment, RecordRefund, RemoveBlock, RemoveCourt, ReservationId, ReverseNoShow, Rule, SeriesId, Status,
    UpdateFacility, WaitlistId, WaitlistStatus, WhichTimes,
};

use crate::world::{
    HOUR, PADEL_CENTS, Step, World, a_court, any_reservation, block_id, court_id, hold, pay, reservation_id, settings,
    wl_id,
};

const DAY: i64 = 24 * HOUR;

macro_rules! kinds {
    ($($name:ident)*) => {
        /// Every kind of command.
        pub(crate) const KINDS: &[&str] = &["Tick", $(stringify!($name)),*];

        /// Which kind a command is.
        pub(crate) fn kind(command: &Command) -> &'static str {
            match command {
                Command::Tick => "Tick",
                $(Command::$name(_) => stringify!($name),)*
            }
        }
    };
}

kinds! {
    CreateFacility ExtendCalendar CreateCourt CreateMember PlaceHold ConfirmHold ReleaseHold CancelReservation
    ImportReservation BookReservation MoveReservation CheckIn Complete MarkNoShow ReverseNoShow BeginPayment
    RecordPayment AdjustCredits UpdateFacility UpdateCourt RemoveCourt UpdateMember EraseMember JoinWaitlist
    LeaveWaitlist AcceptOffer DeclineOffer PlaceBlock ExtendBlock RemoveBlock BookSeries CancelSeries ImportWaitlist
    ClaimDeliveries SettleDeliveries NoteReceipt NoteReach
    NoteCheckout EndCheckout RecordRefund RecordDispute
}

impl World {
    pub(crate) fn rest_of_the_house(&mut self, step: &Step, n: u64, earlier: u64) -> Command {
        let reservation_id = self.some_reservation(step, earlier);
        match step.what {
            41 | 42 => self.book(step, n),
            44 | 45 => Command::CheckIn(CheckIn { reservation_id }),
            43 | 46 => Command::Complete(Complete { reservation_id: self.came.clone().unwrap_or(reservation_id) }),
            47 => {
                self.missed = Some(reservation_id.clone());
                Command::MarkNoShow(MarkNoShow { reservation_id })
            }
            48 => {
                Command::ReverseNoShow(ReverseNoShow { reservation_id: self.missed.take().unwrap_or(reservation_id) })
            }
            49 | 50 => {
                let priced = self.priced.clone().filter(|_| !step.flags.is_multiple_of(3)).map(HoldRef::Id);
                let hold = priced.unwrap_or_else(|| hold(step, earlier));
                Command::BeginPayment(BeginPayment { hold, seconds: 600 })
            }
            51 | 52 => self.pay(step, n, earlier),
            53 => Command::AdjustCredits(AdjustCredits {
                member_id: self.member_id(step),
                amount: step.length * 2 - 3,
                note: self.secret(step.member),
            }),
            54 => self.new_settings(step),
            55 | 56 => self.court_comes_or_goes(step),
            57 => self.somebody_else(step),
            58..60 => self.book_series(step, n),
            60 | 61 => self.cancel_series(step),
            62 | 63 => self.extend_block(step, earlier),
            64..67 => self.provider_says(step, reservation_id),
            _ => self.post(step),
        }
    }

    /// A payment for what was gone to pay for last, or for anything.
    fn pay(&mut self, step: &Step, n: u64, earlier: u64) -> Command {
        let any = any_reservation(step, earlier);
        let reservation_id = self.paying.clone().filter(|_| !step.flags.is_multiple_of(4)).unwrap_or(any);
        let payment_id = format!("p{}", if step.flags.is_multiple_of(5) { earlier } else { n });
        self.payments.push((reservation_id.clone(), payment_id.clone()));
        let whole = u64::from(PADEL_CENTS) * step.length.unsigned_abs();
        let amount_cents = if step.flags.is_multiple_of(7) { 1 } else { whole };
        Command::RecordPayment(RecordPayment { reservation_id, payment_id, amount_cents })
    }

    /// Something that the payment provider tells, of a page or a payment.
    fn provider_says(&mut self, step: &Step, any: ReservationId) -> Command {
        let paying = self.paying.clone().unwrap_or(any);
        let session_id = format!("cs_{}", step.flags % 2);
        let named = |(id, payment): &(ReservationId, String)| (id.clone(), payment.clone());
        let last = lately(&self.payments, step.back / 3).map_or_else(|| (paying.clone(), "p0".to_owned()), named);
        let (reservation_id, payment_id) = last;
        match step.flags / 32 {
            0 | 1 => Command::NoteCheckout(NoteCheckout { reservation_id: paying, session_id }),
            2..5 => {
                let why = if step.flags / 32 == 2 { CheckoutEnd::Expired } else { CheckoutEnd::Failed };
                let session_id = self.page.clone().unwrap_or(session_id);
                Command::EndCheckout(EndCheckout { reservation_id: paying, session_id, why })
            }
            5 => {
                let refunded_cents = u64::from(PADEL_CENTS) / 4 * u64::from(step.flags % 10);
                Command::RecordRefund(RecordRefund { reservation_id, payment_id, refunded_cents })
            }
            _ => {
                let state = [DisputeState::Opened, DisputeState::Won, DisputeState::Lost][usize::from(step.flags % 3)];
                Command::RecordDispute(RecordDispute { reservation_id, payment_id, state })
            }
        }
    }

    /// How a reservation stood in the house that it comes from.
    pub(crate) fn elsewhere(&self, step: &Step) -> Elsewhere {
        let status = match step.flags % 8 {
            0 => Status::Completed,
            1 => Status::Cancelled,
            _ => Status::Confirmed,
        };
        let reason = (status == Status::Cancelled).then(|| self.secret(step.member));
        Elsewhere { status, cancellation_reason: reason, log: self.log(step, step.member), ..Elsewhere::default() }
    }

    /// Two who waited elsewhere, for the same; the second may be served there already.
    pub(crate) fn take_over(&self, step: &Step, n: u64) -> Command {
        let entry = |waitlist_id, member, status| ImportedEntry {
            waitlist_id,
            member_id: self.bearer(member),
            wish: self.wish(step),
            joined_at: None,
            status,
            reservation_id: None,
            ended_at: None,
            log: self.log(step, member),
        };
        let other = if step.flags.is_multiple_of(4) { WaitlistStatus::Active } else { WaitlistStatus::Expired };
        let second = WaitlistId::parse(&format!("second-{n}")).expect("clean");
        Command::ImportWaitlist(ImportWaitlist {
            entries: vec![entry(wl_id(n), step.member, WaitlistStatus::Active), entry(second, step.court, other)],
        })
    }

    fn log(&self, step: &Step, member: usize) -> Vec<LogLine> {
        let what = Logged::Notification { kind: "confirmation".to_owned(), medium: None, minutes_before: None };
        let id = LogId::parse(&format!("log-{}", step.flags)).expect("clean");
        vec![LogLine { id, at: self.now, what, note: Some(self.secret(member)) }]
    }

    fn book(&self, step: &Step, n: u64) -> Command {
        let aside = Override { rules: vec![Rule::OffGrid, Rule::MemberLimit], reason: self.secret(step.member) };
        Command::BookReservation(Box::new(BookReservation {
            reservation_id: reservation_id(n),
            court_id: court_id(step),
            member_id: self.member_id(step),
            slot: self.slot(step),
            source: "web".to_owned(),
            booking_type: "standard".to_owned(),
            participants: vec![self.secret(step.member)],
            notes: Some(self.secret(step.member)),
            series_id: None,
            pay: pay(step),
            overrides: step.flags.is_multiple_of(3).then_some(aside),
        }))
    }

    /// Another buffer, another limit, or the club is closed to bookings for a while.
    fn new_settings(&self, step: &Step) -> Command {
        let mut settings = settings(step.flags.is_multiple_of(2));
        settings.limits.max_active_reservations = Some(2 + u32::from(step.flags / 2 % 3));
        settings.active = !step.flags.is_multiple_of(5);
        Command::UpdateFacility(Box::new(UpdateFacility { settings, expected: None, days: Vec::new() }))
    }

    fn court_comes_or_goes(&self, step: &Step) -> Command {
        if step.what == 55 {
            Command::RemoveCourt(RemoveCourt { court_id: court_id(step), expected: None })
        } else {
            Command::CreateCourt(a_court(step.court, true))
        }
    }

    /// Somebody is erased, or takes the place of somebody who was.
    fn somebody_else(&mut self, step: &Step) -> Command {
        let member_id = self.member_id(step);
        if step.flags.is_multiple_of(2) {
            return Command::EraseMember(EraseMember { member_id, expected: None });
        }
        self.before[step.member] += 1;
        Command::CreateMember(Box::new(self.person(step.member)))
    }

    /// The same time on three days; who may not play on one of them waits for it now and then.
    fn book_series(&mut self, step: &Step, n: u64) -> Command {
        let first = self.slot(step);
        let member_id = self.member_id(step);
        let name = |part: i64| format!("{n}s{part}");
        let wish = self.wish(step);
        let occurrences = (0..3).map(|part| {
            let waitlist_id = WaitlistId::parse(&format!("w{}", name(part))).expect("a clean id");
            let join = JoinWaitlist { waitlist_id, member_id: member_id.clone(), wish: wish.clone() };
            Occurrence {
                reservation_id: ReservationId::parse(&format!("r{}", name(part))).expect("a clean id"),
                slot: Interval { start: first.start.plus(part * DAY), end: first.end.plus(part * DAY) },
                or_wait: (part == 0 && step.flags.is_multiple_of(2)).then_some(join),
            }
        });
        let series_id = SeriesId::parse(&format!("s{n}")).expect("a clean id");
        self.series.push((series_id.clone(), self.secret(step.member)));
        Command::BookSeries(BookSeries {
            series_id,
            member_id: member_id.clone(),
            court_id: court_id(step),
            occurrences: occurrences.collect(),
            on_conflict: if step.flags.is_multiple_of(3) { OnConflict::FailAll } else { OnConflict::Skip },
            source: "web".to_owned(),
            booking_type: "standard".to_owned(),
            participants: vec![self.secret(step.member)],
            notes: Some(self.secret(step.member)),
            pay: pay(step),
            overrides: None,
        })
    }

    fn cancel_series(&self, step: &Step) -> Command {
        let none = || (SeriesId::parse("none").expect("a clean id"), String::new());
        let (series_id, reason) = lately(&self.series, step.back / 3).cloned().unwrap_or_else(none);
        Command::CancelSeries(CancelSeries {
            series_id,
            from: step.flags.is_multiple_of(3).then(|| self.now.plus(DAY / 2)),
            reason: Some(reason),
        })
    }

    /// The job of the horizon: the same times a day later.
    fn extend_block(&mut self, step: &Step, earlier: u64) -> Command {
        let Some((block_id, times)) = lately(&self.blocks, step.back / 3).cloned() else {
            return Command::ExtendBlock(ExtendBlock { block_id: block_id(earlier), times: vec![self.slot(step)] });
        };
        let later = |time: &Interval| Interval { start: time.start.plus(DAY), end: time.end.plus(DAY) };
        let times: Vec<Interval> = times.iter().map(later).collect();
        self.blocks.push((block_id.clone(), times.clone()));
        Command::ExtendBlock(ExtendBlock { block_id, times })
    }

    /// All of a block, one of its times, or all from one on.
    pub(crate) fn unblock(&self, step: &Step) -> Command {
        let (block_id, times) = match lately(&self.blocks, step.back / 3) {
            Some((id, times)) => (id.clone(), times.clone()),
            None => (block_id(0), vec![self.slot(step)]),
        };
        let start = times[usize::from(step.flags / 8) % times.len()].start;
        let times = match step.flags % 3 {
            0 => WhichTimes::All,
            1 => WhichTimes::One(start),
            _ => WhichTimes::From(start),
        };
        Command::RemoveBlock(RemoveBlock { block_id, times })
    }
}

fn lately<T>(all: &[T], back: u64) -> Option<&T> {
    all.iter().rev().nth(usize::try_from(back).unwrap_or(0))
}
