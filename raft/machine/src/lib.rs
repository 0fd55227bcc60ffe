//! What is decided: the booking rules of one facility as a deterministic state machine.
//!
//! A [`Facility`] takes [`Envelope`]s in log order through [`apply`] and answers each with an
//! [`Applied`]: a reply for the caller and the events that everybody watching gets to see.
//! It reads no clock, no randomness and no time-zone table, so every replica that applies the
//! same log holds the same state. It knows nothing of consensus, storage or HTTP.

mod answer;
mod apply;
mod book;
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
mod horizon;
mod id;
mod member;
mod past;
mod record;
mod rejection;
mod reply;
mod reservation;
mod rules;
mod settings;
mod shelves;
mod snapshot;
mod time;
mod view;

pub use apply::{Applied, apply, refusal};
pub use calendar::{CalendarDay, LocalDate};
pub use claim::{Claim, ClaimKind};
pub use codec::{BytesError, CodecError};
pub use command::{
    CancelReservation, Command, ConfirmHold, CreateFacility, ExtendCalendar, HoldRef, ImportReservation, PlaceHold,
    ReleaseHold,
};
pub use court::Court;
pub use digest::Digest;
pub use envelope::{Actor, ENVELOPE_VERSION, Envelope, RequestId};
pub use event::Event;
pub use facility::Facility;
pub use id::{CourtId, FacilityId, HoldId, ID_CHARS_MAX, IdError, MemberId, ReservationId};
pub use member::{Member, MemberStatus, Preferences};
pub use past::{PAST_VERSION, Past, PastBytes};
pub use rejection::{Conflict, Rejection, Rule};
pub use reply::{Accepted, Cancellation, REPLY_VERSION, Reply, decode_reply, encode_reply};
pub use reservation::{Reservation, Status};
pub use settings::{CancellationPolicy, Limits, LocalHours, NoShowPolicy, PeakHours, Settings};
pub use snapshot::{SNAPSHOT_VERSION, SnapshotError};
pub use time::{Instant, Interval};
