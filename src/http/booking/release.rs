//! `POST /release`: gives a hold up. It never touches a reservation.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use machine::{Accepted, Command, ReleaseHold};
use serde::Serialize;
use utoipa::ToSchema;

use super::confirm::{HoldBody, Named};
use crate::edge::Edge;
use crate::http::answer::{self, Outcome};
use crate::http::extract::Asked;
use crate::http::problem::Problem;
use crate::openapi::Refusals;

/// There is no such hold any more.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReleaseReply {
    /// Always true.
    success: bool,
}

/// Give a hold up
///
/// Also answers 200 when there is no such hold any more.
#[utoipa::path(post, path = "/release", operation_id = "releaseHold", tag = "booking", request_body = HoldBody,
    params(("facilityId" = Option<String>, Query, description = "The facility, where the body does not name it"),
           ("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again it acts once")),
    responses((status = 200, description = "There is no such hold any more", body = ReleaseReply), Refusals))]
pub(crate) async fn release(State(edge): State<Arc<Edge>>, asked: Asked) -> Outcome {
    let named = Named::of(&asked)?;
    let facility = edge.find_by_id(&asked.caller, &named.facility_id).await?;
    let command = Command::ReleaseHold(ReleaseHold { hold: named.hold });
    let (index, accepted) = edge.propose(&facility, &asked.caller, asked.name("POST /release"), command).await?;
    let Accepted::HoldReleased(_) = accepted else { return Err(Problem::internal()) };
    Ok(answer::about(&edge, index, StatusCode::OK, &ReleaseReply { success: true }))
}
