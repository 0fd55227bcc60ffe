//! What the people of a club do: they book, call off, move, come, wait, and answer offers, by the commands
//! that everybody has.

use std::sync::Arc;

use courtd::calendar;
use fastrand::Rng;
use machine::{
    AcceptOffer, Accepted, Actor, BookReservation, CancelReservation, CheckIn, Command, ConfirmHold, Consequence,
    Court, CourtId, CourtWish, CreateFacility, DeclineOffer, HoldId, HoldRef, Instant, Interval, JoinWaitlist, Member,
    MemberId, MoveReservation, NoteReceipt, Pay, PlaceHold, Rejection, ReservationId, Settings, WaitlistId,
    WaitlistWish,
};

use crate::agenda::{Agenda, Todo};
use crate::clock::{Clock, DAY, HOUR};
use crate::club::Club;
use crate::provider::{NO_NUMBER, NOBODY};

/// Members of a club.
const MEMBERS: usize = 120;
/// Courts of a club.
const COURTS: usize = 5;
/// How many days ahead people book.
const AHEAD_DAYS: i64 = 14;
/// How many slots somebody tries who wants to book.
const TRIES: usize = 12;
/// After this long somebody tries again to reach a club that nobody leads.
const AGAIN_MILLIS: i64 = 1_500;
/// The zones of the clubs.
const ZONES: [&str; 3] = ["America/Los_Angeles", "Europe/London", "Asia/Kolkata"];

/// The people of all clubs.
pub struct People {
    clock: Clock,
    agenda: Arc<Agenda>,
    dice: Rng,
    /// Nobody books anything that begins after this.
    last_start: Instant,
    minted: u64,
}

/// A slot that somebody could have.
#[derive(Clone, Debug)]
struct Wish {
    member: MemberId,
    court: CourtId,
    slot: Interval,
}

impl People {
    /// They book until `last_start`.
    pub fn new(clock: Clock, agenda: &Arc<Agenda>, dice: Rng, last_start: Instant) -> Self {
        Self { clock, agenda: Arc::clone(agenda), dice, last_start, minted: 0 }
    }

    /// Founds a club.
    pub fn found(&mut self, club: &Club) {
        let zone = ZONES[club.place % ZONES.len()];
        let mut settings = Settings::new("Club", club.id.as_str(), zone);
        settings.limits.max_active_reservations = Some(12);
        settings.no_show.grace_minutes = club.place.is_multiple_of(2).then_some(15);
        settings.no_show.suspend_after = club.place.is_multiple_of(3).then_some(6);
        settings.no_show.suspend_days = 2;
        let days = calendar::coming_days(&settings, calendar::zone(zone).unwrap(), self.clock.now());
        let mut commands = vec![Command::CreateFacility(Box::new(CreateFacility { settings, days }))];
        commands.extend((0..COURTS).map(|place| Command::CreateCourt(Court::new(court(place), "Court", "tennis"))));
        commands.extend((0..MEMBERS).map(|place| Command::CreateMember(Box::new(self.member(place)))));
        for command in commands {
            club.decide(self.clock.now(), Actor::Operator("sim".to_owned()), command).unwrap();
        }
    }

    fn member(&mut self, place: usize) -> Member {
        let mut member = Member::new(member(place), "Somebody");
        let exists = |dice: &mut Rng| dice.u8(..50) > 0;
        let who = if exists(&mut self.dice) { "member" } else { NOBODY };
        member.email = format!("{who}{place}@example.org");
        let prefix = if exists(&mut self.dice) { "+1206" } else { NO_NUMBER };
        member.phone = (self.dice.u8(..4) > 0).then(|| format!("{prefix}555{place:04}"));
        member.preferences.notification_email = self.dice.u8(..10) > 0;
        member.preferences.notification_sms = self.dice.bool();
        member
    }

