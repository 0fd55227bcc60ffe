//! Who is told what, when, and until when: a table a kind.

use super::cases::{book_of_eve, call_off, eve};
use crate::command::cases::{Step, at, club, envelope, hours, person, rsv, service, staff};
use crate::command::words::{block, book, priced, series, setting};
use crate::waitlist::cases::{auto, join, on, wish};
use crate::{
    Actor, BlockMode, CheckIn, Command, Complete, Delivery, Facility, MarkNoShow, MoreFacts, MoveReservation,
    OnConflict, RecordPayment, apply,
};

fn after(steps: Vec<Step>) -> Facility {
    let mut facility = club();
    for (index, (now, actor, command)) in (1..).zip(steps) {
        let applied = apply(&mut facility, index, &envelope(index, now, actor, command));
        assert!(applied.reply.is_ok(), "{:?}", applied.reply);
    }
    facility
}

/// The open deliveries by email, with the minute of day 0 at which each is due and the one at which it is over.
fn by_email(facility: &Facility) -> Vec<String> {
    let minute = |at: crate::Instant| at.0 / 60_000;
    let emails = facility.deliveries(None).filter(|it| it.state.is_open() && it.id.as_str().contains("-email-"));
    emails.map(|it| format!("{} {}-{}", it.id, minute(it.due_at), minute(it.not_after))).collect()
}

fn the(facility: &Facility, id: &str) -> Delivery {
    facility.delivery(&crate::DeliveryId::parse(id).unwrap()).expect("it was decided").clone()
}

fn at_eight(actor: Actor, commands: Vec<Command>) -> Vec<Step> {
    let first = (at(8, 0), service(), eve());
    std::iter::once(first).chain(commands.into_iter().map(|command| (at(8, 0), actor.clone(), command))).collect()
}

fn tick(hour: i64, minute: i64) -> Step {
    (at(hour, minute), Actor::System, Command::Tick)
}

const DAY_1: i64 = 24;

#[test]
fn a_booking_is_confirmed_at_once_and_reminded_of_in_time() {
    let booked = at_eight(staff(), vec![book_of_eve()]);
    assert_eq!(by_email(&after(booked.clone())), ["ntf_confirmation-email-1-r1 480-780"]);
    let reminded = after([booked.clone(), vec![tick(10, 0)]].concat());
    assert_eq!(by_email(&reminded), ["ntf_confirmation-email-1-r1 480-780", "ntf_reminder120-email-1-r1 600-720"]);
    let started = after([booked, vec![tick(12, 0)]].concat());
    assert_eq!(by_email(&started), ["ntf_confirmation-email-1-r1 480-780"], "nobody is reminded of what has begun");
}

#[test]
fn an_earlier_reminder_is_of_use_until_the_next_one() {
    let tomorrow = book("r1", "c1", "eve", hours(DAY_1 + 20, DAY_1 + 21));
    let steps = [at_eight(staff(), vec![tomorrow]), vec![tick(20, 0)]].concat();
    let from_to = format!("ntf_reminder1440-email-1-r1 {}-{}", 20 * 60, (DAY_1 + 18) * 60);
    assert!(by_email(&after(steps)).contains(&from_to));
}

#[test]
fn what_is_called_off_is_told_and_reminded_of_no_more() {
    let reminded = [at_eight(staff(), vec![book_of_eve()]), vec![tick(10, 0)]].concat();
    let called_off = after([reminded, vec![(at(10, 0), person("eve"), call_off())]].concat());
    let told = ["ntf_cancellation-email-2-r1 600-4920", "ntf_confirmation-email-1-r1 480-780"];
    assert_eq!(by_email(&called_off), told);
    let MoreFacts::Cancelled { within_policy, by_club, penalty_credits, fee_cents, .. } =
        the(&called_off, "ntf_cancellation-email-2-r1").facts.more
    else {
        panic!("it says what it came to")
    };
    assert_eq!((within_policy, by_club, penalty_credits, fee_cents), (false, false, 1, 500));
    assert_eq!(by_email(&after_ticks(called_off, 12)), told, "no reminder comes after it");
}

fn after_ticks(mut facility: Facility, hour: i64) -> Facility {
    apply(&mut facility, 99, &envelope(99, at(hour, 0), Actor::System, Command::Tick));
    facility
}

#[test]
fn who_is_there_is_reminded_no_more() {
    let came = || (at(11, 50), staff(), Command::CheckIn(CheckIn { reservation_id: rsv("r1") }));
    let left = (at(11, 51), staff(), Command::Complete(Complete { reservation_id: rsv("r1") }));
    let reminded = [at_eight(staff(), vec![book_of_eve()]), vec![tick(10, 0)]].concat();
    for then in [vec![came()], vec![came(), left]] {
        let facility = after([reminded.clone(), then].concat());
        assert_eq!(by_email(&facility), ["ntf_confirmation-email-1-r1 480-780"]);
    }
}

