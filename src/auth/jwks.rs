//! A set of public keys that others keep: read again every few minutes, and when a token names a
//! key that is not in it. While it cannot be read, the last good set stays.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use jsonwebtoken::jwk::JwkSet;
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::jwt::VerifyingKey;

/// For one reading.
const READ_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a request waits for the reading that it has asked for.
const WAIT_MAX: Duration = Duration::from_secs(3);
/// The largest set, in bytes: a hundred times what anybody has.
const BYTES_MAX: usize = 1 << 20;

/// Where the set is.
#[derive(Clone, Debug)]
pub(super) enum Source {
    /// Behind an address.
    Url(String),
    /// In a file.
    File(PathBuf),
}

/// The set as it was read last.
pub(super) struct Jwks {
    keys: ArcSwapOption<Vec<VerifyingKey>>,
    /// Readings so far, good or bad.
    readings: watch::Sender<u64>,
    wanted: Notify,
    /// Whether it was read so lately that nobody may ask for it again.
    rests: AtomicBool,
}

/// Why the set was not read.
#[derive(Debug, thiserror::Error)]
enum ReadError {
    #[error("failed to fetch it: {0}")]
    Fetch(#[from] reqwest::Error),
    #[error("failed to read it: {0}")]
    File(#[from] std::io::Error),
    #[error("it is no JWK set: {0}")]
    Malformed(#[from] serde_json::Error),
    #[error("it is larger than {BYTES_MAX} bytes")]
    TooLarge,
    #[error("it has no key that signs tokens")]
    Empty,
}

impl Jwks {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            keys: ArcSwapOption::empty(),
            readings: watch::Sender::new(0),
            wanted: Notify::new(),
            rests: AtomicBool::new(false),
        })
    }

    /// The keys; `None` while no set was ever read.
    pub(super) fn keys(&self) -> Option<Arc<Vec<VerifyingKey>>> {
        self.keys.load_full()
    }

    /// Asks for a new reading and waits for it; false where it was read just now.
    pub(super) async fn read_again(&self) -> bool {
        let mut readings = self.readings.subscribe();
        if self.rests.load(Ordering::Acquire) {
            return false;
        }
        self.wanted.notify_one();
        matches!(timeout(WAIT_MAX, readings.changed()).await, Ok(Ok(())))
    }

    /// Reads the set until `stop`: every `refresh_every`, and when asked, but after `rest` at the soonest.
    pub(super) async fn keep(
        self: Arc<Self>,
        source: Source,
        refresh_every: Duration,
        rest: Duration,
        stop: CancellationToken,
    ) {
        let client = reqwest::Client::builder().timeout(READ_TIMEOUT).redirect(reqwest::redirect::Policy::none());
        let client = client.build().expect("a client without files of its own");
        let reading = async {
            loop {
                let pause = match read(&client, &source).await {
                    Ok(keys) => {
                        tracing::debug!(?source, keys = keys.len(), "read the keys that tokens are signed with");
                        self.keys.store(Some(Arc::new(keys)));
                        refresh_every.saturating_sub(rest)
                    }
                    Err(error) => {
                        tracing::warn!(?source, %error, "failed to read the keys that tokens are signed with");
                        Duration::ZERO
                    }
                };
                // Order: rest first, so that whom this reading wakes does not ask for the next one.
                self.rests.store(true, Ordering::Release);
                self.readings.send_modify(|readings| *readings += 1);
                sleep(rest).await;
                self.rests.store(false, Ordering::Release);
                tokio::select! {
                    () = sleep(pause) => {}
                    () = self.wanted.notified() => {}
                }
            }
        };
        stop.run_until_cancelled(reading).await;
    }
}

async fn read(client: &reqwest::Client, source: &Source) -> Result<Vec<VerifyingKey>, ReadError> {
    let bytes = match source {
        Source::Url(url) => fetch(client, url).await?,
        Source::File(path) => tokio::fs::read(path).await?,
    };
    let set: JwkSet = serde_json::from_slice(&bytes)?;
    let keys: Vec<VerifyingKey> = set.keys.iter().filter_map(VerifyingKey::of_jwk).collect();
    if keys.is_empty() { Err(ReadError::Empty) } else { Ok(keys) }
}

async fn fetch(client: &reqwest::Client, url: &str) -> Result<Vec<u8>, ReadError> {
    let mut response = client.get(url).send().await?.error_for_status()?;
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if bytes.len() + chunk.len() > BYTES_MAX {
            return Err(ReadError::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
