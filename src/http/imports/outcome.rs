//! What became of one thing that was to come in.

use serde::Serialize;
use utoipa::ToSchema;

use crate::http::problem::{ConflictBody, Problem};

/// What became of each, in their order.
#[derive(Serialize, ToSchema)]
pub(crate) struct ImportsReply {
    pub(super) results: Vec<ImportResult>,
}

/// What became of one.
#[derive(Serialize, ToSchema)]
pub(crate) struct ImportResult {
    pub(super) id: String,
    pub(crate) outcome: ImportOutcome,
    /// Where it stands now: an entry of the waitlist may have been served at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<&'static str>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<&'static str>,
    /// The same for people.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) detail: String,
    /// What is in its way.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    conflicts: Vec<ConflictBody>,
    #[serde(skip)]
    pub(crate) index: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ImportOutcome {
    /// It is here now.
    Imported,
    /// It was here before.
    Exists,
    /// It is not here.
    Refused,
}

impl ImportResult {
    /// It is here, by this request or from before.
    pub(super) fn here(id: impl ToString, outcome: ImportOutcome, index: u64) -> Self {
        let (id, detail) = (id.to_string(), String::new());
        Self { id, outcome, status: None, code: None, detail, conflicts: Vec::new(), index }
    }

    /// It was refused; the problem itself where it was not decided at all.
    pub(super) fn refused(id: impl ToString, problem: Problem) -> Result<Self, Problem> {
        let facts = problem.facts();
        if facts.status.is_server_error() {
            return Err(problem);
        }
        let here = Self::here(id, ImportOutcome::Refused, facts.index.unwrap_or(0));
        let (detail, conflicts) = (facts.detail.clone(), facts.conflicts.clone());
        Ok(Self { code: Some(facts.code), detail, conflicts, ..here })
    }
}
