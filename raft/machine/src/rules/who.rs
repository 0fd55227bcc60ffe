//! Whether the member may book at all, and can pay for it.
//!
//! A suspension that ends by itself is over at its instant, whether or not anything has settled it. A
//! membership has to last until the slot begins, not only until it is booked.

use super::{Attempt, Finding};
use crate::{Conflict, MemberStatus};

pub(super) fn member_suspended(attempt: &Attempt<'_>) -> Finding {
    let suspended = attempt.member.status == MemberStatus::Suspended;
    let until = attempt.member.suspended_until;
    let over = until.is_some_and(|until| until <= attempt.view.now);
    if suspended && !over { Finding::Broken(vec![Conflict::MemberSuspended { until }]) } else { Finding::kept() }
}

pub(super) fn membership_expired(attempt: &Attempt<'_>) -> Finding {
    if attempt.member.status == MemberStatus::Inactive {
        return Finding::Broken(vec![Conflict::MembershipExpired { at: None }]);
    }
    let Some(at) = attempt.member.membership_expires_at else { return Finding::kept() };
    Finding::compared(Conflict::MembershipExpired { at: Some(at) }, at <= attempt.slot.start)
}

/// Whoever owes credits books nothing; whoever pays with them has to have them.
pub(super) fn insufficient_credit(attempt: &Attempt<'_>) -> Finding {
    let (balance, needed) = (attempt.member.credits_balance, attempt.credits);
    Finding::compared(Conflict::InsufficientCredit { balance, needed }, balance < i64::from(needed))
}
