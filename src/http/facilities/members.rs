//! `/api/facilities/{id}/members`: the people who book. Only for callers that are known.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use machine::{Accepted, Command, EraseMember, FacilityId, MemberId, MemberStatus, UpdateMember};
use serde_json::Value;

use super::member_body::{MemberBody, MemberView, member};
use crate::edge::Edge;
use crate::http::answer::{self, Outcome, Page};
use crate::http::edit::{edit, merge};
use crate::http::extract::{self, Asked, Path, Viewed};
use crate::http::problem::Problem;
use crate::openapi::Refusals;

/// Make a member
#[utoipa::path(post, path = "/api/facilities/{id}/members", operation_id = "createMember", tag = "facilities", request_body = MemberBody,
    params(("id" = String, Path, description = "The facility's id"),
           ("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again it acts once")),
    responses((status = 201, description = "The member", body = MemberView), Refusals))]
pub(crate) async fn create(State(edge): State<Arc<Edge>>, Path(id): Path<FacilityId>, asked: Asked) -> Outcome {
    let member = member(&asked.parse()?, None)?;
    let facility = edge.find_by_id(&asked.caller, &id).await?;
    let named = asked.name(&format!("POST /api/facilities/{id}/members"));
    let command = Command::CreateMember(Box::new(member));
    let (index, accepted) = edge.propose(&facility, &asked.caller, named, command).await?;
    let Accepted::MemberCreated(member) = accepted else { return Err(Problem::internal()) };
    Ok(answer::versioned(&edge, index, StatusCode::CREATED, member.version, &MemberView::of(&id, &member)))
}

/// The members of a facility, by id
#[utoipa::path(get, path = "/api/facilities/{id}/members", operation_id = "listMembers", tag = "facilities",
    params(("id" = String, Path, description = "Id or slug of the facility"),
           ("limit" = Option<usize>, Query, description = "1 to 200; 50 if left out"),
           ("cursor" = Option<String>, Query, description = "`nextCursor` of the page before")),
    responses((status = 200, description = "A page of members", body = Page<MemberView>), Refusals))]
pub(crate) async fn list(State(edge): State<Arc<Edge>>, Path(id): Path<String>, viewed: Viewed) -> Outcome {
    let (limit, cursor) = (viewed.params.limit()?, viewed.params.id::<MemberId>("cursor")?);
    let facility = edge.find_fresh(&viewed.caller, &id, &viewed.params).await?;
    let (members, index) = facility.read(|state, index| {
        let members = state.members(cursor.as_ref()).filter(|member| member.status != MemberStatus::Erased);
        let members = members.take(limit + 1);
        (members.map(|member| MemberView::of(facility.id(), member)).collect::<Vec<_>>(), index)
    });
    let page = answer::page(members, limit, |member| member.id.clone());
    Ok(answer::about(&edge, index, StatusCode::OK, &page))
}

/// One member
#[utoipa::path(get, path = "/api/facilities/{id}/members/{memberId}", operation_id = "readMember", tag = "facilities",
    params(("id" = String, Path, description = "Id or slug of the facility"),
           ("memberId" = String, Path, description = "The member")),
    responses((status = 200, description = "The member", body = MemberView), Refusals))]
pub(crate) async fn get(
    State(edge): State<Arc<Edge>>,
    Path((id, member_id)): Path<(String, MemberId)>,
    viewed: Viewed,
) -> Outcome {
    let facility = edge.find_fresh(&viewed.caller, &id, &viewed.params).await?;
    viewed.caller.must_act_for(facility.id(), &member_id)?;
    let (member, index) = facility
        .read(|state, index| (state.member(&member_id).map(|member| MemberView::of(facility.id(), member)), index));
    let member = member.ok_or_else(|| unknown().at_index(index))?;
    Ok(answer::versioned(&edge, index, StatusCode::OK, member.version, &member))
}

