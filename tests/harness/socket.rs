//! A socket as a page has it, and a viewer that keeps its picture over the death of nodes.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::{Api, Slot, eventually};

/// How long a frame may take that must come.
const FRAME_WITHIN: Duration = Duration::from_secs(10);

/// How long connecting may take while nodes come and go.
const CONNECT_WITHIN: Duration = Duration::from_secs(30);

/// One connection.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Socket {
    /// Opens a socket of a facility at one node.
    pub async fn open(api: &Api, node: u64, facility: &str, since: Option<&str>) -> Result<Self, String> {
        let base = api.url(node).replacen("http", "ws", 1);
        let since = since.map(|cursor| format!("&since={cursor}")).unwrap_or_default();
        Self::open_at(&format!("{base}/websocket?facilityId={facility}{since}")).await
    }

    /// Opens a socket at an address.
    pub async fn open_at(url: &str) -> Result<Self, String> {
        let (stream, _) = connect_async(url).await.map_err(|error| error.to_string())?;
        Ok(Self { stream })
    }

    /// The next frame; `None` when the connection has ended, `Err` when nothing came in time.
    pub async fn next(&mut self, within: Duration) -> Result<Option<Value>, tokio::time::error::Elapsed> {
        timeout(within, async {
            loop {
                match self.stream.next().await {
                    Some(Ok(Message::Text(text))) => {
                        return Some(serde_json::from_str(&text).expect("frames are JSON"));
                    }
                    // Pongs are sent while reading; a ping says only that somebody is there.
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                    Some(Ok(other)) => panic!("only text is promised: {other:?}"),
                }
            }
        })
        .await
    }

    /// The next frame, which must come, and soon.
    pub async fn frame(&mut self) -> Value {
        let frame = self.next(FRAME_WITHIN).await.expect("a frame comes in time");
        frame.expect("the socket is open")
    }

    /// The next frame of a type, past others.
    pub async fn frame_of(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.frame().await;
            if frame["type"] == kind {
                return frame;
            }
        }
    }

    /// Closes it as a page does.
    pub async fn close(mut self) {
        let _ = self.stream.send(Message::Close(None)).await;
    }
}

/// A page: what it shows, and every change it was told, by cursor.
pub struct Viewer {
    api: Api,
    facility: String,
    node: u64,
    socket: Socket,
    /// The last place it has seen.
    pub cursor: String,
    /// Index of the `initial_state` it began with.
    pub began_at: u64,
    /// Every change after that, in the order in which it came.
    pub changes: Vec<(u64, u64, Value)>,
    /// What it shows: status by slot.
    pub picture: BTreeMap<Slot, String>,
    /// How often it had to find another node.
    pub moves: u32,
}

impl Viewer {
    /// Opens a page at one node.
    pub async fn open(api: &Api, node: u64, facility: &str) -> Self {
        let mut socket = Socket::open(api, node, facility, None).await.expect("the node takes sockets");
        let first = socket.frame().await;
        assert_eq!(first["type"], "initial_state", "{first}");
        let claims = first["availability"].as_array().expect("availability").iter();
        Self {
            api: api.clone(),
            facility: facility.to_owned(),
            node,
            socket,
            cursor: cursor_of(&first),
            began_at: first["index"].as_u64().expect("an index"),
            changes: Vec::new(),
            picture: claims.map(|claim| (Slot::read(claim), status_of(claim))).collect(),
            moves: 0,
        }
    }

    /// Reads until every change up to and with `index` has come, moving to other nodes where it must.
    pub async fn follow_to(&mut self, index: u64) {
        while self.changes.last().map_or(self.began_at, |(at, _, _)| *at) < index {
            self.step(FRAME_WITHIN).await.expect("what was decided is told");
        }
    }

    /// Reads until a whole `quiet` passes without a frame.
    pub async fn follow_until_quiet(&mut self, quiet: Duration) {
        while self.step(quiet).await.is_ok() {}
    }

    /// Takes one frame, or a new connection.
    async fn step(&mut self, within: Duration) -> Result<(), tokio::time::error::Elapsed> {
        match self.socket.next(within).await? {
            Some(frame) => self.take(frame),
            None => self.resume().await,
        }
        Ok(())
    }

    fn take(&mut self, frame: Value) {
        assert_ne!(frame["type"], "initial_state", "a resumed socket begins anew though others remember: {frame}");
        self.cursor = cursor_of(&frame);
        let (index, ordinal) = self.cursor.split_once('.').expect("a cursor is <index>.<ordinal>");
        let place = (index.parse().expect("digits"), ordinal.parse().expect("digits"));
        assert_eq!(frame["index"], place.0, "{frame}");
        let before = self.changes.last().map(|(index, ordinal, _)| (*index, *ordinal));
        assert!(before.is_none_or(|before| before < place), "{before:?} and then {place:?}");
        let slot = Slot::read(&frame);
        match status_of(&frame).as_str() {
            "available" => self.picture.remove(&slot),
            status => self.picture.insert(slot, status.to_owned()),
        };
        self.changes.push((place.0, place.1, frame));
    }

    async fn resume(&mut self) {
        self.moves += 1;
        let (api, facility, since) = (self.api.clone(), self.facility.clone(), self.cursor.clone());
        let mut node = self.node;
        self.socket = eventually(CONNECT_WITHIN, "another node takes the socket", async || {
            node = node % 3 + 1;
            Socket::open(&api, node, &facility, Some(&since)).await
        })
        .await;
        self.node = node;
    }
}

fn cursor_of(frame: &Value) -> String {
    frame["cursor"].as_str().unwrap_or_else(|| panic!("no cursor in {frame}")).to_owned()
}

fn status_of(frame: &Value) -> String {
    frame["status"].as_str().unwrap_or_else(|| panic!("no status in {frame}")).to_owned()
}
