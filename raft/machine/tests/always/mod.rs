//! What must hold of any run, whatever is in it: each a sentence, for every test that plays random commands.
//!
//! They know nothing of what a command means. A replica is looked at through its front door only.

use machine::{Applied, Command, Envelope, Facility, apply};

/// Runs of a test that plays random commands: `MACHINE_RUNS`, or `usual`.
pub(crate) fn runs(usual: u32) -> u32 {
    asked_for().unwrap_or(usual)
}

/// How many steps a run has: 200 and more where `MACHINE_RUNS` asks for many runs.
pub(crate) fn length(usual: std::ops::Range<usize>) -> std::ops::Range<usize> {
    if asked_for().is_some() { 200..260 } else { usual }
}

#[expect(clippy::disallowed_methods, reason = "how many runs is a matter of whoever runs them, not of the machine")]
fn asked_for() -> Option<u32> {
    std::env::var("MACHINE_RUNS").ok()?.parse().ok()
}

pub(crate) fn a_request_sent_again_has_one_effect_and_one_answer(
    facility: &Facility,
    index: u64,
    envelope: &Envelope,
    applied: &Applied,
) {
    let mut again = facility.clone();
    let repeat = apply(&mut again, index, envelope);
    assert_eq!(repeat.reply, applied.reply);
    assert_eq!(repeat.events, Vec::new());
    assert!(again.to_snapshot() == facility.to_snapshot(), "a repeat changed something: {envelope:?}");
}

pub(crate) fn a_refusal_changes_nothing_but_what_was_due(
    before: &Facility,
    after: &Facility,
    envelope: &Envelope,
    applied: &Applied,
) {
    if applied.reply.is_err() {
        let mut ticked = before.clone();
        let tick = Envelope { command: Command::Tick, ..envelope.clone() };
        let ticked_too = apply(&mut ticked, after.index(), &tick);
        assert_eq!(ticked_too.events, applied.events);
        assert!(ticked.to_snapshot() == after.to_snapshot(), "a refusal changed something: {envelope:?}");
    }
}

pub(crate) fn the_same_index_has_the_same_digest_on_every_replica(replicas: [&Facility; 3]) {
    let [first, second, third] = replicas.map(Facility::digest);
    assert!(first == second && second == third, "{first} {second} {third}");
    let [first, second, third] = replicas.map(Facility::next_deadline);
    assert!(first == second && second == third, "deadlines follow from what is kept: {first:?} {second:?} {third:?}");
}

/// Plays runs until one fails, as one of them must with a bug in it; says after how many.
#[cfg(feature = "planted-bugs")]
pub(crate) fn must_be_found<T: std::fmt::Debug>(
    bug: machine::Planted,
    runs: impl proptest::strategy::Strategy<Value = T>,
    play: fn(T),
) -> u32 {
    const RUNS_MAX: u32 = 100;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    machine::plant(bug);
    for run in 1..=RUNS_MAX {
        use proptest::strategy::ValueTree;
        let steps = runs.new_tree(&mut runner).expect("a run").current();
        if std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| play(steps))).is_err() {
            return run;
        }
    }
    panic!("{bug:?} was planted and {RUNS_MAX} runs found nothing: they show nothing");
}
