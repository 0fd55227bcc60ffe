//! The same frames as server-sent events, for clients without a WebSocket.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream;
use tokio_util::sync::CancellationToken;

use super::viewer::{Admission, Delivery};

/// How often a comment keeps the connection open.
const KEEP_ALIVE_EVERY: Duration = Duration::from_secs(20);

/// The stream of a viewer; it ends when the node stops or the viewer cannot keep up, and the
/// client reconnects with `Last-Event-ID`.
pub(crate) fn events(mut admission: Admission, stop: CancellationToken) -> impl IntoResponse {
    let first = VecDeque::from(std::mem::take(&mut admission.first));
    let next = |(mut first, mut admission, stop): (VecDeque<Delivery>, Admission, CancellationToken)| async move {
        let overflow = admission.overflow.clone();
        let delivery = match first.pop_front() {
            Some(delivery) => delivery,
            None => tokio::select! {
                biased;
                () = stop.cancelled() => return None,
                () = overflow.cancelled() => return None,
                delivery = admission.next() => delivery?,
            },
        };
        Some((Ok::<_, Infallible>(event(&delivery)), (first, admission, stop)))
    };
    let events = stream::unfold((first, admission, stop), next);
    Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE_EVERY))
}

fn event(delivery: &Delivery) -> Event {
    Event::default().id(delivery.cursor.to_string()).event(delivery.kind).data(delivery.text.text())
}
