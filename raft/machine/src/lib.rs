//! What is decided: the booking rules of one facility as a deterministic state machine.
//!
//! A [`Facility`] takes [`Envelope`]s in log order through [`apply`] and answers each with an
//! [`Applied`]: a reply for the caller and the events that everybody watching gets to see.
//! It reads no clock, no randomness and no time-zone table, so every replica that applies the
//! same log holds the same state. It knows nothing of consensus, storage or HTTP.

mod apply;
mod calendar;
mod claim;
pub mod codec;
mod command;
mod court;
mod deadline;
mod digest;
mod envelope;
mod event;
mod facility;
mod id;
mod member;
mod rejection;
mod reply;
mod reservation;
mod rules;
mod settings;
mod snapshot;
mod time;

pub use apply::{Applied, apply, refusal};
pub use calendar::{CalendarDay, LocalDate};
pub use claim::{Claim, ClaimKind};
pub use command::*;
pub use court::Court;
pub use digest::Digest;
pub use envelope::{Actor, Envelope, RequestId};
pub use event::Event;
pub use facility::Facility;
pub use id::{CourtId, FacilityId, HoldId, IdError, MemberId, ReservationId};
pub use member::{Member, MemberStatus, Preferences};
pub use rejection::{Conflict, Rejection, Rule};
pub use reply::{Accepted, Reply};
pub use reservation::{Reservation, Status};
pub use settings::Settings;
pub use snapshot::SnapshotError;
pub use time::{Instant, Interval};
