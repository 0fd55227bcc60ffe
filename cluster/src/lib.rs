//! Who keeps it: many groups on many nodes, the directory of them, and the way between peers.
//!
//! A [`Node`] hosts the directory (group 0) and a replica of each facility placed on it. A
//! [`Facility`] is the handle through which the rest of the program proposes, reads and watches,
//! on whichever node it is: what has to reach the leader is carried there.

mod settings;
mod node;
mod status;
mod facility;
mod booking;
mod leader;
mod directory;
mod directory_access;
mod host;
mod replica;
mod groups;
mod formation;
mod balance;
mod clock;
mod pulse;
mod carried;
mod desk;
mod peer;
mod error;

pub use directory::{FacilityRecord, NodeRecord};
pub use error::{CreateError, NodeError, ProposeError, ReadError};
pub use facility::{Answer, Facility, Request};
pub use node::Node;
pub use raft::{Change, Cursor, GroupStatus, NodeId, Timing};
pub use settings::{Clock, NodeSettings, SystemClock};
pub use status::{FacilityStatus, Lookup, PeerStatus, Readiness};
