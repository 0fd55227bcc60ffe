//! `/api/reservations/series`: the same court at the same wall time on many dates, and calling it off.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use chrono_tz::Tz;
use machine::{
    Accepted, BookSeries, CancelSeries, Cancellation, Command, CourtWish, Instant, Interval, JoinWaitlist, Member,
    Occurrence, OnConflict, RefusedOccurrence, SeriesId, Settings, WaitlistWish,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::{DetailWords, Details, PayWord, REASON_CHARS_MAX, SourceWord, booking_body};
use super::view::ReservationView;
use crate::calendar;
use crate::edge::Edge;
use crate::http::answer::{self, Outcome};
use crate::http::booking::cancel::CancelReply;
use crate::http::check::{Check, Text};
use crate::http::conflicts::conflict_body;
use crate::http::extract::{Asked, Path};
use crate::http::find;
use crate::http::problem::{ConflictBody, Problem};
use crate::http::slot_body::{SlotFor, slot_body};
use crate::http::waitlist::wish;
use crate::ids;
use crate::openapi::Refusals;
use crate::recurrence::{Length, Recurrence, Times};
use crate::time::{MINUTE_MILLIS, Utc};

/// Occurrences of one series (`booking.md` 6).
const OCCURRENCES_MAX: usize = 60;
/// How far ahead occurrences are looked for: sixty of a yearly rule, and more is no series of bookings.
const HORIZON_MILLIS: i64 = 61 * 366 * 24 * 60 * MINUTE_MILLIS;

/// What becomes of a series of which an occurrence breaks a rule.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OnConflict)]
pub(crate) enum ConflictWord {
    /// Nothing is booked.
    #[default]
    FailAll,
    /// It is left out.
    Skip,
}

booking_body! {
    /// A series to be booked.
    #[derive(Deserialize, ToSchema)]
    #[serde(rename_all = "camelCase")]
    #[schema(as = NewSeries)]
    pub(crate) struct SeriesBody<'a> {
        /// An unused id of your own.
        #[serde(borrow)]
        #[schema(value_type = Option<String>)]
        id: Option<Text<'a>>,
        /// RFC 5545; it ends by COUNT or UNTIL, after 60 occurrences at most.
        #[serde(borrow, alias = "recurrence_rule")]
        #[schema(value_type = String, example = "FREQ=WEEKLY;COUNT=10")]
        recurrence_rule: Option<Text<'a>>,
        /// `fail_all` if left out.
        on_conflict: Option<ConflictWord>,
        /// Whether the member waits for what is left out.
        join_waitlist: Option<bool>,
    }
}

/// The series is booked.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SeriesReply {
    /// Always true.
    success: bool,
    series_id: String,
    /// What is booked, by date.
    reservations: Vec<ReservationView>,
    /// What was left out.
    refused: Vec<RefusedView>,
    /// Local times that the clocks skip, and so are left out.
    nonexistent: Vec<String>,
}

/// An occurrence that was left out.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RefusedView {
    #[schema(value_type = String, format = DateTime)]
    start_time: Utc,
    #[schema(value_type = String, format = DateTime)]
    end_time: Utc,
    /// Every rule that it breaks.
    conflicts: Vec<ConflictBody>,
    /// The entry with which its member waits for it.
    waitlist_id: Option<String>,
}

/// The series is called off.
#[derive(Serialize, ToSchema)]
pub(crate) struct SeriesCancelled {
    /// Always true.
    success: bool,
    /// What was called off, by date, each under its own notice.
    cancelled: Vec<OccurrenceCancelled>,
}

/// An occurrence that was called off.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OccurrenceCancelled {
    reservation_id: String,
    #[serde(flatten)]
    cancellation: CancelReply,
}

/// Why a series is called off.
#[derive(Default, Deserialize, ToSchema)]
pub(crate) struct SeriesReason<'a> {
    /// Why.
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    reason: Option<Text<'a>>,
}

struct Wanted {
    /// The first occurrence.
    slot_for: SlotFor,
    series_id: SeriesId,
    rule: String,
    on_conflict: OnConflict,
    joins: bool,
    details: Details,
}

