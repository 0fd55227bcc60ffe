//! Compares what the log says with what the providers took, and both with what clients were told.
//!
//! Each rule is a sentence of the promise: no intent is lost, none is decided twice, and what is sent twice
//! was in a provider's hands when a leader died, or the provider did not say that it had taken it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::club::Told;
use crate::harness::Taken;
use crate::harness::stripe::FakeStripe;

/// How long after a good answer a leader may die without having settled it: a proposal on a busy machine.
const SETTLES_WITHIN_MILLIS: i64 = 3_000;

/// What was seen of a run.
pub struct Seen<'a> {
    pub log: &'a [Value],
    pub taken: &'a [Taken],
    pub kills: &'a [i64],
    pub told: &'a Told,
    pub stripe: &'a FakeStripe,
}

impl Seen<'_> {
    /// Everything that is not as promised.
    pub fn judge(&self) -> Vec<String> {
        let mut wrong = self.each_intent_is_there_once();
        for one in self.log {
            let takings: Vec<&Taken> =
                self.taken.iter().filter(|taken| one["id"].as_str() == taken.delivery_id.as_deref()).collect();
            let complaints = [
                self.it_has_ended_as_it_is_said_to(one, &takings),
                self.it_was_sent_again_only_where_it_had_to_be(one, &takings),
                no_text_but_an_offer_was_sent_twice(one, &takings),
            ];
            wrong.extend(complaints.into_iter().flatten().map(|why| format!("{why}: {one}, taken {takings:?}")));
        }
        wrong.extend(self.what_was_taken_is_in_the_log());
        wrong.extend(self.money_went_back_once());
        wrong
    }

    /// How many sendings were of something that had been taken before.
    pub fn second_sendings(&self) -> usize {
        let mut takings: BTreeMap<&str, usize> = BTreeMap::new();
        self.taken.iter().filter_map(|taken| taken.delivery_id.as_deref()).for_each(|id| {
            *takings.entry(id).or_default() += 1;
        });
        takings.values().map(|count| count - 1).sum()
    }

    fn each_intent_is_there_once(&self) -> Vec<String> {
        let mut decided: BTreeMap<(String, String, String), usize> = BTreeMap::new();
        for one in self.log {
            let text = |field: &str| one[field].as_str().unwrap_or_default().to_owned();
            let subject = if one["waitlistId"].is_string() { text("waitlistId") } else { text("reservationId") };
            *decided.entry((text("type"), text("medium"), subject)).or_default() += 1;
        }
        let lost = self.told.intents.iter().filter(|intent| !decided.contains_key(*intent));
        let lost = lost.map(|intent| format!("{intent:?} was lost"));
        let twice = decided.iter().filter(|(_, count)| **count > 1);
        lost.chain(twice.map(|(intent, count)| format!("{intent:?} was decided {count} times"))).collect()
    }

    fn it_has_ended_as_it_is_said_to(&self, one: &Value, takings: &[&Taken]) -> Option<&'static str> {
        let goes_to_people = one["medium"] != "payment";
        match one["state"].as_str().unwrap_or_default() {
            "sent" if goes_to_people && takings.is_empty() => Some("it is said to be sent, and nobody took it"),
            "sent" if goes_to_people && one["receipt"]["status"] != "delivered" => {
                Some("it was delivered, and that was told")
            }
            "sent" => None,
            "unknown" | "failed" | "dropped" if !takings.is_empty() => Some("it was taken, and that was told"),
            // Nobody knows of it, and nobody took it: only what a provider kept to itself or refused.
            "unknown" if one["medium"] == "sms" => None,
            // What is of no use any more need not be told.
            "dropped" if one["type"] == "waitlist_offer" => None,
            _ => Some("it was neither sent nor given up for a reason"),
        }
    }

    fn it_was_sent_again_only_where_it_had_to_be(&self, one: &Value, takings: &[&Taken]) -> Option<&'static str> {
        let attempts = one["attempts"].as_array().map_or(0, Vec::len);
        if takings.len() > attempts {
            return Some("it was sent more often than it was claimed");
        }
        let again = takings.iter().rev().skip(1);
        let needless = again.filter(|taken| taken.said && !self.leader_died_after(taken)).count();
        (needless > 0).then_some("it was sent again, and its provider had said that it has it")
    }

    fn leader_died_after(&self, taken: &Taken) -> bool {
        self.kills.iter().any(|kill| (taken.at..taken.at + SETTLES_WITHIN_MILLIS).contains(kill))
    }

    fn what_was_taken_is_in_the_log(&self) -> Vec<String> {
        let is_known = |taken: &&Taken| self.log.iter().any(|one| one["id"].as_str() == taken.delivery_id.as_deref());
        self.taken.iter().filter(|taken| !is_known(taken)).map(|taken| format!("nobody decided {taken:?}")).collect()
    }

    fn money_went_back_once(&self) -> Vec<String> {
        let of = |(payment, amount): &(String, u64)| {
            let (gone, times) = (self.stripe.gone_back(payment), self.stripe.refunds_of(payment));
            (gone != *amount || times != 1)
                .then(|| format!("of {payment} {amount} was to go back: {gone} did, in {times} refunds"))
        };
        self.told.refunds.iter().filter_map(of).collect()
    }
}

fn no_text_but_an_offer_was_sent_twice(one: &Value, takings: &[&Taken]) -> Option<&'static str> {
    let is_text = one["medium"] == "sms" && one["type"] != "waitlist_offer";
    (is_text && takings.len() > 1).then_some("a text that is no offer was sent twice")
}
