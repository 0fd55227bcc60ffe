//! The answering side: takes connections, reads requests, writes answers as they come.
//!
//! A request is begun before the next one is read, so appends reach their group in the order of
//! the connection; answers leave in whatever order they are ready, named by request id. No task a
//! request: the connection's own polls what is under way.

use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::BytesMut;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use raft::NodeId;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::frame::{Frame, FrameReader, UNANSWERED};
use super::handshake::{self, Hello, Identity};
use super::link::write_once;

/// Requests of one connection under way at once: what a node may make another one remember.
const UNDER_WAY_MAX: usize = 4096;

/// Answers that wait to be written; beyond, the connection is not read until the peer takes some.
const ANSWERS_MAX: usize = 1024;

/// Answers that are written at once.
const WRITE_FRAMES: usize = 256;

/// Pause after a failed accept: it is usually a lack of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What a node does with its peers' requests.
pub(crate) trait Answers: Send + Sync + 'static {
    /// A peer has connected.
    fn greeted(&self, hello: &Hello);

    /// Begins to answer: what has to keep the order of requests happens in the first poll.
    fn answer(&self, from: NodeId, request: Frame) -> BoxFuture<'static, Frame>;
}

/// Takes connections until told to stop; all of them are over when this returns.
pub(crate) async fn serve<A: Answers>(listener: TcpListener, me: Identity, answers: Arc<A>, stop: CancellationToken) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, me.clone(), Arc::clone(&answers), stop.clone()));
                }
                Err(error) => {
                    tracing::warn!("failed to accept a peer: {error}");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
            Some(_) = connections.join_next() => {}
            () = stop.cancelled() => break,
        }
    }
    while connections.join_next().await.is_some() {}
}

async fn connection<A: Answers>(mut stream: TcpStream, me: Identity, answers: Arc<A>, stop: CancellationToken) {
    let hello = tokio::select! {
        hello = handshake::answer(&mut stream, &me) => hello,
        () = stop.cancelled() => return,
    };
    let hello = match hello {
        Ok(hello) => hello,
        Err(error) => {
            let address = stream.peer_addr().map_or_else(|_| "?".to_owned(), |address| address.to_string());
            tracing::warn!(address, "refused a connection: {error}");
            return;
        }
    };
    answers.greeted(&hello);
    let end = tokio::select! {
        end = exchange(stream, hello.from, &*answers) => end,
        () = stop.cancelled() => return,
    };
    if let Err(error) = end {
        tracing::info!(peer = hello.from, lane = ?hello.lane, "the peer's connection broke: {error}");
    }
}

async fn exchange<A: Answers>(stream: TcpStream, from: NodeId, answers: &A) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (read, write) = stream.into_split();
    let (sender, receiver) = mpsc::channel(ANSWERS_MAX);
    tokio::select! {
        end = read_requests(read, from, answers, sender) => end,
        end = write_answers(receiver, write) => end,
    }
}

async fn read_requests<A: Answers>(
    read: OwnedReadHalf,
    from: NodeId,
    answers: &A,
    ready: mpsc::Sender<Frame>,
) -> io::Result<()> {
    let mut requests = FrameReader::new(read);
    let mut under_way = FuturesUnordered::new();
    loop {
        let answer = tokio::select! {
            request = requests.next(), if under_way.len() < UNDER_WAY_MAX => {
                let Some(request) = request? else { return Ok(()) };
                let mut answer = answers.answer(from, request);
                // Order: polled once before the next request is read, so that appends reach their
                // group in the order in which they were sent.
                match poll_fn(|context| Poll::Ready(answer.as_mut().poll(context))).await {
                    Poll::Ready(frame) => frame,
                    Poll::Pending => {
                        under_way.push(answer);
                        continue;
                    }
                }
            }
            Some(frame) = under_way.next() => frame,
        };
        if answer.id == UNANSWERED {
            continue;
        }
        // The writer is gone: its own error says why.
        if ready.send(answer).await.is_err() {
            return Ok(());
        }
    }
}

async fn write_answers(mut ready: mpsc::Receiver<Frame>, mut write: OwnedWriteHalf) -> io::Result<()> {
    let mut batch = Vec::with_capacity(WRITE_FRAMES);
    let mut bytes = BytesMut::new();
    while ready.recv_many(&mut batch, WRITE_FRAMES).await > 0 {
        let frames = batch.len();
        batch.drain(..).for_each(|frame| frame.put(&mut bytes));
        write_once(&mut write, &mut bytes, frames).await?;
    }
    Ok(())
}
