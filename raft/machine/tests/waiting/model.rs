//! The twin: what everybody was told, folded into flat lists, and the right winner searched from end to end.
//!
//! It shares no code with the machine, only its nouns. It never looks at what the machine keeps, but for
//! courts, settings and hours, which are given and not decided: so it sees what a watcher of the events
//! sees, at every moment between two of them, also in the middle of one log entry.

use std::collections::{BTreeMap, BTreeSet};

use machine::{
    Block, BlockKind, Command, Court, CourtWish, Event, Facility, Fate, Grant, Instant, Interval, Reservation, Status,
    WaitlistEntry, WaitlistStatus,
};

use crate::world::{ADVANCE_DAYS, HOLDS_MAX, HOUR};

const MINUTE: i64 = 60_000;

/// A pair of an entry and a slot, in the order of promotion.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Pair {
    priority: i64,
    court_match: u8,
    distance: i64,
    joined: u64,
    pub(crate) court: String,
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) entry: String,
}

/// The twin.
#[derive(Default)]
pub(crate) struct Model {
    now: Instant,
    pub(crate) reservations: BTreeMap<String, Reservation>,
    pub(crate) entries: BTreeMap<String, WaitlistEntry>,
    let_go: BTreeMap<String, Vec<(String, Interval)>>,
    blocks: BTreeMap<String, Block>,
    suspended: BTreeSet<String>,
    courts: BTreeMap<String, Court>,
    openings: Vec<(machine::LocalDate, Interval, Interval)>,
    buffer: i64,
    member_limit: usize,
    open_to_bookings: bool,
    /// Credits, bookings and no-shows of each member, counted from what was told.
    pub(crate) counts: BTreeMap<String, Counts>,
    /// What was paid by card, by reservation and payment.
    pub(crate) payments: BTreeMap<(String, String), Paid>,
    /// What has moved, and may have been paid for a dearer slot.
    pub(crate) moved: BTreeSet<String>,
    /// Who was erased.
    pub(crate) erased: BTreeSet<String>,
    /// How many grants it has looked at.
    pub(crate) grants: usize,
}

/// What is counted of a member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) credits: i64,
    pub(crate) bookings: u32,
    pub(crate) missed: u32,
}

/// What became of a payment, in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Paid {
    pub(crate) taken: i64,
    /// What goes back by a decision of the machine's.
    pub(crate) sent_back: i64,
    /// What somebody gave or fetched back outside.
    pub(crate) gone_elsewhere: i64,
    /// Whether anything was kept of it when it came.
    pub(crate) booked: bool,
}

impl Model {
    /// Follows one entry of the log, event by event.
    pub(crate) fn follow(&mut self, after: &Facility, command: &Command, events: &[Event]) {
        self.now = after.now();
        self.count_money(command, events);
        for (place, event) in events.iter().enumerate() {
            self.count(event);
            match event {
                // Told with its grant, which looks at the moment before.
                Event::HoldPlaced(it) if it.offer_of.is_some() => {}
                Event::ReservationConfirmed(it) if it.source == "waitlist" && it.offer_of.is_none() => {}
                Event::CreditsChanged(_) if matches!(events.get(place + 1), Some(Event::WaitlistAutoBooked(_))) => {}
                Event::OfferMade(grant) => self.granted(grant),
                Event::WaitlistAutoBooked(grant) => {
                    self.granted(grant);
                    let paid = place.checked_sub(1).map(|before| &events[before]);
                    paid.into_iter().for_each(|event| self.pay(event));
                }
                Event::CreditsChanged(_) => self.pay(event),
                other => self.fold(after, command, other, events.get(place + 1)),
            }
        }
    }

    fn count(&mut self, event: &Event) {
        let counts = |model: &mut Self, id: &machine::MemberId, change: fn(&mut Counts)| {
            change(model.counts.entry(id.to_string()).or_default());
        };
        match event {
            // A booking that nobody came to and somebody paid for late is counted when it is booked.
            Event::ReservationConfirmed(it) => counts(self, &it.member_id, |it| it.bookings += 1),
            Event::ReservationMissed(it) => counts(self, &it.member_id, |it| it.missed += 1),
            Event::NoShowReversed(it) => counts(self, &it.member_id, |it| it.missed -= 1),
            _ => {}
        }
    }

