//! What looking at one rule comes to.
//!
//! The facts of a rule that is kept are written like those of one that is broken, so that whoever asks
//! "why not" sees the numbers either way.

use crate::{Conflict, Rule};

/// What looking at one rule came to.
pub(crate) enum Finding {
    /// It is kept; with the numbers that were compared, where there are any.
    Kept(Option<Conflict>),
    /// It is broken, this often.
    Broken(Vec<Conflict>),
}

/// One rule and how an attempt stands to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Which rule.
    pub rule: Rule,
    /// Whether the attempt keeps it.
    pub passed: bool,
    /// The numbers that were compared; what is in the way where it is broken.
    pub compared: Vec<Conflict>,
}

impl Finding {
    /// Kept, and there is nothing to compare.
    pub(super) fn kept() -> Self {
        Self::Kept(None)
    }

    /// One comparison.
    pub(super) fn compared(facts: Conflict, broken: bool) -> Self {
        if broken { Self::Broken(vec![facts]) } else { Self::Kept(Some(facts)) }
    }

    /// Something in the way, or nothing.
    pub(super) fn in_the_way(conflicts: Vec<Conflict>) -> Self {
        if conflicts.is_empty() { Self::Kept(None) } else { Self::Broken(conflicts) }
    }

    /// What is violated.
    pub(super) fn conflicts(self) -> Vec<Conflict> {
        match self {
            Self::Kept(_) => Vec::new(),
            Self::Broken(conflicts) => conflicts,
        }
    }

    /// What whoever asks is told of it.
    pub(super) fn verdict(self, rule: Rule) -> Verdict {
        match self {
            Self::Kept(facts) => Verdict { rule, passed: true, compared: facts.into_iter().collect() },
            Self::Broken(compared) => Verdict { rule, passed: false, compared },
        }
    }
}
