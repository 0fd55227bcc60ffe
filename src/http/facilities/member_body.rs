//! A member as clients write and read it, and back and forth to the machine's.

use machine::{FacilityId, Member, MemberId, MemberStatus, Preferences, Reach, Unreachable};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::check::{Check, Text};
use crate::http::problem::Problem;
use crate::ids;
use crate::time::Utc;

/// The longest name or address, in characters.
const TEXT_CHARS_MAX: usize = 254;
/// The longest language tag (RFC 5646 4.4.1).
const LOCALE_BYTES_MAX: usize = 35;

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
    /// On creation only; later they change by `POST …/credits`.
    credits_balance: Option<i64>,
    /// On creation only: how often it stayed away where it comes from.
    no_show_count: Option<u32>,
    /// On creation only: how many reservations were confirmed for it where it comes from.
    total_bookings: Option<u32>,
    /// End of a suspension that ends by itself.
    #[serde(borrow)]
    #[schema(value_type = Option<String>, format = DateTime)]
    suspended_until: Option<Text<'a>>,
}

/// Whether a member may book.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = MemberStatus)]
pub(crate) enum StatusBody {
    Active,
    Suspended,
    Inactive,
    /// A tombstone: nothing is known of the person any more. Only read.
    Erased,
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
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PreferencesBody {
    /// True if left out.
    notification_email: Option<bool>,
    /// False if left out.
    notification_sms: Option<bool>,
    /// A BCP 47 language tag; `en` if left out.
    locale: Option<String>,
}

/// A member as it is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Member)]
pub(crate) struct MemberView {
    pub(super) id: String,
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
    unreachable: UnreachableView,
    credits_balance: i64,
    no_show_count: u32,
    total_bookings: u32,
    #[schema(value_type = Option<String>, format = DateTime)]
    suspended_until: Option<Utc>,
    pub(super) version: u64,
}

/// Why an address takes no messages: `opted_out`, `bounced`, `complained` or `bad_address`; null where it does.
#[derive(Serialize, ToSchema)]
#[schema(as = Unreachable)]
pub(crate) struct UnreachableView {
    email: Option<&'static str>,
    sms: Option<&'static str>,
}

impl MemberView {
    pub(super) fn of(facility: &FacilityId, member: &Member) -> Self {
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
                MemberStatus::Inactive => StatusBody::Inactive,
                MemberStatus::Erased => StatusBody::Erased,
            },
            limits: LimitsBody {
                max_active_reservations: member.max_active_reservations,
                advance_booking_days: member.advance_booking_days,
            },
            preferences: PreferencesBody {
                notification_email: Some(member.preferences.notification_email),
                notification_sms: Some(member.preferences.notification_sms),
                locale: Some(member.preferences.locale.clone()),
            },
            unreachable: UnreachableView {
                email: member.reach.email.map(Unreachable::word),
                sms: member.reach.sms.map(Unreachable::word),
            },
            credits_balance: member.credits_balance,
            no_show_count: member.no_show_count,
            total_bookings: member.total_bookings,
            suspended_until: member.suspended_until.map(Utc),
            version: member.version,
        }
    }
}

/// The member that a body describes; `there` is the id of one that is there already.
pub(super) fn member(body: &MemberBody<'_>, there: Option<&MemberId>) -> Result<Member, Problem> {
    let mut check = Check::default();
    if there.is_none() && matches!(body.status, Some(StatusBody::Erased)) {
        check.wrong("/status", "must be active, suspended or inactive");
    }
    let id = check.id("/id", body.id.as_ref());
    let name = check.required_text("/name", body.name.as_ref(), TEXT_CHARS_MAX);
    // No address is read as an empty one, so that is how it may be written.
    let email = body.email.as_ref().filter(|email| !email.as_str().is_empty());
    let email = check.text("/email", email, TEXT_CHARS_MAX).unwrap_or_default();
    let phone = check.text("/phone", body.phone.as_ref(), TEXT_CHARS_MAX);
    let kind = check.text("/membershipType", body.membership_type.as_ref(), TEXT_CHARS_MAX);
    let limits = body.limits.unwrap_or_default();
    let preferences = body.preferences.clone().unwrap_or_default();
    if preferences.locale.as_ref().is_some_and(|locale| !(1..=LOCALE_BYTES_MAX).contains(&locale.len())) {
        check.wrong("/preferences/locale", "must be a BCP 47 language tag such as en");
    }
    let member = Member {
        id: there.cloned().or(id).unwrap_or_else(ids::member),
        name,
        email,
        phone,
        membership_type: kind.unwrap_or_else(|| "member".to_owned()),
        membership_expires_at: check.time("/membershipExpiresAt", body.membership_expires_at.as_ref()),
        status: match body.status {
            None | Some(StatusBody::Active) => MemberStatus::Active,
            Some(StatusBody::Suspended) => MemberStatus::Suspended,
            Some(StatusBody::Inactive) => MemberStatus::Inactive,
            Some(StatusBody::Erased) => MemberStatus::Erased,
        },
        max_active_reservations: limits.max_active_reservations,
        advance_booking_days: limits.advance_booking_days,
        preferences: Preferences {
            notification_email: preferences.notification_email.unwrap_or(true),
            notification_sms: preferences.notification_sms.unwrap_or(false),
            locale: preferences.locale.unwrap_or_else(|| "en".to_owned()),
        },
        // What providers say of an address, they say of it later.
        reach: Reach::default(),
        credits_balance: body.credits_balance.unwrap_or(0),
        no_show_count: body.no_show_count.unwrap_or(0),
        total_bookings: body.total_bookings.unwrap_or(0),
        suspended_until: check.time("/suspendedUntil", body.suspended_until.as_ref()),
        version: 1,
    };
    check.finish(Some(member))
}