    /// Does what is to be done in a club.
    pub fn act(&mut self, club: &Club, todo: Todo) {
        let done = match todo.clone() {
            Todo::Book => self.book(club),
            Todo::Confirm(hold) => self.confirm(club, hold),
            Todo::Cancel(reservation_id) => {
                let cancel = CancelReservation { reservation_id, slot: None, reason: None };
                club.ask(desk(), Command::CancelReservation(cancel)).map(drop)
            }
            Todo::Move(id) => self.relocate(club, &id),
            Todo::CheckIn(id) => self.come(club, id),
            Todo::Answer(waitlist_id, true) => {
                let accept = AcceptOffer { waitlist_id, pay: Pay::Later };
                club.ask(desk(), Command::AcceptOffer(accept)).map(drop)
            }
            Todo::Answer(waitlist_id, false) => {
                club.ask(desk(), Command::DeclineOffer(DeclineOffer { waitlist_id })).map(drop)
            }
            Todo::Receipt(delivery_id, provider_id, receipt) => {
                let consequence = Consequence::Nothing;
                let note = NoteReceipt { delivery_id, provider_id, receipt, consequence };
                club.ask(Actor::System, Command::NoteReceipt(note)).map(drop)
            }
            Todo::Fall(_) | Todo::Down | Todo::Up => Some(()),
        };
        if done.is_none() {
            self.later(club, todo);
        }
    }

    /// Nobody leads the club: everybody tries again, unless it is down for a day.
    fn later(&mut self, club: &Club, todo: Todo) {
        let is_patient = self.agenda.is_up() || matches!(todo, Todo::Book);
        let wait = if self.agenda.is_up() { AGAIN_MILLIS } else { self.dice.i64(HOUR..DAY) };
        if is_patient {
            self.agenda.add(self.clock.now().plus(wait), club.place, todo);
        }
    }

    fn book(&mut self, club: &Club) -> Option<()> {
        for attempt in 0..TRIES {
            let Some(wish) = self.wish(club) else { continue };
            let command = if self.dice.bool() { self.booking(&wish) } else { self.hold(&wish) };
            match club.ask(Actor::Member(wish.member.clone()), command)? {
                Ok(Accepted::HoldPlaced(hold)) => {
                    let at = self.clock.now().plus(self.dice.i64(1_000..14_000));
                    // One in twenty thinks better of it, and somebody else books instead.
                    let todo = if self.dice.u8(..20) == 0 { Todo::Book } else { Todo::Confirm(hold.hold_id?) };
                    self.agenda.add(at, club.place, todo);
                    return Some(());
                }
                Ok(_) => return Some(()),
                Err(Rejection::Conflicts(_)) if attempt == 0 && self.dice.bool() => self.wait_for(club, &wish)?,
                Err(_) => {}
            }
        }
        self.try_later(club);
        Some(())
    }

    /// Somebody found nothing, and looks again some other time.
    fn try_later(&mut self, club: &Club) {
        let at = self.clock.now().plus(self.dice.i64(HOUR..DAY / 2));
        if at < self.last_start {
            self.agenda.add(at, club.place, Todo::Book);
        }
    }

    /// Something to play: some day soon, mostly in the evening.
    fn wish(&mut self, club: &Club) -> Option<Wish> {
        let now = self.clock.now();
        let days_left = (self.last_start.0 - now.0) / DAY;
        let day = now.plus(self.dice.i64(0..=AHEAD_DAYS.min(days_left)) * DAY);
        let hours = if self.dice.u8(..5) < 3 { 10..15 } else { 0..15 };
        let hour = self.dice.i64(hours);
        let start = club.read(|state| {
            let settings = state.settings()?;
            let today = calendar::date_at(calendar::zone(&settings.timezone)?, day);
            let open = state.calendar_day(today)?.open.first()?.start;
            Some(open.plus(hour * HOUR)).filter(|start| *start > now)
        });
        // What is over for today is tomorrow's.
        let start = start.unwrap_or_else(|| next_hour(club, now));
        let slot = Interval { start, end: start.plus(HOUR) };
        let (member, court) = (member(self.dice.usize(..MEMBERS)), court(self.dice.usize(..COURTS)));
        (start < self.last_start).then_some(Wish { member, court, slot })
    }

    fn booking(&mut self, wish: &Wish) -> Command {
        Command::BookReservation(Box::new(BookReservation {
            reservation_id: ReservationId::parse(&self.mint("rsv")).unwrap(),
            court_id: wish.court.clone(),
            member_id: wish.member.clone(),
            slot: wish.slot,
            source: "api".to_owned(),
            booking_type: machine::BOOKING_TYPE.to_owned(),
            participants: Vec::new(),
            notes: None,
            series_id: None,
            pay: Pay::Later,
            overrides: None,
        }))
    }

