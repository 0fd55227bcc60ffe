//! `/api/keys`: made, listed and revoked. The token of a key is in the answer that makes it and
//! nowhere else, not even in this program.
//!
//! An operator handles all keys. The staff of a facility handle those that reach no further than
//! they do themselves, so that a desk can give its own web site a key, and take it back.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use cluster::{Grant, KeyError, KeyRecord};
use machine::{Digest, FacilityId, HoldId, IdError, Instant as At, MemberId};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use utoipa::ToSchema;

use super::answer::{self, Outcome, Page};
use super::check::{Check, Id, Text};
use super::extract::{Asked, Path, Viewed};
use super::problem::Problem;
use super::refusal;
use crate::auth::{Caller, Denial, KeyToken, Need};
use crate::edge::{Edge, PROPOSE_TIMEOUT};
use crate::ids;
use crate::openapi::Refusals;
use crate::time::Utc;

/// The longest name, in characters.
const NAME_CHARS_MAX: usize = 100;
/// The most facilities of one key: a chain.
const FACILITIES_MAX: usize = 200;

/// A key to be made.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = NewKey)]
pub(crate) struct KeyBody<'a> {
    /// Its id; one is made up if left out.
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    id: Option<Text<'a>>,
    /// What its holder may do.
    role: Option<RoleWord>,
    /// Where; all roles but `operator` need one or more.
    #[serde(borrow, default)]
    #[schema(value_type = Vec<String>)]
    facilities: Vec<Text<'a>>,
    /// Whom a key of role `member` acts for.
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    member_id: Option<Text<'a>>,
    /// What people call it.
    #[serde(borrow)]
    #[schema(value_type = Option<String>, example = "web site")]
    name: Option<Text<'a>>,
    /// When it stops to work by itself.
    #[serde(borrow)]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Text<'a>>,
}

/// What the holder of a key may do.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = Role)]
pub(crate) enum RoleWord {
    Member,
    Service,
    Staff,
    Operator,
}

/// A key as it is, without its token.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Key)]
pub(crate) struct KeyView {
    id: String,
    name: String,
    role: RoleWord,
    /// Empty where it is for all.
    facilities: Vec<String>,
    member_id: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Utc,
    created_by: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Utc>,
    #[schema(value_type = Option<String>, format = DateTime)]
    revoked_at: Option<Utc>,
}

/// A key that was just made.
#[derive(Serialize, ToSchema)]
pub(crate) struct KeyReply {
    #[serde(flatten)]
    key: KeyView,
    /// What its holder sends as `Authorization: Bearer`. It is shown here and never again.
    token: String,
}

struct KeyId(String);

impl Id for KeyId {
    fn of(text: &str) -> Result<Self, IdError> {
        // The letters of every other id.
        HoldId::parse(text).map(|id| Self(id.into()))
    }
}

impl KeyView {
    fn of(record: &KeyRecord) -> Self {
        let (role, member) = match &record.grant {
            Grant::Member { member, .. } => (RoleWord::Member, Some(member)),
            Grant::Service { .. } => (RoleWord::Service, None),
            Grant::Staff { .. } => (RoleWord::Staff, None),
            Grant::Operator => (RoleWord::Operator, None),
        };
        let at = |millis: i64| Utc(At(millis));
        Self {
            id: record.id.clone(),
            name: record.name.clone(),
            role,
            facilities: record.grant.facilities().unwrap_or_default().iter().map(FacilityId::to_string).collect(),
            member_id: member.map(MemberId::to_string),
            created_at: at(record.made_at),
            created_by: record.made_by.clone(),
            expires_at: record.expires_at.map(at),
            revoked_at: record.revoked_at.map(at),
        }
    }
}

/// Make a key
///
/// The answer holds its token, which is shown once: only its hash is kept. Staff make keys of the roles
/// `member`, `service` and `staff` for their own facilities. With an `Idempotency-Key` sent again, the
/// answer is 409 `key_exists`, since nobody knows the token any more.
#[utoipa::path(post, path = "/api/keys", operation_id = "createKey", tag = "operations", request_body = KeyBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again it acts once")),
    responses((status = 201, description = "The key and its token", body = KeyReply), Refusals))]
pub(crate) async fn create(State(edge): State<Arc<Edge>>, asked: Asked) -> Outcome {
    let (id, name, expires_at, grant) = wanted(&asked, edge.node.now())?;
    may_handle(&asked.caller, &grant)?;
    exists(&edge, &asked.caller, &grant).await?;
    let token = KeyToken::mint(id);
    let record = KeyRecord {
        id: token.id.clone(),
        name,
        grant,
        secret_hash: token.secret_hash(),
        made_by: asked.caller.principal(),
        made_at: edge.node.now().0,
        expires_at: expires_at.map(|at| at.0),
        revoked_at: None,
    };
    let entered = edge.node.enter_key(record, Instant::now() + PROPOSE_TIMEOUT).await;
    let record = entered.map_err(|error| refused(&error))?;
    Ok(answer::json(StatusCode::CREATED, &KeyReply { key: KeyView::of(&record), token: token.reveal() }))
}

/// The keys, by id
///
/// Staff see those that reach no further than they do. A key that works no more is listed for 30 days.
#[utoipa::path(get, path = "/api/keys", operation_id = "listKeys", tag = "operations",
    params(("limit" = Option<usize>, Query, description = "1 to 200; 50 if left out"),
           ("cursor" = Option<String>, Query, description = "`nextCursor` of the page before")),
    responses((status = 200, description = "A page of keys", body = Page<KeyView>), Refusals))]
