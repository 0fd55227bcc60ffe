//! The outbox: what has to be told to somebody outside, decided with the events that it tells of.
//!
//! `enqueue` derives deliveries from events; a job claims, sends and settles them through commands. The
//! outbox decides nothing about courts, and no court waits for it.

#[cfg(test)]
pub(crate) mod cases;
mod delivery;
mod draft;
mod enqueue;
mod facts;
mod outcome;
mod records;
mod store;
#[cfg(test)]
mod tests;

pub use delivery::{Delivery, DeliveryAttempt, DeliveryKind, DeliveryState, DropReason, Medium, Urgency};
pub(crate) use enqueue::{follow, remind};
pub use facts::{BookingFacts, Facts, MoreFacts, SeriesSlot};
pub use outcome::{Consequence, Outcome, Receipt, Refusal};
pub(crate) use store::{Outbox, OutboxImage};
