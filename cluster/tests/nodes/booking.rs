//! Booking through every node: one order, one answer, no slot twice.

use std::collections::BTreeSet;

use cluster::{Answer, Cursor, Facility, ProposeError, Request};
use machine::{
    Accepted, Actor, CalendarDay, Command, Court, CourtId, CreateFacility, Event, HoldId, ImportReservation, Instant,
    Interval, LocalDate, Member, MemberId, PlaceHold, Preferences, Rejection, RequestId, ReservationId, Settings,
};
use tokio::task::JoinSet;

use crate::crew::{Crew, soon};

const HOUR: i64 = 3_600_000;

/// A whole hour, far from now whatever the day.
const FAR: i64 = 4_000_000_000_000 / HOUR * HOUR;

/// Hours of [`FAR`] that are open.
const OPEN_HOURS: i64 = 10_000;

pub(crate) fn request(key: &str, command: Command) -> Request {
    let request = RequestId { principal: "test".into(), key: key.into() };
    Request { actor: Actor::System, request, fingerprint: 1, remember_millis: 24 * HOUR, command }
}

fn hour(at: i64) -> Interval {
    Interval { start: Instant(FAR + at * HOUR), end: Instant(FAR + (at + 1) * HOUR) }
}

/// Adds the `at`-th member.
fn member(at: u64) -> Command {
    Command::CreateMember(Box::new(Member {
        email: "ana@example.org".into(),
        preferences: Preferences { notification_email: false, notification_sms: false, locale: "en".into() },
        ..Member::new(member_id(at), "Ana")
    }))
}

fn member_id(at: u64) -> MemberId {
    MemberId::parse(&format!("mbr_{at}")).unwrap()
}

/// Gives a new facility settings, a court and a member.
pub(crate) async fn furnish(facility: &Facility) {
    let mut settings = Settings::new("Test", "test", "UTC");
    (settings.limits.max_holds, settings.limits.max_active_reservations) = (None, None);
    settings.advance_booking_days = u32::MAX;
    let span = Interval { start: Instant(FAR), end: Instant(FAR + OPEN_HOURS * HOUR) };
    let date = LocalDate { year: 2096, month: 10, day: 2 };
    let day = CalendarDay { date, span, open: vec![span], slot_millis: HOUR, prime: Vec::new() };
    let court = Court { sort_order: 1, ..Court::new(CourtId::parse("crt_1").unwrap(), "Court 1", "tennis") };
    let commands = [
        Command::CreateFacility(Box::new(CreateFacility { settings, days: vec![day] })),
        Command::CreateCourt(court),
        member(1),
    ];
    for (at, command) in commands.into_iter().enumerate() {
        let answer = facility.propose(request(&format!("furnish {at}"), command), soon()).await.unwrap();
        answer.reply.unwrap();
    }
}

/// Books the `at`-th hour for good.
pub(crate) fn book(at: i64) -> Command {
    Command::ImportReservation(ImportReservation {
        reservation_id: ReservationId::parse(&format!("rsv_{at}")).unwrap(),
        court_id: CourtId::parse("crt_1").unwrap(),
        member_id: member_id(1),
        slot: hour(at),
        confirmed_at: None,
        booking_type: "standard".into(),
        source: "test".into(),
        notes: None,
        elsewhere: Box::default(),
    })
}

/// Holds the `at`-th hour for the `by`-th member.
fn hold(at: i64, by: u64) -> Command {
    Command::PlaceHold(PlaceHold {
        hold_id: HoldId::parse(&format!("hld_{by}")).unwrap(),
        reservation_id: ReservationId::parse(&format!("rsv_{by}")).unwrap(),
        court_id: CourtId::parse("crt_1").unwrap(),
        member_id: member_id(by),
        slot: hour(at),
        source: "test".into(),
        overrides: None,
    })
}

