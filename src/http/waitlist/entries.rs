//! `GET /api/waitlist` and `/api/waitlist/{id}`: who waits, and leaving.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use cluster::Facility;
use machine::{Accepted, Command, FacilityId, LeaveWaitlist, LocalDate, MemberId, WaitlistEntry, WaitlistId};

use super::view::{EntryStatus, EntryView, unknown};
use crate::auth::Caller;
use crate::edge::{self, Edge};
use crate::http::answer::{self, Outcome, Page};
use crate::http::extract::{Asked, Path, Viewed};
use crate::http::find;
use crate::http::params::Params;
use crate::http::problem::Problem;
use crate::http::refusal;
use crate::openapi::Refusals;

/// Which entries are wanted.
struct Filter {
    member: Option<MemberId>,
    statuses: Vec<EntryStatus>,
    date: Option<LocalDate>,
}

/// Place in the list: by day, then in the order of joining.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place(LocalDate, u64, FacilityId, WaitlistId);

/// Who waits
///
/// By day, then in the order of joining. What has ended is listed for as long as the facility remembers it.
#[utoipa::path(get, path = "/api/waitlist", operation_id = "listWaitlist", tag = "waitlist",
    params(("facility" = Option<String>, Query, description = "Id or slug of the facility; all if left out"),
           ("member" = Option<String>, Query, description = "Only of this member"),
           ("status" = Option<String>, Query, description = "Only in these, separated by commas: active offered converted expired cancelled"),
           ("date" = Option<String>, Query, description = "Only for this local day, YYYY-MM-DD"),
           ("limit" = Option<usize>, Query, description = "1 to 200; 50 if left out"),
           ("cursor" = Option<String>, Query, description = "`nextCursor` of the page before"),
           ("minIndex" = Option<u64>, Query, description = "With `facility`: wait until the replica has applied this much")),
    responses((status = 200, description = "A page of entries", body = Page<EntryView>), Refusals))]
pub(crate) async fn list(State(edge): State<Arc<Edge>>, viewed: Viewed) -> Outcome {
    let filter = Filter::of(&viewed)?;
    let (limit, after) = (viewed.params.limit()?, cursor(&viewed.params)?);
    if let Some(facility) = viewed.params.get("facility") {
        let facility = edge.find_fresh(&viewed.caller, facility, &viewed.params).await?;
        let (found, index) = filter.found_at(&facility, after.as_ref(), limit + 1);
        return Ok(answer::about(&edge, index, StatusCode::OK, &page(found, limit)));
    }
    let mut found = Vec::new();
    let mine = |facility: &Facility| viewed.caller.must_reach(facility.id()).is_ok();
    for facility in edge::facilities_here(&edge.node).into_iter().filter(mine) {
        found.extend(filter.found_at(&facility, after.as_ref(), limit + 1).0);
        found.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        found.truncate(limit + 1);
    }
    Ok(answer::json(StatusCode::OK, &page(found, limit)))
}

/// One entry
#[utoipa::path(get, path = "/api/waitlist/{id}", operation_id = "readWaitlistEntry", tag = "waitlist",
    params(("id" = String, Path, description = "The entry"),
           ("facilityId" = Option<String>, Query, description = "Its facility: saves the look-up")),
    responses((status = 200, description = "The entry", body = EntryView), Refusals))]
pub(crate) async fn get(State(edge): State<Arc<Edge>>, Path(id): Path<WaitlistId>, viewed: Viewed) -> Outcome {
    let facility = find_ever(&edge, &id, &viewed.caller, &viewed.params).await?;
    let view = |state: &machine::Facility, entry: &WaitlistEntry| {
        (entry.member_id.clone(), EntryView::of(facility.id(), state, entry))
    };
    let (found, index) =
        facility.read(|state, index| (state.waitlist_entry(&id).map(|entry| view(state, entry)), index));
    let (member, view) = match found {
        Some(found) => found,
        None => {
            let past = facility.past_waitlist_entry(&id).await.map_err(|error| refusal::unread(&error))?;
            let past = past.ok_or_else(|| unknown().at_index(index))?;
            facility.read(|state, _| view(state, &past))
        }
    };
    viewed.caller.must_act_for(facility.id(), &member)?;
    Ok(answer::about(&edge, index, StatusCode::OK, &view))
}