#[test]
fn a_move_is_told_and_its_reminders_are_planned_anew() {
    let to = MoveReservation {
        reservation_id: rsv("r1"),
        court_id: None,
        slot: Some(hours(16, 17)),
        expected: None,
        overrides: None,
    };
    let moved = at_eight(staff(), vec![book_of_eve(), Command::MoveReservation(to)]);
    let told = ["ntf_confirmation-email-1-r1 480-780", "ntf_reservationmoved-email-2-r1 480-1020"];
    assert_eq!(by_email(&after([moved.clone(), vec![tick(10, 0)]].concat())), told);
    let reminded = after([moved, vec![tick(14, 0)]].concat());
    assert!(by_email(&reminded).contains(&"ntf_reminder120-email-2-r1 840-960".to_owned()));
    let MoreFacts::Moved { slot, .. } = the(&reminded, "ntf_reservationmoved-email-2-r1").facts.more else {
        panic!("it says from where")
    };
    assert_eq!(slot, hours(12, 13));
}

#[test]
fn who_waits_is_told_of_an_offer_or_of_what_was_booked_as_asked_for_with_the_entry() {
    let offered = after(at_eight(staff(), vec![join("w1", "eve", on("c1", wish(12, 13)))]));
    assert_eq!(by_email(&offered), ["ntf_waitlistoffer-email-1-w1 480-510"]);
    assert!(offered.deliveries(None).all(|it| !it.id.as_str().contains("sms")), "no text was asked for");
    let declined = after(at_eight(
        staff(),
        vec![join("w1", "eve", on("c1", wish(12, 13))), crate::waitlist::cases::decline("w1")],
    ));
    assert_eq!(by_email(&declined), Vec::<String>::new(), "an offer that is over is not told");
    let booked = after(at_eight(staff(), vec![join("w1", "eve", auto(on("c1", wish(12, 13))))]));
    assert_eq!(by_email(&booked), ["ntf_waitlistautobooked-email-1-w1 480-780"], "and not confirmed as well");
}

#[test]
fn who_stays_away_hears_what_it_came_to() {
    let costs = setting(|settings| settings.no_show.penalty_credits = 2);
    let missed = Command::MarkNoShow(MarkNoShow { reservation_id: rsv("r1") });
    let steps = [at_eight(staff(), vec![costs, book_of_eve()]), vec![(at(12, 30), staff(), missed)]].concat();
    let facility = after(steps);
    let MoreFacts::Missed { penalty_credits, no_show_count, .. } = the(&facility, "ntf_noshow-email-2-r1").facts.more
    else {
        panic!("it says what it came to")
    };
    assert_eq!((penalty_credits, no_show_count), (2, 1));
}

#[test]
fn who_is_displaced_is_told_so_and_not_that_it_was_cancelled() {
    let shut = block(Some("c1"), BlockMode::Displace, &[hours(11, 14)]);
    let told = by_email(&after(at_eight(staff(), vec![book_of_eve(), shut])));
    // On the other court it is offered the same hour at once.
    let kinds: Vec<&str> = told.iter().map(|line| line.split('-').next().unwrap_or_default()).collect();
    assert_eq!(kinds, ["ntf_confirmation", "ntf_displaced", "ntf_waitlistoffer"]);
}

#[test]
fn a_series_is_told_once() {
    let all = [hours(10, 11), hours(12, 13), hours(14, 15)];
    let Command::BookSeries(mut weekly) = series(OnConflict::FailAll, &all) else { panic!("it is one") };
    weekly.member_id = crate::MemberId::parse("eve").unwrap();
    let facility = after(at_eight(staff(), vec![Command::BookSeries(weekly)]));
    assert_eq!(by_email(&facility), ["ntf_confirmation-email-1-s1-0 480-660"]);
    let MoreFacts::Series { slots } = the(&facility, "ntf_confirmation-email-1-s1-0").facts.more else {
        panic!("it lists all of it")
    };
    assert_eq!(slots.iter().map(|it| it.slot).collect::<Vec<_>>(), all);
    assert!(slots.iter().all(|it| facility.reservation(&it.id).is_some_and(|known| known.version == it.version)));
}

#[test]
fn money_that_goes_back_is_told_to_its_provider_and_its_payer() {
    let pay = |id: &str| {
        let payment_id = id.to_owned();
        Command::RecordPayment(RecordPayment { reservation_id: rsv("r1"), payment_id, amount_cents: 2000 })
    };
    let facility = after(at_eight(staff(), vec![priced("c1", 2000, None), book_of_eve(), pay("pi_1"), pay("pi_2")]));
    let refund = facility.deliveries(None).find(|it| it.medium == crate::Medium::Payment).expect("it goes back");
    let expected = MoreFacts::Refund { payment_id: "pi_2".to_owned(), amount_cents: 2000 };
    assert_eq!(refund.facts.more, expected);
    assert!(by_email(&facility).iter().any(|line| line.starts_with("ntf_holdrefunded-email-")));
}

#[test]
fn who_has_no_address_or_wants_no_word_is_told_nothing() {
    let quiet = |wanted, address: &str| {
        let mut member = crate::command::cases::member("eve");
        member.email = address.to_owned();
        member.preferences.notification_email = wanted;
        let create = (at(8, 0), service(), Command::CreateMember(Box::new(member)));
        by_email(&after(vec![create, (at(8, 0), staff(), book_of_eve())]))
    };
    assert_eq!(quiet(true, "eve@example.org").len(), 1);
    assert_eq!(quiet(true, ""), Vec::<String>::new());
    assert_eq!(quiet(false, "eve@example.org"), Vec::<String>::new());
}