    fn count_money(&mut self, command: &Command, events: &[Event]) {
        let cents = |amount: u64| i64::try_from(amount).expect("small");
        for event in events {
            match event {
                Event::RefundDue { reservation_id, payment_id, amount_cents } => {
                    self.payment(reservation_id, payment_id).sent_back += cents(*amount_cents);
                }
                Event::RefundRecorded { reservation, payment_id, amount_cents: gone }
                | Event::DisputeRecorded { reservation, payment_id, lost_cents: gone, .. } => {
                    self.payment(&reservation.id, payment_id).gone_elsewhere += cents(*gone);
                }
                Event::ReservationMoved(it) => drop(self.moved.insert(it.id.to_string())),
                _ => {}
            }
        }
        if let Command::RecordPayment(it) = command {
            let is_news = events.iter().any(|event| match event {
                Event::PaymentRecorded(paid) => paid.id == it.reservation_id,
                Event::RefundDue { payment_id, .. } => *payment_id == it.payment_id,
                _ => false,
            });
            if is_news {
                let payment = self.payment(&it.reservation_id, &it.payment_id);
                payment.taken = cents(it.amount_cents);
                payment.booked = payment.taken > payment.sent_back + payment.gone_elsewhere;
            }
            // For what is not known it went back whole, and nothing of it is remembered: what its provider says
            // of it later is news.
            if is_news && !self.reservations.contains_key(it.reservation_id.as_str()) {
                self.payments.remove(&(it.reservation_id.to_string(), it.payment_id.clone()));
            }
        }
    }

    fn payment(&mut self, of: &machine::ReservationId, id: &str) -> &mut Paid {
        self.payments.entry((of.to_string(), id.to_owned())).or_default()
    }

    fn pay(&mut self, event: &Event) {
        if let Event::CreditsChanged(entry) = event {
            self.counts.entry(entry.member_id.to_string()).or_default().credits += entry.amount;
        }
    }

    fn fold(&mut self, after: &Facility, command: &Command, event: &Event, next: Option<&Event>) {
        match event {
            Event::FacilityCreated | Event::CalendarExtended | Event::FacilityUpdated => self.read_hours(after),
            Event::CourtCreated(id) | Event::CourtUpdated(id) => {
                let court = after.court(id).expect("it is there").clone();
                self.courts.insert(id.to_string(), court);
            }
            Event::CourtRemoved(id) => drop(self.courts.remove(id.as_str())),
            Event::MemberUpdated(id) | Event::MemberReinstated(id) => self.read_member(after, id),
            Event::MemberErased(id) => {
                self.suspended.insert(id.to_string());
                self.erased.insert(id.to_string());
            }
            Event::MemberSuspended { member_id, .. } => drop(self.suspended.insert(member_id.to_string())),
            Event::BlockPlaced(block) | Event::BlockRemoved(block) => {
                self.blocks.insert(block.id.to_string(), Block::clone(block));
            }
            Event::HoldReleased(it) => {
                let displaced = matches!(command, Command::PlaceBlock(_) | Command::ExtendBlock(_));
                let taken_back = matches!(next, Some(Event::OfferWithdrawn(_)));
                self.put(it, !displaced && !taken_back);
            }
            Event::SlotVacated(it) => self.note_let_go(it),
            Event::ReservationDisplaced(it)
            | Event::HoldPlaced(it)
            | Event::ReservationConfirmed(it)
            | Event::ReservationImported(it)
            | Event::ReservationMoved(it)
            | Event::ReservationCheckedIn(it)
            | Event::NoShowReversed(it)
            | Event::PaymentBegun(it)
            | Event::PaymentRecorded(it)
            | Event::PaymentFailed(it)
            | Event::RefundRecorded { reservation: it, .. }
            | Event::DisputeRecorded { reservation: it, .. } => self.put(it, false),
            Event::HoldExpired(it)
            | Event::ReservationCancelled(it)
            | Event::ReservationMissed(it)
            | Event::ReservationCompleted(it) => self.put(it, true),
            Event::WaitlistJoined(it)
            | Event::WaitlistImported(it)
            | Event::WaitlistLeft(it)
            | Event::WaitlistExpired(it)
            | Event::OfferAccepted(it)
            | Event::OfferDeclined(it)
            | Event::OfferExpired(it)
            | Event::OfferWithdrawn(it) => drop(self.entries.insert(it.id.to_string(), WaitlistEntry::clone(it))),
            _ => {}
        }
    }

    fn put(&mut self, it: &Reservation, let_go: bool) {
        // A confirm may give another id to what was held.
        self.reservations.retain(|_, old| old.hold_id.is_none() || old.hold_id != it.hold_id);
        self.reservations.insert(it.id.to_string(), it.clone());
        if let_go {
            self.note_let_go(it);
        }
    }

    fn note_let_go(&mut self, it: &Reservation) {
        for entry in self.entries.values().filter(|entry| entry.member_id == it.member_id && entry.status.is_open()) {
            self.let_go.entry(entry.id.to_string()).or_default().push((it.court_id.to_string(), it.slot));
        }
    }

