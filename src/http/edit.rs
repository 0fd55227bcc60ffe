//! Editing a versioned record: what is there with what the request changes, written only over the version
//! that was read.
//!
//! A body is a JSON merge patch (RFC 7396), but that `null` stays in the result: there it clears a field,
//! for which the way back to the machine's type knows what that means.

use cluster::Facility;
use machine::{Accepted, Command};
use serde_json::{Map, Value};

use super::extract::Asked;
use super::params::Freshness;
use super::problem::Problem;
use crate::edge::Edge;

/// How often somebody else may be faster before the client is asked to come again.
const ATTEMPTS_MAX: usize = 8;

/// Edits a record of a facility: `change` looks at the replica and says which version it found and what
/// to propose where that, or the version the client insists on, is still the one.
pub(super) async fn edit(
    edge: &Edge,
    facility: &Facility,
    asked: &Asked,
    operation: &str,
    change: impl Fn(&machine::Facility) -> Result<Command, Problem>,
) -> Result<(u64, Accepted), Problem> {
    let named = asked.name(operation);
    for _ in 0..ATTEMPTS_MAX {
        // Order: what is merged into must not be older than what the client has seen.
        edge.freshen(facility, Freshness { min_index: None, linearizable: true }).await?;
        let command = facility.read(|state, index| change(state).map_err(|problem| problem.at_index(index)))?;
        match edge.propose(facility, &asked.caller, named.clone(), command).await {
            Err(problem) if problem.facts().code == "version_mismatch" && !asked.if_match.is_given() => {}
            decided => return decided,
        }
    }
    Err(Problem::unavailable("contended", "Others keep changing this; try again."))
}

/// `target` with what `patch` changes.
pub(super) fn merge(target: Value, patch: &Value) -> Value {
    let Value::Object(changes) = patch else { return patch.clone() };
    let mut fields = match target {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    for (name, change) in changes {
        let before = fields.remove(name).unwrap_or(Value::Null);
        fields.insert(name.clone(), merge(before, change));
    }
    Value::Object(fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_absent_stays_and_what_is_null_is_cleared() {
        let target = json!({"a": 1, "b": {"c": 2, "d": [1, 2]}, "e": "x"});
        for (patch, merged) in [
            (json!({}), target.clone()),
            (json!({"a": 2}), json!({"a": 2, "b": {"c": 2, "d": [1, 2]}, "e": "x"})),
            (json!({"a": null}), json!({"a": null, "b": {"c": 2, "d": [1, 2]}, "e": "x"})),
            (json!({"b": {"c": 3}}), json!({"a": 1, "b": {"c": 3, "d": [1, 2]}, "e": "x"})),
            (json!({"b": {"d": [3]}}), json!({"a": 1, "b": {"c": 2, "d": [3]}, "e": "x"})),
            (json!({"e": {"f": 1}}), json!({"a": 1, "b": {"c": 2, "d": [1, 2]}, "e": {"f": 1}})),
            (json!({"n": {"m": null}}), json!({"a": 1, "b": {"c": 2, "d": [1, 2]}, "e": "x", "n": {"m": null}})),
        ] {
            assert_eq!(merge(target.clone(), &patch), merged, "{patch}");
        }
    }
}
