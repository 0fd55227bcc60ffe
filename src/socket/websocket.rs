//! One WebSocket: writes what its viewer is to see, and listens whether anybody is there.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use cluster::Facility;
use futures_util::SinkExt;
use tokio::time::{Instant, Interval, MissedTickBehavior};
use tokio_util::bytes::Bytes;

use super::hubs::SlotRequest;
use super::viewer::{Admission, Delivery};
use crate::edge::Edge;

/// How often a peer is asked whether it is there (`api.md` 2).
const PING_EVERY: Duration = Duration::from_secs(20);
/// How long a peer may be silent.
const SILENCE_MAX: Duration = Duration::from_secs(60);
/// How long one write may take: a peer that takes no bytes for that long cannot keep up.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a farewell may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);
/// The node is restarting: come back, here or elsewhere.
const CLOSE_RESTART: u16 = 1012;
/// Try again later, with `since`.
const CLOSE_TRY_AGAIN: u16 = 1013;

/// Why a socket ends.
enum End {
    /// The peer has gone.
    Gone,
    /// The node is stopping.
    Stopping,
    /// The peer is silent or cannot keep up.
    Behind(&'static str),
}

/// Serves one socket to its end.
pub(crate) async fn serve(edge: Arc<Edge>, facility: Facility, wish: SlotRequest, mut socket: WebSocket) {
    edge.metrics.viewers(1.0);
    let end = match edge.hubs.join(&facility, wish).await {
        Some(admission) => watch(&edge, admission, &mut socket).await,
        None => End::Stopping,
    };
    edge.metrics.viewers(-1.0);
    let (code, reason) = match end {
        End::Gone => return,
        End::Stopping => (CLOSE_RESTART, "the node is stopping; reconnect with since"),
        End::Behind(reason) => (CLOSE_TRY_AGAIN, reason),
    };
    let farewell = socket.send(Message::Close(Some(CloseFrame { code, reason: reason.into() })));
    // A peer that is gone needs no farewell.
    let _ = tokio::time::timeout(CLOSE_TIMEOUT, farewell).await;
}

async fn watch(edge: &Edge, mut admission: Admission, socket: &mut WebSocket) -> End {
    let first = std::mem::take(&mut admission.first);
    if let Err(end) = write(edge, &admission, socket, first).await {
        return end;
    }
    let (mut pings, mut heard) = (pings(), Instant::now());
    let overflow = admission.overflow.clone();
    loop {
        tokio::select! {
            biased;
            () = edge.stop.cancelled() => return End::Stopping,
            () = overflow.cancelled() => return End::Behind("too far behind; reconnect with since"),
            delivery = admission.next() => {
                let Some(delivery) = delivery else { return End::Behind("reconnect with since") };
                let waiting = std::iter::from_fn(|| admission.try_next());
                let batch: Vec<Delivery> = std::iter::once(delivery).chain(waiting).collect();
                if let Err(end) = write(edge, &admission, socket, batch).await {
                    return end;
                }
            }
            message = socket.recv() => match message {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return End::Gone,
                Some(Ok(_)) => heard = Instant::now(),
            },
            _ = pings.tick() => {
                if heard.elapsed() >= SILENCE_MAX {
                    return End::Behind("silent for too long");
                }
                let ping = socket.send(Message::Ping(Bytes::new()));
                match tokio::time::timeout(WRITE_TIMEOUT, ping).await {
                    Ok(Ok(())) => {}
                    Ok(Err(_)) => return End::Gone,
                    Err(_) => return End::Behind("too slow; reconnect with since"),
                }
            }
        }
    }
}

/// Writes a batch in one go.
async fn write(edge: &Edge, admission: &Admission, socket: &mut WebSocket, batch: Vec<Delivery>) -> Result<(), End> {
    let writing = async {
        for delivery in batch {
            socket.feed(Message::Text(delivery.text)).await?;
        }
        socket.flush().await
    };
    tokio::select! {
        written = tokio::time::timeout(WRITE_TIMEOUT, writing) => match written {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => Err(End::Behind("too slow; reconnect with since")),
        },
        () = edge.stop.cancelled() => Err(End::Stopping),
        () = admission.overflow.cancelled() => Err(End::Behind("too far behind; reconnect with since")),
    }
}

fn pings() -> Interval {
    let mut pings = tokio::time::interval_at(Instant::now() + PING_EVERY, PING_EVERY);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pings
}
