//! Bugs that are planted on purpose, to show that random runs would find them. In no release.
//!
//! A machine reads no environment, so a test says by a call which bug its own thread's machines have.

use std::cell::Cell;

/// A bug that can be planted: in a machine, or in who works for one on the same thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planted {
    /// A slot that begins as another ends is taken for an overlap.
    AdjacentSlotsOverlap,
    /// The claim that reaches into a slot from before is not looked at.
    EarlierClaimForgotten,
    /// What an offer held is given to nobody when the offer is over.
    CascadeLeftOut,
    /// What an earlier leader claimed and did not settle is taken for sent.
    StaleClaimTakenForSent,
    /// A text of which nobody knows whether it was taken is sent again.
    TextSentAgain,
    /// A courier says that a message was taken before it sends it.
    SettledBeforeSent,
}

thread_local! {
    static PLANTED: Cell<Option<Planted>> = const { Cell::new(None) };
}

/// Plants a bug in the machines of this thread, in place of any other.
pub fn plant(bug: Planted) {
    PLANTED.set(Some(bug));
}

/// Whether it is there: for whoever has such a bug and is no machine.
pub fn is_planted(bug: Planted) -> bool {
    is(bug)
}

/// Whether it is there.
pub(crate) fn is(bug: Planted) -> bool {
    PLANTED.get() == Some(bug)
}
