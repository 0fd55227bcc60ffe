//! Notes what a provider says of a delivery, where it is news.

use cluster::Facility;
use machine::{Command, Consequence, DeliveryId, NoteReceipt, Receipt, RequestId};

use crate::auth::Caller;
use crate::edge::Edge;
use crate::http::idempotency::Named;
use crate::http::params::Freshness;
use crate::http::problem::Problem;

/// How long the answer is kept: nodes retry among themselves for seconds only, and the rank of a receipt
/// makes a repeat no news whenever it comes.
const REMEMBER_MILLIS: i64 = 60 * 1000;

/// What a provider says of a delivery.
#[derive(Debug)]
pub(super) struct Noted {
    pub(super) delivery_id: DeliveryId,
    pub(super) provider_id: String,
    pub(super) receipt: Receipt,
    pub(super) consequence: Consequence,
}

/// What is known of a delivery on this node.
#[derive(Debug, PartialEq, Eq)]
enum Known {
    /// Less than the provider says.
    Less,
    /// As much, or more.
    Enough,
    /// Nothing at all.
    Nothing,
}

/// Notes it, if it is news. What is none is not written into a log: providers say the same twice, and go on
/// saying it of what was forgotten long ago.
pub(super) async fn note(edge: &Edge, facility: &Facility, request: RequestId, noted: Noted) -> Result<(), Problem> {
    let mut known = known(facility, &noted);
    if known == Known::Nothing {
        // It may have been decided a moment ago, and this replica not have heard of it.
        edge.freshen(facility, Freshness { min_index: None, linearizable: true }).await?;
        known = self::known(facility, &noted);
    }
    if known != Known::Less {
        return Ok(());
    }
    let Noted { delivery_id, provider_id, receipt, consequence } = noted;
    let command = Command::NoteReceipt(NoteReceipt { delivery_id, provider_id, receipt, consequence });
    let named = Named { request, fingerprint: 0, remember_millis: REMEMBER_MILLIS };
    edge.propose(facility, &Caller::system(), named, command).await.map(|_| ())
}

fn known(facility: &Facility, noted: &Noted) -> Known {
    facility.read(|state, _| match state.delivery(&noted.delivery_id) {
        None => Known::Nothing,
        Some(delivery) if delivery.receipt.as_ref() >= Some(&noted.receipt) => Known::Enough,
        Some(_) => Known::Less,
    })
}
