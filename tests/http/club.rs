//! Three nodes and a club on them: where every test begins.
//!
//! The club is open around the clock in UTC and its slots are on tomorrow's date, so no test knows
//! what day or hour it is.

use std::sync::Arc;
use std::time::Duration;

use chrono::{Days, NaiveDate, Utc};
use cluster::Clock;
use courtd::dev::DevCluster;
use courtd::{Access, Outside};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::steered::Steered;

/// How long anything may take to become true.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// A club on three nodes.
pub(crate) struct Club {
    pub(crate) cluster: DevCluster,
    client: reqwest::Client,
    /// Shown with every request, unless it is empty.
    token: String,
}

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) index: Option<u64>,
    pub(crate) node: Option<u64>,
    pub(crate) retry_after: Option<u64>,
    pub(crate) body: Value,
}

impl Answer {
    async fn read(response: Response) -> Self {
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let number = |name: &str| header(name).and_then(|text| text.parse().ok());
        let status = response.status().as_u16();
        let content_type = header("content-type").unwrap_or_default();
        let (index, node, retry_after) = (number("court-index"), number("court-node"), number("retry-after"));
        let bytes = response.bytes().await.unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Self { status, content_type, index, node, retry_after, body }
    }

    /// The same answer, if it is a success.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert!(self.status < 300, "{self:?}");
        self
    }

    /// Checks that it is a problem of that status and code.
    #[track_caller]
    pub(crate) fn is(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.body["code"].as_str()), (status, Some(code)), "{self:?}");
        assert_eq!(self.content_type, "application/problem+json");
        assert_eq!(self.body["status"], status);
        assert!(self.body["requestId"].is_string() && self.body["title"].is_string(), "{self:?}");
    }

    /// The places that are wrong.
    pub(crate) fn pointers(&self) -> Vec<&str> {
        let errors = self.body["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        errors.iter().filter_map(|error| error["pointer"].as_str()).collect()
    }

    /// The rules that were broken.
    pub(crate) fn conflicts(&self) -> Vec<&str> {
        let conflicts = self.body["conflicts"].as_array().map(Vec::as_slice).unwrap_or_default();
        conflicts.iter().filter_map(|conflict| conflict["type"].as_str()).collect()
    }

    #[track_caller]
    pub(crate) fn text(&self, field: &str) -> String {
        self.body[field].as_str().unwrap_or_else(|| panic!("no {field} in {self:?}")).to_owned()
    }
}

impl Club {
    /// `fac_1` with two courts and three members, holds of 15 s.
    pub(crate) async fn open() -> Self {
        Self::with(json!({})).await
    }

    /// The same with other settings.
    pub(crate) async fn with(settings: Value) -> Self {
        let club = Self::empty(Access::open()).await;
        club.make("fac_1", settings).await;
        club
    }

    /// Three nodes without any facility.
    pub(crate) async fn empty(access: Access) -> Self {
        let cluster = DevCluster::start_with(None, 0, access).await.unwrap();
        Self { cluster, client: reqwest::Client::new(), token: String::new() }
    }

    /// Shows this token with every request from now on.
    pub(crate) fn use_token(&mut self, token: &str) {
        token.clone_into(&mut self.token);
    }

    /// Three open nodes that keep what they have in a folder.
    pub(crate) async fn kept(data: &std::path::Path) -> Self {
        let cluster = DevCluster::start_with(Some(data), 0, Access::open()).await.unwrap();
        Self { cluster, client: reqwest::Client::new(), token: String::new() }
    }

    /// Three open nodes on a clock that the test steers, which keep what they have in a folder.
    pub(crate) async fn steered(clock: &Arc<Steered>, data: &std::path::Path) -> Self {
        let clock: Arc<dyn Clock> = Arc::<Steered>::clone(clock);
        let cluster = DevCluster::start_on(clock, Some(data), 0, Access::open()).await.unwrap();
        Self { cluster, client: reqwest::Client::new(), token: String::new() }
    }

    /// Three open nodes on a clock that the test steers, in a world of the test's own.
    pub(crate) async fn outside(clock: &Arc<Steered>, outside: Outside) -> Self {
        Self::outside_with(clock, outside, Access::open()).await
    }

    /// The same with other callers.
    pub(crate) async fn outside_with(clock: &Arc<Steered>, outside: Outside, access: Access) -> Self {
        let clock: Arc<dyn Clock> = Arc::<Steered>::clone(clock);
        let cluster = DevCluster::start_in(clock, None, 0, access, outside).await.unwrap();
        Self { cluster, client: reqwest::Client::new(), token: String::new() }
    }

    /// Steers the clock, and waits until all nodes agree on it.
    pub(crate) async fn wind(&self, clock: &Steered, now: machine::Instant) {
        clock.set(now);
        let agree = async || self.cluster.now().iter().all(|node| *node >= now).then_some(());
        self.eventually("the nodes agree on the time", agree).await;
    }

