//! One facility's replica on this node: its group, and whether it may be read.

use std::sync::atomic::{AtomicBool, Ordering};

use raft::{Group, NodeId};
use tokio::sync::watch;

use crate::FacilityRecord;

/// One facility's replica on this node.
pub(crate) struct Replica {
    /// As in the directory.
    pub(crate) record: FacilityRecord,
    /// Its group.
    pub(crate) group: Group<machine::Facility>,
    leadership: watch::Receiver<Option<u64>>,
    serving: AtomicBool,
}

impl Replica {
    /// Of a group just started: it does not serve yet.
    pub(crate) fn new(record: FacilityRecord, group: Group<machine::Facility>) -> Self {
        let leadership = group.leadership();
        Self { record, group, leadership, serving: AtomicBool::new(false) }
    }

    /// The term in which this node leads, and is ready to.
    pub(crate) fn term_led(&self) -> Option<u64> {
        *self.leadership.borrow()
    }

    /// Who leads, as far as is known here.
    pub(crate) fn leader(&self, me: NodeId) -> Option<NodeId> {
        match self.term_led() {
            Some(_) => Some(me),
            None => self.group.leader(),
        }
    }

    /// Whether it has recovered: before, a reader could see the past.
    pub(crate) fn is_serving(&self) -> bool {
        self.serving.load(Ordering::Acquire)
    }

    /// It has recovered.
    pub(crate) fn serve(&self) {
        self.serving.store(true, Ordering::Release);
    }
}
