//! Reservations as a resource: booked in one step, read, moved, and led through their life.

mod body;
mod listing;
mod view;

pub(crate) mod create;
pub(crate) mod explain;
pub(crate) mod list;
pub(crate) mod moves;
pub(crate) mod one;
pub(crate) mod series;

pub(crate) use body::{PayWord, REASON_CHARS_MAX};
pub(crate) use view::{ReservationView, StatusWord};