    /// Makes a facility with two courts and three members.
    pub(crate) async fn make(&self, id: &str, settings: Value) {
        let day = json!([{"open": "00:00", "close": "24:00"}]);
        let week: Value =
            ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map(|name| (name, day.clone())).into_iter().collect();
        let mut body = json!({"id": id, "name": format!("Club {id}"), "timezone": "UTC", "openingHours": week});
        merge(&mut body, settings);
        self.post(0, "/api/facilities", &body).await.ok();
        for court in ["crt_1", "crt_2"] {
            let body = json!({"id": court, "name": court, "courtType": "tennis"});
            self.post(0, &format!("/api/facilities/{id}/courts"), &body).await.ok();
        }
        let mut index = 0;
        for member in ["mbr_1", "mbr_2", "mbr_3"] {
            let body = json!({"id": member, "name": member, "email": "someone@example.org"});
            index = self.post(0, &format!("/api/facilities/{id}/members"), &body).await.ok().index.unwrap();
        }
        for node in 0..3 {
            self.caught_up(node, id, index).await;
        }
    }

    /// Waits until a node serves the facility up to `index`.
    async fn caught_up(&self, node: usize, id: &str, index: u64) {
        let path = format!("/api/facilities/{id}?minIndex={index}");
        self.eventually("the facility is served", || async {
            let answer = self.get(node, &path).await;
            // A busy machine may keep it from serving for a while; unknown it is nowhere.
            assert_ne!(answer.status, 404, "{answer:?}");
            (answer.status == 200).then_some(())
        })
        .await;
    }

    pub(crate) fn url(&self, node: usize, path: &str) -> String {
        format!("http://{}{path}", self.cluster.addresses()[node])
    }

    pub(crate) fn request(&self, method: Method, node: usize, path: &str) -> RequestBuilder {
        let request = self.client.request(method, self.url(node, path));
        if self.token.is_empty() { request } else { request.bearer_auth(&self.token) }
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> Answer {
        Answer::read(request.send().await.unwrap()).await
    }

    pub(crate) async fn get(&self, node: usize, path: &str) -> Answer {
        self.send(self.request(Method::GET, node, path)).await
    }

    pub(crate) async fn post(&self, node: usize, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, node, path).json(body)).await
    }

    /// The same request may be sent again with the same key.
    pub(crate) async fn post_keyed(&self, node: usize, path: &str, key: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, node, path).header("Idempotency-Key", key).json(body)).await
    }

    /// Asks for an hour on `crt_1` for `mbr_1`; `change` says what is different.
    pub(crate) async fn attempt(&self, node: usize, start: &str, change: Value) -> Answer {
        self.post(node, "/attempt", &hour(start, change)).await
    }

    /// Confirms what an attempt answered with.
    pub(crate) async fn confirm(&self, node: usize, held: &Answer) -> Answer {
        self.post(node, "/confirm", &json!({"facilityId": "fac_1", "holdId": held.body["holdId"]})).await
    }

    /// Holds and confirms an hour.
    pub(crate) async fn book(&self, start: &str) -> Answer {
        let held = self.attempt(0, start, json!({})).await.ok();
        self.confirm(0, &held).await.ok()
    }

    /// What a node shows as taken, once it has applied `index`: court, start and status.
    pub(crate) async fn taken(&self, node: usize, index: u64) -> Vec<(String, String, String)> {
        let answer = self.get(node, &format!("/availability?facilityId=fac_1&minIndex={index}")).await.ok();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let slot = |slot: &Value| (text(&slot["courtId"]), text(&slot["startTime"]), text(&slot["state"]["status"]));
        answer.body["slots"].as_array().unwrap().iter().map(slot).collect()
    }

    /// Waits until `look` finds something.
    pub(crate) async fn eventually<T>(&self, what: &str, look: impl AsyncFn() -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        let mut looks = tokio::time::interval(LOOK_EVERY);
        loop {
            looks.tick().await;
            if let Some(found) = look().await {
                return found;
            }
            assert!(Instant::now() < deadline, "not in time: {what}");
        }
    }

    pub(crate) async fn close(self) {
        self.cluster.stop().await;
    }
}

/// The body of an attempt at an hour on `crt_1` for `mbr_1`.
pub(crate) fn hour(start: &str, change: Value) -> Value {
    let mut body = json!({"facilityId": "fac_1", "courtId": "crt_1", "startTime": start, "durationMinutes": 60, "memberId": "mbr_1"});
    merge(&mut body, change);
    body
}

/// Replaces fields; null takes a field away.
fn merge(body: &mut Value, change: Value) {
    let Value::Object(change) = change else { return };
    let fields = body.as_object_mut().unwrap();
    for (name, value) in change {
        if value.is_null() { drop(fields.remove(&name)) } else { drop(fields.insert(name, value)) }
    }
}

/// A date some days from now.
pub(crate) fn date(days_ahead: u64) -> NaiveDate {
    Utc::now().date_naive() + Days::new(days_ahead)
}

/// Tomorrow at that hour and minute.
pub(crate) fn tomorrow(clock: &str) -> String {
    format!("{}T{clock}:00Z", date(1))
}
