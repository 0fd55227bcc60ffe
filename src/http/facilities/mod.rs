//! What a club is: its settings, its courts, its people.

mod block_body;
mod body;
mod openings;
mod policies;
mod slug;
mod view;

pub(crate) mod blocks;
pub(crate) mod calendar;
pub(crate) mod changes;
pub(crate) mod courts;
pub(crate) mod credits;
pub(crate) mod facility;
pub(crate) mod member_body;
pub(crate) mod members;
