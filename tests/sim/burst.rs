//! One offer, and ten thousand deliveries that were there before it.

use courtd::notify::Pace;
use machine::{
    Actor, BookReservation, Command, Court, CourtId, CourtWish, DeliveryKind, Instant, Interval, JoinWaitlist, Medium,
    Member, MemberId, MoveReservation, Pay, ReservationId, WaitlistId, WaitlistWish,
};

use crate::clock::{DAY, HOUR};
use crate::people::People;
use crate::world::World;

/// Reservations that are moved, each of another member, three at a time.
const RESERVATIONS: i64 = 30;
/// How often each is; by email and by text, that is twelve thousand deliveries.
const MOVES: u64 = 200;
/// So long they are being sent when the offer comes.
const BEFORE_MILLIS: i64 = 5_000;
/// So long is waited for the offer to be told.
const AFTER_MILLIS: i64 = 2_000;

/// What came of it.
#[derive(Debug)]
pub struct Burst {
    /// Deliveries that waited when the offer was made.
    pub waiting: usize,
    /// How long it took by each medium until its provider had the offer; `None` if it never did.
    pub millis: [Option<i64>; 2],
    /// The longest that it took from a provider that had something to a log that knew it.
    pub unsettled_millis: i64,
}

/// Has a club of which ten thousand are to hear, and an offer, by providers that take so much.
pub async fn burst(seed: u64, pace: Pace) -> Burst {
    let mut world = World::perfect(seed, 1, pace);
    let clock = world.clock;
    let mut people = People::new(clock, &world.agenda, fastrand::Rng::with_seed(seed), clock.began());
    people.found(&world.clubs[0]);
    for command in commands(clock.began()) {
        world.clubs[0].decide(clock.now(), desk(), command).unwrap();
    }
    world.lead();
    clock.pass(BEFORE_MILLIS).await;
    let waiting = world.clubs[0].read(|state| state.deliveries(None).filter(|it| it.state.is_open()).count());
    let offered = clock.now();
    world.clubs[0].decide(offered, desk(), join(clock.began())).unwrap();
    clock.pass(AFTER_MILLIS).await;
    let taken = |medium: Medium| {
        let provider = if medium == Medium::Email { &world.email } else { &world.sms };
        let book = provider.book();
        world.clubs[0].read(|state| {
            let is_it = |kind, of| kind == DeliveryKind::WaitlistOffer && of == medium;
            let offer = state.deliveries(None).find(|it| is_it(it.kind, it.medium))?;
            let key = (world.clubs[0].id.clone(), offer.id.clone());
            Some(book.taken.get(&key)?.first()?.0 - offered.0)
        })
    };
    let millis = [taken(Medium::Email), taken(Medium::Sms)];
    Burst { waiting, millis, unsettled_millis: unsettled_millis(&world) }
}

/// How long what was taken was not settled, or is not yet.
fn unsettled_millis(world: &World) -> i64 {
    let (club, now) = (&world.clubs[0], world.clock.now());
    let books = [world.email.book(), world.sms.book()];
    let taken = books.iter().flat_map(|book| &book.taken);
    let waits = taken.map(|((_, delivery), taken)| {
        let settled = club.read(|state| state.delivery(delivery).and_then(|it| it.ended_at));
        settled.unwrap_or(now).0 - taken[0].0
    });
    waits.max().unwrap_or(0)
}

/// Somebody's reservations, each of them moved to and fro.
fn commands(began: Instant) -> Vec<Command> {
    let courts = (0..6).map(|place| Command::CreateCourt(Court::new(court(place), "Court", "squash")));
    let mut commands: Vec<Command> = courts.collect();
    commands.extend((0..=RESERVATIONS).map(|place| Command::CreateMember(Box::new(member(place)))));
    for place in 0..RESERVATIONS {
        let id = ReservationId::parse(&format!("moved_{place}")).unwrap();
        let (home, away) = (place % 3, place % 3 + 3);
        commands.push(booking(&id, who(place), court(home), slot(began, place / 3)));
        commands.extend((0..MOVES).map(|count| {
            Command::MoveReservation(MoveReservation {
                reservation_id: id.clone(),
                court_id: Some(court(if count % 2 == 0 { away } else { home })),
                slot: None,
                expected: None,
                overrides: None,
            })
        }));
    }
    commands
}

fn member(place: i64) -> Member {
    let mut member = Member::new(who(place), "Somebody");
    (member.email, member.phone) = (format!("m{place}@example.org"), Some(format!("+120655501{place:02}")));
    member.preferences.notification_sms = true;
    member
}

fn booking(id: &ReservationId, member_id: MemberId, court_id: CourtId, slot: Interval) -> Command {
    Command::BookReservation(Box::new(BookReservation {
        reservation_id: id.clone(),
        court_id,
        member_id,
        slot,
        source: "api".to_owned(),
        booking_type: machine::BOOKING_TYPE.to_owned(),
        participants: Vec::new(),
        notes: None,
        series_id: None,
        pay: Pay::Later,
        overrides: None,
    }))
}

/// Waits for what is free, which is offered at once.
fn join(began: Instant) -> Command {
    let start = slot(began, RESERVATIONS / 3).start;
    let wish = WaitlistWish {
        date: machine::LocalDate { year: 2026, month: 10, day: 22 },
        from_minute: None,
        to_minute: None,
        window: Interval { start, end: start.plus(HOUR) },
        wanted: start,
        duration_minutes: 60,
        court: CourtWish::Court(court(0)),
        auto_book: false,
        priority: 0,
        notify_email: true,
        notify_sms: true,
    };
    let waitlist_id = WaitlistId::parse("wl_first").unwrap();
    Command::JoinWaitlist(Box::new(JoinWaitlist { waitlist_id, member_id: who(RESERVATIONS), wish }))
}

/// An hour of the fourth day, on the grid of a club in California: it opens at 13:00 of the world's time.
fn slot(began: Instant, hour: i64) -> Interval {
    let start = began.plus(3 * DAY + (13 + hour) * HOUR);
    Interval { start, end: start.plus(HOUR) }
}

fn who(place: i64) -> MemberId {
    MemberId::parse(&format!("mover_{place}")).unwrap()
}

fn court(place: i64) -> CourtId {
    CourtId::parse(&format!("squash_{place}")).unwrap()
}

fn desk() -> Actor {
    Actor::Staff("desk".to_owned())
}
