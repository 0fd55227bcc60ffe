//! `GET /api/facilities/{id}/notifications`: who was told what, when, and what became of it.
//!
//! What the replica remembers and what only its history has is one list in one order, as for reservations.

pub(super) mod list;

mod listing;
mod view;
