//! Random commands in a crowded club, against a twin that searches for the right winner from end to end.
//!
//! Three machines are fed the same log: one straight through, one that is written to bytes and read back
//! now and then, one that is copied now and then and goes on as the copy. After every step every
//! invariant of those who wait is looked at.

mod five;
mod model;
mod must;
#[path = "../records/mod.rs"]
mod records;
mod world;

use machine::{Applied, Envelope, Facility, apply};
use proptest::prelude::*;

use crate::model::Model;
use crate::world::{Step, World};

/// The three replicas and the twin.
#[derive(Default)]
struct Run {
    straight: Facility,
    reread: Facility,
    copied: Facility,
    frozen: Option<(Facility, Vec<u8>)>,
    model: Model,
    index: u64,
}

impl Run {
    fn step(&mut self, envelope: &Envelope, shake: u8) -> Applied {
        self.index += 1;
        let applied = apply(&mut self.straight, self.index, envelope);
        assert_eq!(applied, apply(&mut self.reread, self.index, envelope), "a replica read from bytes");
        assert_eq!(applied, apply(&mut self.copied, self.index, envelope), "a replica that was copied");
        self.model.follow(&self.straight, &envelope.command, &applied.events);
        self.shake(shake);
        self.look();
        applied
    }

    /// Now and then a replica is read back from its bytes, or goes on as a copy of itself.
    fn shake(&mut self, shake: u8) {
        if shake % 8 == 1 {
            let bytes = self.reread.to_snapshot();
            self.reread = Facility::from_snapshot(&bytes).expect("own bytes");
            assert!(self.reread.to_snapshot() == bytes, "bytes that were read are written again");
        }
        if shake % 8 == 2 {
            let original = std::mem::take(&mut self.copied);
            self.copied = original.clone();
            self.frozen = Some((original.clone(), original.to_snapshot()));
        }
    }

    fn look(&self) {
        must::no_two_live_claims_of_a_court_overlap(&self.straight);
        must::every_live_claim_is_listed(&self.straight, &self.model);
        must::nobody_waits_past_the_end_of_a_window_or_offer(&self.straight);
        must::an_offered_entry_points_to_a_live_offer_and_back(&self.straight);
        must::a_member_is_never_offered_two_slots_at_once(&self.straight);
        must::whatever_is_kept_was_told(&self.straight, &self.model);
        must::nothing_is_publicly_free_while_somebody_eligible_waits_for_it(&self.model);
        let replicas = [&self.straight, &self.reread, &self.copied];
        let [first, second, third] = replicas.map(Facility::digest);
        assert!(first == second && second == third, "the same index has the same digest on every replica");
        let [first, second, third] = replicas.map(Facility::next_deadline);
        assert!(
            first == second && second == third,
            "deadlines follow from what is kept: {first:?} {second:?} {third:?}"
        );
        if let Some((frozen, bytes)) = &self.frozen {
            assert!(frozen.to_snapshot() == *bytes, "a frozen copy never changes");
        }
    }
}

/// Plays steps and hands back the run, and what each step was told.
fn play(buffer: bool, steps: &[Step]) -> (Run, Vec<Applied>) {
    let mut world = World::new(buffer);
    let mut run = Run::default();
    for envelope in world.founding() {
        run.step(&envelope, 0).reply.expect("the club is founded");
    }
    let told = steps.iter().map(|step| run.step(&world.envelope(step), step.shake)).collect();
    (run, told)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whoever_is_first_in_order_gets_what_becomes_free((buffer, steps) in world::runs()) {
        play(buffer, &steps);
    }
}

#[test]
fn random_runs_reach_every_way_an_offer_can_go() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut grants = 0;
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..200 {
        let (buffer, steps) = world::runs().new_tree(&mut runner).expect("a run").current();
        let (run, told) = play(buffer, &steps);
        grants += run.model.grants;
        let events = told.iter().flat_map(|applied| &applied.events);
        seen.extend(events.map(|event| format!("{event:?}").split(['(', ' ']).next().unwrap_or_default().to_owned()));
    }
    assert!(grants > 200, "only {grants} grants in 200 runs");
    for wanted in [
        "WaitlistJoined",
        "WaitlistLeft",
        "WaitlistExpired",
        "WaitlistAutoBooked",
        "OfferMade",
        "OfferAccepted",
        "OfferDeclined",
        "OfferExpired",
        "OfferWithdrawn",
        "BlockPlaced",
        "BlockRemoved",
        "ReservationDisplaced",
        "SlotVacated",
    ] {
        assert!(seen.contains(wanted), "no run had {wanted}; seen: {seen:?}");
    }
}
