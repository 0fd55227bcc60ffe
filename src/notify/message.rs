//! A message: one delivery in words, to one person, as it is handed to a medium.

use std::fmt;
use std::time::Duration;

use machine::{DeliveryId, DeliveryKind, FacilityId, Instant, Medium, MemberId};

/// What is handed to a medium: whole, and in words.
///
/// Invariant: printing it shows ids and its kind, and never a name, an address or a text.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Which delivery it is; the same every time that it is sent.
    pub delivery_id: DeliveryId,
    /// Of which facility.
    pub facility_id: FacilityId,
    /// To which member.
    pub member_id: MemberId,
    /// What is told.
    pub kind: DeliveryKind,
    /// To whom, and where.
    pub to: Recipient,
    /// The words.
    pub content: Content,
    /// From when on it is of no use any more.
    pub useful_until: Instant,
    /// The node's time at which it is sent.
    pub now: Instant,
}

/// Who is told, and where.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipient {
    /// What the person is called; may be empty.
    pub name: String,
    /// An email address, or a number in E.164.
    pub address: String,
}

/// The words of a message, in the form that its medium takes.
#[derive(Clone, PartialEq, Eq)]
pub enum Content {
    /// An email.
    Email {
        /// One line.
        subject: String,
        /// The words without any form.
        text: String,
        /// The same words as a page.
        html: String,
        /// The booking for a calendar, where there is one.
        calendar: Option<CalendarPart>,
        /// Where an answer goes, if not to where it came from.
        reply_to: Option<String>,
        /// Who writes: the club.
        from_name: String,
    },
    /// A text message.
    Text(String),
}

/// A booking as iCalendar: the same booking told anew replaces what a calendar has of it.
#[derive(Clone, PartialEq, Eq)]
pub struct CalendarPart {
    /// What a calendar is to do; the same as in the text.
    pub method: CalendarMethod,
    /// The whole `VCALENDAR`.
    pub text: String,
}

/// What a calendar is to do with a booking (RFC 5546).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CalendarMethod {
    /// Enter it, or change it.
    Request,
    /// Take it out.
    Cancel,
}

impl CalendarMethod {
    /// As iCalendar has it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
        }
    }
}

impl Message {
    /// By what way it goes.
    pub fn medium(&self) -> Medium {
        match self.content {
            Content::Email { .. } => Medium::Email,
            Content::Text(_) => Medium::Sms,
        }
    }

    /// How long it is of use from now on.
    pub fn useful_for(&self) -> Duration {
        let millis = self.useful_until.0.saturating_sub(self.now.0);
        Duration::from_millis(u64::try_from(millis).unwrap_or(0))
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { delivery_id, facility_id, member_id, kind, .. } = self;
        let medium = self.medium().word();
        write!(f, "Message({delivery_id} of {facility_id} to {member_id}: {} by {medium})", kind.word())
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recipient(…)")
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Email { .. } => "Email(…)",
            Self::Text(_) => "Text(…)",
        })
    }
}

impl fmt::Debug for CalendarPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CalendarPart({})", self.method.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::samples;

    #[test]
    fn printing_a_message_shows_whom_it_is_about_and_nothing_of_it() {
        for message in [samples::email(), samples::text()] {
            let shown = format!("{message:?} {:?} {:?}", message.to, message.content);
            for hidden in ["Ana", "example.org", "+1206", "Court 1", "VCALENDAR"] {
                assert!(!shown.contains(hidden), "{shown}");
            }
            assert!(shown.contains("ntf_1") && shown.contains("mbr_1") && shown.contains("waitlist_offer"), "{shown}");
        }
    }

    #[test]
    fn what_is_over_is_of_use_for_no_time() {
        let mut message = samples::text();
        assert_eq!(message.useful_for(), Duration::from_secs(30 * 60));
        message.now = message.useful_until.plus(1);
        assert_eq!(message.useful_for(), Duration::ZERO);
    }
}
