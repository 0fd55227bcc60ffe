//! Random commands against a slow, obvious twin, with every invariant looked at after every step.
//!
//! Three machines are fed the same log: one straight through, one that is written to bytes and read
//! back now and then, one that is copied now and then and goes on as the copy. All must tell the
//! same, hold the same bytes, and decide what the twin decides.

#[path = "../always/mod.rs"]
mod always;
mod invariants;
mod lines;
#[path = "../records/mod.rs"]
mod records;
mod twin;
mod twin_life;
mod twin_pay;
mod world;

use machine::{Applied, Envelope, Facility, Instant, apply, refusal};
use proptest::prelude::*;

use crate::invariants as must;
use crate::lines::told;
use crate::twin::Twin;
use crate::world::{Step, World};

/// The three replicas and the twin.
struct Run {
    straight: Facility,
    reread: Facility,
    copied: Facility,
    frozen: Option<(Facility, Vec<u8>)>,
    twin: Twin,
    index: u64,
}

impl Run {
    fn new(world: &World) -> Self {
        let mut run = Self {
            straight: Facility::default(),
            reread: Facility::default(),
            copied: Facility::default(),
            frozen: None,
            twin: Twin::new(),
            index: 0,
        };
        for envelope in world.founding() {
            run.index += 1;
            for replica in [&mut run.straight, &mut run.reread, &mut run.copied] {
                apply(replica, run.index, &envelope).reply.expect("the club is founded");
            }
        }
        run
    }

    fn step(&mut self, envelope: &Envelope, shake: u8) -> Applied {
        self.index += 1;
        let refused = refusal(&self.straight, envelope);
        let before = self.straight.clone();
        let applied = apply(&mut self.straight, self.index, envelope);
        must::what_is_booked_broke_no_rule_that_it_does_not_list(&before, envelope, &applied);
        must::a_refusal_read_only_is_the_refusal_of_the_log(envelope, &refused, &applied);
        always::a_refusal_changes_nothing_but_what_was_due(&before, &self.straight, envelope, &applied);
        assert_eq!(applied, apply(&mut self.reread, self.index, envelope), "a replica read from bytes");
        assert_eq!(applied, apply(&mut self.copied, self.index, envelope), "a replica that was copied");
        assert_eq!(told(&applied), self.twin.apply(envelope), "the twin, at {envelope:#?}");
        always::a_request_sent_again_has_one_effect_and_one_answer(&self.straight, self.index, envelope, &applied);
        self.shake(shake);
        self.look();
        applied
    }

    /// Now and then a replica is read back from its bytes, or goes on as a copy of itself.
    fn shake(&mut self, shake: u8) {
        if shake % 4 == 1 {
            let bytes = self.reread.to_snapshot();
            self.reread = Facility::from_snapshot(&bytes).expect("own bytes");
            assert_eq!(self.reread.to_snapshot(), bytes, "bytes that were read are written again");
        }
        if shake % 4 == 2 {
            let original = std::mem::take(&mut self.copied);
            self.copied = original.clone();
            self.frozen = Some((original.clone(), original.to_snapshot()));
        }
    }

    fn look(&self) {
        must::no_two_live_claims_of_a_court_overlap(&self.straight);
        must::nothing_live_is_past_its_deadline_after_an_apply(&self.straight);
        must::what_is_indexed_is_what_is_recorded(&self.straight);
        must::the_next_deadline_is_the_first_end_of_anything_live(&self.straight, &self.twin);
        must::stored_counts_equal_recounted_ones(&self.straight, &self.twin);
        always::the_same_index_has_the_same_digest_on_every_replica([&self.straight, &self.reread, &self.copied]);
        if let Some((frozen, bytes)) = &self.frozen {
            assert!(frozen.to_snapshot() == *bytes, "a frozen copy never changes");
        }
    }
}

/// Plays steps and hands back what each was told.
fn play(steps: Vec<Step>) -> Vec<Applied> {
    let mut world = World::new();
    let mut run = Run::new(&world);
    let mut all = Vec::new();
    for step in steps {
        let shake = step.shake;
        let envelope = world.envelope(step);
        all.push(run.step(&envelope, shake));
    }
    let end = world.tick(Instant(i64::MAX / 2));
    all.push(run.step(&end, 0));
    must::what_ended_long_ago_is_forgotten(&run.straight);
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: always::runs(600), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_machine_decides_what_the_twin_decides(steps in world::steps(always::length(1..80))) {
        play(steps);
    }
}

#[test]
fn random_runs_reach_every_answer() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..400 {
        let steps = world::steps(120..160).new_tree(&mut runner).expect("steps").current();
        seen.extend(play(steps).iter().map(lines::kind));
    }
    let missing: Vec<_> =
        lines::ACCEPTED.iter().chain(lines::OTHERS).filter(|wanted| !seen.contains(**wanted)).collect();
    assert!(missing.is_empty(), "no run in 400 had {missing:?}");
}

#[cfg(feature = "planted-bugs")]
#[test]
fn a_planted_overlap_check_that_is_off_by_one_is_found_by_random_runs() {
    for bug in [machine::Planted::AdjacentSlotsOverlap, machine::Planted::EarlierClaimForgotten] {
        always::must_be_found(bug, world::steps(1..80), |steps| drop(play(steps)));
    }
}
