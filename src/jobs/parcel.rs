//! From a claimed delivery to what leaves: whom it is for, and the words for it.

use machine::{Delivery, DeliveryId, FacilityId, Instant, Medium, Member, Settings};

use crate::notify::{Message, Parcel, Recipient};
use crate::outside::Outside;
use crate::words::Telling;

/// What a parcel is made of, as the state has it.
pub(super) struct Contents {
    delivery: Delivery,
    member: Option<Member>,
    settings: Settings,
}

impl Contents {
    /// What the state has of a delivery.
    pub(super) fn of(state: &machine::Facility, id: &DeliveryId) -> Option<Self> {
        let delivery = state.delivery(id)?.clone();
        let member = delivery.member_id.as_ref().and_then(|id| state.member(id)).cloned();
        Some(Self { delivery, member, settings: state.settings()?.clone() })
    }

    /// Ready to be sent; `None` where there is nobody to send it to, or no words.
    pub(super) fn pack(self, outside: &Outside, facility_id: &FacilityId, now: Instant) -> Option<Parcel> {
        let Self { delivery, member, settings } = self;
        if delivery.medium == Medium::Payment {
            return Some(Parcel::Instruction { delivery: Box::new(delivery), facility_id: facility_id.clone() });
        }
        let member = member?;
        let links = outside.links.as_deref();
        let telling = Telling { delivery: &delivery, facility_id, settings: &settings, member: &member, links, now };
        let content = outside.words.compose(telling);
        let content = content.inspect_err(|error| {
            tracing::error!(delivery = %delivery.id, %error, "a delivery cannot be put into words");
        });
        Some(Parcel::Message(Box::new(Message {
            facility_id: facility_id.clone(),
            kind: delivery.kind,
            to: Recipient { address: address(&member, delivery.medium)?, name: member.name },
            content: content.ok()?,
            useful_until: delivery.not_after,
            now,
            delivery_id: delivery.id,
            member_id: member.id,
        })))
    }
}

fn address(member: &Member, medium: Medium) -> Option<String> {
    match medium {
        Medium::Email => Some(member.email.clone()).filter(|email| !email.is_empty()),
        Medium::Sms => member.phone.clone(),
        Medium::Payment => None,
    }
}
