//! How much may be sent to a provider now.
//!
//! A job asks *before* it claims a delivery: it takes [`Permit`]s, claims as many deliveries as it has
//! permits, and sends each with one. A permit that is dropped unused gives back what it took. So the jobs
//! of many facilities share one provider, and nothing is claimed that would have to wait here. Each node
//! counts for itself.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use machine::Urgency;
use metrics::{counter, gauge};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::breaker::Turn;
use super::bucket::Pace;
use super::valve::{Leave, Valve};
use super::{Message, Sender, Sending};

/// The gate of one provider; copies share it.
#[derive(Clone)]
pub struct Gate(Arc<Shared>);

struct Shared {
    /// What the provider is called in metrics and in the log.
    provider: &'static str,
    valve: Mutex<Valve>,
    /// Told when a permit is used up or dropped.
    freed: Notify,
}

/// Leave to send one message.
#[must_use = "dropped, it lets somebody else send"]
pub struct Permit {
    gate: Gate,
    leave: Leave,
}

impl Gate {
    /// For a provider of that name, at that pace.
    pub fn new(provider: &'static str, pace: Pace) -> Self {
        let valve = Mutex::new(Valve::new(pace, Instant::now()));
        Self(Arc::new(Shared { provider, valve, freed: Notify::new() }))
    }

    /// What the provider is called.
    pub fn provider(&self) -> &'static str {
        self.0.provider
    }

    /// How many permits there are now for what has this urgency. A part of each limit is kept back for
    /// offers, so that those never wait behind what is ordinary, however much of that there is.
    pub fn room(&self, urgency: Urgency) -> usize {
        self.valve().room(urgency, Instant::now())
    }

    /// Takes a permit, if there is one.
    pub fn take(&self, urgency: Urgency) -> Option<Permit> {
        let leave = self.valve().take(urgency, Instant::now())?;
        Some(Permit { gate: self.clone(), leave })
    }

    /// Takes up to `most` permits.
    pub fn take_many(&self, urgency: Urgency, most: usize) -> Vec<Permit> {
        std::iter::from_fn(|| self.take(urgency)).take(most).collect()
    }

    /// When there is the next permit for what has this urgency: now, at an instant, or `None` where that
    /// depends on messages that are under way.
    pub fn opens_at(&self, urgency: Urgency) -> Option<Instant> {
        self.valve().opens_at(urgency, Instant::now())
    }

    /// Waits until there is room for what has this urgency. Many may wait; whoever takes first has it.
    pub async fn opened(&self, urgency: Urgency) {
        loop {
            // Order: listen before looking, or what is freed in between is missed.
            let mut freed = std::pin::pin!(self.0.freed.notified());
            freed.as_mut().enable();
            if self.room(urgency) > 0 {
                return;
            }
            match self.opens_at(urgency) {
                Some(instant) => tokio::select! {
                    () = sleep_until(instant) => {}
                    () = freed => {}
                },
                None => freed.await,
            }
        }
    }

    /// Learns from what came of one message.
    fn note(&self, sending: &Sending) {
        let provider = self.0.provider;
        counter!("courtd_sendings_total", "provider" => provider, "outcome" => sending.word()).increment(1);
        let turn = {
            let mut valve = self.valve();
            let turn = valve.note(sending, Instant::now());
            self.show(&valve);
            turn
        };
        match turn {
            Some(Turn::Misconfigured) => tracing::error!(
                provider,
                ?sending,
                "the provider refuses our settings: until they are right, nothing is sent and nothing is lost"
            ),
            Some(Turn::Shut) => tracing::warn!(provider, ?sending, "the provider is left alone for a while"),
            Some(Turn::Flowing) => tracing::info!(provider, "the provider takes messages again"),
            None => {}
        }
    }

    fn show(&self, valve: &Valve) {
        let flag = |on: bool| if on { 1.0 } else { 0.0 };
        let provider = self.0.provider;
        gauge!("courtd_provider_open", "provider" => provider).set(flag(valve.is_flowing()));
        gauge!("courtd_provider_misconfigured", "provider" => provider).set(flag(valve.is_misconfigured()));
    }

    fn valve(&self) -> MutexGuard<'_, Valve> {
        self.0.valve.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit {
    /// Sends one message, and has the gate learn from what comes of it.
    pub async fn send(self, sender: &dyn Sender, message: &Message) -> Sending {
        self.hand_over(sender.send(message)).await
    }

    /// Waits for what is sent with this leave, and has the gate learn from what comes of it.
    pub async fn hand_over(mut self, sending: impl Future<Output = Sending>) -> Sending {
        // Dropped from here on, it may be with the provider: what it took is not given back.
        self.leave.begin();
        let sending = sending.await;
        self.gate.note(&sending);
        self.leave.settle();
        sending
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.gate.valve().give_back(&self.leave, Instant::now());
        self.gate.0.freed.notify_waiters();
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Gate({})", self.0.provider)
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Permit({})", self.gate.0.provider)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::FutureExt;
    use futures_util::future::BoxFuture;
    use machine::Urgency::{Offer, Ordinary};

    use super::*;
    use crate::notify::samples;

    /// Answers as it is told.
    struct Told(Sending);

    impl Sender for Told {
        fn send<'a>(&'a self, _: &'a Message) -> BoxFuture<'a, Sending> {
            async { self.0.clone() }.boxed()
        }
    }

    #[tokio::test]
    async fn whoever_waits_for_room_is_told_when_a_permit_comes_back() {
        let gate = Gate::new("told", Pace::new(1_000.0, 1));
        let mut permits = gate.take_many(Offer, 10);
        assert_eq!(permits.len(), 2);
        let mut waits = std::pin::pin!(gate.opened(Offer));
        assert!(waits.as_mut().now_or_never().is_none());
        drop(permits.pop());
        waits.await;
        assert_eq!(gate.room(Offer), 1);
    }

    #[tokio::test]
    async fn whoever_waits_for_room_is_told_when_it_is_time() {
        let gate = Gate::new("told", Pace::new(200.0, 1_000));
        drop(gate.take_many(Ordinary, 1_000).into_iter().map(|mut permit| permit.leave.begin()).collect::<Vec<_>>());
        let began = Instant::now();
        assert!(gate.room(Ordinary) < 5);
        gate.opened(Ordinary).await;
        assert!(began.elapsed() < Duration::from_secs(5));
    }

    #[tokio::test]
    async fn a_gate_learns_from_what_goes_through() {
        let gate = Gate::new("told", Pace::new(1_000.0, 100));
        let wrong = Told(Sending::misconfigured("http_401"));
        gate.take(Offer).unwrap().send(&wrong, &samples::text()).await;
        assert!(gate.take(Offer).is_none());
        let wait = gate.opens_at(Offer).unwrap() - Instant::now();
        assert!(wait > Duration::from_secs(50) && wait <= Duration::from_secs(60));
    }
}
