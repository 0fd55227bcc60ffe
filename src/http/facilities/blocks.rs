//! `/api/facilities/{id}/blocks`: times at which courts are not for booking, or open beyond their hours.
//!
//! A recurrence is expanded here, in the facility's wall time and up to the end of its calendar; the leader's
//! job goes on from there as the calendar grows.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use machine::{Accepted, Block, BlockId, Command, CourtId, FacilityId, Interval, PlaceBlock, RemoveBlock, WhichTimes};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::block_body::{BlockBody, BlockView, TimeView, Wanted};
use crate::calendar;
use crate::edge::Edge;
use crate::http::answer::{self, Outcome, Page};
use crate::http::check::Check;
use crate::http::extract::{Asked, Path, Viewed};
use crate::http::params::Params;
use crate::http::problem::Problem;
use crate::ids;
use crate::openapi::Refusals;
use crate::recurrence::{Recurrence, Times};

/// Times of a block that one command may bring.
const TIMES_MAX: usize = 400;

/// A block that was placed.
#[derive(Serialize, ToSchema)]
pub(crate) struct BlockPlacedReply {
    #[serde(flatten)]
    block: BlockView,
    /// Times that were left out because something was in their way.
    skipped: Vec<TimeView>,
    /// Local times that the clocks skip, and so are left out.
    nonexistent: Vec<String>,
}

/// Which of a block's times go.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Scope {
    All,
    One,
    Following,
}

/// Block courts
///
/// What is in the way refuses the block with the list, is left out, or is displaced, as `mode` says.
#[utoipa::path(post, path = "/api/facilities/{id}/blocks", operation_id = "placeBlock", tag = "facilities", request_body = BlockBody,
    params(("id" = String, Path, description = "The facility's id"),
           ("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again it acts once")),
    responses((status = 201, description = "The block", body = BlockPlacedReply), Refusals))]
pub(crate) async fn create(State(edge): State<Arc<Edge>>, Path(id): Path<FacilityId>, asked: Asked) -> Outcome {
    let body: BlockBody<'_> = asked.parse()?;
    let mut check = Check::default();
    let wanted = Wanted::of(&body, &mut check);
    let wanted = check.finish(wanted)?;
    let facility = edge.find_by_id(&asked.caller, &id).await?;
    let (recurrence, Times { times, nonexistent }) = facility.read(|state, _| expand(state, &wanted))?;
    let named = asked.name(&format!("POST /api/facilities/{id}/blocks"));
    let command = Command::PlaceBlock(PlaceBlock {
        block_id: wanted.id.unwrap_or_else(ids::block),
        court_id: wanted.court_id,
        kind: wanted.kind,
        title: wanted.title,
        recurrence: recurrence.as_ref().map(Recurrence::to_text),
        times,
        mode: wanted.mode,
    });
    let (index, accepted) = edge.propose(&facility, &asked.caller, named, command).await?;
    let Accepted::BlockPlaced { block, skipped } = accepted else { return Err(Problem::internal()) };
    let skipped = skipped.iter().map(TimeView::of).collect();
    let reply = BlockPlacedReply { block: BlockView::of(&id, &block), skipped, nonexistent };
    Ok(answer::about(&edge, index, StatusCode::CREATED, &reply))
}

/// The blocks of a facility, by id
#[utoipa::path(get, path = "/api/facilities/{id}/blocks", operation_id = "listBlocks", tag = "facilities",
    params(("id" = String, Path, description = "Id or slug of the facility"),
           ("court" = Option<String>, Query, description = "Only what blocks this court"),
           ("date" = Option<String>, Query, description = "Only what has a time on this local day, YYYY-MM-DD"),
           ("limit" = Option<usize>, Query, description = "1 to 200; 50 if left out"),
           ("cursor" = Option<String>, Query, description = "`nextCursor` of the page before")),
    responses((status = 200, description = "A page of blocks", body = Page<BlockView>), Refusals))]
pub(crate) async fn list(State(edge): State<Arc<Edge>>, Path(id): Path<String>, viewed: Viewed) -> Outcome {
    let params = &viewed.params;
    let (limit, cursor) = (params.limit()?, params.id::<BlockId>("cursor")?);
    let (court, date) = (params.id::<CourtId>("court")?, params.date("date")?);
    let facility = edge.find_fresh(&viewed.caller, &id, params).await?;
    let (blocks, index) = facility.read(|state, index| {
        let zone = state.settings().and_then(|settings| calendar::zone(&settings.timezone));
        let span = date.and_then(|date| calendar::span_of(zone?, date));
        let after = |block: &&Block| cursor.as_ref().is_none_or(|cursor| block.id > *cursor);
        let on = |block: &&Block| court.as_ref().is_none_or(|court| block.is_on(court));
        let blocks = state.blocks(span).filter(after).filter(on).take(limit + 1);
        (blocks.map(|block| BlockView::of(facility.id(), block)).collect::<Vec<_>>(), index)
    });
    let page = answer::page(blocks, limit, |block| block.id.clone());
    Ok(answer::about(&edge, index, StatusCode::OK, &page))
}

