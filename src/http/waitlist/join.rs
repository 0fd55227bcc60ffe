//! `POST /api/waitlist`: joins, in local words that become instants here.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use machine::{Accepted, Command, CourtId, CourtWish, FacilityId, JoinWaitlist, MemberId, WaitlistId};
use serde::Deserialize;
use utoipa::ToSchema;

use super::view::EntryView;
use super::wish::{self, DURATION_MINUTES_MAX, LocalWish, PRIORITY_MAX};
use crate::edge::Edge;
use crate::http::answer::{self, Outcome};
use crate::http::check::{Check, Text};
use crate::http::extract::Asked;
use crate::http::facilities::courts::{self, CourtType};
use crate::http::problem::Problem;
use crate::ids;
use crate::openapi::Refusals;

/// What would be taken if it became free.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = NewWaitlistEntry)]
pub(crate) struct JoinBody<'a> {
    /// An unused id of your own.
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    id: Option<Text<'a>>,
    /// The facility; `?facilityId=` does as well.
    #[serde(borrow, alias = "facility_id")]
    #[schema(value_type = Option<String>, example = "fac_test789")]
    facility_id: Option<Text<'a>>,
    #[serde(borrow, alias = "member_id")]
    #[schema(value_type = String, example = "mbr_test456")]
    member_id: Option<Text<'a>>,
    /// This court only.
    #[serde(borrow, alias = "court_id")]
    #[schema(value_type = Option<String>)]
    court_id: Option<Text<'a>>,
    /// Any court for this sport, where no court is named.
    #[serde(alias = "court_type")]
    court_type: Option<CourtType>,
    /// A local day, YYYY-MM-DD.
    #[serde(borrow, alias = "preferred_date")]
    #[schema(value_type = String, example = "2026-12-01")]
    preferred_date: Option<Text<'a>>,
    /// From when on a slot may begin: HH:MM, and with an offset (HH:MM-07:00) where clocks show it twice. This
    /// is the start that is wanted most. The whole day if left out.
    #[serde(borrow, alias = "preferred_start_time")]
    #[schema(value_type = Option<String>, example = "17:00")]
    preferred_start_time: Option<Text<'a>>,
    /// Before when a slot has to begin; not after the start is on the next day.
    #[serde(borrow, alias = "preferred_end_time")]
    #[schema(value_type = Option<String>, example = "20:00")]
    preferred_end_time: Option<Text<'a>>,
    /// The facility's shortest if left out.
    #[serde(alias = "duration_minutes")]
    duration_minutes: Option<u32>,
    /// Book at once instead of offering.
    #[serde(alias = "auto_book")]
    auto_book: Option<bool>,
    /// Before all of a lower one; above 0 by staff only.
    priority: Option<u32>,
    /// By email; as the member prefers if left out.
    #[serde(alias = "notify_email")]
    notify_email: Option<bool>,
    /// By text message; as the member prefers if left out.
    #[serde(alias = "notify_sms")]
    notify_sms: Option<bool>,
}

/// What a body asks for, in local words still.
struct Wanted {
    facility_id: FacilityId,
    waitlist_id: WaitlistId,
    member_id: MemberId,
    wish: LocalWish,
}

/// Join the waitlist
///
/// What is free already is offered or booked at once. A local time that the clocks skip is refused
/// (`local_time_nonexistent`), one that comes twice needs an offset (`local_time_ambiguous`).
#[utoipa::path(post, path = "/api/waitlist", operation_id = "joinWaitlist", tag = "waitlist", request_body = JoinBody,
    params(("facilityId" = Option<String>, Query, description = "The facility, where the body does not name it"),
           ("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again it acts once")),
    responses((status = 201, description = "The entry", body = EntryView), Refusals))]
pub(crate) async fn join(State(edge): State<Arc<Edge>>, asked: Asked) -> Outcome {
    let wanted = Wanted::of(&asked)?;
    let facility = edge.find_by_id(&asked.caller, &wanted.facility_id).await?;
    let (waitlist_id, member_id) = (wanted.waitlist_id.clone(), wanted.member_id.clone());
    let wish = facility.read(|state, _| {
        let settings = state.settings().ok_or_else(Problem::internal)?;
        wanted.wish.wish(settings, state.member(&member_id))
    })?;
    let command = Command::JoinWaitlist(Box::new(JoinWaitlist { waitlist_id, member_id, wish }));
    let (index, accepted) = edge.propose(&facility, &asked.caller, asked.name("POST /api/waitlist"), command).await?;
    let Accepted::WaitlistJoined(joined) = accepted else { return Err(Problem::internal()) };
    Ok(answer::about(&edge, index, StatusCode::CREATED, &EntryView::of_joined(facility.id(), &joined)))
}

impl Wanted {
    fn of(asked: &Asked) -> Result<Self, Problem> {
        let body: JoinBody<'_> = asked.parse()?;
        let mut check = Check::default();
        let facility_id = asked.facility_id(&mut check, body.facility_id.as_ref());
        let waitlist_id = check.id("/id", body.id.as_ref()).unwrap_or_else(ids::waitlist);
        let member_id = check.required_id("/memberId", body.member_id.as_ref());
        let court_id: Option<CourtId> = check.id("/courtId", body.court_id.as_ref());
        let court_type = body.court_type.map(|kind| CourtWish::Type(courts::word(kind).to_owned()));
        let date = wish::date(&mut check, "/preferredDate", body.preferred_date.as_ref());
        let from = wish::clock(&mut check, "/preferredStartTime", body.preferred_start_time.as_ref());
        let to = wish::clock(&mut check, "/preferredEndTime", body.preferred_end_time.as_ref());
        let duration_minutes = check.number("/durationMinutes", body.duration_minutes, 1, DURATION_MINUTES_MAX);
        let priority = check.number("/priority", body.priority, 0, PRIORITY_MAX).unwrap_or(0);
        let wish = date.map(|date| LocalWish {
            court: court_id.map(CourtWish::Court).or(court_type).unwrap_or(CourtWish::Any),
            date,
            from,
            to,
            duration_minutes,
            auto_book: body.auto_book.unwrap_or(false),
            priority,
            notify_email: body.notify_email,
            notify_sms: body.notify_sms,
        });
        let whole = || Some(Self { facility_id: facility_id?, waitlist_id, member_id: member_id?, wish: wish? });
        check.finish(whole())
    }
}
