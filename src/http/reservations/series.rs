//! `/api/reservations/series`: the same court at the same wall time on many dates, and calling it off.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use chrono_tz::Tz;
use machine::{
    Accepted, BOOKING_TYPE, BookSeries, CancelSeries, Cancellation, Command, CourtId, CourtWish, FacilityId, Instant,
    Interval, JoinWaitlist, MemberId, Occurrence, OnConflict, Override, Pay, RefusedOccurrence, SeriesId, Settings,
    WaitlistWish,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::{self, NAME_CHARS_MAX, NOTES_CHARS_MAX, PayWord, REASON_CHARS_MAX, SourceWord};
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

/// A series to be booked.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = NewSeries)]
pub(crate) struct SeriesBody<'a> {
    /// An unused id of your own.
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    id: Option<Text<'a>>,
    /// The facility; `?facilityId=` does as well.
    #[serde(borrow, alias = "facility_id")]
    #[schema(value_type = Option<String>, example = "fac_test789")]
    facility_id: Option<Text<'a>>,
    #[serde(borrow, alias = "court_id")]
    #[schema(value_type = String, example = "crt_test123")]
    court_id: Option<Text<'a>>,
    #[serde(borrow, alias = "member_id")]
    #[schema(value_type = String, example = "mbr_test456")]
    member_id: Option<Text<'a>>,
    /// The first occurrence; its wall time is that of all.
    #[serde(borrow, alias = "start_time")]
    #[schema(value_type = String, format = DateTime)]
    start_time: Option<Text<'a>>,
    /// Or say `durationMinutes`.
    #[serde(borrow, alias = "end_time")]
    #[schema(value_type = Option<String>, format = DateTime)]
    end_time: Option<Text<'a>>,
    #[serde(alias = "duration_minutes")]
    duration_minutes: Option<i64>,
    /// RFC 5545; it ends by COUNT or UNTIL, after 60 occurrences at most.
    #[serde(borrow, alias = "recurrence_rule")]
    #[schema(value_type = String, example = "FREQ=WEEKLY;COUNT=10")]
    recurrence_rule: Option<Text<'a>>,
    /// `fail_all` if left out.
    on_conflict: Option<ConflictWord>,
    /// Whether the member waits for what is left out.
    join_waitlist: Option<bool>,
    #[serde(alias = "booking_source")]
    booking_source: Option<SourceWord>,
    /// `standard` if left out.
    #[serde(borrow, alias = "booking_type")]
    #[schema(value_type = Option<String>, example = "standard")]
    booking_type: Option<Text<'a>>,
    /// Who else plays.
    #[serde(borrow)]
    #[schema(value_type = Option<Vec<String>>)]
    participants: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    notes: Option<Text<'a>>,
    pay: Option<PayWord>,
    /// Staff: codes of rules to be set aside for all of it.
    #[serde(borrow)]
    #[schema(value_type = Option<Vec<String>>)]
    r#override: Option<Vec<Text<'a>>>,
    /// Why they are.
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    reason: Option<Text<'a>>,
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
    facility_id: FacilityId,
    series_id: SeriesId,
    court_id: CourtId,
    member_id: MemberId,
    first: Interval,
    rule: String,
    on_conflict: OnConflict,
    joins: bool,
    details: Details,
}