    fn read_hours(&mut self, after: &Facility) {
        self.buffer = after.settings().map_or(0, |settings| i64::from(settings.buffer_minutes) * MINUTE);
        if let Some(settings) = after.settings() {
            self.member_limit = settings.limits.max_active_reservations.unwrap_or(u32::MAX) as usize;
            self.open_to_bookings = settings.active;
        }
        self.openings = crate::world::dates()
            .filter_map(|date| after.calendar_day(date))
            .flat_map(|day| day.open.iter().map(|open| (day.date, day.span, *open)))
            .collect();
    }

    fn read_member(&mut self, after: &Facility, id: &machine::MemberId) {
        let active = after.member(id).is_some_and(|member| member.status == machine::MemberStatus::Active);
        if active {
            self.suspended.remove(id.as_str());
        } else {
            self.suspended.insert(id.to_string());
        }
    }

    /// A slot was given: it must have been the best of all pairs at that moment.
    fn granted(&mut self, grant: &Grant) {
        let pairs = self.pairs();
        let best = pairs.iter().find(|pair| self.is_eligible(pair));
        let given = (grant.entry.id.as_str(), grant.reservation.court_id.as_str(), grant.reservation.slot.start.0);
        let best = best.unwrap_or_else(|| panic!("{given:?} was given, and nobody is eligible at {:?}", self.now));
        assert_eq!((best.entry.as_str(), best.court.as_str(), best.start), given, "promotion order, at {:?}", self.now);
        self.explained(grant);
        self.put(&grant.reservation, false);
        self.entries.insert(grant.entry.id.to_string(), grant.entry.clone());
        self.grants += 1;
    }

    /// The ranked list says of everybody ahead why not, truly.
    fn explained(&self, grant: &Grant) {
        let winners: Vec<_> = grant.ranked.iter().filter(|one| one.fate == Fate::Given).collect();
        assert_eq!(winners.len(), 1);
        assert_eq!((&winners[0].waitlist_id, winners[0].slot), (&grant.entry.id, grant.reservation.slot));
        let key = |one: &machine::Ranked| (-i64::from(one.priority), one.court_match, one.distance_millis, one.joined);
        assert!(grant.ranked.is_sorted_by_key(key), "{:?}", grant.ranked);
        for one in grant.ranked.iter().take_while(|one| one.fate != Fate::Given) {
            let pair = self.pair(one.waitlist_id.as_str(), grant.reservation.court_id.as_str(), one.slot);
            let waits = self.entries[one.waitlist_id.as_str()].status == WaitlistStatus::Active;
            assert!(!waits || one.fate != Fate::ServedAlready, "{one:?}");
            assert!(!waits || self.let_go_of(&pair) == (one.fate == Fate::LetGo) || one.fate == Fate::Taken, "{one:?}");
            assert!(!waits || !pair.is_some_and(|pair| self.is_eligible(&pair)), "{one:?}");
        }
    }

    fn let_go_of(&self, pair: &Option<Pair>) -> bool {
        pair.as_ref().is_some_and(|pair| self.has_let_go(pair))
    }

    /// Every pair of a waiting entry and a slot on the grid that its wish allows, best first.
    pub(crate) fn pairs(&self) -> Vec<Pair> {
        let mut pairs = Vec::new();
        for entry in self.entries.values().filter(|entry| entry.status == WaitlistStatus::Active) {
            for court in self.courts.keys() {
                for start in self.starts(entry, court) {
                    let slot = Interval { start, end: start.plus(i64::from(entry.wish.duration_minutes) * MINUTE) };
                    pairs.extend(self.pair(entry.id.as_str(), court, slot));
                }
            }
        }
        pairs.sort();
        pairs
    }

    /// The starts of a day on a court; the grids of openings and extensions fall together here.
    fn starts(&self, entry: &WaitlistEntry, court: &str) -> impl Iterator<Item = Instant> {
        let window = entry.wish.window;
        let date = entry.wish.date;
        let openings = self.openings.iter().filter(move |(of, _, _)| *of == date).map(|(_, _, open)| *open);
        let extended = self.times(court, |kind| kind == BlockKind::Extended);
        let extended = extended.filter(|time| crate::world::date_of(time.start) == date);
        let all = openings.chain(extended).flat_map(|open| {
            (0..48).map(move |step| open.start.plus(step * HOUR / 2)).filter(move |at| *at < open.end)
        });
        let starts: BTreeSet<Instant> = all.filter(|at| window.start <= *at && *at < window.end).collect();
        starts.into_iter()
    }

