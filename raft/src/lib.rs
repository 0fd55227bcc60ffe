//! What is agreed: one replicated state machine as a few verbs: propose, read, watch, shut down.
//!
//! A [`Group`] wraps one openraft instance. It knows neither how the log is kept (it is given a
//! log, a [`SnapshotStore`] and a [`HistoryStore`]) nor how peers are reached (it is given a network).

mod adapter;
mod barrier;
mod change;
mod error;
mod facility;
mod group;
mod history;
mod inbox;
mod keeper;
mod observer;
mod proposer;
mod replica;
mod responder;
mod ring;
mod settings;
mod state_machine;
mod types;

pub use change::{Change, Cursor, CursorError};
pub use error::{ProposeError, ReadError, StartError, Stopped};
pub use facility::{NOTIFICATIONS, RESERVATIONS, WAITLIST, past_of};
pub use group::{Answer, Group, GroupStatus};
pub use history::{Ended, Family, HistoryStore, Listed, Listing, Row, RowLimit, Told};
pub use inbox::Inbox;
pub use proposer::{BATCH_BYTES_MAX, BATCH_COMMANDS_MAX, PROPOSALS_WAITING_MAX};
pub use ring::RING_CHANGES_MAX;
pub use settings::{GroupSettings, SNAPSHOT_ENTRIES, Timing};
pub use state_machine::{Applied, SnapshotStore, StateMachine, StoredSnapshot};
pub use types::*;