    fn hold(&mut self, wish: &Wish) -> Command {
        Command::PlaceHold(PlaceHold {
            hold_id: HoldId::parse(&self.mint("hld")).unwrap(),
            reservation_id: ReservationId::parse(&self.mint("rsv")).unwrap(),
            court_id: wish.court.clone(),
            member_id: wish.member.clone(),
            slot: wish.slot,
            source: "web".to_owned(),
            overrides: None,
        })
    }

    fn confirm(&mut self, club: &Club, hold: HoldId) -> Option<()> {
        let confirm = ConfirmHold { hold: HoldRef::Id(hold), reservation_id: None, pay: Pay::Later };
        if club.ask(desk(), Command::ConfirmHold(confirm))?.is_err() {
            // It ran out meanwhile.
            self.agenda.add(self.clock.now(), club.place, Todo::Book);
        }
        Some(())
    }

    /// Somebody waits for what it could not have.
    fn wait_for(&mut self, club: &Club, wish: &Wish) -> Option<()> {
        let Some(date) = club.read(|state| {
            let settings = state.settings()?;
            Some(calendar::date_at(calendar::zone(&settings.timezone)?, wish.slot.start))
        }) else {
            return Some(());
        };
        let start = wish.slot.start;
        let courts = [CourtWish::Court(wish.court.clone()), CourtWish::Type("tennis".to_owned()), CourtWish::Any];
        let wish_for = WaitlistWish {
            date,
            from_minute: None,
            to_minute: None,
            window: Interval { start: start.plus(-HOUR), end: start.plus(2 * HOUR) },
            wanted: start,
            duration_minutes: 60,
            court: courts[self.dice.usize(..3)].clone(),
            auto_book: self.dice.u8(..3) == 0,
            priority: 0,
            notify_email: true,
            notify_sms: self.dice.bool(),
        };
        let waitlist_id = WaitlistId::parse(&self.mint("wl")).unwrap();
        let join = JoinWaitlist { waitlist_id, member_id: wish.member.clone(), wish: wish_for };
        club.ask(Actor::Member(wish.member.clone()), Command::JoinWaitlist(Box::new(join))).map(drop)
    }

    fn relocate(&mut self, club: &Club, id: &ReservationId) -> Option<()> {
        for _ in 0..TRIES {
            let Some(Wish { court, slot, .. }) = self.wish(club) else { continue };
            let to = MoveReservation {
                reservation_id: id.clone(),
                court_id: Some(court),
                slot: Some(slot),
                expected: None,
                overrides: None,
            };
            if let Ok(Accepted::ReservationMoved(booked)) = club.ask(desk(), Command::MoveReservation(to))? {
                let at = booked.reservation.slot.start.plus(self.dice.i64(-600_000..600_000));
                self.agenda.add(at, club.place, Todo::CheckIn(id.clone()));
                return Some(());
            }
        }
        Some(())
    }

    fn come(&mut self, club: &Club, id: ReservationId) -> Option<()> {
        let check_in = Command::CheckIn(CheckIn { reservation_id: id.clone() });
        if let Err(Rejection::TooEarly { opens }) = club.ask(desk(), check_in)? {
            self.agenda.add(opens.plus(1), club.place, Todo::CheckIn(id));
        }
        Some(())
    }

    fn mint(&mut self, prefix: &str) -> String {
        self.minted += 1;
        format!("{prefix}_{}", self.minted)
    }
}

fn member(place: usize) -> MemberId {
    MemberId::parse(&format!("mbr_{place}")).unwrap()
}

fn court(place: usize) -> CourtId {
    CourtId::parse(&format!("crt_{place}")).unwrap()
}

/// The people at the desk, who ask for anybody.
fn desk() -> Actor {
    Actor::Service("desk".to_owned())
}

/// An hour of the next day, by the grid of the club.
fn next_hour(club: &Club, now: Instant) -> Instant {
    let open = club.read(|state| {
        let settings = state.settings()?;
        let tomorrow = calendar::date_at(calendar::zone(&settings.timezone)?, now.plus(DAY));
        Some(state.calendar_day(tomorrow)?.open.first()?.start.plus(12 * HOUR))
    });
    open.unwrap_or(now)
}
