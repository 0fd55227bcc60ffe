//! All workers of a node: who gets a new socket, and how a row's bytes find their way.

use std::io;
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use bytes::Bytes;
use cluster::Cursor;
use mio::Waker;
use tokio::sync::{mpsc, oneshot};

use super::batch::Batch;
use super::row::Row;
use super::worker::{Command, INBOX_COMMANDS_MAX, Seating, Worker};
use crate::metrics::Watching;

/// A plain socket that has upgraded, on its way to a worker.
pub(crate) struct Plain {
    /// Not blocking.
    pub(crate) stream: TcpStream,
    /// What it sent together with its request.
    pub(crate) early: Bytes,
    /// Counts it.
    pub(crate) watching: Watching,
}

/// A plain socket in a hub's inbox; it goes back to who sent it unless the hub takes it.
pub(crate) struct Arrival {
    socket: Option<Plain>,
    back: Option<oneshot::Sender<Plain>>,
}

/// All workers of a node.
pub(crate) struct Workers {
    workers: Vec<Told>,
    next: AtomicUsize,
    threads: Mutex<Vec<JoinHandle<io::Result<()>>>>,
}

/// The end of a worker that others hold.
struct Told {
    /// There until it is dropped.
    inbox: Option<mpsc::Sender<Command>>,
    waker: Waker,
}

impl Arrival {
    /// An arrival, and where its socket comes back; that ends once it is taken.
    pub(crate) fn new(socket: Plain) -> (Self, oneshot::Receiver<Plain>) {
        let (back, returned) = oneshot::channel();
        (Self { socket: Some(socket), back: Some(back) }, returned)
    }

    fn take(mut self) -> Plain {
        self.back = None;
        self.socket.take().expect("it is taken once, by value")
    }
}

impl Drop for Arrival {
    fn drop(&mut self) {
        if let (Some(socket), Some(back)) = (self.socket.take(), self.back.take()) {
            // Who does not wait for it any more has no use for it.
            let _ = back.send(socket);
        }
    }
}

impl Workers {
    /// Starts one worker a core.
    pub(crate) fn start() -> io::Result<Arc<Self>> {
        let (mut workers, mut threads) = (Vec::new(), Vec::new());
        for number in 0..thread::available_parallelism().map_or(1, usize::from) {
            let (inbox, commands) = mpsc::channel(INBOX_COMMANDS_MAX);
            let (worker, waker) = Worker::new(number, commands)?;
            threads.push(thread::Builder::new().name(format!("sockets-{number}")).spawn(|| worker.run())?);
            workers.push(Told { inbox: Some(inbox), waker });
        }
        Ok(Arc::new(Self { workers, next: AtomicUsize::new(0), threads: Mutex::new(threads) }))
    }

    /// A new row of one facility's viewers, without any yet.
    pub(crate) fn row(&self, hub: mpsc::Sender<super::super::hub::Note>) -> Arc<Row> {
        Row::new(self.workers.len(), hub)
    }

    /// Gives a socket to a worker: it is sent `first`, and from then on what its row gets after `seen`.
    pub(crate) async fn seat(&self, arrival: Arrival, row: &Arc<Row>, first: Option<Batch>, seen: Cursor) {
        let Plain { stream, early, watching } = arrival.take();
        let worker = self.next.fetch_add(1, Ordering::Relaxed) % self.workers.len();
        row.enter(worker);
        let seating = Seating { stream, early, row: Arc::clone(row), first, seen, watching };
        if !self.tell(worker, Command::Seat(Box::new(seating))).await {
            row.leave(worker);
        }
    }

    /// These bytes, at their places, to this row. Waits where a worker is behind.
    pub(crate) async fn deliver(&self, row: &Row, batch: &Batch) {
        for worker in row.workers() {
            self.tell(worker, Command::Deliver { row: row.id(), batch: batch.clone() }).await;
        }
    }

    /// Sends a row's viewers elsewhere.
    pub(crate) async fn dismiss(&self, row: &Row) {
        for worker in row.workers() {
            self.tell(worker, Command::Dismiss { row: row.id() }).await;
        }
    }

    /// Sends everybody away, and returns once all workers have ended.
    pub(crate) async fn stop(&self) {
        for worker in 0..self.workers.len() {
            self.tell(worker, Command::Stop).await;
        }
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        let ended = tokio::task::spawn_blocking(|| threads.into_iter().map(JoinHandle::join).collect::<Vec<_>>());
        for ended in ended.await.unwrap_or_default() {
            match ended {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(%error, "a socket worker ended early"),
                Err(_) => tracing::error!("a socket worker panicked"),
            }
        }
    }

    /// False when the worker has ended.
    async fn tell(&self, worker: usize, command: Command) -> bool {
        let Told { inbox: Some(inbox), waker } = &self.workers[worker] else { return false };
        if inbox.send(command).await.is_err() {
            return false;
        }
        if let Err(error) = waker.wake() {
            tracing::error!(%error, "failed to wake a socket worker");
        }
        true
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        // Order: closed first, so that the worker finds it closed when it wakes, and ends.
        self.inbox = None;
        let _ = self.waker.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::wire::TextFrame;
    use super::*;
    use crate::metrics::Metrics;
    use tokio::io::AsyncReadExt;
    use tokio::net::TcpListener;

    async fn socket() -> (tokio::net::TcpStream, Plain) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (peer, accepted) =
            tokio::join!(tokio::net::TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
        let stream = accepted.unwrap().0.into_std().unwrap();
        (peer.unwrap(), Plain { stream, early: Bytes::new(), watching: Metrics::new(1).watching() })
    }

    #[tokio::test]
    async fn all_workers_deliver_and_end_when_told_to() {
        let workers = Workers::start().unwrap();
        let row = workers.row(mpsc::channel(1).0);
        let frame = |index| TextFrame::json(&index);
        let cursor = |index| Cursor { index, ordinal: 0 };
        let mut peers = Vec::new();
        for _ in 0..2 * workers.workers.len() {
            let (peer, plain) = socket().await;
            let first = Some(Batch::one(cursor(1), &frame(1)));
            workers.seat(Arrival::new(plain).0, &row, first, cursor(1)).await;
            peers.push(peer);
        }
        assert_eq!(row.workers().count(), workers.workers.len());
        workers.deliver(&row, &Batch::one(cursor(2), &frame(2))).await;
        let reading = peers.into_iter().map(|mut peer| async move {
            let mut got = Vec::new();
            peer.read_to_end(&mut got).await.unwrap();
            got
        });
        let (got, ()) = tokio::join!(futures_util::future::join_all(reading), workers.stop());
        for got in got {
            assert!(got.starts_with(b"\x81\x011\x81\x012\x88") && got[8..10] == 1012_u16.to_be_bytes(), "{got:?}");
        }
        assert!(row.is_empty());
        let (_peer, plain) = socket().await;
        workers.seat(Arrival::new(plain).0, &row, None, cursor(2)).await;
        assert!(row.is_empty(), "nobody sits with a worker that has ended");
        workers.stop().await;
    }

    #[tokio::test]
    async fn an_arrival_that_nobody_takes_comes_back() {
        let (_peer, plain) = socket().await;
        let (arrival, back) = Arrival::new(plain);
        drop(arrival);
        let (arrival, again) = Arrival::new(back.await.unwrap());
        drop(arrival.take());
        assert!(again.await.is_err());
    }
}
