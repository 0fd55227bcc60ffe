//! Whoever sends: claims deliveries, says what came of them, and what their providers say later.
//!
//! Leaders come and go, and one that was followed may still have something to say.

use std::collections::VecDeque;

use machine::{
    Accepted, Applied, ClaimDeliveries, Claimed, Command, Consequence, Event, Medium, NoteReach, NoteReceipt, Outcome,
    Receipt, Refusal, SettleDeliveries, Settlement, Unreachable, Urgency,
};

use crate::world::{Step, World};

/// Claims that are remembered, for what is said late.
const CLAIMS_KEPT: usize = 12;

/// What whoever sends knows.
#[derive(Default)]
pub(crate) struct Post {
    term: u64,
    claims: VecDeque<Claimed>,
}

impl World {
    /// What was claimed is sent, who came has come, and what was booked is there to be played.
    pub(crate) fn hear(&mut self, applied: &Applied) {
        for event in &applied.events {
            match event {
                Event::ReservationConfirmed(it) => self.booked.push(it.id.clone()),
                Event::HoldPlaced(it) if it.rate_cents.is_some() => self.priced.clone_from(&it.hold_id),
                Event::PaymentBegun(it) => self.paying = Some(it.id.clone()),
                Event::CheckoutOpened { session_id, .. } => self.page = Some(session_id.clone()),
                _ => {}
            }
        }
        if let Ok(Accepted::CheckedIn(reservation)) = &applied.reply {
            self.came = Some(reservation.id.clone());
        }
        if let Ok(Accepted::DeliveriesClaimed(claimed)) = &applied.reply {
            self.post.claims.extend(claimed.iter().cloned());
            while self.post.claims.len() > CLAIMS_KEPT {
                self.post.claims.pop_front();
            }
        }
    }

    pub(crate) fn post(&mut self, step: &Step) -> Command {
        match step.what {
            67..71 => {
                self.post.term += u64::from(step.flags.is_multiple_of(6));
                Command::ClaimDeliveries(ClaimDeliveries {
                    // Now and then one asks that leads no longer.
                    term: self.post.term.saturating_sub(u64::from(step.flags.is_multiple_of(11))),
                    medium: Medium::ALL[usize::from(step.flags / 8 % 3)],
                    up_to: Urgency::ALL[usize::from(step.flags / 32 % 3)],
                    max: u32::from(step.flags % 4 + 1),
                })
            }
            71..74 => {
                let some = self.post.claims.iter().rev().skip(usize::try_from(step.back / 4).expect("small"));
                let settled = some.take(2).map(|claimed| self.settlement(step, claimed)).collect();
                Command::SettleDeliveries(SettleDeliveries { settled })
            }
            74 if self.post.claims.is_empty() || step.flags.is_multiple_of(2) => Command::NoteReach(NoteReach {
                member_id: self.member_id(step),
                medium: Medium::ALL[usize::from(step.flags / 2 % 3)],
                address: if step.flags.is_multiple_of(5) { "former".to_owned() } else { self.secret(step.member) },
                unreachable: (!step.flags.is_multiple_of(3)).then_some(Unreachable::Bounced),
            }),
            _ => self.receipt(step),
        }
    }

    fn settlement(&self, step: &Step, claimed: &Claimed) -> Settlement {
        let detail = "http_500".to_owned();
        let outcome = match step.flags % 8 {
            0..3 => Outcome::Accepted { provider_id: Some(format!("SM{}", step.flags / 64)) },
            3 => Outcome::Refused { because: Refusal::Message, detail },
            4 => Outcome::Refused { because: Refusal::OptedOut, detail },
            5 => Outcome::Again { at: self.now.plus(60_000), detail },
            _ => Outcome::Unknown { detail },
        };
        Settlement { delivery_id: claimed.delivery_id.clone(), attempt: claimed.attempt, outcome }
    }

    fn receipt(&self, step: &Step) -> Command {
        let claim = self.post.claims.iter().rev().nth(usize::try_from(step.back / 2).expect("small"));
        let Some(claimed) = claim else { return Command::Tick };
        let (receipt, consequence) = match step.flags % 5 {
            0 => (Receipt::Underway, Consequence::Nothing),
            1 => (Receipt::Delivered, Consequence::Nothing),
            2 => (Receipt::Undelivered { detail: "twilio_30006".to_owned() }, Consequence::BadAddress),
            3 => (Receipt::Undelivered { detail: "twilio_21610".to_owned() }, Consequence::OptedOut),
            _ => (Receipt::Undelivered { detail: "twilio_30003".to_owned() }, Consequence::AgainOnce(self.now)),
        };
        let provider_id = format!("SM{}", step.flags / 64);
        Command::NoteReceipt(NoteReceipt {
            delivery_id: claimed.delivery_id.clone(),
            provider_id,
            receipt,
            consequence,
        })
    }
}