/// Leave the waitlist
///
/// What was offered goes to the next. Leaving again is fine.
#[utoipa::path(delete, path = "/api/waitlist/{id}", operation_id = "leaveWaitlist", tag = "waitlist",
    params(("id" = String, Path, description = "The entry"),
           ("facilityId" = Option<String>, Query, description = "Its facility: saves the look-up"),
           ("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again it acts once")),
    responses((status = 204, description = "Left"), Refusals))]
pub(crate) async fn delete(State(edge): State<Arc<Edge>>, Path(id): Path<WaitlistId>, asked: Asked) -> Outcome {
    let knows = |state: &machine::Facility| state.waitlist_entry(&id).is_some();
    let facility = find::find(&edge, &asked.caller, &asked.params, knows, unknown).await?;
    let named = asked.name(&format!("DELETE /api/waitlist/{id}"));
    let command = Command::LeaveWaitlist(LeaveWaitlist { waitlist_id: id });
    let (index, accepted) = edge.propose(&facility, &asked.caller, named, command).await?;
    let Accepted::WaitlistLeft(_) = accepted else { return Err(Problem::internal()) };
    Ok(answer::done(&edge, index))
}

/// The facility that knows the entry, or knew it before it ended.
async fn find_ever(edge: &Edge, id: &WaitlistId, caller: &Caller, params: &Params) -> Result<Facility, Problem> {
    let knows = |state: &machine::Facility| state.waitlist_entry(id).is_some();
    let problem = match find::find(edge, caller, params, knows, unknown).await {
        Err(problem) if problem.facts().code == unknown().facts().code => problem,
        found => return found,
    };
    let mut found = None;
    for facility in edge::facilities_here(&edge.node).into_iter().filter(|it| caller.must_reach(it.id()).is_ok()) {
        let past = facility.past_waitlist_entry(id).await.map_err(|error| refusal::unread(&error))?;
        if past.is_some() && found.replace(facility).is_some() {
            return Err(find::ambiguous());
        }
    }
    found.ok_or(problem)
}

fn page(found: Vec<(Place, EntryView)>, limit: usize) -> Page<EntryView> {
    let page =
        answer::page(found, limit, |(Place(date, joined, facility, id), _)| format!("{date}.{joined}.{facility}.{id}"));
    Page { items: page.items.into_iter().map(|(_, view)| view).collect(), next_cursor: page.next_cursor }
}

impl Filter {
    fn of(viewed: &Viewed) -> Result<Self, Problem> {
        let params = &viewed.params;
        let member = viewed.caller.own_or(params.id("member")?)?;
        Ok(Self { member, statuses: params.words("status")?, date: params.date("date")? })
    }

    fn found_at(&self, facility: &Facility, after: Option<&Place>, most: usize) -> (Vec<(Place, EntryView)>, u64) {
        facility.read(|state, index| {
            let place = |one: &WaitlistEntry| Place(one.wish.date, one.joined, facility.id().clone(), one.id.clone());
            let admitted = state.waitlist_entries(None).filter(|one| self.admits(one));
            let mut found: Vec<(Place, &WaitlistEntry)> = admitted.map(|one| (place(one), one)).collect();
            found.retain(|(place, _)| after.is_none_or(|after| place > after));
            found.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
            found.truncate(most);
            let view = |(place, one)| (place, EntryView::of(facility.id(), state, one));
            (found.into_iter().map(view).collect(), index)
        })
    }

    fn admits(&self, one: &WaitlistEntry) -> bool {
        self.member.as_ref().is_none_or(|member| *member == one.member_id)
            && (self.statuses.is_empty() || self.statuses.contains(&EntryStatus::of(one.status)))
            && self.date.is_none_or(|date| date == one.wish.date)
    }
}

fn cursor(params: &Params) -> Result<Option<Place>, Problem> {
    let Some(text) = params.get("cursor") else { return Ok(None) };
    let mut parts = text.splitn(4, '.');
    let mut place = || {
        let (date, joined) = (crate::time::parse_date(parts.next()?)?, parts.next()?.parse().ok()?);
        Some(Place(date, joined, FacilityId::parse(parts.next()?).ok()?, WaitlistId::parse(parts.next()?).ok()?))
    };
    place().map(Some).ok_or_else(|| Problem::malformed_at("?cursor", "is no cursor of this list"))
}