    fn pair(&self, entry: &str, court: &str, slot: Interval) -> Option<Pair> {
        let it = &self.entries[entry];
        let court_match = match &it.wish.court {
            CourtWish::Court(id) if id.as_str() == court => 0,
            CourtWish::Type(of) if *of == self.courts[court].court_type => 1,
            CourtWish::Any => 2,
            _ => return None,
        };
        Some(Pair {
            priority: -i64::from(it.wish.priority),
            court_match,
            distance: (slot.start.0 - it.wish.wanted.0).abs(),
            joined: it.joined,
            court: court.to_owned(),
            start: slot.start.0,
            end: slot.end.0,
            entry: entry.to_owned(),
        })
    }

    /// Whether an entry could have a slot right now, asked the slow way.
    pub(crate) fn is_eligible(&self, pair: &Pair) -> bool {
        let entry = &self.entries[&pair.entry];
        let slot = Interval { start: Instant(pair.start), end: Instant(pair.end) };
        let member = entry.member_id.as_str();
        let credits = self.counts.get(member).map_or(0, |counts| counts.credits);
        // One credit a slot of half an hour, where the court has a price.
        let priced = self.courts[&pair.court].price_per_slot_cents.is_some();
        let price = if priced { (pair.end - pair.start) / (30 * MINUTE) } else { 0 };
        let booked_at_once = entry.wish.auto_book && credits >= price;
        let too_soon = if booked_at_once || (entry.wish.auto_book && !priced) {
            slot.start < self.now
        } else {
            slot.start <= self.now
        };
        let live: Vec<&Reservation> = self.reservations.values().filter(|it| it.status.is_live()).collect();
        let own: Vec<&&Reservation> = live.iter().filter(|it| it.member_id.as_str() == member).collect();
        let near = |it: &&Reservation| {
            it.court_id.as_str() == pair.court
                && slot.start.0 < it.slot.end.0 + self.buffer
                && it.slot.start.0 < slot.end.0 + self.buffer
        };
        let holds =
            own.iter().filter(|it| matches!(it.status, Status::Held | Status::PaymentPending) && it.offer_of.is_none());
        !too_soon
            && self.open_to_bookings
            && credits >= 0
            && self.courts[&pair.court].active
            && !self.suspended.contains(member)
            && self.is_open(&pair.court, slot)
            && self.is_in_advance(slot.start)
            && !live.iter().any(near)
            && !self.is_blocked(&pair.court, slot)
            && !own.iter().any(|it| it.slot.overlaps(&slot))
            && own.iter().filter(|it| it.slot.start >= self.now).count() < self.member_limit
            && holds.count() < HOLDS_MAX
            && !self.has_let_go(pair)
    }

    fn has_let_go(&self, pair: &Pair) -> bool {
        let slot = Interval { start: Instant(pair.start), end: Instant(pair.end) };
        let gone = self.let_go.get(&pair.entry).into_iter().flatten();
        gone.clone().any(|(court, gone)| *court == pair.court && gone.overlaps(&slot))
    }

    fn is_open(&self, court: &str, slot: Interval) -> bool {
        // What extends a day that the calendar does not have yet waits until it does.
        let extended = self.times(court, |kind| kind == BlockKind::Extended);
        let extended = extended.filter(|time| crate::world::is_in_calendar(time.start));
        let open = self.openings.iter().map(|(_, _, open)| *open).chain(extended);
        let pieces: Vec<Interval> = open.collect();
        // Quarter by quarter: every piece of the slot lies in something that is open.
        (0..(slot.end.0 - slot.start.0) / (15 * MINUTE)).all(|quarter| {
            let at = slot.start.plus(quarter * 15 * MINUTE);
            pieces.iter().any(|piece| piece.start <= at && at < piece.end)
        })
    }

    fn is_in_advance(&self, start: Instant) -> bool {
        let day = |at: Instant| at.0.div_euclid(24 * HOUR);
        day(start) - day(self.now) <= ADVANCE_DAYS
    }

    fn is_blocked(&self, court: &str, slot: Interval) -> bool {
        self.times(court, |kind| kind != BlockKind::Extended).any(|time| time.overlaps(&slot))
    }

    fn times(&self, court: &str, of: fn(BlockKind) -> bool) -> impl Iterator<Item = Interval> {
        let on = self
            .blocks
            .values()
            .filter(move |it| of(it.kind) && it.court_id.as_ref().is_none_or(|id| id.as_str() == court));
        on.flat_map(|block| block.times.iter().copied())
    }

    /// The live claims of blocks.
    pub(crate) fn blocked_times(&self, court: &str) -> Vec<Interval> {
        self.times(court, |kind| kind != BlockKind::Extended).collect()
    }
}
