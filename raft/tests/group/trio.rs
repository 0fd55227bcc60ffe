//! Three replicas of a small ledger, to be stopped, cut off and started again.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use raft::{
    Answer, Applied, Group, GroupSettings, HistoryStore, NodeId, ProposeError, RowLimit, StartError, StateMachine,
    Timing, Told,
};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::network::Network;
use crate::store::{MemoryHistory, MemoryLog, MemorySnapshots};

/// As long as anything may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Makes the machine panic.
pub(crate) const BOMB: u64 = u64::MAX;

/// Erases a member from the history.
pub(crate) const ERASES: u64 = u64::MAX - 1;

/// A list of numbers with the index that each came at, behind some ballast.
#[derive(Clone, Default)]
pub(crate) struct Ledger {
    pub(crate) lines: Vec<(u64, u64)>,
    ballast: usize,
}

impl StateMachine for Ledger {
    type Event = u64;

    fn empty() -> Self {
        Self::default()
    }

    /// A command is a number, and as many bytes more as the caller likes, kept as ballast.
    fn apply(&mut self, index: u64, command: &[u8], wanted: bool) -> Applied<u64> {
        let number = number(command);
        assert_ne!(number, BOMB, "the bomb is meant to go off");
        self.lines.push((index, number));
        self.ballast = self.ballast.max(command.len());
        let bytes = Bytes::copy_from_slice(&number.to_le_bytes());
        let told = Told { open: bytes.clone(), erases: (number == ERASES).then(|| "ana".into()), ..Told::default() };
        Applied { reply: wanted.then_some(bytes), events: vec![number], told: vec![told] }
    }

    fn freeze(&self) -> Box<dyn FnOnce() -> Vec<u8> + Send> {
        let copy = self.clone();
        Box::new(move || {
            let words = copy.lines.iter().flat_map(|(index, number)| [*index, *number]);
            let mut bytes: Vec<u8> = words.flat_map(u64::to_le_bytes).collect();
            bytes.splice(0..0, (copy.lines.len() as u64).to_le_bytes());
            bytes.resize(bytes.len() + copy.ballast, 0);
            bytes
        })
    }

    fn restore(bytes: &[u8]) -> io::Result<Self> {
        let words: Vec<u64> = bytes.chunks_exact(8).map(number).collect();
        let count = usize::try_from(words[0]).unwrap();
        let lines = words[1..=2 * count].chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
        Ok(Self { lines, ballast: bytes.len() - 8 - 16 * count })
    }
}

/// The number at the head of a command or a reply.
pub(crate) fn number(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(bytes[..8].try_into().unwrap())
}

/// Proposes a number.
pub(crate) async fn put(group: &Group<Ledger>, number: u64) -> Result<Answer, ProposeError> {
    group.propose(Bytes::copy_from_slice(&number.to_le_bytes())).await
}

/// Nodes 1 to 3, or fewer.
pub(crate) struct Trio {
    pub(crate) network: Network,
    pub(crate) disks: BTreeMap<NodeId, (MemoryLog, MemorySnapshots)>,
    pub(crate) histories: BTreeMap<NodeId, MemoryHistory>,
    pub(crate) running: BTreeMap<NodeId, Group<Ledger>>,
    snapshot_entries: u64,
}

impl Trio {
    /// Starts `count` nodes and waits until node 1 leads them.
    pub(crate) async fn start(count: u64) -> Self {
        Self::with_snapshots(count, raft::SNAPSHOT_ENTRIES).await
    }

    /// The same, with at least so many entries between two snapshots.
    pub(crate) async fn with_snapshots(count: u64, snapshot_entries: u64) -> Self {
        let disks = (1..=count).map(|node| (node, Default::default())).collect();
        let histories = (1..=count).map(|node| (node, MemoryHistory::default())).collect();
        let (network, running) = (Network::default(), BTreeMap::new());
        let mut trio = Self { network, disks, histories, running, snapshot_entries };
        for node in 1..=count {
            trio.run(node).await;
        }
        trio.running[&1].initialize((1..=count).collect()).await.unwrap();
        trio.leader().await;
        trio
    }

    /// Starts a node on what is on its disk.
    pub(crate) async fn run(&mut self, node: NodeId) {
        self.try_run(node).await.unwrap();
    }

    /// The same, where it may be refused.
    pub(crate) async fn try_run(&mut self, node: NodeId) -> Result<(), StartError> {
        let timing = Timing {
            heartbeat: Duration::from_millis(60),
            election_min: Duration::from_millis(300),
            election_max: Duration::from_millis(600),
        };
        let mut settings = GroupSettings::new(7, node, timing, Arc::new(Semaphore::new(1)));
        settings.snapshot_entries = self.snapshot_entries;
        let (log, snapshots) = self.disks[&node].clone();
        let history = self.histories[&node].clone();
        let group = Group::start(settings, log, snapshots, history, self.network.of(node)).await?;
        self.network.connect(node, group.inbox());
        self.running.insert(node, group);
        Ok(())
    }

    /// Stops a node; its disk stays.
    pub(crate) async fn stop(&mut self, node: NodeId) {
        self.network.disconnect(node);
        self.running.remove(&node).unwrap().shutdown().await;
    }

    /// Stops all nodes.
    pub(crate) async fn end(mut self) {
        for node in self.running.keys().copied().collect::<Vec<_>>() {
            self.stop(node).await;
        }
    }

    /// Whichever node leads and is ready to.
    pub(crate) async fn leader(&self) -> (NodeId, Group<Ledger>) {
        self.leader_but(None).await
    }

    /// The same, when it is another node than `old`.
    pub(crate) async fn leader_but(&self, old: Option<NodeId>) -> (NodeId, Group<Ledger>) {
        let found = || {
            let ready = |(_, group): &(&NodeId, &Group<Ledger>)| group.leadership().borrow().is_some();
            self.running.iter().filter(|(node, _)| Some(**node) != old).find(ready)
        };
        eventually("a leader", || found().is_some()).await;
        let (node, group) = found().expect("leadership is not lost between two lines");
        (*node, group.clone())
    }

    /// Waits until all running replicas hold the same lines, and returns them.
    pub(crate) async fn agreed(&self) -> Vec<(u64, u64)> {
        let states = || {
            let status: Vec<_> = self.running.values().map(|group| group.status().last_index).collect();
            let top = status.iter().max().copied().unwrap_or(0);
            let lines = self.running.values().map(|group| group.read(|ledger, index| (index, ledger.lines.clone())));
            (top, lines.collect::<Vec<_>>())
        };
        eventually("all replicas at one index", || {
            let (top, states) = states();
            states.iter().all(|(index, lines)| *index == top && *lines == states[0].1)
        })
        .await;
        states().1.swap_remove(0).1
    }
}

/// Brings one history up to another, up to a log index.
pub(crate) async fn bring_history(from: &dyn HistoryStore, to: &dyn HistoryStore, upto: u64) {
    let limit = RowLimit { rows: 100, bytes: usize::MAX };
    loop {
        let rows = from.rows(to.end(), upto, limit).await.unwrap();
        if rows.is_empty() {
            return;
        }
        to.append(rows);
    }
}

/// By when a call has to be back.
pub(crate) fn soon() -> Instant {
    Instant::now() + PATIENCE
}

/// Waits until `condition` holds.
pub(crate) async fn eventually(what: &str, condition: impl Fn() -> bool) {
    let mut ticks = tokio::time::interval(Duration::from_millis(2));
    let deadline = soon();
    while !condition() {
        assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {what}");
        ticks.tick().await;
    }
}
