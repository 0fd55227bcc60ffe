//! A WebSocket over a stream that is no plain socket, by a library's protocol: a task that writes
//! what its viewer is to see, and listens whether anybody is there.

use axum::body::Bytes;
use cluster::Facility;
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, Interval, MissedTickBehavior};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message, Role, WebSocketConfig};
use tokio_util::sync::CancellationToken;

use super::direct::MESSAGE_BYTES_MAX;
use super::hubs::Wish;
use super::patience::{FAREWELL_TIMEOUT, PING_EVERY, SILENCE_MAX, STOP_TIMEOUT, WRITE_TIMEOUT};
use super::viewer::{Admission, Delivery};
use super::wire::{CLOSE_RESTART, CLOSE_TRY_AGAIN};
use crate::edge::Edge;

/// Bytes of each buffer: the library's own of 128 KiB would be the memory of a socket.
const BUFFER_BYTES: usize = 4096;

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
pub(super) async fn serve(edge: &Edge, facility: &Facility, wish: Wish, stream: impl AsyncRead + AsyncWrite + Unpin) {
    let config = WebSocketConfig::default()
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES)
        .max_message_size(Some(MESSAGE_BYTES_MAX))
        .max_frame_size(Some(MESSAGE_BYTES_MAX));
    let mut socket = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await;
    let end = match edge.hubs.join(facility, wish).await {
        Some(admission) => watch(&edge.stop, admission, &mut socket).await,
        None => End::Stopping,
    };
    let (code, reason, patience) = match end {
        End::Gone => return,
        End::Stopping => (CLOSE_RESTART, "the node is stopping; reconnect with since", STOP_TIMEOUT),
        End::Behind(reason) => (CLOSE_TRY_AGAIN, reason, FAREWELL_TIMEOUT),
    };
    let farewell = socket.close(Some(CloseFrame { code: code.into(), reason: reason.into() }));
    // A peer that is gone needs no farewell.
    let _ = tokio::time::timeout(patience, farewell).await;
}

async fn watch<S: AsyncRead + AsyncWrite + Unpin>(
    stop: &CancellationToken,
    mut admission: Admission,
    socket: &mut WebSocketStream<S>,
) -> End {
    let first = std::mem::take(&mut admission.first);
    if let Err(end) = write(stop, &admission, socket, first).await {
        return end;
    }
    let (mut pings, mut heard) = (pings(), Instant::now());
    let overflow = admission.overflow.clone();
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => return End::Stopping,
            () = overflow.cancelled() => return End::Behind("too far behind; reconnect with since"),
            delivery = admission.next() => {
                let Some(delivery) = delivery else { return End::Behind("reconnect with since") };
                let waiting = std::iter::from_fn(|| admission.try_next());
                let batch: Vec<Delivery> = std::iter::once(delivery).chain(waiting).collect();
                if let Err(end) = write(stop, &admission, socket, batch).await {
                    return end;
                }
            }
            message = socket.next() => match message {
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
async fn write<S: AsyncRead + AsyncWrite + Unpin>(
    stop: &CancellationToken,
    admission: &Admission,
    socket: &mut WebSocketStream<S>,
    batch: Vec<Delivery>,
) -> Result<(), End> {
    let writing = async {
        for delivery in batch {
            socket.feed(text(&delivery)).await?;
        }
        socket.flush().await
    };
    tokio::select! {
        written = tokio::time::timeout(WRITE_TIMEOUT, writing) => match written {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => Err(End::Behind("too slow; reconnect with since")),
        },
        () = stop.cancelled() => Err(End::Stopping),
        () = admission.overflow.cancelled() => Err(End::Behind("too far behind; reconnect with since")),
    }
}

fn text(delivery: &Delivery) -> Message {
    Message::Text(delivery.text.payload().try_into().expect("JSON is UTF-8"))
}

fn pings() -> Interval {
    let mut pings = tokio::time::interval_at(Instant::now() + PING_EVERY, PING_EVERY);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pings
}

#[cfg(test)]
mod tests {
    use super::super::filter::Filter;
    use super::super::viewer::{self, Viewer};
    use super::super::wire::TextFrame;
    use super::*;
    use cluster::Cursor;
    use tokio::io::{DuplexStream, duplex};
    use tokio::sync::mpsc;

    async fn ends() -> (Viewer, Admission, WebSocketStream<DuplexStream>, WebSocketStream<DuplexStream>) {
        let (ours, theirs) = duplex(1024);
        let first = vec![delivery(1)];
        let (viewer, admission) = viewer::pair(1, Filter::default(), Cursor::default(), first, mpsc::channel(1).0);
        let ours = WebSocketStream::from_raw_socket(ours, Role::Server, None).await;
        (viewer, admission, ours, WebSocketStream::from_raw_socket(theirs, Role::Client, None).await)
    }

    fn delivery(index: u64) -> Delivery {
        let text = TextFrame::json(&index);
        Delivery { cursor: Cursor { index, ordinal: 0 }, kind: "slot_pending", text }
    }

    #[tokio::test]
    async fn a_stream_that_is_no_socket_gets_the_same_frames_and_hears_of_the_stop() {
        let (mut viewer, admission, mut ours, mut theirs) = ends().await;
        let stop = CancellationToken::new();
        assert!(viewer.offer(&delivery(2)));
        let reading = async {
            for index in [1, 2] {
                let Message::Text(text) = theirs.next().await.unwrap().unwrap() else { panic!("no text") };
                assert_eq!(text.as_str(), index.to_string());
            }
            theirs.send(Message::Ping(Bytes::from_static(b"there?"))).await.unwrap();
            assert_eq!(theirs.next().await.unwrap().unwrap(), Message::Pong(Bytes::from_static(b"there?")));
            stop.cancel();
        };
        let (end, ()) = tokio::join!(watch(&stop, admission, &mut ours), reading);
        assert!(matches!(end, End::Stopping));
    }

    #[tokio::test]
    async fn one_that_cannot_keep_up_is_told_so() {
        let (mut viewer, admission, mut ours, theirs) = ends().await;
        while viewer.offer(&delivery(2)) {}
        let end = watch(&CancellationToken::new(), admission, &mut ours).await;
        assert!(matches!(end, End::Behind(_)));
        drop(theirs);
    }
}
