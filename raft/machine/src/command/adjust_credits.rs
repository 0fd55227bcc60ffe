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

#[cfg(test)]
mod tests {
    use super::super::Command;
    use super::super::cases::{Case, at, cancel, hours, person, run, service, staff};
    use super::super::words::{at_desk, book_paying, priced};
    use super::AdjustCredits;
    use crate::{Actor, Instant, MemberId, Pay};

    fn adjust(amount: i64, note: &str) -> Command {
        let member_id = MemberId::parse("ana").unwrap();
        Command::AdjustCredits(AdjustCredits { member_id, amount, note: note.to_owned() })
    }

    #[test]
    fn staff_give_and_take_credits_and_say_why() {
        let case = |name, actor: Actor, when, then| Case {
            name,
            given: at_desk(at(8, 0), vec![adjust(5, "a gift")]),
            when: (at(8, 0), actor, when),
            then,
        };
        run(vec![
            case("more", staff(), adjust(3, "a gift"), "balance 8 | credits ana +3"),
            case("fewer than none", staff(), adjust(-7, "a debt"), "balance -2 | credits ana -7"),
            case("nothing", staff(), adjust(0, "a joke"), "balance 5"),
            case("without a word", staff(), adjust(3, " "), "ReasonRequired"),
            case("the site", service(), adjust(3, "a gift"), "StaffOnly"),
            case("oneself", person("ana"), adjust(3, "a gift"), "StaffOnly"),
        ]);
    }

    #[test]
    fn credits_that_paid_come_back_in_time_and_are_kept_late() {
        let bought = || {
            let slot = hours(16, 17);
            vec![priced("c1", 2000, None), adjust(5, "ten"), book_paying(Pay::Credits, "r1", "c1", "ana", slot)]
        };
        let case = |name, now: Instant, then| Case {
            name,
            given: at_desk(at(8, 0), bought()),
            when: (now, person("ana"), cancel("r1", None)),
            then,
        };
        run(vec![
            case("in time", at(12, 0), "cancelled r1 in time credits 0 fee 0 | r1 Cancelled, credits ana +1"),
            case("late", at(12, 1), "cancelled r1 late credits 1 fee 500 | r1 Cancelled, credits ana -1"),
        ]);
    }
}
