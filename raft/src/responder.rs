//! How openraft tells the proposer what became of an entry: a closure, run where the entry was
//! applied, so that no task has to wait for it.
//!
//! A closure that is dropped without a call drops what it owns, and that is the message: whoever
//! waits learns that nobody knows.

use openraft::raft::responder::Responder;

use crate::Config;

/// Runs once with the outcome of an entry, or is dropped.
pub struct Callback<T>(Box<dyn FnOnce(T) + Send>);

impl<T> Callback<T> {
    pub(crate) fn new(run: impl FnOnce(T) + Send + 'static) -> Self {
        Self(Box::new(run))
    }
}

impl<T: Send + 'static> Responder<Config, T> for Callback<T> {
    fn on_complete(self, result: T) {
        (self.0)(result);
    }
}
