//! Everything between a message in words and a provider that has it.
//!
//! A [`Sender`] tries once and says what came of it; a [`Gate`] says how much may be tried now. What is
//! told, and whether it is told again, is decided elsewhere.

mod message;
mod sending;

#[cfg(test)]
mod samples;

pub use message::{CalendarMethod, CalendarPart, Content, Message, Recipient};
pub use sending::{Sender, Sending};