pub(crate) async fn list(State(edge): State<Arc<Edge>>, viewed: Viewed) -> Outcome {
    let (limit, cursor) = (viewed.params.limit()?, viewed.params.get("cursor"));
    let visible = |record: &KeyRecord| may_handle(&viewed.caller, &record.grant).is_ok();
    let records = edge.node.keys(cursor, limit + 1, visible).map_err(|error| refusal::unread(&error))?;
    let views = records.iter().map(|record| KeyView::of(record)).collect();
    Ok(answer::json(StatusCode::OK, &answer::page(views, limit, |key: &KeyView| key.id.clone())))
}

/// Revoke a key
///
/// It works nowhere any more within a heartbeat of the cluster. Asked for again, the answer is the same.
#[utoipa::path(delete, path = "/api/keys/{id}", operation_id = "revokeKey", tag = "operations",
    params(("id" = String, Path, description = "The key"),
           ("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again it acts once")),
    responses((status = 204, description = "It works no more"), Refusals))]
pub(crate) async fn revoke(State(edge): State<Arc<Edge>>, Path(id): Path<String>, asked: Asked) -> Outcome {
    match edge.node.key(&id).map_err(|error| refusal::unread(&error))? {
        Some(record) => may_handle(&asked.caller, &record.grant)?,
        // This replica may be behind: only whom nothing is kept from learns what the others say.
        None if asked.caller.must_have(Need::RunCluster, None).is_err() => return Err(refused(&KeyError::Unknown)),
        None => {}
    }
    let revoked = edge.node.revoke_key(&id, Instant::now() + PROPOSE_TIMEOUT).await;
    revoked.map_err(|error| refused(&error))?;
    Ok(gone())
}

fn gone() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// Nobody handles a key that reaches further than they do.
fn may_handle(caller: &Caller, grant: &Grant) -> Result<(), Denial> {
    match grant.facilities() {
        None => caller.must_have(Need::RunCluster, None),
        Some(facilities) => facilities.iter().try_for_each(|facility| caller.must_reach(facility)),
    }
}

/// A key for a facility or member that is not there is a mistake that somebody would look for long.
async fn exists(edge: &Edge, caller: &Caller, grant: &Grant) -> Result<(), Problem> {
    for id in grant.facilities().unwrap_or_default() {
        let facility = edge.find_by_id(caller, id).await?;
        if let Grant::Member { member, .. } = grant
            && facility.read(|state, _| state.member(member).is_none())
        {
            let detail = format!("Facility {id} has no such member.");
            return Err(Problem::not_found("member_not_found", detail));
        }
    }
    Ok(())
}

type Wanted = (String, String, Option<At>, Grant);

fn wanted(asked: &Asked, now: At) -> Result<Wanted, Problem> {
    let body: KeyBody<'_> = asked.parse()?;
    let mut check = Check::default();
    let id = check.id::<KeyId>("/id", body.id.as_ref()).map_or_else(|| id_for(asked), |id| id.0);
    let name = check.text("/name", body.name.as_ref(), NAME_CHARS_MAX).unwrap_or_default();
    let expires_at = check.time("/expiresAt", body.expires_at.as_ref());
    if expires_at.is_some_and(|at| at <= now) {
        check.wrong("/expiresAt", "must be in the future");
    }
    let grant = grant(&mut check, &body);
    check.finish(grant.map(|grant| (id, name, expires_at, grant)))
}

fn grant(check: &mut Check, body: &KeyBody<'_>) -> Option<Grant> {
    let mut facilities: Vec<FacilityId> = Vec::new();
    for (at, text) in body.facilities.iter().enumerate() {
        facilities.extend(check.id(&format!("/facilities/{at}"), Some(text)));
    }
    facilities.sort_unstable();
    facilities.dedup();
    let is_operator = matches!(body.role, Some(RoleWord::Operator));
    match facilities.len() {
        0 if !is_operator => check.missing("/facilities"),
        1.. if is_operator => check.wrong("/facilities", "an operator's key is for all of them: leave them out"),
        count if count > FACILITIES_MAX => check.wrong("/facilities", format!("must be at most {FACILITIES_MAX}")),
        _ => {}
    }
    match body.role {
        Some(RoleWord::Member) => {
            let member = check.required_id("/memberId", body.member_id.as_ref())?;
            return Some(Grant::Member { facilities, member });
        }
        _ if body.member_id.is_some() => check.wrong("/memberId", "only a key of role member is for one member"),
        None => check.missing("/role"),
        _ => {}
    }
    match body.role? {
        RoleWord::Service => Some(Grant::Service { facilities }),
        RoleWord::Staff => Some(Grant::Staff { facilities }),
        RoleWord::Operator => Some(Grant::Operator),
        RoleWord::Member => None,
    }
}

/// A request with a name of its own names its key by it, so that sent again it makes no second one.
fn id_for(asked: &Asked) -> String {
    let Some(key) = &asked.key else { return ids::key() };
    let of = |salt: &str| Digest::of(format!("{salt}\n{}\n{key}", asked.caller.principal()).as_bytes());
    format!("key_{}{}", of("key"), of("again"))
}

fn refused(error: &KeyError) -> Problem {
    match error {
        KeyError::Unknown => Problem::not_found("key_not_found", "There is no such key."),
        KeyError::Taken => {
            let detail = "That key was made before, and its token is not known any more: revoke it and make another.";
            Problem::conflict("key_exists", detail)
        }
        KeyError::TooMany => Problem::conflict("too_many_keys", "There are as many keys as there may be: revoke some."),
        KeyError::Propose(error) => refusal::unanswered(error),
    }
}
