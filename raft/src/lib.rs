//! What is agreed: one replicated state machine as a few verbs: propose, read, watch, shut down.
//!
//! A [`Group`] wraps one openraft instance. It knows neither how the log is kept (it is given a
//! log and a [`SnapshotStore`]) nor how peers are reached (it is given a network).

mod change;
mod error;
mod group;
mod state_machine;
mod types;

pub use change::{Change, Cursor};
pub use error::{ProposeError, ReadError, StartError};
pub use group::{Answer, Group, GroupSettings, GroupStatus, Timing};
pub use state_machine::{SnapshotStore, StateMachine, StoredSnapshot};
pub use types::*;
