//! What the email provider's events mean.
//!
//! Its reasons are free text in which addresses stand: only the few that it documents are read, and none is
//! passed on.

use machine::{DeliveryId, FacilityId, MemberId, Receipt, Unreachable};
use serde::Deserialize;

/// The longest id of an event: what is longer is none of the provider's.
const ID_BYTES_MAX: usize = 200;

/// One event, as it comes in; whatever is missing or makes no sense is `None`.
#[derive(Debug, Deserialize)]
pub(crate) struct EmailEvent {
    event: String,
    /// Its own id: the same event sent again has the same.
    pub(crate) sg_event_id: String,
    /// What the provider calls the message, and where it went through.
    #[serde(default)]
    sg_message_id: String,
    /// The address that it was sent to.
    #[serde(default)]
    pub(crate) email: String,
    /// Seconds since 1970.
    #[serde(default)]
    pub(crate) timestamp: i64,
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    reason: String,
    facility_id: String,
    delivery_id: String,
    member_id: String,
}

/// What an event means.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Meaning {
    /// What became of the delivery.
    pub(crate) receipt: Option<Receipt>,
    /// What is known of the address now: why it takes nothing, or that it does again.
    pub(crate) reach: Option<Option<Unreachable>>,
}

impl EmailEvent {
    /// Whose it is, of what; `None` where it is of no message of ours.
    pub(crate) fn about(&self) -> Option<(FacilityId, DeliveryId, MemberId)> {
        let facility = FacilityId::parse(&self.facility_id).ok().filter(|_| self.sg_event_id.len() <= ID_BYTES_MAX)?;
        Some((facility, DeliveryId::parse(&self.delivery_id).ok()?, MemberId::parse(&self.member_id).ok()?))
    }

    /// What the provider called the message when it took it, where `known` is what it is known by. Events name
    /// it with a tail that says through which machine it went.
    pub(crate) fn message_id(&self, known: Option<&str>) -> String {
        let is_it = |known: &&str| {
            let tail = self.sg_message_id.strip_prefix(*known);
            tail.is_some_and(|tail| tail.is_empty() || tail.starts_with('.'))
        };
        if let Some(known) = known.filter(is_it) {
            return known.to_owned();
        }
        let ends = [".filter", ".recvd", "."].iter().find_map(|mark| self.sg_message_id.find(mark));
        self.sg_message_id[..ends.unwrap_or(self.sg_message_id.len())].to_owned()
    }

    /// What it means.
    pub(crate) fn meaning(&self) -> Meaning {
        let receipt = |receipt| Meaning { receipt: Some(receipt), reach: None };
        let reach = |reach| Meaning { receipt: None, reach: Some(reach) };
        match self.event.as_str() {
            "processed" | "deferred" => receipt(Receipt::Underway),
            "delivered" => receipt(Receipt::Delivered),
            // `blocked`: its server did not take this message, for what may pass: a policy, who else sends from there,
            // three days without an answer. The provider lists it among its blocks, which keep nothing from being
            // sent, and goes on writing to it; so do we. Only `bounce` says that there is no such address.
            "bounce" if self.kind == "blocked" => receipt(undelivered("sendgrid_blocked")),
            "bounce" => Meaning { reach: Some(Some(Unreachable::Bounced)), ..receipt(undelivered("sendgrid_bounce")) },
            "dropped" => self.dropped(),
            "spamreport" => reach(Some(Unreachable::Complained)),
            "unsubscribe" | "group_unsubscribe" => reach(Some(Unreachable::OptedOut)),
            "group_resubscribe" => reach(None),
            _ => Meaning::default(),
        }
    }

