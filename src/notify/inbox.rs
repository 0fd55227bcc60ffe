//! The inbox of `courtd dev`: what would have been sent, kept in memory and shown.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::{Gate, Message, Pace, Post, Sender, Sending, Way};

/// Messages that are kept; the oldest go first. An afternoon of trying things out.
const KEPT_MAX: usize = 500;
/// As fast as one looks: nobody is spared by waiting.
const PACE: Pace = Pace { per_second: 10_000.0, burst: 10_000, in_flight: 1_000 };

/// What would have been sent; copies share it, and so do all nodes of a process.
#[derive(Clone, Default)]
pub struct Inbox(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    /// The number of the newest one, from 1.
    last: u64,
    messages: VecDeque<Received>,
}

/// A message that has come in.
#[derive(Clone, Debug)]
pub struct Received {
    /// Which one it is, from 1.
    pub number: u64,
    /// The message.
    pub message: Arc<Message>,
}

impl Inbox {
    /// All that are kept, the newest first.
    pub fn received(&self) -> Vec<Received> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).messages.iter().rev().cloned().collect()
    }

    /// Both media lead into it.
    pub fn post(&self) -> Post {
        let way = |provider| Way { sender: Arc::new(self.clone()), gate: Gate::new(provider, PACE) };
        Post { email: Some(way("inbox_email")), sms: Some(way("inbox_sms")), payment: None }
    }

    fn take_in(&self, message: Message) -> u64 {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.last += 1;
        let received = Received { number: kept.last, message: Arc::new(message) };
        if kept.messages.len() == KEPT_MAX {
            kept.messages.pop_front();
        }
        kept.messages.push_back(received);
        kept.last
    }
}

impl Sender for Inbox {
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Sending> {
        async { Sending::accepted(Some(format!("inbox_{}", self.take_in(message.clone())))) }.boxed()
    }
}

impl fmt::Debug for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Inbox(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::samples;

    #[tokio::test]
    async fn the_newest_come_first_and_the_oldest_go() {
        let inbox = Inbox::default();
        for _ in 0..KEPT_MAX {
            inbox.send(&samples::email()).await;
        }
        let taken = inbox.clone().send(&samples::text()).await;
        assert_eq!(taken, Sending::accepted(Some("inbox_501".to_owned())));
        let received = inbox.received();
        assert_eq!((received.len(), received[0].number, received[KEPT_MAX - 1].number), (KEPT_MAX, 501, 2));
    }
}
