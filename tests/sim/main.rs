//! Everybody is told, across changes of leader and whatever providers do: months of clubs in seconds.
//!
//! The jobs of the product run as they are; what is simulated is what lies around them: a clock, a log without
//! a network, providers that misbehave, people. One seed is one run. A run says by which command it is played
//! again; `COURTD_SIM_SEEDS=20` plays twenty. `just sim` plays a whole season.

#![allow(unreachable_pub, reason = "a test has no outside: pub is for its other modules")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod agenda;
mod burst;
mod clock;
mod club;
mod judge;
mod lead;
mod letter;
mod people;
mod plan;
mod provider;
mod stay;
mod step;
mod witness;
mod world;

use courtd::notify::Pace;
use judge::Verdict;
use plan::Plan;
use step::Step;
use world::{on_its_own_clock, play};

/// How soon an offer is in the hands of its provider, whatever waits.
const OFFER_MILLIS_MAX: i64 = 1_000;

/// How soon the log knows that a provider has something, however much waits to be sent.
const SETTLED_MILLIS_MAX: i64 = 1_000;

/// Plays as many seeds as are asked for, each of which must come to no complaint.
fn must_hold(plan: Plan, test: &str) -> Vec<Verdict> {
    let plays = plan.seeds().map(|plan| {
        println!("{plan} {test} -- --nocapture");
        let verdict = play(&plan);
        println!("{verdict}");
        assert!(verdict.complaints.is_empty(), "{plan} {test}: see above");
        verdict
    });
    plays.collect()
}

#[test]
fn everybody_is_told_once_whoever_leads() {
    for verdict in must_hold(Plan::slice(), "everybody_is_told_once_whoever_leads") {
        for step in Step::ALL {
            assert!(verdict.fell_at(step) > 0, "no leader fell at {step:?}: {verdict}");
        }
        for there in
            ["reminders", "missed", "moved", "cancelled", "offers accepted", "offers declined", "offers expired"]
        {
            assert!(verdict.count(there) > 0, "nothing of {there}: {verdict}");
        }
    }
}

#[test]
fn after_a_day_without_any_node_what_is_too_late_is_dropped_and_who_stayed_away_is_counted() {
    let test = "after_a_day_without_any_node_what_is_too_late_is_dropped_and_who_stayed_away_is_counted";
    for verdict in must_hold(Plan::down(), test) {
        assert!(verdict.count("reminders: too_late") > 0, "nothing was too late: {verdict}");
        assert!(verdict.count("missed while nobody led") > 0, "everybody came on a day without nodes: {verdict}");
    }
}

#[test]
fn an_offer_goes_before_ten_thousand_that_wait() {
    let burst = on_its_own_clock(1, burst::burst(1, world::pace()));
    println!("{burst:?}");
    assert!(burst.waiting >= 10_000, "{burst:?}");
    for millis in burst.millis {
        assert!(millis.is_some_and(|millis| millis <= OFFER_MILLIS_MAX), "{burst:?}");
    }
}

/// With providers that take more than is claimed there is always something to claim.
#[test]
fn what_was_sent_is_known_while_thousands_wait() {
    let burst = on_its_own_clock(1, burst::burst(1, Pace::new(1_000.0, 1_000)));
    println!("{burst:?}");
    assert!(burst.unsettled_millis <= SETTLED_MILLIS_MAX, "{burst:?}");
}

#[test]
fn one_seed_is_one_run() {
    for plan in (Plan { days: 3, facilities: 3, reservations: 200, ..Plan::down() }).seeds() {
        let [first, second] = [play(&plan), play(&plan)].map(|verdict| verdict.to_string());
        assert_eq!(first, second, "{plan}");
    }
}

/// Plays one seed after the other until one complains, as one of them must with that bug.
#[cfg(feature = "planted-bugs")]
fn must_be_found(bug: machine::Planted) {
    const SEEDS_MAX: u64 = 5;
    machine::plant(bug);
    for seed in 1..=SEEDS_MAX {
        let verdict = play(&Plan { seed, ..Plan::slice() });
        if let Some(first) = verdict.complaints.first() {
            return println!("{bug:?} is found by seed {seed}: {} complaints, {first}", verdict.complaints.len());
        }
    }
    panic!("{bug:?} was planted and {SEEDS_MAX} seeds found nothing: they show nothing");
}

#[cfg(feature = "planted-bugs")]
#[test]
fn a_planted_stale_claim_that_is_taken_for_sent_is_found() {
    must_be_found(machine::Planted::StaleClaimTakenForSent);
}

#[cfg(feature = "planted-bugs")]
#[test]
fn a_planted_text_that_is_sent_again_is_found() {
    must_be_found(machine::Planted::TextSentAgain);
}

#[cfg(feature = "planted-bugs")]
#[test]
fn a_planted_courier_that_settles_before_it_sends_is_found() {
    must_be_found(machine::Planted::SettledBeforeSent);
}
