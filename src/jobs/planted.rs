//! Bugs that are planted on purpose, to show that the fault tests would find them. In no release.
//!
//! A test says by the environment of a node which bug it has.

use std::env::var_os;

/// A bug that can be planted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Planted {
    /// A delivery is settled as taken before it is sent.
    SettledUnsent,
    /// What an earlier leader claimed counts as not sent.
    ClaimsGivenBack,
}

/// Whether it is there.
pub(super) fn is(bug: Planted) -> bool {
    let name = match bug {
        Planted::SettledUnsent => "COURTD_TEST_SETTLE_UNSENT",
        Planted::ClaimsGivenBack => "COURTD_TEST_GIVE_CLAIMS_BACK",
    };
    var_os(name).is_some_and(|value| value == "1")
}
