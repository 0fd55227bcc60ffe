//! Who keeps it: many groups on many nodes, the directory of them, and the way between peers.
//!
//! A [`Node`] hosts the directory (group 0) and a replica of each facility placed on it. A
//! [`Facility`] is the handle through which the rest of the program proposes, reads and watches,
//! on whichever node it is: what has to reach the leader is carried there.

mod balance;
mod barrier;
mod booking;
mod carried;
mod catch_up;
mod clock;
mod creation;
mod desk;
mod directory;
mod directory_access;
mod error;
mod facility;
mod formation;
mod groups;
mod history;
mod host;
mod keys;
mod leader;
mod node;
mod peer;
mod pulse;
mod replica;
mod settings;
mod status;

pub use directory::{FacilityRecord, Grant, KeyRecord, NodeRecord};
pub use error::{CreateError, KeyError, NodeError, ProposeError, ReadError, RenameError};
pub use facility::{Answer, Facility, Request};
pub use history::{HistoryPage, PastNotification, PastNotifications, PastReservations};
pub use node::Node;
pub use raft::{Change, Cursor, CursorError, GroupStatus, NodeId, Timing};
pub use settings::{Clock, NodeSettings, SystemClock};
pub use status::{FacilityStatus, Lookup, PeerStatus, Readiness};
pub use storage::Stats as StorageStats;
