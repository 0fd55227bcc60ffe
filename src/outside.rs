//! What lies outside of a cluster: by what ways members are told, who takes payments, and at which address
//! the world finds the nodes.

use crate::notify::{Inbox, Post};
use crate::payment::Stripe;

/// The world outside, as a node knows it.
#[derive(Clone, Default)]
pub struct Outside {
    /// The address at which the world sees the cluster, without a slash at its end.
    pub public_url: Option<String>,
    /// By what ways deliveries leave.
    pub post: Post,
    /// Shows what would have been sent, where nothing is.
    pub inbox: Option<Inbox>,
    /// Takes payments by card, if the club does.
    pub stripe: Option<Stripe>,
}
