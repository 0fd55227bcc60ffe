//! `GET /api/waitlist/ranking`: who would get a slot if it became free, in order, and why.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use machine::{CourtId, CourtMatch, Fate, Interval, Ranked};
use serde::Serialize;
use utoipa::ToSchema;

use crate::edge::Edge;
use crate::http::answer::{self, Outcome};
use crate::http::conflicts::conflict_body;
use crate::http::extract::Viewed;
use crate::http::params::Params;
use crate::http::problem::{ConflictBody, Problem};
use crate::openapi::Refusals;
use crate::time::Utc;

/// Who would get a slot, best first.
#[derive(Serialize, ToSchema)]
pub(crate) struct Ranking {
    /// Everybody who waits for something that the slot would do for.
    ranked: Vec<RankedView>,
}

/// One who waits.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Ranked)]
pub(crate) struct RankedView {
    waitlist_id: String,
    member_id: String,
    /// The slot that it would take.
    #[schema(value_type = String, format = DateTime)]
    start_time: Utc,
    #[schema(value_type = String, format = DateTime)]
    end_time: Utc,
    /// Compared first: the higher, the better.
    priority: u32,
    /// Compared second: `court`, then `type`, then `any`.
    court_match: &'static str,
    /// Compared third: from the wanted start; the lower, the better.
    distance_minutes: u64,
    /// Compared fourth: the order of joining; the lower, the better.
    joined: u64,
    /// `given let_go too_late refused served_already taken behind`
    fate: &'static str,
    /// The rules against it, where it is refused.
    conflicts: Vec<ConflictBody>,
}

impl From<Ranked> for RankedView {
    fn from(ranked: Ranked) -> Self {
        let conflicts = match &ranked.fate {
            Fate::Refused(conflicts) => conflicts.iter().map(conflict_body).collect(),
            _ => Vec::new(),
        };
        Self {
            waitlist_id: ranked.waitlist_id.to_string(),
            member_id: ranked.member_id.to_string(),
            start_time: Utc(ranked.slot.start),
            end_time: Utc(ranked.slot.end),
            priority: ranked.priority,
            court_match: match ranked.court_match {
                CourtMatch::Court => "court",
                CourtMatch::Type => "type",
                CourtMatch::Any => "any",
            },
            distance_minutes: ranked.distance_millis / 60_000,
            joined: ranked.joined,
            fate: fate_word(&ranked.fate),
            conflicts,
        }
    }
}

/// Who would get it?
///
/// The ranked list for a slot, were it free now, with what speaks against each.
#[utoipa::path(get, path = "/api/waitlist/ranking", operation_id = "rankWaitlist", tag = "waitlist",
    params(("facility" = String, Query, description = "Id or slug of the facility"),
           ("court" = String, Query, description = "The court"),
           ("startTime" = String, Query, description = "When it begins, RFC 3339 with an offset"),
           ("endTime" = String, Query, description = "When it ends")),
    responses((status = 200, description = "Who would get it, best first", body = Ranking), Refusals))]
pub(crate) async fn ranking(State(edge): State<Arc<Edge>>, viewed: Viewed) -> Outcome {
    let params = &viewed.params;
    let (court, slot) = (params.id::<CourtId>("court")?, slot(params)?);
    let court = court.ok_or_else(|| Problem::malformed_at("?court", "is required"))?;
    let facility = edge.find_fresh(&viewed.caller, params.required("facility")?, params).await?;
    let (ranked, index) =
        facility.read(|state, index| (state.court(&court).map(|court| state.waitlist_ranking(&court.id, slot)), index));
    let unknown = || Problem::not_found("court_not_found", "There is no such court.").at_index(index);
    let ranked = ranked.ok_or_else(unknown)?.into_iter().map(RankedView::from).collect();
    Ok(answer::about(&edge, index, StatusCode::OK, &Ranking { ranked }))
}

fn slot(params: &Params) -> Result<Interval, Problem> {
    let slot = Interval { start: params.time("startTime")?, end: params.time("endTime")? };
    if slot.end > slot.start { Ok(slot) } else { Err(Problem::malformed_at("?endTime", "must be after startTime")) }
}

fn fate_word(fate: &Fate) -> &'static str {
    match fate {
        Fate::Given => "given",
        Fate::LetGo => "let_go",
        Fate::TooLate => "too_late",
        Fate::Refused(_) => "refused",
        Fate::ServedAlready => "served_already",
        Fate::Taken => "taken",
        Fate::Behind => "behind",
    }
}
