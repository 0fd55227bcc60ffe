//! Who keeps it: many groups on many nodes, the directory of them, and the way between peers.
//!
//! A [`Node`] hosts the directory (group 0) and a replica of each facility placed on it. A
//! [`Facility`] is the handle through which the rest of the program proposes, reads and watches,
//! on whichever node it is: what has to reach the leader is carried there.

mod clock;
mod directory;
mod error;
mod facility;
mod node;
mod peer;

pub use directory::{FacilityRecord, NodeRecord};
pub use error::{CreateError, NodeError, ProposeError, ReadError};
pub use facility::{Answer, Facility, Request};
pub use node::{Clock, FacilityStatus, Lookup, Node, NodeSettings, PeerStatus, Readiness, SystemClock};
pub use raft::{Change, Cursor, GroupStatus, NodeId, Timing};
