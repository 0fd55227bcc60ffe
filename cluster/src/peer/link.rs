//! One connection to one peer, for all groups: kept up, shared, and honest about what was sent.
//!
//! Whoever calls gets an answer, or an error that says whether the peer may have seen the request.
//! One writer drains the queue into one write, so that the messages of many groups share packets
//! and system calls. A break fails everything that waits, at once.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use raft::NodeId;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use super::frame::{Frame, FrameReader, Kind, UNANSWERED};
use super::handshake::{self, Identity, Lane};
use super::refusal::Refusal;

/// Requests that wait to be written. More means that the peer does not keep up: callers wait then.
const QUEUE_FRAMES: usize = 1024;

/// Requests that are written at once.
const WRITE_FRAMES: usize = 256;

/// A write buffer that grew beyond this, for a large batch, is given back.
const WRITE_BUFFER_KEEP_BYTES: usize = 1 << 20;

/// First and longest pause between two attempts to connect; a random half is taken off.
const RECONNECT_MIN: Duration = Duration::from_millis(20);
const RECONNECT_MAX: Duration = Duration::from_secs(1);

/// How long a peer may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// Why a call has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CallError {
    /// There is no connection, or no room: nothing was sent.
    #[error("not connected")]
    NotSent,
    /// The connection broke before the answer came: the peer may have seen the request.
    #[error("the connection broke")]
    Lost,
    /// The deadline passed before the answer came: the peer may have seen the request.
    #[error("no answer in time")]
    Late,
    /// The peer answered that it has no answer.
    #[error("refused by the peer: {0}")]
    Refused(Refusal),
    /// The peer's answer makes no sense.
    #[error("the peer's answer makes no sense")]
    Senseless,
}

/// The calling side of one connection.
pub(crate) struct Link {
    shared: Arc<Shared>,
    queue: mpsc::Sender<Queued>,
}

struct Queued {
    epoch: u64,
    frame: Frame,
}

struct Shared {
    next_id: AtomicU64,
    waiting: Mutex<Waiting>,
    /// Connect now: the peer was just heard of.
    wake: Notify,
    /// Break the connection: the peer was not heard of for too long.
    cut: Notify,
}

#[derive(Default)]
struct Waiting {
    /// Counts connections. A request of an earlier one is never written on a later one.
    epoch: u64,
    /// The peer's release, while connected.
    release: Option<String>,
    calls: HashMap<u64, oneshot::Sender<Frame>>,
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().expect("nothing panics while it holds this lock")
    }
}

/// A request under way; dropping it forgets the request.
pub(crate) struct Call {
    id: u64,
    answer: oneshot::Receiver<Frame>,
    shared: Arc<Shared>,
}

impl Call {
    /// The answer's payload. May be cancelled and called again.
    pub(crate) async fn answer(&mut self, deadline: Instant) -> Result<Bytes, CallError> {
        let frame = match timeout_at(deadline, &mut self.answer).await {
            Ok(Ok(frame)) => frame,
            Ok(Err(_)) => return Err(CallError::Lost),
            Err(_) => return Err(CallError::Late),
        };
        match frame.kind {
            Kind::Answer => Ok(frame.payload),
            Kind::Refusal => Err(Refusal::decode(&frame.payload).map_or(CallError::Senseless, CallError::Refused)),
            _ => Err(CallError::Senseless),
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.shared.waiting().calls.remove(&self.id);
    }
}

impl Link {
    /// A link to `to`, and the task that keeps it up.
    pub(crate) fn new(me: Identity, to: NodeId, lane: Lane, addresses: Addresses) -> (Self, Keeper) {
        let (queue, queued) = mpsc::channel(QUEUE_FRAMES);
        let shared = Arc::new(Shared {
            next_id: AtomicU64::new(1),
            waiting: Mutex::default(),
            wake: Notify::new(),
            cut: Notify::new(),
        });
        let keeper = Keeper { shared: Arc::clone(&shared), queued, me, to, lane, addresses };
        (Self { shared, queue }, keeper)
    }

