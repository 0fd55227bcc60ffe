//! What the tables of the outbox share: a member who can be told by both media, and short words.
//!
//! The club is that of `command::cases`; only tests read this.

use crate::command::cases::{Step, at, hours, member, rsv, service};
use crate::command::words::book;
use crate::{
    Actor, CancelReservation, ClaimDeliveries, Command, Consequence, DeliveryId, Instant, Medium, Member, NoteReceipt,
    Outcome, Preferences, Receipt, Refusal, SettleDeliveries, Settlement, Urgency,
};

/// `eve` has an address and a telephone, and wants to be told by both.
pub(crate) fn eve() -> Command {
    let preferences = Preferences { notification_email: true, notification_sms: true, locale: "en".to_owned() };
    let (email, phone) = ("eve@example.org".to_owned(), Some("+12065550100".to_owned()));
    Command::CreateMember(Box::new(Member { email, phone, preferences, ..member("eve") }))
}

/// `eve` is there and has booked `c1` from 12 to 13 at 08:00, which is told by both media; then more, by
/// whoever sends.
pub(crate) fn booked(then: Vec<(Instant, Command)>) -> Vec<Step> {
    let first = [(at(8, 0), service(), eve()), (at(8, 0), service(), book_of_eve())];
    first.into_iter().chain(then.into_iter().map(|(now, command)| (now, Actor::System, command))).collect()
}

pub(crate) fn book_of_eve() -> Command {
    book("r1", "c1", "eve", hours(12, 13))
}

/// The confirmation of that, by a medium.
pub(crate) fn confirmation(medium: Medium) -> DeliveryId {
    DeliveryId::parse(&format!("ntf_confirmation-{}-1-r1", medium.word())).unwrap()
}

pub(crate) fn claim(term: u64, medium: Medium) -> Command {
    Command::ClaimDeliveries(ClaimDeliveries { term, medium, up_to: Urgency::Ordinary, max: 9 })
}

pub(crate) fn settle(medium: Medium, attempt: u32, outcome: Outcome) -> Command {
    let settled = vec![Settlement { delivery_id: confirmation(medium), attempt, outcome }];
    Command::SettleDeliveries(SettleDeliveries { settled })
}

pub(crate) fn taken() -> Outcome {
    Outcome::Accepted { provider_id: Some("SM1".to_owned()) }
}

pub(crate) fn refused(because: Refusal) -> Outcome {
    Outcome::Refused { because, detail: "http_400".to_owned() }
}

pub(crate) fn again(at: Instant) -> Outcome {
    Outcome::Again { at, detail: "http_429".to_owned() }
}

pub(crate) fn unknown() -> Outcome {
    Outcome::Unknown { detail: "timeout".to_owned() }
}

pub(crate) fn receipt(medium: Medium, receipt: Receipt, consequence: Consequence) -> Command {
    let (delivery_id, provider_id) = (confirmation(medium), "SM1".to_owned());
    Command::NoteReceipt(NoteReceipt { delivery_id, provider_id, receipt, consequence })
}

pub(crate) fn undelivered() -> Receipt {
    Receipt::Undelivered { detail: "twilio_30006".to_owned() }
}

pub(crate) fn call_off() -> Command {
    Command::CancelReservation(CancelReservation { reservation_id: rsv("r1"), slot: None, reason: None })
}
