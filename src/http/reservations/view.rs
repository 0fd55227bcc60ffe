//! A reservation as clients read it, wherever it is shown.

use machine::{FacilityId, Reservation, Rule, Status};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::time::{MINUTE_MILLIS, Utc};

/// Where a reservation stands, in the API's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ReservationStatus)]
pub(crate) enum StatusWord {
    Pending,
    Confirmed,
    InProgress,
    Completed,
    Cancelled,
    NoShow,
    Released,
    Expired,
}

/// A reservation as it is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Reservation)]
pub(crate) struct ReservationView {
    id: String,
    facility_id: String,
    court_id: String,
    member_id: String,
    #[schema(value_type = String, format = DateTime)]
    start_time: Utc,
    #[schema(value_type = String, format = DateTime)]
    end_time: Utc,
    duration_minutes: i64,
    status: StatusWord,
    /// `none required paid partially_refunded refunded failed waived disputed`
    payment_status: &'static str,
    booking_type: String,
    /// `web sms staff api waitlist import`
    booking_source: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    hold_expiry: Option<Utc>,
    /// What all of it costs, in minor units; null where the court has no price.
    rate_cents: Option<u64>,
    participants: Vec<String>,
    notes: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    confirmed_at: Option<Utc>,
    #[schema(value_type = Option<String>, format = DateTime)]
    checked_in_at: Option<Utc>,
    #[schema(value_type = Option<String>, format = DateTime)]
    completed_at: Option<Utc>,
    #[schema(value_type = Option<String>, format = DateTime)]
    cancelled_at: Option<Utc>,
    cancellation_reason: Option<String>,
    /// The rules that staff set aside for it.
    overridden: Vec<&'static str>,
    /// Why they did.
    override_reason: Option<String>,
    /// The series it belongs to.
    series_id: Option<String>,
    version: u64,
}

impl StatusWord {
    pub(crate) fn of(status: Status) -> Self {
        match status {
            Status::Held | Status::PaymentPending => Self::Pending,
            Status::Confirmed => Self::Confirmed,
            Status::CheckedIn => Self::InProgress,
            Status::Completed => Self::Completed,
            Status::Cancelled => Self::Cancelled,
            Status::NoShow => Self::NoShow,
            Status::Released => Self::Released,
            Status::Expired => Self::Expired,
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Confirmed => "confirmed",
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::NoShow => "no_show",
            Self::Released => "released",
            Self::Expired => "expired",
        }
    }
}

impl ReservationView {
    pub(crate) fn of(facility: &FacilityId, reservation: &Reservation) -> Self {
        let ended = |status| reservation.ended_at.filter(|_| reservation.status == status).map(Utc);
        Self {
            id: reservation.id.to_string(),
            facility_id: facility.to_string(),
            court_id: reservation.court_id.to_string(),
            member_id: reservation.member_id.to_string(),
            start_time: Utc(reservation.slot.start),
            end_time: Utc(reservation.slot.end),
            duration_minutes: reservation.slot.millis() / MINUTE_MILLIS,
            status: StatusWord::of(reservation.status),
            payment_status: reservation.payment.word(),
            booking_type: reservation.booking_type.clone(),
            booking_source: reservation.source.clone(),
            hold_expiry: reservation.hold_expiry.filter(|_| reservation.status.is_hold()).map(Utc),
            rate_cents: reservation.rate_cents,
            participants: reservation.participants.clone(),
            notes: reservation.notes.clone(),
            confirmed_at: reservation.confirmed_at.map(Utc),
            checked_in_at: reservation.checked_in_at.map(Utc),
            completed_at: ended(Status::Completed),
            cancelled_at: ended(Status::Cancelled),
            cancellation_reason: reservation.cancellation_reason.clone(),
            overridden: reservation.overridden.iter().map(|rule: &Rule| rule.code()).collect(),
            override_reason: reservation.override_reason.clone(),
            series_id: reservation.series_id.as_ref().map(ToString::to_string),
            version: reservation.version,
        }
    }
}

/// A reservation with the names of what it is about.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NamedReservation {
    #[serde(flatten)]
    reservation: ReservationView,
    court_name: Option<String>,
    member_name: Option<String>,
    facility_name: String,
    timezone: String,
}

impl NamedReservation {
    pub(crate) fn of(facility: &FacilityId, state: &machine::Facility, reservation: &Reservation) -> Self {
        let settings = state.settings();
        Self {
            reservation: ReservationView::of(facility, reservation),
            court_name: state.court(&reservation.court_id).map(|court| court.name.clone()),
            member_name: state.member(&reservation.member_id).map(|member| member.name.clone()),
            facility_name: settings.map(|settings| settings.name.clone()).unwrap_or_default(),
            timezone: settings.map(|settings| settings.timezone.clone()).unwrap_or_default(),
        }
    }
}
