//! Something that somebody has to be told, as the witness knows it: what became of it, and whether it may.

use machine::{Delivery, DeliveryId, DeliveryKind, DeliveryState, DropReason, Instant, Medium, MemberId, Outcome};

/// What a letter is called: what it tells of what, and by which way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// The reservation that it is about.
    pub about: String,
    /// As it was then.
    pub version: u64,
    /// What it tells of that.
    pub kind: DeliveryKind,
    /// By which way.
    pub medium: Medium,
}

/// Something that somebody has to be told.
#[derive(Clone, Debug)]
pub struct Letter {
    /// To whom.
    pub member: MemberId,
    /// From when on.
    pub due_at: Instant,
    /// From when on it is of no use.
    pub not_after: Instant,
    /// When what it tells of was no more: an offer that is over, a reservation that is gone.
    pub gone_at: Option<Instant>,
    /// What the outbox calls it, once it was heard of.
    pub id: Option<DeliveryId>,
    /// How often somebody has claimed it.
    pub claims: u32,
    /// The try that is under way.
    pub try_under_way: Option<u32>,
    /// Tries of which nobody knew in time what came of them.
    pub unsure: u32,
    /// How it ended.
    pub ended: Option<Ended>,
}

/// How a letter ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// As what.
    pub state: DeliveryState,
    /// Why it was not sent.
    pub dropped: Option<DropReason>,
    /// When that was decided.
    pub at: Instant,
}

impl Name {
    /// What a delivery is, told from what it says.
    pub fn of(delivery: &Delivery) -> Option<Self> {
        let about = delivery.reservation_id.as_ref()?.to_string();
        let version = delivery.facts.booking.as_ref()?.version;
        Some(Self { about, version, kind: delivery.kind, medium: delivery.medium })
    }

    /// A text that must not be sent twice, whatever happens.
    pub fn is_sent_once(&self) -> bool {
        self.medium == Medium::Sms && self.kind != DeliveryKind::WaitlistOffer
    }

    /// Whether it asks its member to come.
    pub fn is_reminder(&self) -> bool {
        matches!(self.kind, DeliveryKind::Reminder { .. })
    }
}

impl Letter {
    /// A letter of which nothing has become yet.
    pub fn new(member: MemberId, due_at: Instant, not_after: Instant) -> Self {
        Self {
            member,
            due_at,
            not_after,
            gone_at: None,
            id: None,
            claims: 0,
            try_under_way: None,
            unsure: 0,
            ended: None,
        }
    }

    /// Somebody claims it; what is wrong with that.
    pub fn claim(&mut self, number: u32, now: Instant) -> Option<&'static str> {
        if self.try_under_way.replace(number).is_some() {
            self.unsure += 1;
        }
        self.claims += 1;
        let is_known = self.ended.is_some_and(|ended| ended.state == DeliveryState::Sent);
        match self.gone_at {
            _ if is_known => Some("is sent although it is known to have been taken"),
            Some(gone) if gone <= now => Some("is sent of what is gone"),
            _ if now < self.due_at => Some("is sent before it is due"),
            _ if now >= self.not_after => Some("is sent when it is of no use any more"),
            _ => None,
        }
    }

    /// Whoever claimed it says what came of it.
    pub fn settle(&mut self, number: u32, outcome: &Outcome) {
        if self.try_under_way.take_if(|under_way| *under_way == number).is_some()
            && matches!(outcome, Outcome::Unknown { .. })
        {
            self.unsure += 1;
        }
    }

    /// It has ended.
    pub fn end(&mut self, ended: Ended) {
        // Nobody said what came of its last try.
        if self.try_under_way.take().is_some() {
            self.unsure += 1;
        }
        self.ended = Some(ended);
    }
}
