//! The list, and what it takes from a query.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use machine::{Instant, MemberId, ReservationId};
use serde::Deserialize;

use super::listing::{Filter, Found, Place};
use super::view::NotificationView;
use crate::auth::Need;
use crate::edge::Edge;
use crate::http::answer::{self, Outcome, Page};
use crate::http::extract::{Path, Viewed};
use crate::http::params::Params;
use crate::http::problem::Problem;
use crate::http::refusal;
use crate::openapi::Refusals;

/// Where a notification stands.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StateWord {
    Scheduled,
    Claimed,
    Sent,
    Failed,
    Unknown,
    Dropped,
}

/// By what way.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum MediumWord {
    Email,
    Sms,
    Payment,
}

/// The notification log
///
/// What members were told or are to be told, the last decided first: with every try, and what its provider said
/// of it. A member sees its own; the club also what the payment provider was told (`refund expire_checkout`). A
/// page may be shorter than `limit`, or empty, where few of many match; `nextCursor` goes on behind what was
/// looked at.
#[utoipa::path(get, path = "/api/facilities/{id}/notifications", operation_id = "listNotifications", tag = "facilities",
    params(("id" = String, Path, description = "Id or slug of the facility"),
           ("member" = Option<String>, Query, description = "Only to this member"),
           ("reservation" = Option<String>, Query, description = "Only about this reservation"),
           ("state" = Option<String>, Query, description = "Only in these, separated by commas: scheduled claimed sent failed unknown dropped"),
           ("type" = Option<String>, Query, description = "Only of these types, separated by commas"),
           ("medium" = Option<String>, Query, description = "Only by these, separated by commas: email sms payment"),
           ("limit" = Option<usize>, Query, description = "1 to 200; 50 if left out"),
           ("cursor" = Option<String>, Query, description = "`nextCursor` of the page before"),
           ("minIndex" = Option<u64>, Query, description = "Waits until this node has applied that index"),
           ("consistency" = Option<String>, Query, description = "`linearizable` confirms with the leader first")),
    responses((status = 200, description = "A page of notifications", body = Page<NotificationView>), Refusals))]
pub(crate) async fn list(State(edge): State<Arc<Edge>>, Path(id): Path<String>, viewed: Viewed) -> Outcome {
    let (limit, after) = (viewed.params.limit()?, cursor(&viewed.params)?);
    let facility = edge.find_fresh(&viewed.caller, &id, &viewed.params).await?;
    let filter = filter(&viewed)?;
    let found = filter.look_at(&facility, after.as_ref(), limit + 1).await;
    let Found { items, upto, index } = found.map_err(|error| refusal::unread(&error))?;
    Ok(answer::about(&edge, index, StatusCode::OK, &answer::page_at(items, limit, upto.as_ref(), cursor_of)))
}

fn filter(viewed: &Viewed) -> Result<Filter, Problem> {
    let params = &viewed.params;
    let member = viewed.caller.own_or(params.id::<MemberId>("member")?)?;
    let _: Vec<StateWord> = params.words("state")?;
    let _: Vec<MediumWord> = params.words("medium")?;
    Ok(Filter {
        member,
        reservation: params.id::<ReservationId>("reservation")?,
        states: words(params, "state"),
        // What was sent elsewhere may be of any type.
        kinds: words(params, "type"),
        media: words(params, "medium"),
        // What the payment provider is told is told to no member.
        with_payment: viewed.caller.must_have(Need::ServeMembers, None).is_ok(),
    })
}

fn words(params: &Params, name: &str) -> Vec<String> {
    params.get(name).map_or_else(Vec::new, |text| text.split(',').map(str::to_owned).collect())
}

fn cursor_of(place: &Place) -> String {
    format!("{}.{}", place.at().0, place.id())
}

fn cursor(params: &Params) -> Result<Option<Place>, Problem> {
    let Some(text) = params.get("cursor") else { return Ok(None) };
    let place = || {
        let (at, id) = text.split_once('.')?;
        machine::LogId::parse(id).ok()?;
        Some(Place::new(Instant(at.parse().ok()?), id))
    };
    place().map(Some).ok_or_else(|| Problem::malformed_at("?cursor", "is no cursor of this list"))
}
