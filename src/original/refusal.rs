//! Why a row of the original cannot be brought: a stable word, and a sentence.

use serde::Serialize;

/// A row that could not be brought, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Refusal {
    pub(crate) id: String,
    /// Stable, `snake_case`.
    pub(crate) reason: String,
    /// For people.
    pub(crate) detail: String,
    /// Where the row stood, if rows of its table stand anywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<String>,
    /// The reservations that it overlaps.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) overlaps: Vec<String>,
}

impl Refusal {
    pub(crate) fn new(id: &str, reason: &str, detail: impl Into<String>) -> Self {
        Self { id: id.to_owned(), reason: reason.to_owned(), detail: detail.into(), status: None, overlaps: Vec::new() }
    }
}
