//! Everything between a message in words and a provider that has it.
//!
//! A [`Sender`] tries once and says what came of it; a [`Gate`] says how much may be tried now. What is
//! told, and whether it is told again, is decided elsewhere.

mod message;
mod sending;

mod retry;

mod breaker;
mod bucket;
mod valve;

mod gate;
mod post;

mod exchange;
mod sendgrid;
mod twilio;

mod letter;
mod smtp;
mod smtp_reply;

mod error;
mod inbox;

#[cfg(test)]
pub(crate) mod samples;

pub use bucket::Pace;
pub use error::SetUpError;
pub use exchange::Patience;
pub use gate::{Gate, Permit};
pub use inbox::{Inbox, Received};
pub use letter::Author;
pub use message::{CalendarMethod, CalendarPart, Content, Message, Recipient};
pub use post::{Parcel, Post, Till, Way};
pub use retry::backoff;
pub use sendgrid::{SENDGRID_BASE, SendGrid};
pub use sending::{Sender, Sending};
pub use smtp::{Encryption, Smtp, SmtpServer};
pub use twilio::{STATUS_PATH, TWILIO_BASE, TextFrom, Twilio, TwilioAccount};
