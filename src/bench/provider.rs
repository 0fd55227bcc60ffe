//! A provider of emails in this process: takes everything, and notes when it came.
//!
//! Answers as SendGrid does, as far as a node can tell.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::wire::text_field;

/// The provider; it ends with this value.
pub(super) struct Provider {
    pub(super) url: String,
    letterbox: Arc<Letterbox>,
    serving: JoinHandle<()>,
}

/// What has come.
#[derive(Default)]
struct Letterbox {
    /// By the name of the delivery: the first time that it came.
    came: Mutex<HashMap<String, Instant>>,
    changed: Notify,
}

impl Provider {
    /// On a free port.
    pub(super) async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("failed to listen as a provider")?;
        let url = format!("http://{}", listener.local_addr()?);
        let letterbox = Arc::<Letterbox>::default();
        let router = Router::new().route("/v3/mail/send", post(take)).with_state(Arc::clone(&letterbox));
        let serving = tokio::spawn(async move {
            // It serves until it is aborted.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { url, letterbox, serving })
    }

    /// How many different deliveries have come.
    pub(super) fn count(&self) -> usize {
        self.letterbox.came().len()
    }

    /// When a delivery came whose name ends so; `None` where it does not in time.
    pub(super) async fn arrival(&self, end: &str, within: Duration) -> Option<Instant> {
        let found = || self.letterbox.came().iter().find(|(name, _)| name.ends_with(end)).map(|(_, at)| *at);
        timeout(within, self.until(found)).await.ok()
    }

    /// Waits until so many different deliveries have come; false where they do not in time.
    pub(super) async fn counts(&self, most: usize, within: Duration) -> bool {
        timeout(within, self.until(|| (self.count() >= most).then_some(()))).await.is_ok()
    }

    async fn until<T>(&self, look: impl Fn() -> Option<T>) -> T {
        loop {
            // Order: listen before looking, or what comes in between is missed.
            let changed = self.letterbox.changed.notified();
            if let Some(found) = look() {
                return found;
            }
            changed.await;
        }
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Letterbox {
    fn came(&self) -> MutexGuard<'_, HashMap<String, Instant>> {
        self.came.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn take(State(letterbox): State<Arc<Letterbox>>, body: Bytes) -> StatusCode {
    let now = Instant::now();
    let Some(name) = text_field(&body, "delivery_id") else { return StatusCode::BAD_REQUEST };
    letterbox.came().entry(name.to_owned()).or_insert(now);
    letterbox.changed.notify_waiters();
    StatusCode::ACCEPTED
}
