//! An entry of the waitlist as it comes in: who waited for what, and where it stood.

use machine::{
    CourtId, CourtWish, ImportedEntry, Instant, LogLine, MemberId, ReservationId, Settings, WaitlistId, WaitlistStatus,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::log_body::{self, LineBody};
use crate::http::check::{Check, Text};
use crate::http::facilities::courts::{self, CourtType};
use crate::http::problem::Problem;
use crate::http::waitlist::EntryStatus;
use crate::http::waitlist::wish::{self, DURATION_MINUTES_MAX, LocalWish, PRIORITY_MAX};

/// An entry of the waitlist to take over.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ImportedWaitlistEntry)]
pub(crate) struct EntryBody<'a> {
    #[serde(borrow)]
    #[schema(value_type = String)]
    id: Option<Text<'a>>,
    #[serde(borrow)]
    #[schema(value_type = String)]
    member_id: Option<Text<'a>>,
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    court_id: Option<Text<'a>>,
    /// Any court for this sport, where no court is named.
    court_type: Option<CourtType>,
    /// A local day, YYYY-MM-DD.
    #[serde(borrow)]
    #[schema(value_type = String, example = "2026-12-01")]
    preferred_date: Option<Text<'a>>,
    #[serde(borrow)]
    #[schema(value_type = Option<String>, example = "17:00")]
    preferred_start_time: Option<Text<'a>>,
    #[serde(borrow)]
    #[schema(value_type = Option<String>, example = "20:00")]
    preferred_end_time: Option<Text<'a>>,
    duration_minutes: Option<u32>,
    auto_book: Option<bool>,
    priority: Option<u32>,
    notify_email: Option<bool>,
    notify_sms: Option<bool>,
    /// Where it stood; `active` if left out. What was offered there is waited for again.
    status: Option<EntryStatus>,
    /// What it became.
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    reservation_id: Option<Text<'a>>,
    #[serde(borrow)]
    #[schema(value_type = Option<String>, format = DateTime)]
    joined_at: Option<Text<'a>>,
    #[serde(borrow)]
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Text<'a>>,
    /// What was written about it.
    #[serde(borrow, default)]
    #[schema(required = false)]
    log: Vec<LineBody<'a>>,
}

/// What a body says, in local words still.
pub(super) struct Waited {
    pub(super) waitlist_id: WaitlistId,
    member_id: MemberId,
    wish: LocalWish,
    status: WaitlistStatus,
    reservation_id: Option<ReservationId>,
    joined_at: Option<Instant>,
    ended_at: Option<Instant>,
    log: Vec<LogLine>,
}

impl EntryBody<'_> {
    /// What it says, where everything at `at` is well formed.
    pub(super) fn waited(&self, check: &mut Check, at: usize) -> Option<Waited> {
        let place = |field: &str| format!("/entries/{at}/{field}");
        let waitlist_id = check.required_id(&place("id"), self.id.as_ref());
        let member_id = check.required_id(&place("memberId"), self.member_id.as_ref());
        let reservation_id = check.id(&place("reservationId"), self.reservation_id.as_ref());
        let joined_at = check.time(&place("joinedAt"), self.joined_at.as_ref());
        let ended_at = check.time(&place("endedAt"), self.ended_at.as_ref());
        let log = log_body::lines(check, &place("log"), &self.log);
        let wish = self.wish(check, place);
        let status = self.status.map_or(WaitlistStatus::Active, EntryStatus::status);
        let (waitlist_id, member_id, wish) = (waitlist_id?, member_id?, wish?);
        Some(Waited { waitlist_id, member_id, wish, status, reservation_id, joined_at, ended_at, log })
    }

    fn wish(&self, check: &mut Check, place: impl Fn(&str) -> String) -> Option<LocalWish> {
        let court: Option<CourtId> = check.id(&place("courtId"), self.court_id.as_ref());
        let court_type = self.court_type.map(|kind| CourtWish::Type(courts::word(kind).to_owned()));
        let date = wish::date(check, &place("preferredDate"), self.preferred_date.as_ref());
        let from = wish::clock(check, &place("preferredStartTime"), self.preferred_start_time.as_ref());
        let to = wish::clock(check, &place("preferredEndTime"), self.preferred_end_time.as_ref());
        let minutes = check.number(&place("durationMinutes"), self.duration_minutes, 1, DURATION_MINUTES_MAX);
        let priority = check.number(&place("priority"), self.priority, 0, PRIORITY_MAX);
        Some(LocalWish {
            court: court.map(CourtWish::Court).or(court_type).unwrap_or(CourtWish::Any),
            date: date?,
            from,
            to,
            duration_minutes: minutes,
            auto_book: self.auto_book.unwrap_or(false),
            priority: priority.unwrap_or(0),
            notify_email: self.notify_email,
            notify_sms: self.notify_sms,
        })
    }
}

impl Waited {
    /// The same in instants.
    pub(super) fn in_instants(self, settings: &Settings) -> Result<ImportedEntry, Problem> {
        let Self { waitlist_id, member_id, wish, status, reservation_id, joined_at, ended_at, log } = self;
        // Its member may come in with it.
        let wish = wish.wish(settings, None)?;
        Ok(ImportedEntry { waitlist_id, member_id, wish, joined_at, status, reservation_id, ended_at, log })
    }
}
