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
