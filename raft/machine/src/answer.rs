//! Kept answers: what a request was told, for as long as the same request may come again.
//!
//! Whatever was accepted is kept, also where there was nothing left to change. A refusal is decided anew.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::deadline::{Deadline, Due};
use crate::shelves::Shelves;
use crate::{Accepted, Instant, MemberId, RequestId};

/// What a request was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeptAnswer {
    /// Which request.
    pub(crate) request: Arc<RequestId>,
    /// Hash of what it asked.
    pub(crate) fingerprint: u64,
    /// What it was told.
    pub(crate) accepted: Accepted,
    /// When it is forgotten.
    pub(crate) until: Instant,
}

impl KeptAnswer {
    /// When it is forgotten.
    pub(crate) fn deadline(&self) -> Deadline {
        (self.until, Due::ForgetAnswer(Arc::clone(&self.request)))
    }
}

/// All kept answers of a facility.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answers {
    by_request: Shelves<Arc<RequestId>, Arc<KeptAnswer>>,
}

impl Answers {
    /// The answer to a request; it may be overdue to be forgotten.
    pub(crate) fn get(&self, request: &RequestId) -> Option<&KeptAnswer> {
        self.by_request.get(request).map(Arc::as_ref)
    }

    /// All of them, by request.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<KeptAnswer>> {
        self.by_request.iter().map(|(_, answer)| answer)
    }

    /// Keeps one.
    pub(crate) fn keep(&mut self, answer: Arc<KeptAnswer>) {
        self.by_request.insert(Arc::clone(&answer.request), answer);
    }

    /// Leaves out of all of them what tells who a member is.
    pub(crate) fn forget_person(&mut self, member: &MemberId) {
        let all: Vec<Arc<KeptAnswer>> = self.iter().map(Arc::clone).collect();
        for answer in all {
            let mut cleared = KeptAnswer::clone(&answer);
            if cleared.accepted.forget_person(member) {
                self.keep(Arc::new(cleared));
            }
        }
    }

    /// Forgets one.
    pub(crate) fn forget(&mut self, request: &RequestId) {
        self.by_request.remove(request);
    }
}

impl FromIterator<Arc<KeptAnswer>> for Answers {
    fn from_iter<T: IntoIterator<Item = Arc<KeptAnswer>>>(answers: T) -> Self {
        Self { by_request: answers.into_iter().map(|answer| (Arc::clone(&answer.request), answer)).collect() }
    }
}
