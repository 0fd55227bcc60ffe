//! Each rule by itself, at its edge; all of them at once, in their order; and the same answers read-only.

use crate::command::cases::{Case, Step, at, club, envelope, hours, import, member, place, run, service, staff};
use crate::command::words::{at_desk, book, priced, setting};
use crate::{
    CalendarDay, Command, Conflict, CourtId, ExtendCalendar, Facility, Instant, Interval, Member, MemberId,
    MemberStatus, Rejection, Rule, SlotRequest, UpdateMember, Verdict, Warning, apply, explain,
};

fn ana(change: impl FnOnce(&mut Member)) -> Command {
    let mut member = member("ana");
    change(&mut member);
    Command::UpdateMember(Box::new(UpdateMember { member, expected: None }))
}

fn case(name: &'static str, given: Vec<Command>, when: Command, then: &'static str) -> Case {
    Case { name, given: at_desk(at(8, 0), given), when: (at(8, 0), service(), when), then }
}

const DONE: &str = "booked r1 Confirmed | r1 Confirmed";

#[test]
fn each_rule_refuses_at_its_edge_and_not_before() {
    let slot = hours(10, 11);
    let attempt = || book("r1", "c1", "ana", slot);
    let next = |n: u32, court, from| book(&format!("x{n}"), court, "ana", hours(from, from + 1));
    let far = |days: i64| Command::ExtendCalendar(ExtendCalendar { days: vec![day_after(days)] });
    let on_day = |days: i64| book("r1", "c1", "ana", hours(24 * days + 10, 24 * days + 11));
    let buffer = |minutes| setting(|it| it.buffer_minutes = minutes);
    let day_limit = || setting(|it| it.limits.max_per_day = Some(1));
    run(vec![
        case("facility", vec![setting(|it| it.active = false)], attempt(), "facility_inactive"),
        case("court", vec![], book("r1", "c3", "ana", slot), "court_inactive"),
        case("suspended", vec![ana(|it| it.status = MemberStatus::Suspended)], attempt(), "member_suspended"),
        case("has left", vec![ana(|it| it.status = MemberStatus::Inactive)], attempt(), "membership_expired"),
        case(
            "ends as it begins",
            vec![ana(|it| it.membership_expires_at = Some(at(10, 0)))],
            attempt(),
            "membership_expired",
        ),
        case("ends after", vec![ana(|it| it.membership_expires_at = Some(at(10, 0).plus(1)))], attempt(), DONE),
        case("the last day", vec![far(14)], on_day(14), DONE),
        case("a day too far", vec![far(15)], on_day(15), "advance_booking"),
        case("its own window", vec![far(15), ana(|it| it.advance_booking_days = Some(15))], on_day(15), DONE),
        case("beside, no room", vec![buffer(10), book("x", "c1", "ben", hours(11, 12))], attempt(), "buffer"),
        case("before, no room", vec![buffer(10), book("x", "c1", "ben", hours(9, 10))], attempt(), "buffer"),
        case("room enough", vec![buffer(60), book("x", "c1", "ben", hours(12, 13))], attempt(), DONE),
        case("two to come", vec![next(1, "c2", 12), next(2, "c2", 13)], attempt(), DONE),
        case("three to come", vec![next(1, "c2", 12), next(2, "c2", 13), next(3, "c2", 14)], attempt(), "member_limit"),
        case(
            "its own limit",
            vec![ana(|it| it.max_active_reservations = Some(1)), next(1, "c2", 12)],
            attempt(),
            "member_limit",
        ),
        case("one that day", vec![day_limit(), next(1, "c2", 12)], attempt(), "day_limit"),
        case("one the next day", vec![day_limit(), next(1, "c2", 43)], attempt(), DONE),
        case("elsewhere then", vec![next(1, "c2", 10)], attempt(), "self_overlap"),
        case("elsewhere before", vec![next(1, "c2", 9)], attempt(), DONE),
    ]);
}

#[test]
fn a_day_counts_what_was_played_on_it() {
    let played: Vec<Step> =
        at_desk(at(8, 0), vec![setting(|it| it.limits.max_per_day = Some(1)), book("x", "c1", "ana", hours(8, 9))]);
    let when = (at(9, 0), service(), book("r1", "c1", "ana", hours(10, 11)));
    run(vec![Case { name: "one over", given: played, when, then: "day_limit | x NoShow" }]);
}

