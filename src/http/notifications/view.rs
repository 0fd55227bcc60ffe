//! A notification as the interface shows it.

use cluster::PastNotification;
use machine::{
    Delivery, DeliveryAttempt, DeliveryKind, DeliveryState, ImportedLine, Instant, Logged, Outcome, Receipt,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::time::Utc;

/// What somebody was told, or is to be told.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Notification)]
pub(crate) struct NotificationView {
    id: String,
    /// `confirmation reminder waitlist_offer waitlist_auto_booked cancellation hold_refunded no_show
    /// reservation_moved displaced`, and for the club `refund expire_checkout`: what the payment provider is told.
    #[serde(rename = "type")]
    kind: String,
    /// `email sms payment`; null where that is not known of what was sent elsewhere.
    medium: Option<String>,
    member_id: Option<String>,
    reservation_id: Option<String>,
    waitlist_id: Option<String>,
    /// Reminders only: how long before the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    minutes_before: Option<u32>,
    /// `scheduled claimed sent failed unknown dropped`
    state: &'static str,
    /// When it was decided.
    #[schema(value_type = String, format = DateTime)]
    created_at: Utc,
    /// When it is to be sent, or sent again.
    #[schema(value_type = String, format = DateTime)]
    due_at: Utc,
    /// When the try began that its provider took.
    #[schema(value_type = Option<String>, format = DateTime)]
    sent_at: Option<Utc>,
    /// What its provider calls it.
    provider_id: Option<String>,
    /// The tries at sending it, the last ones where there were many.
    attempts: Vec<AttemptView>,
    /// What its provider said of it afterwards.
    receipt: Option<ReceiptView>,
    /// `too_late obsolete no_address not_wanted unreachable`
    dropped_because: Option<&'static str>,
}

/// One try at sending.
#[derive(Serialize, ToSchema)]
#[schema(as = NotificationAttempt)]
struct AttemptView {
    #[schema(value_type = String, format = DateTime)]
    at: Utc,
    /// `accepted refused again unknown`; null while it is under way.
    outcome: Option<&'static str>,
    /// A code.
    detail: Option<String>,
}

/// What a provider said afterwards.
#[derive(Serialize, ToSchema)]
#[schema(as = NotificationReceipt)]
struct ReceiptView {
    /// `underway delivered undelivered`
    status: &'static str,
    /// A code.
    detail: Option<String>,
}

impl NotificationView {
    /// A delivery.
    pub(super) fn of(delivery: &Delivery) -> Self {
        let minutes_before = match delivery.kind {
            DeliveryKind::Reminder { minutes_before } => Some(minutes_before),
            _ => None,
        };
        Self {
            id: delivery.id.to_string(),
            kind: delivery.kind.word().to_owned(),
            medium: Some(delivery.medium.word().to_owned()),
            member_id: delivery.member_id.as_ref().map(ToString::to_string),
            reservation_id: delivery.reservation_id.as_ref().map(ToString::to_string),
            waitlist_id: delivery.waitlist_id.as_ref().map(ToString::to_string),
            minutes_before,
            state: delivery.state.word(),
            created_at: Utc(delivery.created_at),
            due_at: Utc(delivery.due_at),
            sent_at: sent_at(delivery).map(Utc),
            provider_id: delivery.provider_id.clone(),
            attempts: delivery.attempts.iter().map(AttemptView::of).collect(),
            receipt: delivery.receipt.as_ref().map(ReceiptView::of),
            dropped_because: delivery.dropped.map(machine::DropReason::word),
        }
    }

    /// What only the history has.
    pub(super) fn of_past(past: &PastNotification) -> Self {
        match past {
            PastNotification::Delivery(delivery) => Self::of(delivery),
            PastNotification::Line(imported) => Self::of_line(imported),
        }
    }

    /// A line of a log that was kept elsewhere: it says that something was sent.
    fn of_line(imported: &ImportedLine) -> Self {
        let ImportedLine { member_id, reservation_id, waitlist_id, line } = imported;
        let (kind, medium, minutes_before) = match &line.what {
            Logged::Notification { kind, medium, minutes_before } => (kind.as_str(), medium.clone(), *minutes_before),
            Logged::Cancellation { .. } | Logged::NoShow { .. } => ("", None, None),
        };
        Self {
            id: line.id.to_string(),
            kind: kind.to_owned(),
            medium,
            member_id: Some(member_id.to_string()),
            reservation_id: reservation_id.as_ref().map(ToString::to_string),
            waitlist_id: waitlist_id.as_ref().map(ToString::to_string),
            minutes_before,
            state: DeliveryState::Sent.word(),
            created_at: Utc(line.at),
            due_at: Utc(line.at),
            sent_at: Some(Utc(line.at)),
            provider_id: None,
            attempts: Vec::new(),
            receipt: None,
            dropped_because: None,
        }
    }
}

impl AttemptView {
    fn of(attempt: &DeliveryAttempt) -> Self {
        let (outcome, detail) = match &attempt.outcome {
            None => (None, None),
            Some(Outcome::Accepted { .. }) => (Some("accepted"), None),
            Some(Outcome::Refused { detail, .. }) => (Some("refused"), Some(detail.clone())),
            Some(Outcome::Again { detail, .. }) => (Some("again"), Some(detail.clone())),
            Some(Outcome::Unknown { detail }) => (Some("unknown"), Some(detail.clone())),
        };
        Self { at: Utc(attempt.at), outcome, detail }
    }
}

impl ReceiptView {
    fn of(receipt: &Receipt) -> Self {
        let (status, detail) = match receipt {
            Receipt::Underway => ("underway", None),
            Receipt::Delivered => ("delivered", None),
            Receipt::Undelivered { detail } => ("undelivered", Some(detail.clone())),
        };
        Self { status, detail }
    }
}

/// When the try began that its provider took.
fn sent_at(delivery: &Delivery) -> Option<Instant> {
    let taken = |attempt: &&DeliveryAttempt| matches!(attempt.outcome, Some(Outcome::Accepted { .. }));
    let attempt = delivery.attempts.iter().rev().find(taken).map(|attempt| attempt.at);
    attempt.or(delivery.ended_at.filter(|_| delivery.state == DeliveryState::Sent))
}
