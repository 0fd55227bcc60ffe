//! The inbox of `courtd dev`, asked over HTTP.

use courtd::dev::DevCluster;
use courtd::notify::Sender;
use serde_json::Value;

use crate::messages::{email, text};

#[tokio::test(flavor = "multi_thread")]
async fn every_node_shows_what_would_have_been_sent_and_runs_nothing_of_it() {
    let cluster = DevCluster::start(None, 0).await.unwrap();
    cluster.inbox().send(&email()).await;
    cluster.inbox().send(&text()).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for address in cluster.addresses() {
        let list = client.get(format!("http://{address}/dev/inbox.json")).send().await.unwrap();
        let list: Value = list.json().await.unwrap();
        let media: Vec<&str> = list["items"].as_array().unwrap().iter().filter_map(|m| m["medium"].as_str()).collect();
        assert_eq!(media, ["sms", "email"]);
        assert_eq!(list["items"][1]["calendarMethod"], "REQUEST");

        let page = client.get(format!("http://{address}/dev/inbox")).send().await.unwrap();
        let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("script-src"), "{policy}");
        let page = page.text().await.unwrap();
        assert!(page.contains("href=\"https://book.example.org/waitlist/accept/abc\""), "{page}");
        assert!(page.contains("<iframe sandbox=") && !page.contains("allow-scripts"), "{page}");
    }
    cluster.stop().await;
}