    /// Not sent at all, for one of its reasons.
    fn dropped(&self) -> Meaning {
        let (detail, unreachable) = match self.reason.to_ascii_lowercase() {
            it if it.starts_with("bounced") => ("sendgrid_dropped_bounced", Some(Unreachable::Bounced)),
            it if it.starts_with("unsubscribed") => ("sendgrid_dropped_unsubscribed", Some(Unreachable::OptedOut)),
            it if it.starts_with("spam report") => ("sendgrid_dropped_complained", Some(Unreachable::Complained)),
            it if it == "invalid" => ("sendgrid_dropped_invalid", Some(Unreachable::BadAddress)),
            // The message or the account, and not the address.
            _ => ("sendgrid_dropped", None),
        };
        Meaning { receipt: Some(undelivered(detail)), reach: unreachable.map(Some) }
    }
}

fn undelivered(detail: &str) -> Receipt {
    Receipt::Undelivered { detail: detail.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(event: &str, kind: &str, reason: &str) -> EmailEvent {
        EmailEvent {
            event: event.to_owned(),
            sg_event_id: "e1".to_owned(),
            sg_message_id: "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0".to_owned(),
            email: "ana@example.org".to_owned(),
            timestamp: 0,
            kind: kind.to_owned(),
            reason: reason.to_owned(),
            facility_id: "fac_1".to_owned(),
            delivery_id: "ntf_1".to_owned(),
            member_id: "mbr_1".to_owned(),
        }
    }

    #[test]
    fn an_event_says_what_became_of_the_message_and_what_of_the_address() {
        let undelivered = |detail| Some(undelivered(detail));
        for (name, kind, reason, receipt, reach) in [
            ("processed", "", "", Some(Receipt::Underway), None),
            ("deferred", "", "", Some(Receipt::Underway), None),
            ("delivered", "", "", Some(Receipt::Delivered), None),
            ("bounce", "bounce", "550", undelivered("sendgrid_bounce"), Some(Some(Unreachable::Bounced))),
            ("bounce", "blocked", "451", undelivered("sendgrid_blocked"), None),
            (
                "dropped",
                "",
                "Bounced Address",
                undelivered("sendgrid_dropped_bounced"),
                Some(Some(Unreachable::Bounced)),
            ),
            (
                "dropped",
                "",
                "Unsubscribed Address",
                undelivered("sendgrid_dropped_unsubscribed"),
                Some(Some(Unreachable::OptedOut)),
            ),
            (
                "dropped",
                "",
                "Spam Reporting Address",
                undelivered("sendgrid_dropped_complained"),
                Some(Some(Unreachable::Complained)),
            ),
            ("dropped", "", "Invalid", undelivered("sendgrid_dropped_invalid"), Some(Some(Unreachable::BadAddress))),
            ("dropped", "", "Spam Content", undelivered("sendgrid_dropped"), None),
            ("dropped", "", "ana@example.org says no", undelivered("sendgrid_dropped"), None),
            ("spamreport", "", "", None, Some(Some(Unreachable::Complained))),
            ("unsubscribe", "", "", None, Some(Some(Unreachable::OptedOut))),
            ("group_unsubscribe", "", "", None, Some(Some(Unreachable::OptedOut))),
            ("group_resubscribe", "", "", None, Some(None)),
            ("open", "", "", None, None),
        ] {
            assert_eq!(event(name, kind, reason).meaning(), Meaning { receipt, reach }, "{name} {kind} {reason}");
        }
    }

    #[test]
    fn a_message_is_known_by_the_name_that_it_was_taken_under() {
        let event = event("delivered", "", "");
        assert_eq!(event.message_id(Some("14c5d75ce93.dfd.64b469")), "14c5d75ce93.dfd.64b469");
        assert_eq!(event.message_id(Some("14c5d75ce93")), "14c5d75ce93");
        assert_eq!(event.message_id(None), "14c5d75ce93.dfd.64b469");
        assert_eq!(event.message_id(Some("14c5")), "14c5d75ce93.dfd.64b469", "another one");
        let newer = EmailEvent { sg_message_id: "LRzX-_A.recvd-5d7c8b4f6d-1-60A1B2C3-4.0".to_owned(), ..event };
        assert_eq!(newer.message_id(None), "LRzX-_A");
    }
}
