//! A WebSocket that has upgraded: which way its frames take from here.

use std::io::{self, Write};
use std::sync::Arc;

use cluster::Facility;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto::upgrade::downcast;
use tokio::net::TcpStream;

use super::direct::Plain;
use super::hubs::Wish;
use super::wire::CLOSE_RESTART;
use super::{library, wire};
use crate::edge::Edge;

/// Waits for the upgrade, and serves the socket or hands it over to who does.
pub(crate) async fn serve(edge: Arc<Edge>, facility: Facility, wish: Wish, upgrade: OnUpgrade) {
    let upgraded = match upgrade.await {
        Ok(upgraded) => upgraded,
        Err(error) => return tracing::debug!(%error, "a socket did not upgrade"),
    };
    let watching = edge.metrics.watching();
    match downcast::<TokioIo<TcpStream>>(upgraded) {
        Err(upgraded) => library::serve(&edge, &facility, wish, TokioIo::new(upgraded)).await,
        Ok(parts) => {
            let stream = match parts.io.into_inner().into_std() {
                Ok(stream) => stream,
                Err(error) => return tracing::warn!(%error, "failed to take a socket"),
            };
            let plain = Plain { stream, early: parts.read_buf, watching };
            if let Err(plain) = edge.hubs.hand_over(&facility, wish, plain).await {
                turn_away(&plain);
            }
        }
    }
}

/// Nothing was written yet, so the kernel has room for this.
fn turn_away(plain: &Plain) {
    let farewell = wire::close(CLOSE_RESTART, "the node is stopping; reconnect with since");
    let written: io::Result<usize> = (&plain.stream).write(&farewell);
    if let Err(error) = written {
        tracing::debug!(%error, "a socket left before it was turned away");
    }
}
