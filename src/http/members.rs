//! `/api/facilities/{id}/members`: the people who book. Only for callers that are known.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use machine::{Accepted, Command, FacilityId, Member, MemberId, MemberStatus, Preferences};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{self, Outcome, Page};
use super::check::{Check, Text};
use super::extract::{Asked, Path, Viewed};
use super::problem::Problem;
use crate::edge::Edge;
use crate::ids;
use crate::openapi::Refusals;
use crate::time::Utc;

/// The longest name or address, in characters.
const TEXT_CHARS_MAX: usize = 254;

/// A member to be made. Only `name` is required.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = NewMember)]
pub(crate) struct MemberBody<'a> {
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    id: Option<Text<'a>>,
    #[serde(borrow)]
    #[schema(value_type = String, example = "Ana")]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    email: Option<Text<'a>>,
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    phone: Option<Text<'a>>,
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    membership_type: Option<Text<'a>>,
    #[serde(borrow)]
    #[schema(value_type = Option<String>, format = DateTime)]
    membership_expires_at: Option<Text<'a>>,
    status: Option<StatusBody>,
    limits: Option<LimitsBody>,
    preferences: Option<PreferencesBody>,
    credits_balance: Option<i64>,
}

/// Whether a member may book.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = MemberStatus)]
pub(crate) enum StatusBody {
    Active,
    Suspended,
    Inactive,
}

/// A member's own limits; the facility's where null.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MemberLimits)]
pub(crate) struct LimitsBody {
    max_active_reservations: Option<u32>,
    advance_booking_days: Option<u32>,
}

/// How a member wants to be told.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PreferencesBody {
    #[serde(default = "yes")]
    notification_email: bool,
    #[serde(default)]
    notification_sms: bool,
    #[serde(default = "english")]
    locale: String,
}

/// A member as it is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Member)]
pub(crate) struct MemberView {
    id: String,
    facility_id: String,
    name: String,
    email: String,
    phone: Option<String>,
    membership_type: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    membership_expires_at: Option<Utc>,
    status: StatusBody,
    limits: LimitsBody,
    preferences: PreferencesBody,
    credits_balance: i64,
    no_show_count: u32,
    total_bookings: u32,
    #[schema(value_type = Option<String>, format = DateTime)]
    suspended_until: Option<Utc>,
    version: u64,
}

impl MemberView {
    fn of(facility: &FacilityId, member: &Member) -> Self {
        Self {
            id: member.id.to_string(),
            facility_id: facility.to_string(),
            name: member.name.clone(),
            email: member.email.clone(),
            phone: member.phone.clone(),
            membership_type: member.membership_type.clone(),
            membership_expires_at: member.membership_expires_at.map(Utc),
            status: match member.status {
                MemberStatus::Active => StatusBody::Active,
                MemberStatus::Suspended => StatusBody::Suspended,
                MemberStatus::Inactive | MemberStatus::Erased => StatusBody::Inactive,
            },
            limits: LimitsBody {
                max_active_reservations: member.max_active_reservations,
                advance_booking_days: member.advance_booking_days,
            },
            preferences: PreferencesBody {
                notification_email: member.preferences.notification_email,
                notification_sms: member.preferences.notification_sms,
                locale: member.preferences.locale.clone(),
            },
            credits_balance: member.credits_balance,
            no_show_count: member.no_show_count,
            total_bookings: member.total_bookings,
            suspended_until: member.suspended_until.map(Utc),
            version: member.version,
        }
    }
}

/// Make a member
#[utoipa::path(post, path = "/api/facilities/{id}/members", operation_id = "createMember", tag = "facilities", request_body = MemberBody,
    params(("id" = String, Path, description = "The facility's id"),
           ("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again it acts once")),
    responses((status = 201, description = "The member", body = MemberView), Refusals))]
pub(crate) async fn create(State(edge): State<Arc<Edge>>, Path(id): Path<FacilityId>, asked: Asked) -> Outcome {
    let member = member(&asked)?;
    let facility = edge.find_by_id(&asked.caller, &id).await?;
    let named = asked.name(&format!("POST /api/facilities/{id}/members"));
    let command = Command::CreateMember(Box::new(member));
    let (index, accepted) = edge.propose(&facility, &asked.caller, named, command).await?;
    let Accepted::MemberCreated(member) = accepted else { return Err(Problem::internal()) };
    Ok(answer::about(&edge, index, StatusCode::CREATED, &MemberView::of(&id, &member)))
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
        let members = state.members(cursor.as_ref()).take(limit + 1);
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
    let missing = || Problem::not_found("member_not_found", "There is no such member.").at_index(index);
    Ok(answer::about(&edge, index, StatusCode::OK, &member.ok_or_else(missing)?))
}

fn member(asked: &Asked) -> Result<Member, Problem> {
    let body: MemberBody<'_> = asked.parse()?;
    let mut check = Check::default();
    let id = check.id("/id", body.id.as_ref());
    let name = check.required_text("/name", body.name.as_ref(), TEXT_CHARS_MAX);
    let email = check.text("/email", body.email.as_ref(), TEXT_CHARS_MAX).unwrap_or_default();
    let phone = check.text("/phone", body.phone.as_ref(), TEXT_CHARS_MAX);
    let kind = check.text("/membershipType", body.membership_type.as_ref(), TEXT_CHARS_MAX);
    let limits = body.limits.unwrap_or_default();
    let preferences = body.preferences.unwrap_or(PreferencesBody {
        notification_email: true,
        notification_sms: false,
        locale: english(),
    });
    let member = Member {
        id: id.unwrap_or_else(ids::member),
        name,
        email,
        phone,
        membership_type: kind.unwrap_or_else(|| "member".to_owned()),
        membership_expires_at: check.time("/membershipExpiresAt", body.membership_expires_at.as_ref()),
        status: match body.status {
            None | Some(StatusBody::Active) => MemberStatus::Active,
            Some(StatusBody::Suspended) => MemberStatus::Suspended,
            Some(StatusBody::Inactive) => MemberStatus::Inactive,
        },
        max_active_reservations: limits.max_active_reservations,
        advance_booking_days: limits.advance_booking_days,
        preferences: Preferences {
            notification_email: preferences.notification_email,
            notification_sms: preferences.notification_sms,
            locale: preferences.locale,
        },
        credits_balance: body.credits_balance.unwrap_or(0),
        no_show_count: 0,
        total_bookings: 0,
        suspended_until: None,
        version: 1,
    };
    check.finish(Some(member))
}

fn yes() -> bool {
    true
}

fn english() -> String {
    "en".to_owned()
}
