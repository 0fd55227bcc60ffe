//! What a leader is in the middle of, so that it can be made to fall at every step of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

/// A step on the way of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Nothing of it: nothing is being sent.
    Nothing,
    /// A claim is proposed and not decided.
    ClaimAsked,
    /// A claim is decided, and the leader has not heard of it.
    ClaimDecided,
    /// A message is on its way to its provider.
    Sending,
    /// Its provider has it, and has not said so.
    Taken,
    /// What came of it is proposed and not decided.
    SettleAsked,
    /// What came of it is decided, and the leader has not heard of it.
    SettleDecided,
}

impl Step {
    /// Those in which a delivery is under way.
    pub const ALL: [Self; 6] =
        [Self::ClaimAsked, Self::ClaimDecided, Self::Sending, Self::Taken, Self::SettleAsked, Self::SettleDecided];
}

/// What the leader of one facility is in the middle of, and the order to fall.
#[derive(Default)]
pub struct Stage {
    under_way: Mutex<BTreeMap<Step, u32>>,
    falls_at: Mutex<Option<Step>>,
    fall: Notify,
}

/// A step that is under way until this is dropped.
pub struct Under {
    stage: Arc<Stage>,
    step: Step,
}

impl Stage {
    /// Begins a step.
    pub fn enter(self: &Arc<Self>, step: Step) -> Under {
        *self.under_way.lock().unwrap().entry(step).or_default() += 1;
        let falls = self.falls_at.lock().unwrap().take_if(|at| *at == step);
        if falls.is_some() {
            self.fall.notify_one();
        }
        Under { stage: Arc::clone(self), step }
    }

    /// Orders the leader to fall, as soon as it is at `step` where one is named.
    pub fn order(&self, step: Option<Step>) {
        match step {
            Some(step) => *self.falls_at.lock().unwrap() = Some(step),
            None => self.fall.notify_one(),
        }
    }

    /// Waits for that order.
    pub async fn ordered(&self) {
        self.fall.notified().await;
    }

    /// What the leader is in the middle of.
    pub fn steps(&self) -> Vec<Step> {
        let under_way = self.under_way.lock().unwrap();
        let steps: Vec<Step> = under_way.iter().filter(|(_, count)| **count > 0).map(|(step, _)| *step).collect();
        if steps.is_empty() { vec![Step::Nothing] } else { steps }
    }
}

impl Drop for Under {
    fn drop(&mut self) {
        if let Some(count) = self.stage.under_way.lock().unwrap().get_mut(&self.step) {
            *count -= 1;
        }
    }
}
