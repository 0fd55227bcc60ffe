//! Whether a member can be told by a medium, as its provider knows: opted out or in, bounced.

use serde::{Deserialize, Serialize};

use super::Done;
use crate::{Accepted, Actor, Facility, Medium, MemberId, Rejection, Unreachable};

/// Notes whether a member's address takes messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteReach {
    /// Who.
    pub member_id: MemberId,
    /// By which medium.
    pub medium: Medium,
    /// The address that it was said of: where the member has another one by now, it is no news.
    pub address: String,
    /// Why it takes none; `None` where it does again.
    pub unreachable: Option<Unreachable>,
}

impl NoteReach {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        actor.must_not_be_member()?;
        let Some(member) = facility.known_member(&self.member_id) else { return Err(Rejection::MemberUnknown) };
        let is_its_own = match self.medium {
            Medium::Email => member.email.eq_ignore_ascii_case(&self.address),
            Medium::Sms => member.phone.as_ref() == Some(&self.address),
            Medium::Payment => false,
        };
        let event = is_its_own.then(|| facility.note_reach(&self.member_id, self.medium, self.unreachable)).flatten();
        Ok(Done { accepted: Accepted::ReachNoted, events: event.into_iter().collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::super::cases::{Case, at, person, run};
    use super::NoteReach;
    use crate::Medium::{Email, Sms};
    use crate::outbox::cases::{book_of_eve, booked, claim};
    use crate::{Actor, Command, Medium, MemberId, Unreachable};

    fn note(medium: Medium, address: &str, unreachable: Option<Unreachable>) -> Command {
        let member_id = MemberId::parse("eve").unwrap();
        Command::NoteReach(NoteReach { member_id, medium, address: address.to_owned(), unreachable })
    }

    #[test]
    fn an_address_that_takes_nothing_is_not_written_to_until_it_does() {
        let bounced = || note(Email, "Eve@example.org", Some(Unreachable::Bounced));
        let back = || note(Email, "eve@example.org", None);
        let case = |name, given: Vec<Command>, when, then| {
            let given = booked(given.into_iter().map(|command| (at(8, 1), command)).collect());
            Case { name, given, when: (at(8, 1), Actor::System, when), then }
        };
        run(vec![
            case("bounced", vec![], bounced(), "ReachNoted | eve email bounced"),
            case("twice", vec![bounced()], bounced(), "ReachNoted"),
            case(
                "not sent to",
                vec![bounced()],
                claim(1, Email),
                "claimed | ntf_confirmation-email-1-r1 dropped unreachable",
            ),
            case("by the other medium", vec![bounced()], claim(1, Sms), "claimed ntf_confirmation-sms-1-r1 try 1"),
            case("again", vec![bounced()], back(), "ReachNoted | eve email reachable"),
            case("and sent to", vec![bounced(), back()], claim(1, Email), "claimed ntf_confirmation-email-1-r1 try 1"),
            case("a former address", vec![], note(Email, "old@example.org", Some(Unreachable::Bounced)), "ReachNoted"),
            case("a former number", vec![], note(Sms, "+1", Some(Unreachable::OptedOut)), "ReachNoted"),
        ]);
        let when = (at(8, 1), person("eve"), bounced());
        run(vec![Case { name: "a member", given: booked(vec![]), when, then: "NotYours" }]);
        let stranger = (at(8, 1), Actor::System, bounced());
        let given = vec![(at(8, 0), Actor::System, book_of_eve())];
        run(vec![Case { name: "nobody of that name", given, when: stranger, then: "MemberUnknown" }]);
    }
}