/// Change a member
///
/// A JSON merge patch: what is left out stays, null clears. A member changes its own name, address and
/// preferences; the club changes the rest, and suspends and reinstates by it.
#[utoipa::path(patch, path = "/api/facilities/{id}/members/{memberId}", operation_id = "changeMember", tag = "facilities", request_body = MemberBody,
    params(("id" = String, Path, description = "Id or slug of the facility"),
           ("memberId" = String, Path, description = "The member"),
           ("If-Match" = Option<String>, Header, description = "The version that is changed: its entity tag; whichever there is if left out"),
           ("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again it acts once")),
    responses((status = 200, description = "The member", body = MemberView), Refusals))]
pub(crate) async fn patch(
    State(edge): State<Arc<Edge>>,
    Path((id, member_id)): Path<(String, MemberId)>,
    asked: Asked,
) -> Outcome {
    let patch = asked.patch()?;
    let facility = edge.find(&asked.caller, &id).await?;
    asked.caller.must_act_for(facility.id(), &member_id)?;
    let operation = format!("PATCH /api/facilities/{}/members/{member_id}", facility.id());
    let change = |state: &machine::Facility| update(state, facility.id(), &member_id, &patch, &asked);
    let (index, accepted) = edit(&edge, &facility, &asked, &operation, change).await?;
    let Accepted::MemberUpdated(member) = accepted else { return Err(Problem::internal()) };
    Ok(answer::versioned(&edge, index, StatusCode::OK, member.version, &MemberView::of(facility.id(), &member)))
}

/// Erase a member
///
/// The person is gone for good, with what it has booked; its id stays as a tombstone.
#[utoipa::path(delete, path = "/api/facilities/{id}/members/{memberId}", operation_id = "eraseMember", tag = "facilities",
    params(("id" = String, Path, description = "Id or slug of the facility"),
           ("memberId" = String, Path, description = "The member"),
           ("If-Match" = Option<String>, Header, description = "The version that is changed: its entity tag; whichever there is if left out"),
           ("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again it acts once")),
    responses((status = 204, description = "The person is gone"), Refusals))]
pub(crate) async fn delete(
    State(edge): State<Arc<Edge>>,
    Path((id, member_id)): Path<(String, MemberId)>,
    asked: Asked,
) -> Outcome {
    let facility = edge.find(&asked.caller, &id).await?;
    asked.caller.must_act_for(facility.id(), &member_id)?;
    let operation = format!("DELETE /api/facilities/{}/members/{member_id}", facility.id());
    let change = |state: &machine::Facility| {
        let seen = asked.if_match.is_given();
        let current = state.member(&member_id).map_or(0, |member| member.version);
        let expected = seen.then(|| asked.if_match.expected(current));
        Ok(Command::EraseMember(EraseMember { member_id: member_id.clone(), expected }))
    };
    let (index, accepted) = edit(&edge, &facility, &asked, &operation, change).await?;
    let Accepted::MemberErased = accepted else { return Err(Problem::internal()) };
    Ok(answer::done(&edge, index))
}

/// The member with what the patch changes.
fn update(
    state: &machine::Facility,
    facility: &FacilityId,
    id: &MemberId,
    patch: &Value,
    asked: &Asked,
) -> Result<Command, Problem> {
    let before = state.member(id).filter(|member| member.status != MemberStatus::Erased).ok_or_else(unknown)?;
    let there = serde_json::to_value(MemberView::of(facility, before)).map_err(|_| Problem::internal())?;
    let merged = merge(there, patch);
    let after = member(&extract::from_value(&merged)?, Some(id))?;
    if after.status == MemberStatus::Erased {
        return Err(Problem::malformed_at("/status", "a member is erased by DELETE"));
    }
    if after.credits_balance != before.credits_balance {
        return Err(Problem::malformed_at("/creditsBalance", "changes by POST …/credits"));
    }
    let expected = Some(asked.if_match.expected(before.version));
    Ok(Command::UpdateMember(Box::new(UpdateMember { member: after, expected })))
}

/// Nobody there has that id, or has it any more.
pub(super) fn unknown() -> Problem {
    Problem::not_found("member_not_found", "There is no such member.")
}
