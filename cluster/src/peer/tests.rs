//! Two ends over real connections: what a caller may rely on.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use raft::NodeId;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::handshake;
use super::{Answers, CallError, Frame, Hello, Identity, Kind, Lane, Peers, Refusal, serve};

const SOON: Duration = Duration::from_secs(10);

fn identity(cluster: &str, node: NodeId) -> Identity {
    Identity { cluster: cluster.into(), node }
}

/// Notes what comes in; answers all but group 9, which it keeps waiting, and refuses group 8.
#[derive(Default)]
struct Echo(Mutex<Vec<Bytes>>);

impl Answers for Echo {
    fn greeted(&self, _hello: &Hello) {}

    fn answer(&self, _from: NodeId, request: Frame) -> BoxFuture<'static, Frame> {
        self.0.lock().unwrap().push(request.payload.clone());
        Box::pin(async move {
            match request.group {
                9 => std::future::pending().await,
                8 => Frame { kind: Kind::Refusal, payload: Refusal::NotHere.encode(), ..request },
                _ => Frame { kind: Kind::Answer, ..request },
            }
        })
    }
}

struct Ends {
    near: Peers,
    far: Arc<Echo>,
    address: String,
    stop: CancellationToken,
}

/// Node 1, connected to a node 2 that echoes.
async fn ends() -> Ends {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (far, stop) = (Arc::new(Echo::default()), CancellationToken::new());
    tokio::spawn(serve(listener, identity("north", 2), Arc::clone(&far), stop.clone()));
    let near = Peers::new(identity("north", 1));
    near.learn(2, &address);
    let deadline = Instant::now() + SOON;
    while near.get(2).unwrap().bulk.release().is_none() || near.get(2).unwrap().small.release().is_none() {
        assert!(Instant::now() < deadline, "never connected");
        sleep(Duration::from_millis(5)).await;
    }
    Ends { near, far, address, stop }
}

#[tokio::test]
async fn requests_arrive_in_order_and_each_has_its_own_answer() {
    let ends = ends().await;
    let peer = ends.near.get(2).unwrap();
    let payloads: Vec<Bytes> = (0..500_u32).map(|at| Bytes::copy_from_slice(&at.to_le_bytes())).collect();
    let mut calls = Vec::new();
    for payload in &payloads {
        calls.push(peer.bulk.send(Kind::Append, 7, payload.clone(), Instant::now() + SOON).await.unwrap());
    }
    for (call, payload) in calls.iter_mut().zip(&payloads).rev() {
        assert_eq!(call.answer(Instant::now() + SOON).await.as_ref(), Ok(payload));
    }
    assert_eq!(*ends.far.0.lock().unwrap(), payloads);
    let refused = peer.small.call(Kind::Ping, 8, Bytes::new(), Instant::now() + SOON).await;
    assert_eq!(refused, Err(CallError::Refused(Refusal::NotHere)));
    ends.near.close().await;
}

#[tokio::test]
async fn what_wants_no_answer_keeps_its_place_and_gets_none() {
    let ends = ends().await;
    let peer = ends.near.get(2).unwrap();
    let payloads = ["one", "two", "three"].map(|text| Bytes::from_static(text.as_bytes()));
    let deadline = Instant::now() + SOON;
    let mut first = peer.bulk.send(Kind::Append, 7, payloads[0].clone(), deadline).await.unwrap();
    peer.bulk.tell(Kind::Append, 7, payloads[1].clone(), deadline).await;
    let mut third = peer.bulk.send(Kind::Append, 7, payloads[2].clone(), deadline).await.unwrap();
    assert_eq!(first.answer(deadline).await.as_ref(), Ok(&payloads[0]));
    assert_eq!(third.answer(deadline).await.as_ref(), Ok(&payloads[2]));
    assert_eq!(*ends.far.0.lock().unwrap(), payloads);
    ends.near.close().await;
    // Lost, and nobody waits.
    peer.bulk.tell(Kind::Append, 7, payloads[0].clone(), deadline).await;
}

#[tokio::test]
async fn a_call_ends_at_its_deadline_and_all_of_them_with_the_connection() {
    let ends = ends().await;
    let peer = ends.near.get(2).unwrap();
    let late = peer.small.call(Kind::Ping, 9, Bytes::new(), Instant::now() + Duration::from_millis(30)).await;
    assert_eq!(late, Err(CallError::Late));
    let waiting: Vec<_> =
        (0..20).map(|_| peer.small.call(Kind::Ping, 9, Bytes::new(), Instant::now() + SOON * 9)).collect();
    let begun = Instant::now();
    let ended = async { futures_util::future::join_all(waiting).await };
    let (ended, ()) = tokio::join!(ended, async {
        while ends.far.0.lock().unwrap().len() < 21 {
            sleep(Duration::from_millis(2)).await;
        }
        ends.stop.cancel();
    });
    assert!(ended.iter().all(|end| *end == Err(CallError::Lost)), "{ended:?}");
    assert!(begun.elapsed() < SOON);
    assert_eq!(peer.small.call(Kind::Ping, 7, Bytes::new(), Instant::now() + SOON).await, Err(CallError::NotSent));
    ends.near.close().await;
}

#[tokio::test]
async fn a_node_of_another_cluster_is_refused() {
    let ends = ends().await;
    for (me, to) in [(identity("south", 3), 2), (identity("north", 3), 4), (identity("north", 2), 2)] {
        let mut stream = TcpStream::connect(&ends.address).await.unwrap();
        let refused = handshake::call(&mut stream, &me, to, Lane::Small).await.unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused, "{refused}");
    }
    let mut stream = TcpStream::connect(&ends.address).await.unwrap();
    assert!(handshake::call(&mut stream, &identity("north", 3), 2, Lane::Small).await.is_ok());
    ends.near.close().await;
}