/// What each occurrence has besides its slot.
struct Details {
    source: SourceWord,
    booking_type: String,
    participants: Vec<String>,
    notes: Option<String>,
    pay: Pay,
    overrides: Option<Override>,
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
    let facility = edge.find_by_id(&asked.caller, &wanted.facility_id).await?;
    let (occurrences, nonexistent) = facility.read(|state, _| {
        let settings = state.settings().ok_or_else(Problem::internal)?;
        wanted.occurrences(settings)
    })?;
    let (series_id, details) = (wanted.series_id.clone(), wanted.details);
    let command = Command::BookSeries(BookSeries {
        series_id: wanted.series_id,
        member_id: wanted.member_id,
        court_id: wanted.court_id,
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
        let facility_id = asked.facility_id(&mut check, body.facility_id.as_ref());
        let series_id = check.id("/id", body.id.as_ref()).unwrap_or_else(ids::series);
        let court_id = check.required_id("/courtId", body.court_id.as_ref());
        let member_id = check.required_id("/memberId", body.member_id.as_ref());
        let first = check.slot(body.start_time.as_ref(), body.end_time.as_ref(), body.duration_minutes);
        let rule = check.required_text("/recurrenceRule", body.recurrence_rule.as_ref(), REASON_CHARS_MAX);
        let on_conflict = match body.on_conflict.unwrap_or_default() {
            ConflictWord::FailAll => OnConflict::FailAll,
            ConflictWord::Skip => OnConflict::Skip,
        };
        let details = Details {
            source: body.booking_source.unwrap_or(SourceWord::Web),
            booking_type: check
                .text("/bookingType", body.booking_type.as_ref(), NAME_CHARS_MAX)
                .unwrap_or_else(|| BOOKING_TYPE.to_owned()),
            participants: body::participants(&mut check, body.participants.as_deref()),
            notes: check.text("/notes", body.notes.as_ref(), NOTES_CHARS_MAX),
            pay: PayWord::of(body.pay),
            overrides: body::overrides(&mut check, body.r#override.as_deref(), body.reason.as_ref()),
        };
        let whole = || {
            Some(Self {
                facility_id: facility_id?,
                series_id,
                court_id: court_id?,
                member_id: member_id?,
                first: first?,
                rule,
                on_conflict,
                joins: body.join_waitlist.unwrap_or(false),
                details,
            })
        };
        check.finish(whole())
    }

    /// The dates of the rule, and the local times that there are not.
    fn occurrences(&self, settings: &Settings) -> Result<(Vec<Occurrence>, Vec<String>), Problem> {
        let zone = calendar::zone(&settings.timezone).ok_or_else(Problem::internal)?;
        let wrong = |detail: String| Problem::malformed_at("/recurrenceRule", detail);
        let rule = Recurrence::new(&self.rule, self.first, zone, Length::Elapsed);
        let rule = rule.map_err(|error| wrong(error.to_string()))?;
        let span = Interval { start: self.first.start, end: self.first.start.plus(HORIZON_MILLIS) };
        let Times { times, nonexistent } = rule.times(zone, span, OCCURRENCES_MAX + 1);
        if times.is_empty() || times.len() > OCCURRENCES_MAX {
            return Err(wrong(format!("must have 1 to {OCCURRENCES_MAX} occurrences: end it with COUNT or UNTIL")));
        }
        let occurrence = |slot: Interval| Occurrence {
            reservation_id: ids::reservation(),
            slot,
            or_wait: self.joins.then(|| self.wait(zone, slot)),
        };
        Ok((times.into_iter().map(occurrence).collect(), nonexistent))
    }

    /// Waiting for exactly this slot.
    fn wait(&self, zone: Tz, slot: Interval) -> JoinWaitlist {
        let from_minute = calendar::minute_at(zone, slot.start);
        let wish = WaitlistWish {
            date: calendar::date_at(zone, slot.start),
            from_minute: Some(from_minute),
            to_minute: Some(from_minute + 1),
            window: Interval { start: slot.start, end: slot.start.plus(MINUTE_MILLIS) },
            wanted: slot.start,
            duration_minutes: u32::try_from(slot.millis() / MINUTE_MILLIS).unwrap_or(u32::MAX),
            court: CourtWish::Court(self.court_id.clone()),
            auto_book: false,
            priority: 0,
            notify_email: true,
            notify_sms: false,
        };
        JoinWaitlist { waitlist_id: ids::waitlist(), member_id: self.member_id.clone(), wish }
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
