//! Plain records for tests.
//!
//! Whole and valid, with nothing special about them; a test that needs something special says so itself.
//! They are shared by the test targets and make no decision.

use machine::{Court, CourtId, Member, MemberId};

/// An active court that is named after its id.
pub(crate) fn court(id: &str) -> Court {
    Court { sort_order: 1, ..Court::new(CourtId::parse(id).expect("a clean id"), id, "tennis") }
}

/// An active member that is named after its id.
pub(crate) fn member(id: &str) -> Member {
    Member::new(MemberId::parse(id).expect("a clean id"), id)
}
