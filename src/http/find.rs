//! Finding the facility of something that was named by its id alone.
//!
//! Ids are unique within their facility only; where two facilities share one, the client is asked which it
//! means.

use std::time::Duration;

use cluster::Facility;
use tokio::time::Instant;

use super::params::{Freshness, Params};
use super::problem::Problem;
use crate::auth::Caller;
use crate::edge::{self, Edge};

/// How long something that the caller has seen elsewhere (`minIndex`) is looked for.
const LOOK_FOR: Duration = Duration::from_secs(2);
/// Between two looks.
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(10);

/// The facility named in `?facilityId=`, or the only one that `knows` it; `unknown` where none does.
/// Facilities where the caller may not act are not looked at.
pub(crate) async fn find(
    edge: &Edge,
    caller: &Caller,
    params: &Params,
    knows: impl Fn(&machine::Facility) -> bool,
    unknown: impl Fn() -> Problem,
) -> Result<Facility, Problem> {
    if let Some(facility) = params.get("facilityId") {
        return edge.find_fresh(caller, facility, params).await;
    }
    let freshness = Freshness::of(params)?;
    let deadline = Instant::now() + LOOK_FOR;
    loop {
        if let Some(found) = everywhere(edge, caller, &knows)? {
            edge.freshen(&found, freshness).await?;
            return Ok(found);
        }
        // Which facility has to reach the index is not known before the thing is seen.
        if freshness.min_index.is_none() || Instant::now() >= deadline {
            return Err(unknown());
        }
        tokio::time::sleep(LOOK_AGAIN_AFTER).await;
    }
}

fn everywhere(
    edge: &Edge,
    caller: &Caller,
    knows: impl Fn(&machine::Facility) -> bool,
) -> Result<Option<Facility>, Problem> {
    let is_there =
        |facility: &Facility| caller.must_reach(facility.id()).is_ok() && facility.read(|state, _| knows(state));
    let mut found = edge::facilities_here(&edge.node).into_iter().filter(is_there);
    match (found.next(), found.next()) {
        (Some(_), Some(_)) => Err(ambiguous()),
        (first, _) => Ok(first),
    }
}

/// What is told where two facilities have something of one id.
pub(crate) fn ambiguous() -> Problem {
    Problem::conflict("ambiguous_id", "Several facilities have something of that id: add ?facilityId=.")
}