/// Book a series
///
/// Each occurrence is under the rules, in order of dates.
#[utoipa::path(post, path = "/api/reservations/series", operation_id = "createSeries", tag = "reservations", request_body = SeriesBody,
    params(("facilityId" = Option<String>, Query, description = "The facility, where the body does not name it"),
           ("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again it acts once")),
    responses((status = 201, description = "The series is booked", body = SeriesReply), Refusals))]
pub(crate) async fn create(State(edge): State<Arc<Edge>>, asked: Asked) -> Outcome {
    let wanted = Wanted::of(&asked)?;
    let facility = edge.find_by_id(&asked.caller, &wanted.slot_for.facility_id).await?;
    let (occurrences, nonexistent) = facility.read(|state, _| {
        let settings = state.settings().ok_or_else(Problem::internal)?;
        wanted.occurrences(settings, state.member(&wanted.slot_for.member_id))
    })?;
    let (series_id, details) = (wanted.series_id.clone(), wanted.details);
    let command = Command::BookSeries(BookSeries {
        series_id: wanted.series_id,
        member_id: wanted.slot_for.member_id,
        court_id: wanted.slot_for.court_id,
        occurrences,
        on_conflict: wanted.on_conflict,
        source: details.source.as_str().to_owned(),
        booking_type: details.booking_type,
        participants: details.participants,
        notes: details.notes,
        pay: details.pay,
        overrides: details.overrides,
    });
    let named = asked.name("POST /api/reservations/series");
    let (index, accepted) = edge.propose(&facility, &asked.caller, named, command).await?;
    let Accepted::SeriesBooked { booked, refused } = accepted else { return Err(Problem::internal()) };
    // A repeat mints another id than the request that was answered first.
    let series_id = booked.first().and_then(|one| one.series_id.clone()).unwrap_or(series_id);
    let reply = SeriesReply {
        success: true,
        series_id: series_id.to_string(),
        reservations: booked.iter().map(|one| ReservationView::of(facility.id(), one)).collect(),
        refused: refused.iter().map(RefusedView::of).collect(),
        nonexistent,
    };
    Ok(answer::about(&edge, index, StatusCode::CREATED, &reply))
}

/// Call a series off
///
/// All that is to come of it, or what begins at `from` or later. What cannot be called off any more stays.
#[utoipa::path(delete, path = "/api/reservations/series/{seriesId}", operation_id = "cancelSeries", tag = "reservations", request_body = Option<SeriesReason>,
    params(("seriesId" = String, Path, description = "The series"),
           ("from" = Option<String>, Query, description = "Only what begins then or later, RFC 3339 with an offset"),
           ("facilityId" = Option<String>, Query, description = "Its facility: saves the look-up"),
           ("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again it acts once")),
    responses((status = 200, description = "Called off", body = SeriesCancelled), Refusals))]
pub(crate) async fn delete(State(edge): State<Arc<Edge>>, Path(id): Path<SeriesId>, asked: Asked) -> Outcome {
    let body: SeriesReason<'_> = asked.parse_or_default()?;
    let mut check = Check::default();
    let reason = check.text("/reason", body.reason.as_ref(), REASON_CHARS_MAX);
    let reason = check.finish(Some(reason))?;
    let from: Option<Instant> = asked.params.get("from").map(|_| asked.params.time("from")).transpose()?;
    let knows = |state: &machine::Facility| state.series(&id).next().is_some();
    let facility = find::find(&edge, &asked.caller, &asked.params, knows, unknown).await?;
    let named = asked.name(&format!("DELETE /api/reservations/series/{id} {from:?}"));
    let command = Command::CancelSeries(CancelSeries { series_id: id, from, reason });
    let (index, accepted) = edge.propose(&facility, &asked.caller, named, command).await?;
    let Accepted::SeriesCancelled(cancelled) = accepted else { return Err(Problem::internal()) };
    let cancelled = cancelled.iter().map(OccurrenceCancelled::of).collect();
    Ok(answer::about(&edge, index, StatusCode::OK, &SeriesCancelled { success: true, cancelled }))
}

