//! How much one caller may ask, what it is told about it, and who is not counted.

use courtd::{Access, Quota, RateLimits};
use reqwest::Method;
use serde_json::json;

use crate::club::{Club, hour, tomorrow};
use crate::gate::{Gated, closed};

fn limited(public: u32, member: u32) -> Access {
    let an_hour = |requests| Quota { requests, seconds: 3600 };
    let limits = RateLimits { public: an_hour(public), member: an_hour(member), ..RateLimits::default() };
    Access { rate_limits: Some(limits), ..closed() }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_too_much_waits_and_is_told_how_long() {
    let club = Club::empty(limited(3, 600)).await;
    let get = async |path: &str, by: &str| {
        let response = club.request(Method::GET, 0, path).header("X-Forwarded-For", by).send().await.unwrap();
        let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        (response.status().as_u16(), header("ratelimit-policy"), header("ratelimit"), header("retry-after"))
    };
    for left in [2, 1, 0] {
        let (status, policy, standing, _) = get("/api/facilities", "198.51.100.1").await;
        assert_eq!((status, policy.as_deref()), (200, Some("\"public\";q=3;w=3600")));
        assert!(standing.as_ref().unwrap().starts_with(&format!("\"public\";r={left};t=")), "{standing:?}");
    }
    // Nobody believes a stranger's X-Forwarded-For.
    let (status, _, standing, retry_after) = get("/api/facilities", "198.51.100.2").await;
    assert_eq!((status, standing.unwrap().starts_with("\"public\";r=0;t=")), (429, true));
    let seconds: u32 = retry_after.unwrap().parse().unwrap();
    assert!((1..=1200).contains(&seconds), "{seconds}");
    let refused = club.get(0, "/api/facilities").await;
    refused.is(429, "rate_limited");
    assert!(refused.retry_after.is_some());
    // A supervisor is always answered, and each node counts for itself.
    assert_eq!(get("/livez", "198.51.100.1").await, (200, None, None, None));
    assert_eq!(club.get(1, "/api/facilities").await.status, 200);
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_trusted_proxy_everybody_is_counted_alone() {
    let access = Access { trusted_proxies: vec!["127.0.0.0/8".parse().unwrap()], ..limited(1, 600) };
    let club = Club::empty(access).await;
    let get = async |by: &str| {
        let request = club.request(Method::GET, 0, "/api/facilities").header("X-Forwarded-For", by);
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!((get("198.51.100.1").await, get("198.51.100.1").await), (200, 429));
    assert_eq!((get("198.51.100.2").await, get("203.0.113.9, 198.51.100.2").await), (200, 429));
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guesser_is_counted_by_address_and_a_known_caller_by_name() {
    let gated = Gated::with(limited(10, 40)).await;
    // The public quota of node 2 is used up by guessing; some of it was, while it learned of the keys.
    let mut guesses = Vec::new();
    for guess in 0..20 {
        let token = format!("courtd_key_guess_{guess}");
        let answer = gated.with_token(Method::GET, 2, &token, "/api/cluster", &json!({})).await;
        guesses.push(answer.status);
    }
    assert!(guesses.is_sorted() && guesses[10..] == [429; 10] && guesses[0] >= 401, "{guesses:?}");
    gated.get(2, "public", "/api/facilities").await.is(429, "rate_limited");
    // Those who show who they are have quotas of their own.
    gated.get(2, "member", "/api/facilities").await.ok();
    let mut refused = 0;
    for _ in 0..50 {
        let answer = gated.post(2, "member", "/attempt", &hour(&tomorrow("10:00"), json!({}))).await;
        if answer.status == 429 { refused += 1 } else { drop(answer.ok()) }
    }
    assert!(refused >= 10, "{refused}");
    gated.get(2, "service", "/api/facilities").await.ok();
    gated.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_node_counts_nobody() {
    let club = Club::open().await;
    let response = club.request(Method::GET, 0, "/api/facilities").send().await.unwrap();
    assert!(response.headers().get("ratelimit").is_none());
    club.close().await;
}
