//! Messages for tests.

use machine::{DeliveryId, DeliveryKind, FacilityId, Instant, MemberId};

use super::{CalendarMethod, CalendarPart, Content, Message, Recipient};

/// An offer by email, with a calendar part.
pub(crate) fn email() -> Message {
    let calendar = CalendarPart {
        method: CalendarMethod::Request,
        text: "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n".to_owned(),
    };
    message(
        "ana@example.org",
        Content::Email {
            subject: "Court 1 is free – yours until 18:30".to_owned(),
            text: "Court 1 is free.\n.\nhttps://book.example.org/waitlist/accept/abc\n".to_owned(),
            html: "<p>Court 1 is free. <a href=\"https://book.example.org/waitlist/accept/abc\">Accept</a></p>"
                .to_owned(),
            calendar: Some(calendar),
            reply_to: Some("desk@club.example".to_owned()),
            from_name: "The Stack".to_owned(),
        },
    )
}

/// An offer by text message.
pub(crate) fn text() -> Message {
    message("+12065550100", Content::Text("Court 1 is free. Reply 1 to accept.".to_owned()))
}

fn message(address: &str, content: Content) -> Message {
    let now = Instant(1_796_000_000_000);
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