    /// Sends a request; waits for room until the deadline, not for the answer.
    pub(crate) async fn send(
        &self,
        kind: Kind,
        group: u64,
        payload: Bytes,
        deadline: Instant,
    ) -> Result<Call, CallError> {
        let (call, epoch) = self.register()?;
        let frame = Frame { kind, id: call.id, group, payload };
        match timeout_at(deadline, self.queue.send(Queued { epoch, frame })).await {
            Ok(Ok(())) => Ok(call),
            Ok(Err(_)) | Err(_) => Err(CallError::NotSent),
        }
    }

    /// Sends what wants no answer. It may be lost: whoever sends it must be able to do without.
    pub(crate) async fn tell(&self, kind: Kind, group: u64, payload: Bytes, deadline: Instant) {
        let epoch = self.shared.waiting().epoch;
        let frame = Frame { kind, id: UNANSWERED, group, payload };
        // No room in time, or no connection: it is lost.
        let _ = timeout_at(deadline, self.queue.send(Queued { epoch, frame })).await;
    }

    /// Sends a request and waits for the answer.
    pub(crate) async fn call(
        &self,
        kind: Kind,
        group: u64,
        payload: Bytes,
        deadline: Instant,
    ) -> Result<Bytes, CallError> {
        self.send(kind, group, payload, deadline).await?.answer(deadline).await
    }

    /// The peer's release, while connected.
    pub(crate) fn release(&self) -> Option<String> {
        self.shared.waiting().release.clone()
    }

    /// Connects now, if not connected: the peer was just heard of.
    pub(crate) fn wake(&self) {
        self.shared.wake.notify_one();
    }

    /// Breaks the connection and connects anew.
    pub(crate) fn cut(&self) {
        self.shared.cut.notify_waiters();
    }

    fn register(&self) -> Result<(Call, u64), CallError> {
        let (sender, answer) = oneshot::channel();
        let id = self.shared.next_id.fetch_add(1, Ordering::Relaxed);
        let mut waiting = self.shared.waiting();
        if waiting.release.is_none() {
            return Err(CallError::NotSent);
        }
        waiting.calls.insert(id, sender);
        let epoch = waiting.epoch;
        drop(waiting);
        Ok((Call { id, answer, shared: Arc::clone(&self.shared) }, epoch))
    }
}

/// Where a peer may be: what the directory says, and what the configuration says. The handshake
/// tells who is there, so trying an old address is harmless.
#[derive(Clone, Default)]
pub(crate) struct Addresses(Arc<Mutex<Vec<String>>>);

impl Addresses {
    /// Puts `address` in front.
    pub(crate) fn prefer(&self, address: &str) {
        let mut all = self.0.lock().expect("nothing panics while it holds this lock");
        all.retain(|known| known != address);
        all.insert(0, address.to_owned());
    }

    fn nth(&self, attempt: usize) -> Option<String> {
        let all = self.0.lock().expect("nothing panics while it holds this lock");
        all.get(attempt.checked_rem(all.len())?).cloned()
    }
}

/// Keeps one link up until told to stop.
pub(crate) struct Keeper {
    shared: Arc<Shared>,
    queued: mpsc::Receiver<Queued>,
    me: Identity,
    to: NodeId,
    lane: Lane,
    addresses: Addresses,
}

impl Keeper {
    /// Connects, carries, connects again.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        let mut attempt = 0;
        let mut told = None;
        while !stop.is_cancelled() {
            let connected = tokio::select! {
                connected = self.connect(attempt) => connected,
                () = stop.cancelled() => break,
            };
            match connected {
                Ok((stream, release)) => {
                    attempt = 0;
                    told = None;
                    let epoch = self.open(release);
                    let end = tokio::select! {
                        end = self.carry(stream, epoch) => end,
                        () = stop.cancelled() => io::Error::other("this node is stopping"),
                    };
                    self.close();
                    tracing::info!(peer = self.to, lane = ?self.lane, "disconnected: {end}");
                }
                Err(error) => {
                    self.complain(&mut told, &error);
                    attempt += 1;
                }
            }
            self.pause(attempt, &stop).await;
        }
        self.close();
    }

