//! Everybody is told, across changes of leader and whatever providers do: months of clubs in seconds.
//!
//! The jobs of the product run as they are; what is simulated is what lies around them: a clock, a log without
//! a network, providers that misbehave, people. One seed is one run. A run that fails prints the command that
//! plays it again; `COURTD_SIM_SEEDS=20` plays twenty.

#![allow(unreachable_pub, reason = "a test has no outside: pub is for its other modules")]

mod agenda;
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

use plan::Plan;
use step::Step;
use world::play;

#[test]
fn everybody_is_told_once_whoever_leads() {
    for plan in Plan::slice().seeds() {
        println!("{plan} everybody_is_told_once_whoever_leads");
        let verdict = play(&plan);
        println!("{verdict}");
        assert!(verdict.complaints.is_empty(), "see above");
    }
}
