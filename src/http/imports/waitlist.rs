//! `POST /api/facilities/{id}/imports/waitlist`: takes over those who waited elsewhere.
//!
//! All of a request go in with one command, so that what is free already goes to whoever ranks first and not
//! to whoever came over first. What ended long ago is known to the history alone, which is asked here.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use cluster::Facility;
use machine::{
    Accepted, Command, EntryImport, FacilityId, ImportWaitlist, ImportedEntry, Rejection, WaitlistEntry, WaitlistId,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::ITEMS_MAX;
use super::entry_body::{EntryBody, Waited};
use super::outcome::{ImportOutcome, ImportResult, ImportsReply};
use crate::edge::Edge;
use crate::http::answer::{self, Outcome};
use crate::http::check::Check;
use crate::http::extract::{Asked, Path};
use crate::http::params::Freshness;
use crate::http::problem::Problem;
use crate::http::refusal;
use crate::http::waitlist::EntryStatus;
use crate::openapi::Refusals;

/// Entries of the waitlist to take over.
#[derive(Deserialize, ToSchema)]
pub(crate) struct EntriesBody<'a> {
    /// At most 500, in the order in which they joined.
    #[serde(borrow)]
    entries: Vec<EntryBody<'a>>,
}

/// Take over the waitlist
///
/// For operators. Whoever waited waits on, behind those who wait here already, and is offered at once what is free
/// already; whoever waited no longer goes to the history. What is here already, by its id, is left as it is.
#[utoipa::path(post, path = "/api/facilities/{id}/imports/waitlist", operation_id = "importWaitlist", tag = "facilities",
    request_body = EntriesBody,
    params(("id" = String, Path, description = "The facility's id"),
           ("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again it acts once")),
    responses((status = 200, description = "What became of each", body = ImportsReply), Refusals))]
pub(crate) async fn entries(State(edge): State<Arc<Edge>>, Path(id): Path<FacilityId>, asked: Asked) -> Outcome {
    let waited = waited(&asked)?;
    let facility = edge.find_by_id(&asked.caller, &id).await?;
    // Order: before the look at what is here, or what was imported a moment ago through another node is not seen.
    edge.freshen(&facility, Freshness { min_index: None, linearizable: true }).await?;
    let named = asked.name(&format!("POST /api/facilities/{id}/imports/waitlist"));
    // A repeat hears what it heard before, also what was new then.
    let is_repeat = facility.read(|state, _| state.has_answered(&named.request));

    let mut results = Results::default();
    let mut entries = Vec::new();
    for one in waited {
        let id = one.waitlist_id.clone();
        results.order.push(id.clone());
        match one.entry(&facility) {
            Err(problem) => results.refuse(id, problem)?,
            Ok(entry) => match if is_repeat { None } else { there(&facility, &id).await? } {
                None => entries.push(entry),
                Some(there) if there.member_id == entry.member_id => results.exists(id),
                Some(_) => results.refuse(id, refusal::problem(Rejection::WaitlistExists, 0))?,
            },
        }
    }
    let mut index = facility.read(|_, index| index);
    if !entries.is_empty() {
        let command = Command::ImportWaitlist(ImportWaitlist { entries });
        let (at, accepted) = edge.propose(&facility, &asked.caller, named, command).await?;
        let Accepted::WaitlistImported(outcomes) = accepted else { return Err(Problem::internal()) };
        results.enter(outcomes, at)?;
        // Who was served at once is the replica's to say.
        edge.freshen(&facility, Freshness { min_index: Some(at), linearizable: false }).await?;
        index = at;
    }
    let reply = facility.read(|state, _| results.reply(state));
    Ok(answer::about(&edge, index, StatusCode::OK, &reply))
}

/// The entry of that id, in the state or in the history.
async fn there(facility: &Facility, id: &WaitlistId) -> Result<Option<WaitlistEntry>, Problem> {
    if let Some(there) = facility.read(|state, _| state.waitlist_entry(id).cloned()) {
        return Ok(Some(there));
    }
    facility.past_waitlist_entry(id).await.map_err(|error| refusal::unread(&error))
}

fn waited(asked: &Asked) -> Result<Vec<Waited>, Problem> {
    let body: EntriesBody<'_> = asked.parse()?;
    if body.entries.len() > ITEMS_MAX {
        return Err(Problem::malformed_at("/entries", format!("must be at most {ITEMS_MAX}")));
    }
    let mut check = Check::default();
    let waited = body.entries.iter().enumerate().filter_map(|(at, body)| body.waited(&mut check, at)).collect();
    check.finish(Some(waited))
}

impl Waited {
    fn entry(self, facility: &Facility) -> Result<ImportedEntry, Problem> {
        facility.read(|state, _| self.in_instants(state.settings().ok_or_else(Problem::internal)?))
    }
}

/// What became of each, by its id.
#[derive(Default)]
struct Results {
    order: Vec<WaitlistId>,
    by_id: BTreeMap<WaitlistId, ImportResult>,
}

impl Results {
    fn exists(&mut self, id: WaitlistId) {
        self.put(&id, ImportResult::here(&id, ImportOutcome::Exists, 0));
    }

    fn refuse(&mut self, id: WaitlistId, problem: Problem) -> Result<(), Problem> {
        self.put(&id, ImportResult::refused(&id, problem)?);
        Ok(())
    }

    fn enter(&mut self, outcomes: Vec<(WaitlistId, EntryImport)>, index: u64) -> Result<(), Problem> {
        for (id, outcome) in outcomes {
            match outcome {
                EntryImport::Imported => self.put(&id, ImportResult::here(&id, ImportOutcome::Imported, index)),
                EntryImport::Exists => self.exists(id),
                EntryImport::Refused(rejection) => self.refuse(id, refusal::problem(rejection, index))?,
            }
        }
        Ok(())
    }

    /// Of two of one id the first counts; the second finds it there.
    fn put(&mut self, id: &WaitlistId, result: ImportResult) {
        self.by_id.entry(id.clone()).or_insert(result);
    }

    fn reply(mut self, state: &machine::Facility) -> ImportsReply {
        let mut result = |id: &WaitlistId| {
            // A repeat has no outcome of what was here before the first time.
            let result = self.by_id.remove(id);
            let mut result = result.unwrap_or_else(|| ImportResult::here(id, ImportOutcome::Exists, 0));
            let entry = state.waitlist_entry(id).filter(|_| result.outcome != ImportOutcome::Refused);
            result.status = entry.map(|entry| EntryStatus::of(entry.status).as_str());
            result
        };
        ImportsReply { results: self.order.iter().map(&mut result).collect() }
    }
}
