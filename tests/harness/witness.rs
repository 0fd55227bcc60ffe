//! What the replicas hold, asked from outside, and whether they hold the same.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;

use super::{Api, Slot, eventually};

/// How long replicas may take to reach the same index once nobody writes.
const SETTLE_WITHIN: Duration = Duration::from_secs(30);

/// Waits until all three replicas of a facility are at one index, with one digest, and answers the
/// index. On the way, two digests at one index end the test at once.
pub async fn replicas_agree(api: &Api, facility: &str) -> u64 {
    let mut seen: BTreeMap<u64, Value> = BTreeMap::new();
    eventually(SETTLE_WITHIN, "all replicas are at one index", async || {
        let mut indexes = BTreeSet::new();
        for node in 1..=3 {
            let group = api.group(node, facility).await?;
            let index = group["appliedIndex"].as_u64().ok_or_else(|| format!("node {node} has no index: {group}"))?;
            let digest = group["digest"].clone();
            if !digest.is_string() {
                return Err(format!("node {node} has no replica yet: {group}"));
            }
            let first = seen.entry(index).or_insert_with(|| digest.clone());
            assert_eq!(*first, digest, "two states at index {index}, one of them on node {node}");
            indexes.insert(index);
        }
        if indexes.len() == 1 { Ok(indexes.into_iter().next().expect("one")) } else { Err(format!("{indexes:?}")) }
    })
    .await
}

/// The reservations that a node shows once it has applied `index`: id and slot.
pub async fn bookings_on(api: &Api, node: u64, facility: &str, index: u64) -> BTreeMap<String, Slot> {
    let answer = api.get(node, &format!("/availability?facilityId={facility}&minIndex={index}")).await;
    let slots = answer["slots"].as_array().unwrap_or_else(|| panic!("no slots in {answer}"));
    let reserved = slots.iter().filter(|slot| slot["state"]["status"] == "reserved");
    reserved
        .map(|slot| {
            let id = slot["state"]["reservationId"].as_str().unwrap_or_else(|| panic!("no reservationId in {slot}"));
            (id.to_owned(), Slot::read(slot))
        })
        .collect()
}