/// One block
#[utoipa::path(get, path = "/api/facilities/{id}/blocks/{blockId}", operation_id = "readBlock", tag = "facilities",
    params(("id" = String, Path, description = "Id or slug of the facility"),
           ("blockId" = String, Path, description = "The block")),
    responses((status = 200, description = "The block", body = BlockView), Refusals))]
pub(crate) async fn get(
    State(edge): State<Arc<Edge>>,
    Path((id, block_id)): Path<(String, BlockId)>,
    viewed: Viewed,
) -> Outcome {
    let facility = edge.find_fresh(&viewed.caller, &id, &viewed.params).await?;
    let (block, index) =
        facility.read(|state, index| (state.block(&block_id).map(|block| BlockView::of(facility.id(), block)), index));
    let missing = || Problem::not_found("block_not_found", "There is no such block.").at_index(index);
    Ok(answer::about(&edge, index, StatusCode::OK, &block.ok_or_else(missing)?))
}

/// Take a block away
///
/// All of it, the time that begins at `startTime`, or that and all that follow. What it leaves free goes to
/// those who wait. Taking away what is not there is fine.
#[utoipa::path(delete, path = "/api/facilities/{id}/blocks/{blockId}", operation_id = "removeBlock", tag = "facilities",
    params(("id" = String, Path, description = "Id or slug of the facility"),
           ("blockId" = String, Path, description = "The block"),
           ("scope" = Option<String>, Query, description = "`all`, `one` or `following`; `all` if left out"),
           ("startTime" = Option<String>, Query, description = "With `one` and `following`: when that time begins"),
           ("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again it acts once")),
    responses((status = 204, description = "It is gone"), Refusals))]
pub(crate) async fn delete(
    State(edge): State<Arc<Edge>>,
    Path((id, block_id)): Path<(String, BlockId)>,
    asked: Asked,
) -> Outcome {
    remove(&edge, &id, block_id, &asked).await
}

/// Take a block away that the query names
///
/// The same as with the block in the path.
#[utoipa::path(delete, path = "/api/facilities/{id}/blocks", operation_id = "removeBlockByQuery", tag = "facilities",
    params(("id" = String, Path, description = "Id or slug of the facility"),
           ("blockId" = String, Query, description = "The block"),
           ("scope" = Option<String>, Query, description = "`all`, `one` or `following`; `all` if left out"),
           ("startTime" = Option<String>, Query, description = "With `one` and `following`: when that time begins"),
           ("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again it acts once")),
    responses((status = 204, description = "It is gone"), Refusals))]
pub(crate) async fn delete_named(State(edge): State<Arc<Edge>>, Path(id): Path<String>, asked: Asked) -> Outcome {
    let block_id = asked.params.id::<BlockId>("blockId")?;
    let block_id = block_id.ok_or_else(|| Problem::malformed_at("?blockId", "is required"))?;
    remove(&edge, &id, block_id, &asked).await
}

async fn remove(edge: &Edge, id: &str, block_id: BlockId, asked: &Asked) -> Outcome {
    let times = which(&asked.params)?;
    let facility = edge.find(&asked.caller, id).await?;
    let named = asked.name(&format!("DELETE /api/facilities/{}/blocks/{block_id} {times:?}", facility.id()));
    let command = Command::RemoveBlock(RemoveBlock { block_id, times });
    let (index, accepted) = edge.propose(&facility, &asked.caller, named, command).await?;
    let Accepted::BlockRemoved(_) = accepted else { return Err(Problem::internal()) };
    Ok(answer::done(edge, index))
}

fn which(params: &Params) -> Result<WhichTimes, Problem> {
    Ok(match params.word::<Scope>("scope")?.unwrap_or(Scope::All) {
        Scope::All => WhichTimes::All,
        Scope::One => WhichTimes::One(params.time("startTime")?),
        Scope::Following => WhichTimes::From(params.time("startTime")?),
    })
}

/// The times of a block: its own, or those of its rule up to the end of the calendar.
fn expand(state: &machine::Facility, wanted: &Wanted) -> Result<(Option<Recurrence>, Times), Problem> {
    let zone =
        state.settings().and_then(|settings| calendar::zone(&settings.timezone)).ok_or_else(Problem::internal)?;
    let mut check = Check::default();
    let recurrence = wanted.recurrence(zone, &mut check);
    check.finish(Some(()))?;
    let Some(recurrence) = recurrence else {
        return Ok((None, Times { times: vec![wanted.first], nonexistent: Vec::new() }));
    };
    let end = state.calendar_end().and_then(|end| state.calendar_day(end)).map_or(wanted.first.end, |day| day.span.end);
    // What is over takes no place among them: a rule may have begun years ago.
    let start = wanted.first.start.max(state.now().plus(-wanted.first.millis()));
    let times = recurrence.times(zone, Interval { start, end }, TIMES_MAX);
    if times.times.is_empty() {
        return Err(Problem::malformed_at("/recurrenceRule", "has no time within the calendar"));
    }
    Ok((Some(recurrence), times))
}
