//! What is decided: the booking rules of one facility as a deterministic state machine.
//!
//! A [`Facility`] takes [`Envelope`]s in log order through [`apply`] and answers each with an
//! [`Applied`]: a reply for the caller and the events that everybody watching gets to see.
//! It reads no clock, no randomness and no time-zone table, so every replica that applies the
//! same log holds the same state. It knows nothing of consensus, storage or HTTP.

mod answer;
mod apply;
mod block;
mod blocks;
mod book;
mod booking;
mod calendar;
mod claim;
pub mod codec;
mod command;
mod conflict;
mod court;
mod credit;
mod deadline;
mod digest;
mod displace;
mod elsewhere;
mod envelope;
mod erasure;
mod event;
mod facility;
mod horizon;
mod hours;
mod id;
mod ledger;
mod member;
mod no_show;
mod outbox;
mod past;
mod payment;
mod people;
#[cfg(feature = "planted-bugs")]
mod planted;
mod price;
mod record;
mod refund;
mod rejection;
mod reply;
mod reservation;
mod rule;
mod rules;
mod settings;
mod shelves;
mod snapshot;
mod time;
mod view;
mod waitlist;

pub use apply::{Applied, apply, refusal};
pub use block::{Block, BlockKind, BlockMode};
pub use booking::Pay;
pub use calendar::{CalendarDay, LocalDate};
pub use claim::{BlockedSlot, Claim, ClaimKind};
pub use codec::{BytesError, CodecError};
pub use command::{
    AcceptOffer, AdjustCredits, BeginPayment, BookReservation, BookSeries, CancelReservation, CancelSeries,
    CancellationPreview, CheckIn, CheckoutEnd, ClaimDeliveries, Claimed, Command, Complete, ConfirmHold,
    CreateFacility, DeclineOffer, EndCheckout, EntryImport, EraseMember, ExtendBlock, ExtendCalendar, HoldRef,
    ImportReservation, ImportWaitlist, ImportedEntry, JoinWaitlist, LeaveWaitlist, MarkNoShow, MoveReservation,
    NoteCheckout, NoteReach, NoteReceipt, Occurrence, OnConflict, PlaceBlock, PlaceHold, RecordDispute, RecordPayment,
    RecordRefund, ReleaseHold, RemoveBlock, RemoveCourt, ReverseNoShow, SettleDeliveries, Settlement, UpdateCourt,
    UpdateFacility, UpdateMember, WhichTimes,
};
pub use conflict::{Conflict, Warning};
pub use court::Court;
pub use credit::{CreditEntry, CreditReason};
pub use digest::Digest;
pub use elsewhere::{Elsewhere, ImportedLine, LogLine, Logged};
pub use envelope::{Actor, ENVELOPE_VERSION, Envelope, RequestId};
pub use event::Event;
pub use facility::Facility;
pub use id::{
    BlockId, CourtId, DeliveryId, FacilityId, HoldId, ID_CHARS_MAX, IdError, LogId, MemberId, ReservationId, SeriesId,
    WaitlistId,
};
pub use member::{Member, MemberStatus, Preferences, Reach, Unreachable};
pub use outbox::{
    BookingFacts, Consequence, Delivery, DeliveryAttempt, DeliveryKind, DeliveryState, DropReason, Facts, Medium,
    MoreFacts, Outcome, Receipt, Refusal, SeriesSlot, Urgency,
};
pub use past::{PAST_VERSION, Past, PastBytes};
pub use payment::DisputeState;
#[cfg(feature = "planted-bugs")]
pub use planted::{Planted, is_planted, plant};
pub use rejection::Rejection;
pub use reply::{
    Accepted, Booked, Cancellation, Joined, PaymentTaken, Promotion, PromotionAction, REPLY_VERSION, RefusedOccurrence,
    Reply, decode_reply, encode_reply,
};
pub use reservation::{BOOKING_TYPE, PaymentStatus, Reservation, Status};
pub use rule::Rule;
pub use rules::{Override, SlotRequest, Verdict, explain};
pub use settings::{CancellationPolicy, Limits, LocalHours, NoShowPolicy, PeakHours, Settings};
pub use snapshot::{SNAPSHOT_VERSION, SnapshotError};
pub use time::{Instant, Interval};
pub use waitlist::{CourtMatch, CourtWish, Fate, Grant, Ranked, WaitlistEntry, WaitlistStatus, WaitlistWish};
