//! A reservation as it comes in: who, where, when, and how it stood.

use machine::{BOOKING_TYPE, Elsewhere, ImportReservation, Interval, PaymentStatus, Status};
use serde::Deserialize;
use utoipa::ToSchema;

use super::TEXT_CHARS_MAX;
use super::log_body::{self, LineBody};
use crate::http::check::{Check, Text};

/// How others who play are named, and how many they may be.
const PARTICIPANTS_MAX: usize = 50;
/// The most credits that a reservation was paid with.
const CREDITS_MAX: u32 = 1_000_000;

/// A reservation to take over.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImportBody<'a> {
    #[serde(borrow)]
    #[schema(value_type = String)]
    id: Option<Text<'a>>,
    #[serde(borrow)]
    #[schema(value_type = String)]
    court_id: Option<Text<'a>>,
    #[serde(borrow)]
    #[schema(value_type = String)]
    member_id: Option<Text<'a>>,
    #[serde(borrow)]
    #[schema(value_type = String, format = DateTime)]
    start_time: Option<Text<'a>>,
    #[serde(borrow)]
    #[schema(value_type = String, format = DateTime)]
    end_time: Option<Text<'a>>,
    /// Where it stood; `confirmed` if left out. What is to come claims its court.
    status: Option<StoodWord>,
    #[serde(borrow)]
    #[schema(value_type = Option<String>, format = DateTime)]
    created_at: Option<Text<'a>>,
    #[serde(borrow)]
    #[schema(value_type = Option<String>, format = DateTime)]
    confirmed_at: Option<Text<'a>>,
    #[serde(borrow)]
    #[schema(value_type = Option<String>, format = DateTime)]
    checked_in_at: Option<Text<'a>>,
    /// When it was completed, cancelled, missed, or ran out.
    #[serde(borrow)]
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Text<'a>>,
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    cancellation_reason: Option<Text<'a>>,
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    booking_type: Option<Text<'a>>,
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    source: Option<Text<'a>>,
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    notes: Option<Text<'a>>,
    #[serde(borrow, default)]
    #[schema(value_type = Vec<String>, required = false)]
    participants: Vec<Text<'a>>,
    payment_status: Option<PaidWord>,
    /// What it cost, in minor units.
    rate_cents: Option<u64>,
    /// Credits that paid for it; the balance that its member brought along is without them.
    credits_paid: Option<u32>,
    /// The payment that was taken for it, by its id at its provider.
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    payment_id: Option<Text<'a>>,
    /// What was written about it.
    #[serde(borrow, default)]
    #[schema(required = false)]
    log: Vec<LineBody<'a>>,
}

/// Where a reservation stood elsewhere. A hold lives and dies where it was placed.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ImportedStatus)]
enum StoodWord {
    Confirmed,
    InProgress,
    Completed,
    Cancelled,
    NoShow,
    Released,
    Expired,
}

/// How its price stood.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ImportedPayment)]
enum PaidWord {
    None,
    Required,
    Paid,
    PartiallyRefunded,
    Refunded,
    Failed,
    Waived,
    Disputed,
}

impl ImportBody<'_> {
    /// The command, where everything at `at` is well formed.
    pub(super) fn command(&self, check: &mut Check, at: usize) -> Option<ImportReservation> {
        let place = |field: &str| format!("/reservations/{at}/{field}");
        let reservation_id = check.required_id(&place("id"), self.id.as_ref());
        let court_id = check.required_id(&place("courtId"), self.court_id.as_ref());
        let member_id = check.required_id(&place("memberId"), self.member_id.as_ref());
        let start = check.required_time(&place("startTime"), self.start_time.as_ref());
        let end = check.required_time(&place("endTime"), self.end_time.as_ref());
        let confirmed_at = check.time(&place("confirmedAt"), self.confirmed_at.as_ref());
        let booking_type = check.text(&place("bookingType"), self.booking_type.as_ref(), TEXT_CHARS_MAX);
        let source = check.text(&place("source"), self.source.as_ref(), TEXT_CHARS_MAX);
        let notes = check.text(&place("notes"), self.notes.as_ref(), TEXT_CHARS_MAX);
        let elsewhere = Box::new(self.elsewhere(check, place));
        Some(ImportReservation {
            reservation_id: reservation_id?,
            court_id: court_id?,
            member_id: member_id?,
            slot: Interval { start: start?, end: end? },
            confirmed_at,
            booking_type: booking_type.unwrap_or_else(|| BOOKING_TYPE.to_owned()),
            source: source.unwrap_or_else(|| "import".to_owned()),
            notes,
            elsewhere,
        })
    }

    fn elsewhere(&self, check: &mut Check, place: impl Fn(&str) -> String) -> Elsewhere {
        if self.participants.len() > PARTICIPANTS_MAX {
            check.wrong(place("participants"), format!("must be at most {PARTICIPANTS_MAX}"));
        }
        let named =
            self.participants.iter().filter_map(|one| check.text(&place("participants"), Some(one), TEXT_CHARS_MAX));
        let participants = named.collect();
        let credits = check.number(&place("creditsPaid"), self.credits_paid, 0, CREDITS_MAX);
        Elsewhere {
            status: self.status.map_or(Status::Confirmed, StoodWord::status),
            created_at: check.time(&place("createdAt"), self.created_at.as_ref()),
            checked_in_at: check.time(&place("checkedInAt"), self.checked_in_at.as_ref()),
            ended_at: check.time(&place("endedAt"), self.ended_at.as_ref()),
            cancellation_reason: check.text(
                &place("cancellationReason"),
                self.cancellation_reason.as_ref(),
                TEXT_CHARS_MAX,
            ),
            participants,
            payment: self.payment_status.map_or(PaymentStatus::None, PaidWord::status),
            rate_cents: self.rate_cents,
            credits_paid: credits.unwrap_or(0),
            payment_id: check.text(&place("paymentId"), self.payment_id.as_ref(), TEXT_CHARS_MAX),
            log: log_body::lines(check, &place("log"), &self.log),
        }
    }
}

impl StoodWord {
    fn status(self) -> Status {
        match self {
            Self::Confirmed => Status::Confirmed,
            Self::InProgress => Status::CheckedIn,
            Self::Completed => Status::Completed,
            Self::Cancelled => Status::Cancelled,
            Self::NoShow => Status::NoShow,
            Self::Released => Status::Released,
            Self::Expired => Status::Expired,
        }
    }
}

impl PaidWord {
    fn status(self) -> PaymentStatus {
        match self {
            Self::None => PaymentStatus::None,
            Self::Required => PaymentStatus::Required,
            Self::Paid => PaymentStatus::Paid,
            Self::PartiallyRefunded => PaymentStatus::PartiallyRefunded,
            Self::Refunded => PaymentStatus::Refunded,
            Self::Failed => PaymentStatus::Failed,
            Self::Waived => PaymentStatus::Waived,
            Self::Disputed => PaymentStatus::Disputed,
        }
    }
}
