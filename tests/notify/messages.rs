//! An email and a text, and senders that are in a hurry.

use std::time::Duration;

use courtd::Secret;
use courtd::notify::{
    Author, CalendarMethod, CalendarPart, Content, Message, Patience, Recipient, SendGrid, TextFrom, Twilio,
    TwilioAccount,
};
use machine::{DeliveryId, DeliveryKind, FacilityId, Instant, MemberId};

use crate::harness::now_millis;

/// Long enough for loopback on a busy machine, short enough to wait for.
pub const HURRY: Patience = Patience { connect: Duration::from_secs(1), whole: Duration::from_secs(2) };
/// An account with a form that Twilio knows.
pub const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";

/// An email with a booking for a calendar.
pub fn email() -> Message {
    let content = Content::Email {
        subject: "Court 1 is free – yours until 18:30".to_owned(),
        text: "Court 1 is free.\n.\nhttps://book.example.org/waitlist/accept/abc\n".to_owned(),
        html: "<p>Court 1 is free.</p>".to_owned(),
        calendar: Some(calendar(CalendarMethod::Request)),
        reply_to: Some("desk@club.example".to_owned()),
        from_name: "The Stack".to_owned(),
    };
    message("ana@example.org", content)
}

/// The same without anything that may be left out.
pub fn plain_email() -> Message {
    let mut message = email();
    message.to.name.clear();
    if let Content::Email { calendar, reply_to, .. } = &mut message.content {
        (*calendar, *reply_to) = (None, None);
    }
    message
}

/// The same that takes a booking out of a calendar.
pub fn cancelling_email() -> Message {
    let mut message = email();
    if let Content::Email { calendar: part, .. } = &mut message.content {
        *part = Some(calendar(CalendarMethod::Cancel));
    }
    message
}

/// A text that is of use for half an hour.
pub fn text() -> Message {
    message("+12065550100", Content::Text("Court 1 is free. Reply 1 to accept. Reply STOP to opt out.".to_owned()))
}

/// SendGrid at that address.
pub fn sendgrid(base: &str) -> SendGrid {
    let author = Author::new("courts@club.example", "Courts").unwrap();
    SendGrid::new(base, Secret::new("SG.key"), author, HURRY).unwrap()
}

/// Twilio at that address, from a number.
pub fn twilio(base: &str) -> Twilio {
    twilio_from(base, TextFrom::Number("+12065550199".to_owned()))
}

/// Twilio at that address.
pub fn twilio_from(base: &str, from: TextFrom) -> Twilio {
    let account = TwilioAccount { account_sid: ACCOUNT.to_owned(), auth_token: Secret::new("token"), from };
    Twilio::new(base, account, Some("https://book.example.org"), HURRY).unwrap()
}

fn calendar(method: CalendarMethod) -> CalendarPart {
    let text = format!("BEGIN:VCALENDAR\r\nMETHOD:{}\r\nEND:VCALENDAR\r\n", method.word());
    CalendarPart { method, text }
}

fn message(address: &str, content: Content) -> Message {
    let now = Instant(now_millis());
    Message {
        delivery_id: DeliveryId::parse("ntf_1").unwrap(),
        facility_id: FacilityId::parse("fac_1").unwrap(),
        member_id: MemberId::parse("mbr_1").unwrap(),
        kind: DeliveryKind::WaitlistOffer,
        to: Recipient { name: "Ana".to_owned(), address: address.to_owned() },
        content,
        useful_until: now.plus(30 * 60 * 1000),
        now,
    }
}
