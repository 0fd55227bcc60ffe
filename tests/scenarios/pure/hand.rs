//! Whoever sends, on the pure machine: a simple hand that claims what is due, gives it to a provider in some
//! mood, and settles it.

use std::collections::BTreeMap;

use courtd::notify::Content;
use courtd::{Links, Telling, Words};
use machine::{
    AcceptOffer, Accepted, Actor, ClaimDeliveries, Claimed, Command, Consequence, DeclineOffer, Delivery, DeliveryId,
    FacilityId, Medium, Member, MemberId, NoteReach, NoteReceipt, Outcome as Sent, Pay, Receipt, Refusal,
    SettleDeliveries, Settlement, Unreachable, Urgency, WaitlistEntry, WaitlistStatus,
};

use super::Pure;
use crate::outcome::Outcome;
use crate::requests::FACILITY;
use crate::telling::{self, Carrier, Logged, MEDIA, Mood, Said, Told};

/// Deliveries that are claimed at a time.
const CLAIMED_AT_ONCE: u32 = 32;
/// How long a provider that takes nothing is left alone; on nodes it is chance how much less it is.
const AGAIN_AFTER_MILLIS: i64 = 4_000;

/// What whoever sends knows.
pub(super) struct Hand {
    /// The term under which it claims.
    term: u64,
    moods: BTreeMap<Medium, Mood>,
    told: Vec<Told>,
    words: Words,
    links: Links,
}

impl Hand {
    pub(super) fn new() -> Result<Self, String> {
        let links = Links::of_one_run("https://courts.example.org").map_err(|error| error.to_string())?;
        Ok(Self { term: 1, moods: BTreeMap::new(), told: Vec::new(), words: Words::default(), links })
    }

    /// Another one goes on, who knows of nothing that was under way.
    pub(super) fn succeed(&mut self) {
        self.term += 1;
    }

    pub(super) fn told(&self) -> &[Told] {
        &self.told
    }

    fn last_to(&self, member: &MemberId, medium: Medium) -> Result<DeliveryId, String> {
        let last = self.told.iter().rfind(|told| told.member == *member && told.medium == medium);
        let last = last.ok_or_else(|| format!("nothing was sent to {member}"))?;
        DeliveryId::parse(&last.delivery).map_err(|error| error.to_string())
    }
}

impl Pure {
    pub(super) fn send_all(&mut self) -> Result<(), String> {
        self.settled()?;
        let from = self.hand.told.len();
        for medium in MEDIA {
            while self.send_some(medium)? {}
        }
        self.hand.told[from..].sort();
        Ok(())
    }

    /// Claims what is due, sends it and settles it; whether there was any.
    fn send_some(&mut self, medium: Medium) -> Result<bool, String> {
        let mood = self.hand.moods.get(&medium).copied().unwrap_or_default();
        let (term, up_to, max) = (self.hand.term, Urgency::Ordinary, CLAIMED_AT_ONCE);
        let claim = Command::ClaimDeliveries(ClaimDeliveries { term, medium, up_to, max });
        let Accepted::DeliveriesClaimed(claimed) = self.decide(claim)? else {
            return Err("that is no claim".to_owned());
        };
        for one in &claimed {
            let told = self.worded(&one.delivery_id)?;
            self.hand.told.extend(mood.takes().then_some(told));
        }
        let settle = |one: &Claimed| {
            let outcome = self.came_of(mood, medium)?;
            Some(Settlement { delivery_id: one.delivery_id.clone(), attempt: one.attempt, outcome })
        };
        let settled: Vec<Settlement> = claimed.iter().filter_map(settle).collect();
        if !settled.is_empty() {
            self.decide(Command::SettleDeliveries(SettleDeliveries { settled }))?;
        }
        Ok(!claimed.is_empty())
    }

    /// What came of one try; `None` where nobody hears of it.
    fn came_of(&self, mood: Mood, medium: Medium) -> Option<Sent> {
        let detail = |email: &str, text: &str| if medium == Medium::Email { email } else { text }.to_owned();
        let at = self.wall.now.plus(AGAIN_AFTER_MILLIS);
        Some(match mood {
            Mood::Well => Sent::Accepted { provider_id: Some("taken".to_owned()) },
            Mood::Busy => Sent::Again { at, detail: detail("http_429", "twilio_20429") },
            Mood::Down => Sent::Again { at, detail: detail("http_503", "twilio_20503") },
            Mood::Silent => return None,
            Mood::Refusing => {
                let because = if medium == Medium::Email { Refusal::Message } else { Refusal::BadAddress };
                Sent::Refused { because, detail: detail("http_400", "twilio_21211") }
            }
        })
    }

