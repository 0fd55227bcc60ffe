//! A node that stops in good order loses nobody's booking, and tells its watchers to go elsewhere.

use serde_json::json;

use crate::club::{Club, tomorrow};
use crate::sockets::Watcher;

#[tokio::test(flavor = "multi_thread")]
async fn a_stopping_node_sends_its_watchers_away_and_the_others_go_on() {
    let mut club = Club::open().await;
    let booked = club.book(&tomorrow("10:00")).await;
    let mut watcher = Watcher::open(&club, 0, "").await;
    let first = watcher.next().await;
    let (code, ()) = tokio::join!(watcher.closed(), club.cluster.stop_node(0));
    assert_eq!(code, 1012);
    let held = club.eventually("the others book", || async {
        let held = club.attempt(1, &tomorrow("12:00"), json!({})).await;
        (held.status == 200).then_some(held)
    });
    let held = held.await;
    assert!(club.taken(2, held.index.unwrap()).await.iter().any(|slot| slot.2 == "reserved"), "{booked:?}");
    let mut resumed = Watcher::open(&club, 2, &format!("&since={}", first["cursor"].as_str().unwrap())).await;
    let frame = resumed.next().await;
    assert_eq!((frame["type"].as_str(), frame["index"].as_u64()), (Some("slot_pending"), held.index));
    club.close().await;
}
