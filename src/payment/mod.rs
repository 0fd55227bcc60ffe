//! Payment by card, at Stripe: a page to pay on, money back, and what Stripe tells of both.
//!
//! Five calls and a webhook, written out here instead of an SDK of hundreds. Nothing is decided in this room:
//! what a payment books or has to give back is the machine's, and comes here as a delivery to be sent.

mod stripe;

mod failure;
mod page;
mod refund;
mod send;

mod news;
mod signature;

#[cfg(test)]
#[path = "../../tests/harness/stripe.rs"]
#[allow(
    dead_code,
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    reason = "the tests of the product use it as well"
)]
mod fake;
#[cfg(test)]
mod tests;

pub(crate) use failure::Failure;
pub(crate) use news::{About, News, Told};
pub(crate) use page::{Page, PageStatus, Wish};
#[cfg(test)]
pub(crate) use send::Sent;
pub(crate) use stripe::API_BASE;
pub use stripe::{Stripe, StripeSettings};
