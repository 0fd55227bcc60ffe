//! `POST /sync`: brings one day in from the club's system of record.
//!
//! Each reservation is proposed on its own, in order of start, so that the first of two that overlap
//! wins; what is here already stays, and what contradicts it is told.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use chrono::{Days, NaiveDate};
use cluster::Facility;
use machine::{Interval, LocalDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::calendar;
use crate::edge::Edge;
use crate::http::answer::{self, Outcome};
use crate::http::check::{Check, Text};
use crate::http::extract::Asked;
use crate::http::imports::{ImportOutcome, reservations as imports};
use crate::http::problem::Problem;
use crate::openapi::Refusals;
use crate::original::{Known, Record};
use crate::sync::{Day, Disagreement};
use crate::time::parse_date;

/// A day of a facility.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SyncBody<'a> {
    /// The facility; `?facilityId=` does as well.
    #[serde(borrow)]
    #[schema(value_type = Option<String>, example = "fac_test789")]
    facility_id: Option<Text<'a>>,
    /// The local day, YYYY-MM-DD.
    #[serde(borrow)]
    #[schema(value_type = String, format = Date, example = "2026-12-01")]
    date: Option<Text<'a>>,
}

/// The day is in.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SyncReply {
    /// Always true.
    success: bool,
    /// How many reservations of the day are confirmed there and here.
    synced: usize,
    /// The day.
    #[schema(format = Date)]
    date: String,
    /// What is otherwise there than here; nothing of it was changed here.
    conflicts: Vec<Disagreement>,
}

/// Bring a day in from the system of record
///
/// A merge: what lives here is never removed. `no_sync_source` where none is configured.
#[utoipa::path(post, path = "/sync", operation_id = "syncDay", tag = "booking", request_body = SyncBody,
    params(("facilityId" = Option<String>, Query, description = "The facility, where the body does not name it"),
           ("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again it acts once")),
    responses((status = 200, description = "The day is in", body = SyncReply), Refusals))]
pub(crate) async fn sync(State(edge): State<Arc<Edge>>, asked: Asked) -> Outcome {
    let body: SyncBody<'_> = asked.parse()?;
    let mut check = Check::default();
    let id = asked.facility_id(&mut check, body.facility_id.as_ref());
    let date = body.date.as_ref().and_then(|text| parse_date(text.as_str()));
    if date.is_none() {
        check.wrong("/date", "must be a date, YYYY-MM-DD");
    }
    let (id, date) = check.finish(id.zip(date))?;
    let facility = edge.find_by_id(&asked.caller, &id).await?;
    let rows = rows(&edge, &facility, date).await?;
    let (day, mut index) = compare(&facility, &rows, date)?;

    let mut reply = SyncReply { success: true, synced: 0, date: date.to_string(), conflicts: day.disagreements };
    for booking in day.bookings {
        let result = imports::one(&edge, &facility, &asked, "POST /sync", booking.import.clone()).await?;
        index = index.max(result.index);
        match result.outcome {
            ImportOutcome::Imported | ImportOutcome::Exists => reply.synced += 1,
            ImportOutcome::Refused => reply.conflicts.push(Disagreement {
                reservation_id: booking.id().to_owned(),
                kind: result.code.unwrap_or("refused").to_owned(),
                message: result.detail,
            }),
        }
    }
    Ok(answer::about(&edge, index, StatusCode::OK, &reply))
}

/// The rows of the day, and of the days beside it: what begins when, only a close look can tell.
async fn rows(edge: &Edge, facility: &Facility, date: LocalDate) -> Result<Vec<Record>, Problem> {
    let Some(source) = &edge.sync else {
        let detail = "No system of record is configured: set sync.sqlite or sync.d1 on this node.";
        return Err(Problem::conflict("no_sync_source", detail));
    };
    let day = NaiveDate::from_ymd_opt(date.year.into(), date.month.into(), date.day.into());
    let around = day.and_then(|day| Some((day.checked_sub_days(Days::new(1))?, day.checked_add_days(Days::new(1))?)));
    let (from, to) = around.ok_or_else(beyond)?;
    source.reservations(facility.id(), from, to).await.map_err(|error| {
        tracing::warn!(facility = %facility.id(), %error, "the system of record gave no answer");
        Problem::unavailable("sync_source_unavailable", format!("The system of record gave no answer: {error}"))
    })
}

fn compare(facility: &Facility, rows: &[Record], date: LocalDate) -> Result<(Day, u64), Problem> {
    facility.read(|state, index| {
        let zone = state.settings().and_then(|settings| calendar::zone(&settings.timezone));
        let span: Interval = zone.and_then(|zone| calendar::span_of(zone, date)).ok_or_else(beyond)?;
        let courts: BTreeSet<String> = state.courts().map(|court| court.id.to_string()).collect();
        let members: BTreeSet<String> = state.members(None).map(|member| member.id.to_string()).collect();
        let known = Known { courts: &courts, members: &members, now: state.now().0 };
        let lives_here = |id: &_| state.reservation(id).is_some_and(|found| found.status.is_live());
        Ok((Day::of(rows, span, &known, lives_here), index))
    })
}

fn beyond() -> Problem {
    Problem::malformed_at("/date", "is beyond the calendar")
}
