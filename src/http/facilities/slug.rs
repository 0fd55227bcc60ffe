//! A facility's name in addresses: made from its name, or given; and given anew.
//!
//! The directory leads from slugs to facilities, the facility's settings say its slug to those who read
//! them. It is changed in both, the directory first: what the settings say leads there at any moment, since
//! the directory knows a former slug still.

use cluster::{Facility, RenameError};
use machine::FacilityId;
use tokio::time::Instant;

use crate::edge::{Edge, PROPOSE_TIMEOUT};
use crate::http::problem::Problem;
use crate::http::refusal;

/// The longest slug that is made from a name.
const SLUG_CHARS_MAX: usize = 60;

/// The slug that a name makes.
pub(super) fn of_name(name: &str, id: &FacilityId) -> String {
    let mut slug = String::new();
    for letter in name.chars().take(SLUG_CHARS_MAX) {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { format!("facility-{}", short(id)) } else { slug.to_owned() }
}

/// The last letters of an id: the random ones of a minted one.
pub(super) fn short(id: &FacilityId) -> &str {
    let text = id.as_str();
    &text[text.len().saturating_sub(6)..]
}

/// Makes a slug lead to the facility; one that is another's is refused.
pub(super) async fn take(edge: &Edge, facility: &Facility, slug: &str) -> Result<(), Problem> {
    let renamed = edge.node.rename_facility(facility.id(), slug, Instant::now() + PROPOSE_TIMEOUT).await;
    renamed.map_err(|error| match &error {
        RenameError::SlugTaken { by } => refusal::slug_taken(by),
        RenameError::Unknown => super::facility::unknown(),
        RenameError::Propose(error) => refusal::unanswered(error),
    })
}

/// Has the directory say what the settings say, where an edit that was to change both has changed one.
pub(super) async fn settle(edge: &Edge, facility: &Facility) {
    let settled = facility.read(|state, _| state.settings().map(|settings| settings.slug.clone()));
    let Some(slug) = settled.filter(|slug| edge.node.slug_of(facility.id()).as_ref() != Some(slug)) else { return };
    if let Err(problem) = take(edge, facility, &slug).await {
        tracing::warn!(facility = %facility.id(), slug, code = problem.facts().code, "a slug is not settled");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_made_from_the_name() {
        let id = FacilityId::parse("fac_0123456789ab").unwrap();
        assert_eq!(of_name("The Stack!", &id), "the-stack");
        assert_eq!(of_name("  Café -- Court 9 ", &id), "caf-court-9");
        assert_eq!(of_name("球場", &id), "facility-6789ab");
    }
}
