//! Staff give or take credits, with a reason.

use serde::{Deserialize, Serialize};

use super::Done;
use crate::view::View;
use crate::{Accepted, Actor, CreditEntry, CreditReason, Facility, MemberId, Rejection};

/// Gives or takes credits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdjustCredits {
    /// Whose.
    pub member_id: MemberId,
    /// How many; negative takes.
    pub amount: i64,
    /// Why; not blank.
    pub note: String,
}

impl AdjustCredits {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        actor.must_be_staff()?;
        let view = View::new(facility, facility.now);
        view.settings()?;
        let balance = view.member(&self.member_id)?.credits_balance;
        if self.note.trim().is_empty() {
            return Err(Rejection::ReasonRequired);
        }
        let entry = CreditEntry {
            member_id: self.member_id.clone(),
            amount: self.amount,
            reason: CreditReason::Adjustment { note: self.note.clone() },
            reservation_id: None,
            at: facility.now,
        };
        let events = facility.post_credits(entry).into_iter().collect();
        let balance = facility.member(&self.member_id).map_or(balance, |member| member.credits_balance);
        Ok(Done { accepted: Accepted::CreditsAdjusted { balance }, events })
    }
}
