//! Paying for a hold, and what the payment provider tells.

pub(in crate::http) mod begin;
pub(in crate::http) mod checkout;
pub(in crate::http) mod webhook;
