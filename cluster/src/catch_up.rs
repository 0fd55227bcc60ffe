//! The history of a replica that is given a snapshot: it asks for the rows that it does not have.
//!
//! A history only grows and is the same on every replica, so there is nothing to replace: what is
//! here already stays, what is missing comes in pieces, each durable before the next is asked for.
//! A transfer that breaks goes on where it was.

use std::time::Duration;

use raft::{Cursor, GroupId, HistoryStore, Inbox, NodeId, Row, RowLimit, SnapshotMeta};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::carried;
use crate::host::Host;
use crate::peer::{Kind, Refusal};

/// Rows in one answer: like a piece of a snapshot, it costs other groups little of the connection.
const PIECE: RowLimit = RowLimit { rows: 4096, bytes: 256 << 10 };

/// How long a piece may take.
const PIECE_TIMEOUT: Duration = Duration::from_secs(5);

/// Asks for rows.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RowsWanted {
    after: Cursor,
    upto: u64,
}

/// Rows, in order; none when there are no more.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RowsSent(Vec<Row>);

/// Answers a replica that asks.
pub(crate) async fn rows_for(history: &dyn HistoryStore, wanted: RowsWanted) -> Result<RowsSent, Refusal> {
    let rows = history.rows(wanted.after, wanted.upto, PIECE).await;
    rows.map(RowsSent).map_err(|error| {
        tracing::error!("failed to read history for a peer: {error}");
        Refusal::NotHere
    })
}

/// Brings the history here up to a snapshot that `from` has sent.
pub(crate) async fn catch_up(
    host: &Host,
    inbox: &Inbox,
    from: NodeId,
    group: GroupId,
    snapshot: &SnapshotMeta,
) -> Result<(), Refusal> {
    let upto = snapshot.last_log_id.map_or(0, |id| id.index);
    let history = inbox.history();
    let peer = host.peers().get(from).ok_or(Refusal::NotHere)?;
    loop {
        let wanted = carried::encode(&RowsWanted { after: history.end(), upto });
        let answer = peer.bulk.call(Kind::History, group, wanted, Instant::now() + PIECE_TIMEOUT).await;
        let answer = answer.map_err(|error| {
            tracing::warn!(peer = from, group, "failed to fetch history: {error}");
            Refusal::NotHere
        })?;
        let RowsSent(rows) = carried::decode(&answer).ok_or(Refusal::Senseless)?;
        if rows.is_empty() {
            return Ok(());
        }
        history.append(rows);
        if let Err(error) = history.flush(u64::MAX).await {
            tracing::error!(group, "failed to keep history: {error}");
            return Err(Refusal::Stopping);
        }
    }
}
