//! A closed cluster for the tests of who may do what: a key of each role, and the two clubs.

use courtd::{Access, Secret};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::club::{Answer, Club};

/// What makes the first operator.
pub(crate) const BOOTSTRAP: &str = "the-bootstrap-key-of-this-very-test";

/// Roles as the API calls them.
pub(crate) const ROLES: [&str; 5] = ["public", "member", "service", "staff", "operator"];

/// A closed cluster with `fac_1` and `fac_2`, and a key of each role for `fac_1`.
pub(crate) struct Gated {
    pub(crate) club: Club,
    /// By role, the public one's is empty.
    tokens: Vec<String>,
}

/// How nodes are started that let in whom a bootstrap key lets in.
pub(crate) fn closed() -> Access {
    Access { bootstrap_key: Some(Secret::new(BOOTSTRAP)), rate_limits: None, ..Access::closed() }
}

impl Gated {
    pub(crate) async fn open() -> Self {
        Self::with(closed()).await
    }

    pub(crate) async fn with(access: Access) -> Self {
        let mut club = Club::empty(access).await;
        club.use_token(BOOTSTRAP);
        let made = json!({"role": "operator", "name": "the first"});
        let operator = club.post(0, "/api/keys", &made).await.ok().text("token");
        club.use_token(&operator);
        for facility in ["fac_1", "fac_2"] {
            club.make(facility, json!({})).await;
        }
        let mut gated = Self { club, tokens: vec![String::new(); ROLES.len()] };
        for (place, role) in ROLES.iter().enumerate().skip(1) {
            gated.tokens[place] = match *role {
                "operator" => operator.clone(),
                role => gated.make_key(&json!({"role": role, "facilities": ["fac_1"]})).await.text("token"),
            };
        }
        // From here on every request says itself who asks.
        gated.club.use_token("");
        gated.known_everywhere().await;
        gated
    }

    /// Makes a key as the operator; a member's is for `mbr_1`.
    async fn make_key(&self, wanted: &Value) -> Answer {
        let mut wanted = wanted.clone();
        if wanted["role"] == "member" {
            wanted["memberId"] = json!("mbr_1");
        }
        self.club.post(0, "/api/keys", &wanted).await.ok()
    }

    /// Waits until all nodes know all keys: within a heartbeat of the node that made them.
    async fn known_everywhere(&self) {
        for node in 0..3 {
            for role in &ROLES[1..] {
                self.club
                    .eventually("the key is known", async || {
                        (self.get(node, role, "/api/facilities/fac_1").await.status == 200).then_some(())
                    })
                    .await;
            }
        }
    }

    pub(crate) fn token(&self, role: &str) -> &str {
        let place = ROLES.iter().position(|known| *known == role).unwrap();
        &self.tokens[place]
    }

    /// A request of somebody of that role.
    pub(crate) fn request(&self, method: Method, node: usize, role: &str, path: &str) -> RequestBuilder {
        let request = self.club.request(method, node, path);
        if role == "public" { request } else { request.bearer_auth(self.token(role)) }
    }

    pub(crate) async fn get(&self, node: usize, role: &str, path: &str) -> Answer {
        self.club.send(self.request(Method::GET, node, role, path)).await
    }

    pub(crate) async fn post(&self, node: usize, role: &str, path: &str, body: &Value) -> Answer {
        self.club.send(self.request(Method::POST, node, role, path).json(body)).await
    }

    /// Somebody with a token of their own.
    pub(crate) async fn with_token(
        &self,
        method: Method,
        node: usize,
        token: &str,
        path: &str,
        body: &Value,
    ) -> Answer {
        self.club.send(self.club.request(method, node, path).bearer_auth(token).json(body)).await
    }

    pub(crate) async fn close(self) {
        self.club.close().await;
    }
}