impl Wanted {
    fn of(asked: &Asked) -> Result<Self, Problem> {
        let body: SeriesBody<'_> = asked.parse()?;
        let mut check = Check::default();
        let slot_for = body.slot_for(asked, &mut check);
        let series_id = check.id("/id", body.id.as_ref()).unwrap_or_else(ids::series);
        let rule = check.required_text("/recurrenceRule", body.recurrence_rule.as_ref(), REASON_CHARS_MAX);
        let on_conflict = match body.on_conflict.unwrap_or_default() {
            ConflictWord::FailAll => OnConflict::FailAll,
            ConflictWord::Skip => OnConflict::Skip,
        };
        let details = body.details(&mut check);
        let joins = body.join_waitlist.unwrap_or(false);
        check.finish(slot_for.map(|slot_for| Self { slot_for, series_id, rule, on_conflict, joins, details }))
    }

    /// The dates of the rule, and the local times that there are not.
    fn occurrences(
        &self,
        settings: &Settings,
        member: Option<&Member>,
    ) -> Result<(Vec<Occurrence>, Vec<String>), Problem> {
        let zone = calendar::zone(&settings.timezone).ok_or_else(Problem::internal)?;
        let first = self.slot_for.slot;
        let wrong = |detail: String| Problem::malformed_at("/recurrenceRule", detail);
        let rule = Recurrence::new(&self.rule, first, zone, Length::Elapsed);
        let rule = rule.map_err(|error| wrong(error.to_string()))?;
        let span = Interval { start: first.start, end: first.start.plus(HORIZON_MILLIS) };
        let Times { times, nonexistent } = rule.times(zone, span, OCCURRENCES_MAX + 1);
        if times.is_empty() || times.len() > OCCURRENCES_MAX {
            return Err(wrong(format!("must have 1 to {OCCURRENCES_MAX} occurrences: end it with COUNT or UNTIL")));
        }
        let occurrence = |slot: Interval| Occurrence {
            reservation_id: ids::reservation(),
            slot,
            or_wait: self.joins.then(|| self.wait(zone, slot, wish::preferred(member))),
        };
        Ok((times.into_iter().map(occurrence).collect(), nonexistent))
    }

    /// Waiting for exactly this slot, told by email and by text as `told` says.
    fn wait(&self, zone: Tz, slot: Interval, told: (bool, bool)) -> JoinWaitlist {
        let from_minute = calendar::minute_at(zone, slot.start);
        let wish = WaitlistWish {
            date: calendar::date_at(zone, slot.start),
            from_minute: Some(from_minute),
            to_minute: Some(from_minute + 1),
            window: Interval { start: slot.start, end: slot.start.plus(MINUTE_MILLIS) },
            wanted: slot.start,
            duration_minutes: u32::try_from(slot.millis() / MINUTE_MILLIS).unwrap_or(u32::MAX),
            court: CourtWish::Court(self.slot_for.court_id.clone()),
            auto_book: false,
            priority: 0,
            notify_email: told.0,
            notify_sms: told.1,
        };
        JoinWaitlist { waitlist_id: ids::waitlist(), member_id: self.slot_for.member_id.clone(), wish }
    }
}

impl RefusedView {
    fn of(refused: &RefusedOccurrence) -> Self {
        Self {
            start_time: Utc(refused.slot.start),
            end_time: Utc(refused.slot.end),
            conflicts: refused.conflicts.iter().map(conflict_body).collect(),
            waitlist_id: refused.waits.as_ref().map(ToString::to_string),
        }
    }
}

impl OccurrenceCancelled {
    fn of(cancellation: &Cancellation) -> Self {
        let reservation_id = cancellation.reservation.id.to_string();
        Self { reservation_id, cancellation: CancelReply::of(cancellation) }
    }
}

fn unknown() -> Problem {
    Problem::not_found("series_not_found", "There is no such series.")
}
