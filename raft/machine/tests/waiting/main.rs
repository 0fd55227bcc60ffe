//! Random commands in a crowded club, against a twin that searches for the right winner from end to end.
//!
//! Three machines are fed the same log: one straight through, one that is written to bytes and read back
//! now and then, one that is copied now and then and goes on as the copy. Every kind of command occurs; after
//! every step every invariant of those who wait is looked at, and all that must hold of any run.

#[path = "../always/mod.rs"]
mod always;
mod five;
mod house;
mod letters;
mod model;
mod must;
mod post;
#[path = "../records/mod.rs"]
mod records;
mod secrets;
mod world;

use std::collections::BTreeSet;

use machine::{Applied, Command, Envelope, Facility, apply};
use proptest::prelude::*;

use crate::letters::Letters;
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
    letters: Letters,
    index: u64,
}

impl Run {
    fn step(&mut self, envelope: &Envelope, shake: u8) -> Applied {
        self.index += 1;
        let before = self.straight.clone();
        let applied = apply(&mut self.straight, self.index, envelope);
        assert_eq!(applied, apply(&mut self.reread, self.index, envelope), "a replica read from bytes");
        assert_eq!(applied, apply(&mut self.copied, self.index, envelope), "a replica that was copied");
        always::a_refusal_changes_nothing_but_what_was_due(&before, &self.straight, envelope, &applied);
        always::a_request_sent_again_has_one_effect_and_one_answer(&self.straight, self.index, envelope, &applied);
        secrets::what_is_kept_for_years_has_no_text_about_anybody(&self.straight, &envelope.actor, &applied.events);
        secrets::nothing_is_told_about_an_erased_member(&applied.events, &self.model.erased);
        self.model.follow(&self.straight, &envelope.command, &applied.events);
        self.letters.follow(&before, &self.straight, &envelope.command, &applied);
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
        must::captured_less_refunded_is_what_live_or_policy_kept_bookings_owe(&self.straight, &self.model);
        must::no_more_goes_back_of_a_payment_than_was_taken(&self.straight, &self.model);
        must::stored_counts_equal_recounted_ones(&self.straight, &self.model);
        letters::nothing_is_sent_that_is_of_no_use_any_more(&self.straight);
        letters::a_text_of_which_nobody_knows_is_not_sent_again_but_an_offer(&self.straight);
        letters::nobody_who_is_erased_is_told_anything(&self.straight);
        secrets::an_erased_member_leaves_no_personal_field_in_the_state(&self.reread, &self.model.erased);
        always::the_same_index_has_the_same_digest_on_every_replica([&self.straight, &self.reread, &self.copied]);
        if let Some((frozen, bytes)) = &self.frozen {
            assert!(frozen.to_snapshot() == *bytes, "a frozen copy never changes");
        }
    }
}

/// Plays steps and hands back the run, and what each step was and was told.
fn play(buffer: bool, steps: &[Step]) -> (Run, Vec<(Command, Applied)>) {
    let mut world = World::new(buffer);
    let mut run = Run::default();
    let mut all = Vec::new();
    for envelope in world.founding() {
        let applied = run.step(&envelope, 0);
        assert!(applied.reply.is_ok(), "the club is founded");
        all.push((envelope.command, applied));
    }
    for step in steps {
        let envelope = world.envelope(step);
        let applied = run.step(&envelope, step.shake);
        world.hear(&applied);
        all.push((envelope.command, applied));
    }
    (run, all)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: always::runs(300), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whoever_is_first_in_order_gets_what_becomes_free((buffer, steps) in world::runs(always::length(1..120))) {
        play(buffer, &steps);
    }
}

#[test]
fn random_runs_have_every_kind_of_command_and_reach_every_way_an_offer_can_go() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut grants = 0;
    let (mut seen, mut done) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..300 {
        let (buffer, steps) = world::runs(60..120).new_tree(&mut runner).expect("a run").current();
        let (run, all) = play(buffer, &steps);
        grants += run.model.grants;
        let events = all.iter().flat_map(|(_, applied)| &applied.events);
        seen.extend(events.map(|event| format!("{event:?}").split(['(', ' ']).next().unwrap_or_default().to_owned()));
        // Only what was accepted: a command that is always refused shows nothing.
        done.extend(all.iter().filter(|(_, applied)| applied.reply.is_ok()).map(|(command, _)| house::kind(command)));
    }
    let missing: Vec<_> = house::KINDS.iter().filter(|kind| !done.contains(**kind)).collect();
    assert!(missing.is_empty(), "no run had {missing:?}");
    assert!(grants > 200, "only {grants} grants in 300 runs");
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
        "PaymentBegun",
        "PaymentRecorded",
        "RefundDue",
        "CreditsChanged",
        "MemberErased",
        "NoShowReversed",
        "DeliveryEnded",
        "ReachChanged",
        "CheckoutOpened",
        "PaymentFailed",
        "RefundRecorded",
        "DisputeRecorded",
    ] {
        assert!(seen.contains(wanted), "no run had {wanted}; seen: {seen:?}");
    }
}

#[cfg(feature = "planted-bugs")]
#[test]
fn a_planted_cascade_that_is_left_out_is_found_by_random_runs() {
    let bug = machine::Planted::CascadeLeftOut;
    always::must_be_found(bug, world::runs(1..120), |(buffer, steps)| drop(play(buffer, &steps)));
}
