//! The way to whoever leads: here or there, again and again until the deadline.
//!
//! What is asked more than once acts once, by its request id; so even an attempt of unknown
//! outcome may be followed by another. What is *said* in the end depends on it: only where every
//! attempt certainly proposed nothing may the caller hear that nothing was.

use std::time::Duration;

use raft::NodeId;
use tokio::time::{Instant, sleep_until};

use crate::ProposeError;
use crate::peer::{CallError, Refusal};

/// Pauses between attempts: an election takes a second, a hand-over a few milliseconds.
const PAUSE_MIN: Duration = Duration::from_millis(4);
const PAUSE_MAX: Duration = Duration::from_millis(64);

/// How an attempt ended.
#[derive(Debug)]
pub(crate) enum Attempt<T> {
    /// With an answer.
    Done(T),
    /// Nothing was proposed; this node may lead, as far as was known there.
    Elsewhere(Option<NodeId>),
    /// Nothing was proposed: too much is waiting.
    Overloaded,
    /// It may have been proposed.
    Unsure,
    /// Nothing was proposed: this node is stopping.
    Stopping,
}

impl<T> From<CallError> for Attempt<T> {
    fn from(error: CallError) -> Self {
        match error {
            CallError::NotSent => Self::Elsewhere(None),
            CallError::Lost | CallError::Late | CallError::Senseless => Self::Unsure,
            CallError::Refused(refusal) => refusal.into(),
        }
    }
}

impl<T> From<Refusal> for Attempt<T> {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotHere | Refusal::NoQuorum | Refusal::Stopping | Refusal::Senseless => Self::Elsewhere(None),
            Refusal::NotLeader { leader } => Self::Elsewhere(leader),
            Refusal::Overloaded => Self::Overloaded,
            Refusal::Unknown => Self::Unsure,
        }
    }
}

impl<T> From<raft::ProposeError> for Attempt<T> {
    fn from(error: raft::ProposeError) -> Self {
        match error {
            raft::ProposeError::NotLeader { leader } => Self::Elsewhere(leader),
            raft::ProposeError::Overloaded => Self::Overloaded,
            raft::ProposeError::Unknown => Self::Unsure,
            raft::ProposeError::Stopped => Self::Stopping,
        }
    }
}

impl<T> From<raft::ReadError> for Attempt<T> {
    fn from(error: raft::ReadError) -> Self {
        match error {
            raft::ReadError::NotLeader { leader } => Self::Elsewhere(leader),
            raft::ReadError::NoQuorum | raft::ReadError::NotCaughtUp { .. } => Self::Elsewhere(None),
            raft::ReadError::Stopped => Self::Stopping,
        }
    }
}

impl<T> Attempt<T> {
    /// As told to the node that asked.
    pub(crate) fn into_refusal(self) -> Result<T, Refusal> {
        Err(match self {
            Self::Done(answer) => return Ok(answer),
            Self::Elsewhere(leader) => Refusal::NotLeader { leader },
            Self::Overloaded => Refusal::Overloaded,
            Self::Unsure => Refusal::Unknown,
            Self::Stopping => Refusal::Stopping,
        })
    }
}

/// Tries whoever `leader` or the last one asked names, until one answers or the deadline passes.
pub(crate) async fn through_leader<T, F>(
    leader: impl Fn() -> Option<NodeId>,
    attempt: impl Fn(NodeId) -> F,
    deadline: Instant,
) -> Result<T, ProposeError>
where
    F: Future<Output = Attempt<T>>,
{
    let mut unsure = false;
    let mut hint = None;
    let mut pause = PAUSE_MIN;
    loop {
        let target = hint.take().or_else(&leader);
        let ended = match target {
            Some(node) => attempt(node).await,
            None => Attempt::Elsewhere(None),
        };
        match ended {
            Attempt::Done(answer) => return Ok(answer),
            // Whoever was asked knows better: go there at once, but not for ever.
            Attempt::Elsewhere(Some(node)) if target != Some(node) && pause == PAUSE_MIN => {
                hint = Some(node);
                pause *= 2;
                continue;
            }
            Attempt::Elsewhere(_) => {}
            Attempt::Unsure => unsure = true,
            Attempt::Overloaded if !unsure => return Err(ProposeError::Overloaded),
            Attempt::Overloaded => {}
            Attempt::Stopping => return Err(if unsure { ProposeError::OutcomeUnknown } else { ProposeError::Stopping }),
        }
        let resume = Instant::now() + pause.mul_f64(0.5 + fastrand::f64() / 2.0);
        if resume >= deadline {
            return Err(if unsure { ProposeError::OutcomeUnknown } else { ProposeError::NoQuorum });
        }
        sleep_until(resume).await;
        pause = (pause * 2).min(PAUSE_MAX);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// Goes through `script`, an attempt each; what was asked of whom, and the end.
    async fn play(script: Vec<Attempt<&'static str>>) -> (Vec<NodeId>, Result<&'static str, ProposeError>) {
        let script = RefCell::new(script.into_iter());
        let asked = RefCell::new(Vec::new());
        let attempt = |node| {
            asked.borrow_mut().push(node);
            std::future::ready(script.borrow_mut().next().unwrap_or(Attempt::Elsewhere(None)))
        };
        let end = through_leader(|| Some(1), attempt, Instant::now() + Duration::from_secs(1)).await;
        (asked.into_inner(), end)
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_said_at_the_end_tells_whether_anything_was_proposed() {
        use Attempt::{Done, Elsewhere, Overloaded, Stopping, Unsure};
        let cases = [
            ("answered", vec![Done("yes")], "Ok(\"yes\")"),
            ("answered after a change of leader", vec![Elsewhere(Some(2)), Done("yes")], "Ok(\"yes\")"),
            ("answered after an unknown outcome", vec![Unsure, Elsewhere(None), Done("yes")], "Ok(\"yes\")"),
            ("nobody leads", vec![], "Err(NoQuorum)"),
            ("once unsure, unsure to the end", vec![Unsure], "Err(OutcomeUnknown)"),
            ("overloaded", vec![Overloaded], "Err(Overloaded)"),
            ("overloaded, but it may be proposed already", vec![Unsure, Overloaded, Done("yes")], "Ok(\"yes\")"),
            ("stopping", vec![Stopping], "Err(Stopping)"),
            ("stopping, but it may be proposed already", vec![Unsure, Stopping], "Err(OutcomeUnknown)"),
        ];
        for (name, script, end) in cases {
            assert_eq!(format!("{:?}", play(script).await.1), end, "{name}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_hint_is_followed_at_once_and_a_circle_of_hints_is_not() {
        let started = Instant::now();
        let (asked, _) = play(vec![Attempt::Elsewhere(Some(3)), Attempt::Done("yes")]).await;
        assert_eq!((asked, Instant::now() - started), (vec![1, 3], Duration::ZERO));
        let circle = (0..20).map(|at| Attempt::Elsewhere(Some(if at % 2 == 0 { 2 } else { 1 }))).collect();
        let (asked, end) = play(circle).await;
        assert!(end.is_err() && asked.len() < 60, "{asked:?}");
    }
}
