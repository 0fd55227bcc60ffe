//! A member's reservations as a calendar that other programs subscribe to.
//!
//! A program that reads calendars shows no key, so the address says who may: it has a signed token for this one
//! calendar. Whoever acts for the member gets the address.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use machine::{Digest, FacilityId, Member, MemberId, MemberStatus, Reservation, Status};
use serde::Serialize;
use utoipa::ToSchema;

use super::members::unknown;
use crate::auth::{Caller, Need, Who};
use crate::edge::Edge;
use crate::http::answer::{self, Outcome};
use crate::http::extract::{Path, Viewed};
use crate::http::problem::Problem;
use crate::links::{CalendarLink, LinkError};
use crate::openapi::Refusals;
use crate::words::{Appointment, Calendar, Standing};

/// Where a member's calendar is.
#[derive(Serialize, ToSchema)]
pub(crate) struct CalendarAddress {
    /// Whoever has it can read the calendar.
    url: String,
}

/// The address of a member's calendar
///
/// For programs that subscribe to calendars. It is good until the cluster's key of links changes.
#[utoipa::path(get, path = "/api/facilities/{id}/members/{memberId}/calendar", operation_id = "readCalendarAddress", tag = "facilities",
    params(("id" = String, Path, description = "Id or slug of the facility"),
           ("memberId" = String, Path, description = "The member")),
    responses((status = 200, description = "The address", body = CalendarAddress), Refusals))]
pub(crate) async fn address(
    State(edge): State<Arc<Edge>>,
    Path((id, member_id)): Path<(String, MemberId)>,
    viewed: Viewed,
) -> Outcome {
    let facility = edge.find_fresh(&viewed.caller, &id, &viewed.params).await?;
    viewed.caller.must_act_for(facility.id(), &member_id)?;
    let (is_known, index) = facility.read(|state, index| (known(state, &member_id).is_some(), index));
    if !is_known {
        return Err(unknown().at_index(index));
    }
    let links = edge.outside.links.as_ref().ok_or_else(|| {
        Problem::not_found("no_links", "This cluster has no public_url or no key for links, so there is no address.")
    })?;
    let url = links.calendar_url(&CalendarLink { facility_id: facility.id().clone(), member_id });
    Ok(answer::about(&edge, index, StatusCode::OK, &CalendarAddress { url }))
}

/// A member's calendar
///
/// What is booked, and what was called off for as long as the facility remembers it, as iCalendar (RFC 5545).
#[utoipa::path(get, path = "/api/members/{memberId}/calendar.ics", operation_id = "readCalendar", tag = "facilities",
    params(("memberId" = String, Path, description = "The member"),
           ("token" = String, Query, description = "The signed token of the address"),
           ("If-None-Match" = Option<String>, Header, description = "The entity tag of what the caller has")),
    responses((status = 200, description = "The calendar", body = String, content_type = "text/calendar"),
              (status = 304, description = "It is as the caller has it"), Refusals))]
pub(crate) async fn feed(
    State(edge): State<Arc<Edge>>,
    Path(member_id): Path<MemberId>,
    headers: HeaderMap,
    viewed: Viewed,
) -> Outcome {
    let token = viewed.params.required("token")?;
    let link = edge.outside.links.as_ref().ok_or(LinkError::UnknownKey).and_then(|links| links.calendar(token));
    let link = link.map_err(|error| worthless(&error))?;
    if link.member_id != member_id {
        return Err(worthless(&LinkError::WrongPurpose));
    }
    // Whoever asks besides: the token says what it may.
    let anybody = Caller::admit(Who::Public, Need::Anybody)?;
    let facility = edge.find_by_id(&anybody, &link.facility_id).await?;
    let text = facility.read(|state, _| written(facility.id(), state, &member_id));
    let text = text.ok_or_else(unknown)?;
    Ok(calendar(text, &headers))
}

/// The calendar of a member, if there is one.
fn written(facility_id: &FacilityId, state: &machine::Facility, member_id: &MemberId) -> Option<String> {
    let (settings, _) = (state.settings()?, known(state, member_id)?);
    let own = state.reservations(None).filter(|reservation| reservation.member_id == *member_id);
    let mut booked: Vec<(Standing, &Reservation)> = own.filter_map(|it| Some((standing(it)?, it))).collect();
    booked.sort_unstable_by(|(_, one), (_, other)| (one.slot.start, &one.id).cmp(&(other.slot.start, &other.id)));
    let court =
        |it: &Reservation| state.court(&it.court_id).map_or_else(|| it.court_id.to_string(), |it| it.name.clone());
    let courts: Vec<String> = booked.iter().map(|(_, it)| court(it)).collect();
    let appointment = |((standing, it), court)| {
        let it: &Reservation = it;
        let stamp =
            [it.confirmed_at, it.checked_in_at, it.ended_at].into_iter().flatten().fold(it.created_at, Ord::max);
        Appointment { id: &it.id, sequence: it.version, court, slot: it.slot, standing, stamp }
    };
    let appointments = booked.into_iter().zip(courts.iter().map(String::as_str)).map(appointment).collect();
    let organizer = settings.email.clone();
    Some(Calendar { facility_id, settings, organizer, guest: None, appointments }.text(None))
}

/// How a reservation stands in a calendar; `None` for what was never booked.
fn standing(reservation: &Reservation) -> Option<Standing> {
    match reservation.status {
        Status::Confirmed | Status::CheckedIn | Status::Completed | Status::NoShow => Some(Standing::Confirmed),
        Status::Cancelled => Some(Standing::Cancelled),
        Status::Held | Status::PaymentPending | Status::Released | Status::Expired => None,
    }
}

fn calendar(text: String, headers: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", Digest::of(text.as_bytes()));
    let is_known = headers.get_all(header::IF_NONE_MATCH).iter().any(|line| {
        let tags = line.to_str().unwrap_or_default().split(',').map(str::trim);
        tags.map(|known| known.strip_prefix("W/").unwrap_or(known)).any(|known| known == "*" || known == tag)
    });
    let mut response = Response::new(if is_known { Body::empty() } else { Body::from(text) });
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let headers = response.headers_mut();
    headers.insert(header::ETAG, HeaderValue::try_from(tag).expect("hex and quotes are visible ASCII"));
    for (name, value) in [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (header::CACHE_CONTROL, "private, no-cache"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

fn known<'a>(state: &'a machine::Facility, member: &MemberId) -> Option<&'a Member> {
    state.member(member).filter(|member| member.status != MemberStatus::Erased)
}

fn worthless(error: &LinkError) -> Problem {
    match error {
        LinkError::Malformed => Problem::malformed_at("?token", "is no token of a calendar"),
        _ => Problem::new(StatusCode::FORBIDDEN, "invalid_link", "The token is not good for this calendar."),
    }
}
