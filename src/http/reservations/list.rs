//! `GET /api/reservations`: many reservations, newest start first, however long ago they were.
//!
//! What the replicas remember and what only their histories have is one list in one order. A request
//! looks at a bounded part of the histories; a page that is short for it says where to go on.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use cluster::Facility;
use machine::{CourtId, FacilityId, Instant, MemberId, ReservationId};

use super::listing::{Filter, Found, Place};
use super::view::{NamedReservation, StatusWord};
use crate::edge::{self, Edge};
use crate::http::answer::{self, Outcome, Page};
use crate::http::extract::Viewed;
use crate::http::params::Params;
use crate::http::problem::Problem;
use crate::http::refusal;
use crate::openapi::Refusals;

/// Reservations, newest start first
///
/// Of one facility or of all, whether they are to come or long over. A page may be shorter than `limit`, or
/// empty, where few of many match; `nextCursor` goes on behind what was looked at.
#[utoipa::path(get, path = "/api/reservations", operation_id = "listReservations", tag = "reservations",
    params(("facility" = Option<String>, Query, description = "Id or slug of the facility; all if left out"),
           ("member" = Option<String>, Query, description = "Only of this member"),
           ("court" = Option<String>, Query, description = "Only on this court"),
           ("status" = Option<String>, Query, description = "Only in these, separated by commas: pending confirmed in_progress completed cancelled no_show released expired"),
           ("date" = Option<String>, Query, description = "Only on this day, YYYY-MM-DD, local to the facility"),
           ("limit" = Option<usize>, Query, description = "1 to 200; 50 if left out"),
           ("cursor" = Option<String>, Query, description = "`nextCursor` of the page before"),
           ("minIndex" = Option<u64>, Query, description = "With `facility`: wait until the replica has applied this much"),
           ("consistency" = Option<String>, Query, description = "With `facility`: `linearizable` confirms with the leader first")),
    responses((status = 200, description = "A page of reservations", body = Page<NamedReservation>), Refusals))]
pub(crate) async fn list(State(edge): State<Arc<Edge>>, viewed: Viewed) -> Outcome {
    let (filter, limit) = (filter(&viewed)?, viewed.params.limit()?);
    let after = cursor(&viewed.params)?;
    match viewed.params.get("facility") {
        Some(facility) => {
            let facility = edge.find_fresh(&viewed.caller, facility, &viewed.params).await?;
            let mut found = Found::new(&filter, after.as_ref(), limit, 1);
            let index = found.look_at(&facility).await.map_err(|error| refusal::unread(&error))?;
            Ok(answer::about(&edge, index, StatusCode::OK, &page(found, limit)))
        }
        None => {
            let mine = |facility: &Facility| viewed.caller.must_reach(facility.id()).is_ok();
            let facilities: Vec<Facility> = edge::facilities_here(&edge.node).into_iter().filter(mine).collect();
            let mut found = Found::new(&filter, after.as_ref(), limit, facilities.len());
            for facility in &facilities {
                found.look_at(facility).await.map_err(|error| refusal::unread(&error))?;
            }
            Ok(answer::json(StatusCode::OK, &page(found, limit)))
        }
    }
}

fn page(found: Found<'_>, limit: usize) -> Page<NamedReservation> {
    let (items, looked_up_to) = found.finish();
    answer::page_at(items, limit, looked_up_to.as_ref(), cursor_of)
}

fn filter(viewed: &Viewed) -> Result<Filter, Problem> {
    let params = &viewed.params;
    let (member, court) = (params.id::<MemberId>("member")?, params.id::<CourtId>("court")?);
    let member = viewed.caller.own_or(member)?;
    let (statuses, date) = (params.words::<StatusWord>("status")?, params.date("date")?);
    Ok(Filter { member, court, statuses, date })
}

fn cursor_of(place: &Place) -> String {
    format!("{}.{}.{}", place.start().0, place.facility, place.id)
}

fn cursor(params: &Params) -> Result<Option<Place>, Problem> {
    let Some(text) = params.get("cursor") else { return Ok(None) };
    let mut parts = text.splitn(3, '.');
    let mut place = || {
        let start = Instant(parts.next()?.parse().ok()?);
        Some(Place::new(start, FacilityId::parse(parts.next()?).ok()?, ReservationId::parse(parts.next()?).ok()?))
    };
    place().map(Some).ok_or_else(|| Problem::malformed_at("?cursor", "is no cursor of this list"))
}
