//! An email as SMTP carries it: headers, the words twice, and the booking for a calendar.

use std::time::{Duration, SystemTime};

use lettre::Address;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use machine::Refusal;

use super::{CalendarPart, Content, Message, Sending, SetUpError};

/// What the booking is called as a file.
pub(super) const CALENDAR_FILE: &str = "booking.ics";

/// Who writes emails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// Where emails come from.
    pub(super) address: Address,
    /// What the writer is called where a message does not say.
    name: String,
}

/// An email ready to be carried.
#[derive(Debug)]
pub(super) struct Letter {
    pub(super) to: Address,
    /// The same every time that the same delivery is sent, so that a mailbox can tell.
    pub(super) id: String,
    pub(super) bytes: Vec<u8>,
}

impl Author {
    /// With an address such as `courts@club.example`.
    pub fn new(address: &str, name: &str) -> Result<Self, SetUpError> {
        let address = address.trim().parse().map_err(|_| SetUpError::Author(address.to_owned()))?;
        Ok(Self { address, name: name.to_owned() })
    }

    /// What the writer is called in a message that has this name for it.
    pub(super) fn name<'a>(&'a self, said: &'a str) -> &'a str {
        if said.trim().is_empty() { &self.name } else { said }
    }
}

/// Writes an email; what is none, or has no address that could be one, is refused.
pub(super) fn write(message: &Message, author: &Author) -> Result<Letter, Sending> {
    let Content::Email { subject, text, html, calendar, reply_to, from_name } = &message.content else {
        return Err(Sending::refused("no_email"));
    };
    let no_address = |_| Sending::Refused { because: Refusal::BadAddress, detail: "bad_address".to_owned() };
    let to: Address = message.to.address.trim().parse().map_err(no_address)?;
    let id = format!("{}.{}@{}", message.delivery_id, message.facility_id, author.address.domain());
    let mut letter = lettre::Message::builder()
        .from(mailbox(author.name(from_name), author.address.clone()))
        .to(mailbox(&message.to.name, to.clone()))
        .subject(one_line(subject))
        .message_id(Some(format!("<{id}>")))
        .date(date(message.now))
        // RFC 3834: whoever is away need not answer.
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()));
    // Where an answer goes is the club's own setting: a slip in it must not keep its members from being told.
    if let Some(Ok(reply_to)) = reply_to.as_ref().map(|address| address.trim().parse()) {
        letter = letter.reply_to(Mailbox::new(None, reply_to));
    }
    let letter = letter.multipart(parts(text, html, calendar.as_ref())).map_err(|_| Sending::refused("bad_email"))?;
    Ok(Letter { to, id, bytes: letter.formatted() })
}

/// Programs that know calendars take the booking from among the alternatives, all others from the file.
fn parts(text: &str, html: &str, calendar: Option<&CalendarPart>) -> MultiPart {
    let words = MultiPart::alternative_plain_html(text.to_owned(), html.to_owned());
    let Some(calendar) = calendar else { return words };
    let kind = format!("text/calendar; charset=utf-8; method={}", calendar.method.word());
    let kind = ContentType::parse(&kind).expect("two fixed words make a type");
    let inline = SinglePart::builder().header(kind).body(calendar.text.clone());
    let file = ContentType::parse("application/ics").expect("a fixed type");
    let file = Attachment::new(CALENDAR_FILE.to_owned()).body(calendar.text.clone(), file);
    MultiPart::mixed().multipart(words.singlepart(inline)).singlepart(file)
}

fn mailbox(name: &str, address: Address) -> Mailbox {
    let name = one_line(name);
    Mailbox::new((!name.is_empty()).then_some(name), address)
}

/// The text on one line, as a header has it: what somebody wrote does not become another one.
pub(super) fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ").trim().to_owned()
}

fn date(now: machine::Instant) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(now.0).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::samples;

    fn author() -> Author {
        Author::new("courts@club.example", "Courts").unwrap()
    }

    fn written(message: &Message) -> String {
        String::from_utf8(write(message, &author()).unwrap().bytes).unwrap()
    }

    #[test]
    fn an_email_has_its_words_twice_and_the_booking_for_a_calendar() {
        let text = written(&samples::email());
        for part in [
            "From: \"The Stack\" <courts@club.example>\r\n",
            "To: Ana <ana@example.org>\r\n",
            "Reply-To: desk@club.example\r\n",
            "Message-ID: <ntf_1.fac_1@club.example>\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "multipart/mixed",
            "multipart/alternative",
            "text/plain; charset=utf-8",
            "text/html; charset=utf-8",
            "text/calendar; charset=utf-8; method=REQUEST",
            "filename=\"booking.ics\"",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(text.is_ascii());
    }

    #[test]
    fn the_same_delivery_has_the_same_name_when_it_is_sent_again() {
        let mut again = samples::email();
        again.now = again.now.plus(60_000);
        assert_eq!(write(&samples::email(), &author()).unwrap().id, write(&again, &author()).unwrap().id);
    }

    #[test]
    fn nothing_that_somebody_wrote_becomes_a_header() {
        let mut message = samples::email();
        message.to.name = "Ana\r\nBcc: all@example.org".to_owned();
        if let Content::Email { subject, from_name, reply_to, .. } = &mut message.content {
            *subject = "Free\r\nX-Planted: 1".to_owned();
            *from_name = "Club\r\nX-Planted: 2".to_owned();
            *reply_to = Some("no address\r\nX-Planted: 3".to_owned());
        }
        let text = written(&message);
        assert!(!text.contains("\r\nX-Planted") && !text.contains("\r\nBcc") && !text.contains("Reply-To"), "{text}");
    }

    proptest::proptest! {
        #[test]
        fn whatever_somebody_is_called_can_be_written_down(name in "\\PC{0,40}|.{0,40}|[\\x00-\\x7f]{0,40}") {
            let mut message = samples::email();
            message.to.name.clone_from(&name);
            if let Content::Email { subject, from_name, text, .. } = &mut message.content {
                (*subject, *from_name, *text) = (name.clone(), name.clone(), name);
            }
            let text = written(&message);
            proptest::prop_assert!(text.is_ascii() && text.lines().all(|line| line.len() < 998), "{}", text);
        }
    }

    #[test]
    fn what_is_no_address_is_refused_as_such() {
        let mut message = samples::email();
        message.to.address = "ana at example".to_owned();
        let refused = write(&message, &author()).unwrap_err();
        assert!(matches!(refused, Sending::Refused { because: Refusal::BadAddress, .. }));
        assert!(write(&samples::text(), &author()).is_err());
        assert!(Author::new("nobody", "").is_err());
    }
}