/// The ids of all reservations that a replica knows.
pub(crate) fn booked(facility: &Facility) -> BTreeSet<String> {
    let id = |claim: machine::Claim| claim.reservation_id.map(|id| id.to_string());
    facility.read(|state, _| state.claims(None, None).into_iter().filter_map(id).collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_booked_through_any_node_is_seen_on_all_in_one_order() {
    let crew = Crew::start("booking", 3).await;
    furnish(&crew.create(2, "club").await).await;
    let mut indexes = BTreeSet::new();
    for at in 0..9 {
        let id = u64::try_from(at % 3).unwrap() + 1;
        let facility = crew.facility(id, "club").await;
        let answer = facility.propose(request(&format!("{at}"), book(at)), soon()).await.unwrap();
        assert!(matches!(answer.reply, Ok(Accepted::ReservationImported(_))), "{answer:?}");
        assert!(indexes.insert(answer.index));
        for other in 1..=3 {
            let facility = crew.facility(other, "club").await;
            facility.wait_for(answer.index, soon()).await.unwrap();
            assert!(booked(&facility).contains(&format!("rsv_{at}")), "node {other}");
        }
    }
    let index = crew.agree("club").await;
    let seen = async |id| {
        let changes = crew.facility(id, "club").await.changes_since(Cursor::default()).unwrap();
        let imported = changes.iter().filter(|change| matches!(change.event, Event::ReservationImported(_)));
        imported.map(|change| change.cursor.index).collect::<Vec<_>>()
    };
    for id in 1..=3 {
        assert_eq!(seen(id).await, indexes.iter().copied().collect::<Vec<_>>(), "node {id}");
        assert!(crew.facility(id, "club").await.read_barrier(soon()).await.unwrap() >= index);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_sent_again_through_another_node_acts_once_and_is_answered_the_same() {
    let crew = Crew::start("again", 3).await;
    furnish(&crew.create(1, "club").await).await;
    let mut answers = Vec::new();
    for id in [1, 2, 3, 1] {
        let facility = crew.facility(id, "club").await;
        answers.push(facility.propose(request("one", book(1)), soon()).await.unwrap().reply);
    }
    assert!(answers[0].is_ok());
    assert!(answers.iter().all(|reply| reply == &answers[0]), "{answers:?}");
    assert_eq!(booked(&crew.facility(2, "club").await).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_on_one_slot_has_one_winner_and_the_losers_write_nothing() {
    let crew = Crew::start("crowd", 3).await;
    furnish(&crew.create(1, "club").await).await;
    let all = async |what: &str, command: &dyn Fn(u64) -> Command| {
        let mut crowd = JoinSet::new();
        for at in 2..50 {
            let facility = crew.facility(at % 3 + 1, "club").await;
            let mine = request(&format!("{what} {at}"), command(at));
            crowd.spawn(async move { facility.propose(mine, soon()).await.unwrap() });
        }
        crowd.join_all().await
    };
    all("join", &member).await;
    let answers = all("hold", &|at| hold(1, at)).await;
    assert_eq!(answers.iter().filter(|answer| answer.reply.is_ok()).count(), 1);
    let lost = |answer: &&Answer| matches!(answer.reply, Err(Rejection::Conflicts(_)));
    assert_eq!(answers.iter().filter(lost).count(), 47);

    let facility = crew.facility(2, "club").await;
    let before = facility.read_barrier(soon()).await.unwrap();
    let late = all("late", &|_| hold(1, 1)).await;
    assert!(late.iter().all(|answer| lost(&answer) && answer.index <= before), "{late:?}");
    assert_eq!(facility.read_barrier(soon()).await.unwrap(), before, "a refusal is no entry");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_quorum_a_request_is_told_so_and_proposes_nothing() {
    let mut crew = Crew::start("quorum", 3).await;
    furnish(&crew.create(1, "club").await).await;
    crew.kill(2).await;
    crew.kill(3).await;
    let facility = crew.facility(1, "club").await;
    crate::crew::eventually("node 1 has noticed", || {
        crew.node(1).peers().iter().all(|peer| peer.record.id == 1 || !peer.reachable).then_some(())
    })
    .await;
    let before = facility.status().last_index;
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_millis(700);
    let refused = facility.propose(request("x", book(5)), deadline).await;
    assert!(matches!(refused, Err(ProposeError::NoQuorum)), "{refused:?}");
    assert!(facility.read_barrier(deadline).await.is_err());
    assert_eq!(facility.status().last_index, before);

    drop(facility);
    crew.restart(2).await;
    let answer = crew.facility(1, "club").await.propose(request("x", book(5)), soon()).await.unwrap();
    assert!(answer.reply.is_ok());
}
