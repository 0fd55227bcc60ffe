//! An entry of the waitlist as clients read it.

use machine::{CourtWish, FacilityId, Joined, WaitlistEntry, WaitlistStatus};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::problem::Problem;
use crate::time::{Utc, clock_text};

/// Where an entry stands, in the API's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = WaitlistStatus)]
pub(crate) enum EntryStatus {
    /// It waits.
    Active,
    /// A slot is held for it.
    Offered,
    /// It became a reservation.
    Converted,
    /// Its time is over, or it let three offers run out.
    Expired,
    /// Its member left.
    Cancelled,
}

/// An entry as it is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WaitlistEntry)]
pub(crate) struct EntryView {
    id: String,
    facility_id: String,
    member_id: String,
    /// The one court that it would take; null where others do as well.
    court_id: Option<String>,
    /// The sport that it wants; null where it names a court, or any court does.
    court_type: Option<String>,
    /// The local day.
    #[schema(example = "2026-12-01")]
    preferred_date: String,
    /// From when on a slot may begin, HH:MM.
    preferred_start_time: Option<String>,
    /// Before when a slot has to begin, HH:MM.
    preferred_end_time: Option<String>,
    duration_minutes: u32,
    auto_book: bool,
    priority: u32,
    notify_email: bool,
    notify_sms: bool,
    status: EntryStatus,
    /// 1 is the first of those who wait for the same; null where it does not wait.
    position: Option<u32>,
    /// What is offered, or what it became.
    offered_reservation_id: Option<String>,
    /// When the offer ends.
    #[schema(value_type = Option<String>, format = DateTime)]
    offer_expires_at: Option<Utc>,
    version: u64,
}

impl EntryStatus {
    pub(crate) fn of(status: WaitlistStatus) -> Self {
        match status {
            WaitlistStatus::Active => Self::Active,
            WaitlistStatus::Offered => Self::Offered,
            WaitlistStatus::Converted => Self::Converted,
            WaitlistStatus::Expired => Self::Expired,
            WaitlistStatus::Cancelled => Self::Cancelled,
        }
    }

    pub(crate) fn status(self) -> WaitlistStatus {
        match self {
            Self::Active => WaitlistStatus::Active,
            Self::Offered => WaitlistStatus::Offered,
            Self::Converted => WaitlistStatus::Converted,
            Self::Expired => WaitlistStatus::Expired,
            Self::Cancelled => WaitlistStatus::Cancelled,
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Offered => "offered",
            Self::Converted => "converted",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }
}

impl EntryView {
    /// An entry, with what the state around it says of it.
    pub(super) fn of(facility: &FacilityId, state: &machine::Facility, entry: &WaitlistEntry) -> Self {
        Self::of_joined(facility, &Joined::of(state, entry.clone()))
    }

    /// An entry as it was when somebody asked for it.
    pub(super) fn of_joined(facility: &FacilityId, joined: &Joined) -> Self {
        let Joined { entry, position, offer_expires_at } = joined;
        let wish = &entry.wish;
        let (court_id, court_type) = match &wish.court {
            CourtWish::Court(court) => (Some(court.to_string()), None),
            CourtWish::Type(kind) => (None, Some(kind.clone())),
            CourtWish::Any => (None, None),
        };
        Self {
            id: entry.id.to_string(),
            facility_id: facility.to_string(),
            member_id: entry.member_id.to_string(),
            court_id,
            court_type,
            preferred_date: wish.date.to_string(),
            preferred_start_time: wish.from_minute.map(clock_text),
            preferred_end_time: wish.to_minute.map(clock_text),
            duration_minutes: wish.duration_minutes,
            auto_book: wish.auto_book,
            priority: wish.priority,
            notify_email: wish.notify_email,
            notify_sms: wish.notify_sms,
            status: EntryStatus::of(entry.status),
            position: *position,
            offered_reservation_id: entry.reservation_id.as_ref().map(ToString::to_string),
            offer_expires_at: offer_expires_at.map(Utc),
            version: entry.version,
        }
    }
}

/// There is no such entry.
pub(super) fn unknown() -> Problem {
    Problem::not_found("waitlist_not_found", "There is no such waitlist entry.")
}