#[test]
fn prime_hours_cost_more_for_the_part_that_lies_in_them_and_say_so() {
    let prime = CalendarDay { prime: vec![hours(17, 20)], ..crate::command::cases::days()[0].clone() };
    let dear =
        || vec![Command::ExtendCalendar(ExtendCalendar { days: vec![prime.clone()] }), priced("c1", 1000, Some(1500))];
    for (slot, cents, warned) in
        [(hours(15, 17), 2000, false), (hours(16, 18), 2500, true), (hours(17, 19), 3000, true)]
    {
        let mut facility = club();
        for (step, (now, actor, command)) in (1..).zip(at_desk(at(8, 0), dear())) {
            apply(&mut facility, step, &envelope(step, now, actor, command)).reply.expect("all of these stand");
        }
        let (_, warnings) = asked(&facility, "c1", slot).expect("court and member are there");
        let peak = warnings.iter().any(|it| matches!(it, Warning::PeakPricing { rate_cents } if *rate_cents == cents));
        assert_eq!(peak, warned, "{slot:?}");
        let booked = apply(&mut facility, 9, &envelope(9, at(8, 0), staff(), book("r1", "c1", "ana", slot)));
        booked.reply.expect("it is free");
        assert_eq!(facility.reservation(&crate::command::cases::rsv("r1")).unwrap().rate_cents, Some(cents));
    }
}

#[test]
fn what_breaks_many_rules_is_told_all_of_them_in_their_order_and_why_not_says_the_same() {
    let mut facility = club();
    let given = [
        place(1, "c1", "ana", hours(10, 11)),
        place(2, "c2", "ana", hours(12, 13)),
        import("x", "c3", "ben", hours(1, 9)),
    ];
    for (step, command) in (1..).zip(given) {
        apply(&mut facility, step, &envelope(step, at(8, 0), service(), command)).reply.expect("all of these stand");
    }
    let poor = ana(|it| (it.status, it.membership_expires_at) = (MemberStatus::Suspended, Some(Instant(0))));
    let closed = setting(|it| {
        it.active = false;
        it.limits.max_active_reservations = Some(2);
    });
    for (step, command) in (4..).zip([poor, closed]) {
        apply(&mut facility, step, &envelope(step, at(8, 0), staff(), command)).reply.expect("it changes");
    }
    let slot = hours(2, 6);
    let refused = apply(&mut facility, 9, &envelope(9, at(8, 0), service(), book("r", "c3", "ana", slot))).reply;
    let Err(Rejection::Conflicts(conflicts)) = refused else { panic!("{refused:?}") };
    let broken: Vec<Rule> = conflicts.iter().map(Conflict::rule).collect();
    let every = [
        Rule::FacilityInactive,
        Rule::CourtInactive,
        Rule::MemberSuspended,
        Rule::MembershipExpired,
        Rule::PastTime,
        Rule::OutsideHours,
        Rule::InvalidDuration,
        Rule::TimeOverlap,
        Rule::MemberLimit,
        Rule::HoldLimit,
    ];
    assert_eq!(broken, every);
    let (verdicts, _) = asked(&facility, "c3", slot).expect("court and member are there");
    assert_eq!(verdicts.iter().map(|it| it.rule).collect::<Vec<_>>(), Rule::ALL);
    let told: Vec<Conflict> = verdicts.iter().filter(|it| !it.passed).flat_map(|it| it.compared.clone()).collect();
    assert_eq!(told, conflicts);
}

#[test]
fn a_rule_that_is_kept_tells_its_numbers_too() {
    let facility = club();
    let (verdicts, _) = asked(&facility, "c1", hours(10, 11)).expect("court and member are there");
    assert!(verdicts.iter().all(|it| it.passed));
    let of = |rule| verdicts.iter().find(|it| it.rule == rule).map(|it| it.compared.clone()).unwrap_or_default();
    assert_eq!(of(Rule::MemberLimit), [Conflict::MemberLimit { active: 0, limit: 3 }]);
    assert_eq!(of(Rule::HoldLimit), [Conflict::HoldLimit { holds: 0, limit: 2 }]);
    assert_eq!(of(Rule::AdvanceBooking), [Conflict::AdvanceBooking { days: 0, window: 14 }]);
}

type Asked = Result<(Vec<Verdict>, Vec<Warning>), Rejection>;

fn asked(facility: &Facility, court: &str, slot: Interval) -> Asked {
    let (court, member) = (CourtId::parse(court).unwrap(), MemberId::parse("ana").unwrap());
    let request = SlotRequest { court: &court, member: &member, slot, instead_of: None, with_credits: false };
    explain(facility, at(8, 0), request)
}

/// The first day of the club, `days` later.
fn day_after(days: i64) -> CalendarDay {
    let first = crate::command::cases::days()[0].clone();
    let later =
        |it: Interval| Interval { start: it.start.plus(days * 86_400_000), end: it.end.plus(days * 86_400_000) };
    let mut date = first.date;
    date.day += u8::try_from(days).expect("few");
    CalendarDay { date, span: later(first.span), open: first.open.into_iter().map(later).collect(), ..first }
}
