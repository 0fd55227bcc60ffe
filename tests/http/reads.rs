//! Reads: how fresh they are, what they narrow to, and what the public gets to see.

use courtd::Access;
use serde_json::{Value, json};

use crate::club::{Club, date, hour, tomorrow};

#[tokio::test(flavor = "multi_thread")]
async fn a_node_reads_what_another_has_written_once_it_is_asked_to_wait() {
    let club = Club::open().await;
    for at in 0..10_u64 {
        let start = format!("{}T{:02}:00:00Z", date(1), at * 2);
        let held = club.attempt(0, &start, json!({"memberId": format!("mbr_{}", at % 3 + 1)})).await;
        let Some(index) = held.index.filter(|_| held.status == 200) else { continue };
        for node in 0..3 {
            let answer = club.get(node, &format!("/availability?facilityId=fac_1&minIndex={index}")).await.ok();
            assert!(answer.index.unwrap() >= index && answer.body["index"].as_u64().unwrap() >= index);
            let starts: Vec<&Value> =
                answer.body["slots"].as_array().unwrap().iter().map(|slot| &slot["startTime"]).collect();
            assert!(starts.contains(&&json!(start)), "{start} is not among {starts:?} on node {node}");
        }
        let linear = club.get(2, "/availability?facilityId=fac_1&consistency=linearizable").await.ok();
        assert!(linear.index.unwrap() >= index);
    }
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_is_not_reached_in_time_says_so() {
    let club = Club::open().await;
    let refused = club.get(1, "/availability?facilityId=fac_1&minIndex=1000000").await;
    refused.is(503, "not_caught_up");
    assert!(refused.retry_after.is_some() && refused.index.is_some() && refused.node == Some(2), "{refused:?}");
    club.get(1, "/availability?facilityId=fac_1&minIndex=soon").await.is(400, "malformed");
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn availability_narrows_to_a_court_and_a_day_and_names_nobody() {
    let club = Club::open().await;
    let other_day = format!("{}T10:00:00Z", date(3));
    club.attempt(0, &tomorrow("10:00"), json!({})).await.ok();
    club.attempt(0, &tomorrow("10:00"), json!({"courtId": "crt_2", "memberId": "mbr_2"})).await.ok();
    let last = club.attempt(0, &other_day, json!({"memberId": "mbr_3"})).await.ok();
    let index = last.index.unwrap();
    let count = |query: String| {
        let path = format!("/availability?facilityId=fac_1&minIndex={index}{query}");
        let club = &club;
        async move {
            let answer = club.get(1, &path).await.ok();
            assert!(!answer.body.to_string().contains("mbr_"), "{answer:?}");
            answer.body["slots"].as_array().unwrap().len()
        }
    };
    assert_eq!(count(String::new()).await, 3);
    assert_eq!(count("&courtId=crt_1".to_owned()).await, 2);
    assert_eq!(count(format!("&date={}", date(1))).await, 2);
    assert_eq!(count(format!("&date={}&courtId=crt_1", date(1))).await, 1);
    assert_eq!(count(format!("&date={}", date(5))).await, 0);
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_node_lets_nobody_change_anything_and_everybody_read_what_is_public() {
    let club = Club::empty(Access::closed()).await;
    let facility = json!({"name": "C", "timezone": "UTC"});
    club.post(0, "/api/facilities", &facility).await.is(401, "unauthorized");
    club.post(0, "/attempt", &hour(&tomorrow("10:00"), json!({}))).await.is(401, "unauthorized");
    // Not even a malformed body is looked at.
    club.post(0, "/confirm", &json!([])).await.is(401, "unauthorized");
    club.get(0, "/api/cluster").await.is(401, "unauthorized");
    for path in ["/livez", "/readyz", "/openapi.json", "/api/facilities"] {
        club.get(0, path).await.ok();
    }
    club.close().await;
}
