//! What the providers tell and ask: `/api/twilio/…` and `/api/sendgrid/events`, for nobody but them.
//!
//! A provider is known by its signature, which is checked before anything else is read. Where nobody has
//! said by what it is known, nothing is believed and nothing is done.

pub(super) mod events;
pub(super) mod inbound;
pub(super) mod status;

mod form;
mod receipt;

pub(super) use form::not_configured;

/// The largest body of events, in bytes: the provider sends them when 768 KiB are together.
pub(super) const EVENTS_BYTES_MAX: usize = 1 << 20;