    /// A delivery in words.
    fn worded(&self, id: &DeliveryId) -> Result<Told, String> {
        let delivery = self.facility.delivery(id).ok_or("it is not in the outbox")?;
        let member = delivery.member_id.as_ref().and_then(|id| self.facility.member(id)).ok_or("it is to nobody")?;
        let settings = self.facility.settings().ok_or("there is no club")?;
        let facility_id = FacilityId::parse(FACILITY).map_err(|error| error.to_string())?;
        let (links, now) = (Some(&self.hand.links), self.wall.now);
        let telling = Telling { delivery, facility_id: &facility_id, settings, member, links, now };
        let words = match self.hand.words.compose(telling).map_err(|error| error.to_string())? {
            Content::Email { text, .. } | Content::Text(text) => text,
        };
        let (kind, delivery_id) = (telling::kind_of(delivery.kind), id.to_string());
        Ok(Told { member: member.id.clone(), medium: delivery.medium, kind, delivery: delivery_id, words })
    }

    pub(super) fn carried(&mut self, medium: Medium, what: &Carrier) -> Result<(), String> {
        match what {
            Carrier::Is(mood) => drop(self.hand.moods.insert(medium, *mood)),
            Carrier::Returns(member) => {
                let delivery_id = self.hand.last_to(member, medium)?;
                let (detail, consequence) = match medium {
                    Medium::Email => ("sendgrid_bounce", Consequence::Nothing),
                    _ => ("twilio_30006", Consequence::BadAddress),
                };
                let receipt = Receipt::Undelivered { detail: detail.to_owned() };
                let provider_id = "taken".to_owned();
                self.decide(Command::NoteReceipt(NoteReceipt { delivery_id, provider_id, receipt, consequence }))?;
                if medium == Medium::Email {
                    self.note_reach(member, medium, Some(Unreachable::Bounced))?;
                }
            }
        }
        Ok(())
    }

    /// Somebody sends a text.
    pub(super) fn text(&mut self, member: &MemberId, words: &str) -> Result<Outcome, String> {
        match Said::of(words) {
            Said::Stop => {
                self.note_reach(member, Medium::Sms, Some(Unreachable::OptedOut))?;
                return Ok(Outcome::Done("opted out"));
            }
            Said::Start => {
                self.note_reach(member, Medium::Sms, None)?;
                return Ok(Outcome::Done("opted in"));
            }
            Said::Other if words != "1" && words != "2" => return Ok(Outcome::Done("helped")),
            Said::Other => {}
        }
        let is_offered = |it: &&WaitlistEntry| it.status == WaitlistStatus::Offered && it.member_id == *member;
        let offered = self.facility.waitlist_entries(None).find(is_offered).map(|it| it.id.clone());
        let Some(waitlist_id) = offered else { return Ok(Outcome::Done("no offer")) };
        let command = match words {
            "1" => Command::AcceptOffer(AcceptOffer { waitlist_id, pay: Pay::Later }),
            _ => Command::DeclineOffer(DeclineOffer { waitlist_id }),
        };
        let envelope = self.envelope(Actor::Member(member.clone()), command);
        let reply = self.apply(&envelope)?;
        Ok(self.outcome(&reply))
    }

    fn note_reach(
        &mut self,
        member: &MemberId,
        medium: Medium,
        unreachable: Option<Unreachable>,
    ) -> Result<(), String> {
        let known: &Member = self.facility.member(member).ok_or_else(|| format!("there is no {member}"))?;
        let address = if medium == Medium::Email { Some(known.email.clone()) } else { known.phone.clone() };
        let address = address.ok_or("there is no address")?;
        let member_id = member.clone();
        self.decide(Command::NoteReach(NoteReach { member_id, medium, address, unreachable })).map(drop)
    }

    pub(super) fn logged(&mut self, member: &MemberId) -> Result<Vec<Logged>, String> {
        let all = self.settled()?.deliveries(None);
        let theirs = all.filter(|it| it.member_id.as_ref() == Some(member) && it.medium != Medium::Payment);
        let mut lines: Vec<Logged> = theirs.map(line).collect();
        lines.sort();
        Ok(lines)
    }

    /// What the program itself asks for, which cannot be refused.
    fn decide(&mut self, command: Command) -> Result<Accepted, String> {
        let envelope = self.envelope(Actor::System, command);
        self.apply(&envelope)?.map_err(|rejection| format!("whoever sends was refused: {rejection:?}"))
    }
}

fn line(delivery: &Delivery) -> Logged {
    let last = delivery.attempts.last().and_then(|attempt| attempt.outcome.as_ref());
    let tried = match last {
        Some(Sent::Refused { detail, .. } | Sent::Again { detail, .. } | Sent::Unknown { detail }) => Some(detail),
        Some(Sent::Accepted { .. }) | None => None,
    };
    let returned = match &delivery.receipt {
        Some(Receipt::Undelivered { detail }) => Some(detail),
        _ => None,
    };
    let dropped = delivery.dropped.map(|why| why.word().to_owned());
    Logged {
        at: delivery.created_at,
        kind: telling::kind_of(delivery.kind),
        medium: delivery.medium,
        state: delivery.state.word().to_owned(),
        detail: telling::why(delivery.state.word(), [dropped, returned.cloned(), tried.cloned()]),
        tries: delivery.attempts.len(),
    }
}
