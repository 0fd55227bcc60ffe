//! What lies outside of a cluster: by what ways members are told, who takes payments, and at which address
//! the world finds the nodes.

use std::sync::Arc;

use crate::callbacks::Callbacks;
use crate::links::Links;
use crate::notify::{Inbox, Post, Till};
use crate::payment::Stripe;
use crate::words::Words;

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
    /// By what the providers are known that tell what became of messages.
    pub callbacks: Callbacks,
    /// Makes and checks the links that people get, where there can be any.
    pub links: Option<Arc<Links>>,
    /// The words that people are told in.
    pub words: Arc<Words>,
}

impl Outside {
    /// With somebody who takes payments and gives them back.
    #[must_use]
    pub fn with_stripe(mut self, stripe: Stripe) -> Self {
        self.post.payment = Some(Till::new(stripe.clone()));
        Self { stripe: Some(stripe), ..self }
    }
}