    async fn connect(&self, attempt: usize) -> io::Result<(TcpStream, String)> {
        let address = self.addresses.nth(attempt).ok_or_else(|| io::Error::other("no address is known"))?;
        let connecting = timeout(CONNECT_TIMEOUT, TcpStream::connect(&address));
        let mut stream = connecting.await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        stream.set_nodelay(true)?;
        let release = handshake::call(&mut stream, &self.me, self.to, self.lane).await?;
        tracing::info!(peer = self.to, lane = ?self.lane, address, release, "connected");
        Ok((stream, release))
    }

    fn open(&self, release: String) -> u64 {
        let mut waiting = self.shared.waiting();
        waiting.epoch += 1;
        waiting.release = Some(release);
        waiting.epoch
    }

    /// Fails everything that waits: its sender is dropped.
    fn close(&self) {
        let mut waiting = self.shared.waiting();
        waiting.release = None;
        waiting.calls = HashMap::new();
    }

    async fn carry(&mut self, stream: TcpStream, epoch: u64) -> io::Error {
        let (read, write) = stream.into_split();
        let end = tokio::select! {
            end = write_requests(&mut self.queued, epoch, write) => end,
            end = read_answers(&self.shared, read) => end,
            () = self.shared.cut.notified() => Err(io::Error::other("the peer is silent")),
        };
        end.err().unwrap_or_else(|| io::Error::other("the peer closed the connection"))
    }

    /// Says why once, not with every attempt.
    fn complain(&self, told: &mut Option<String>, error: &io::Error) {
        let text = error.to_string();
        if told.as_ref() != Some(&text) {
            tracing::warn!(peer = self.to, lane = ?self.lane, "failed to connect: {text}");
            *told = Some(text);
        }
    }

    async fn pause(&self, attempt: usize, stop: &CancellationToken) {
        let doublings = u32::try_from(attempt.min(10)).expect("at most ten");
        let longest = RECONNECT_MIN.saturating_mul(1 << doublings).min(RECONNECT_MAX);
        tokio::select! {
            () = tokio::time::sleep(longest.mul_f64(0.5 + fastrand::f64() / 2.0)) => {}
            () = self.shared.wake.notified() => {}
            () = stop.cancelled() => {}
        }
    }
}

async fn write_requests(queued: &mut mpsc::Receiver<Queued>, epoch: u64, mut write: OwnedWriteHalf) -> io::Result<()> {
    let mut batch = Vec::with_capacity(WRITE_FRAMES);
    let mut bytes = BytesMut::new();
    while queued.recv_many(&mut batch, WRITE_FRAMES).await > 0 {
        // A request of an earlier connection was already failed: nobody waits for it.
        let current = batch.drain(..).filter(|queued| queued.epoch == epoch);
        let frames = current.map(|queued| queued.frame.put(&mut bytes)).count();
        write_once(&mut write, &mut bytes, frames).await?;
    }
    Ok(())
}

/// Writes what has gathered, and counts it.
pub(super) async fn write_once(write: &mut OwnedWriteHalf, bytes: &mut BytesMut, frames: usize) -> io::Result<()> {
    write.write_all(bytes).await?;
    metrics::counter!("courtd_peer_frames_written_total").increment(frames as u64);
    metrics::counter!("courtd_peer_writes_total").increment(1);
    bytes.clear();
    if bytes.capacity() > WRITE_BUFFER_KEEP_BYTES {
        *bytes = BytesMut::new();
    }
    Ok(())
}

async fn read_answers(shared: &Shared, read: OwnedReadHalf) -> io::Result<()> {
    let mut frames = FrameReader::new(read);
    while let Some(frame) = frames.next().await? {
        let waiting = shared.waiting().calls.remove(&frame.id);
        // Nobody waits for it: it came too late.
        if let Some(waiting) = waiting {
            let _ = waiting.send(frame);
        }
    }
    Ok(())
}
