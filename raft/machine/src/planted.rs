//! Bugs that are planted on purpose, to show that random runs would find them. In no release.
//!
//! A machine reads no environment, so a test says by a call which bug its own thread's machines have.

use std::cell::Cell;

/// A bug that can be planted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planted {
    /// A slot that begins as another ends is taken for an overlap.
    AdjacentSlotsOverlap,
    /// The claim that reaches into a slot from before is not looked at.
    EarlierClaimForgotten,
    /// What an offer held is given to nobody when the offer is over.
    CascadeLeftOut,
}

thread_local! {
    static PLANTED: Cell<Option<Planted>> = const { Cell::new(None) };
}

/// Plants a bug in the machines of this thread, in place of any other.
pub fn plant(bug: Planted) {
    PLANTED.set(Some(bug));
}

/// Whether it is there.
pub(crate) fn is(bug: Planted) -> bool {
    PLANTED.get() == Some(bug)
}
