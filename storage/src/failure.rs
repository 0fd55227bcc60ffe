//! The end of a store: the first storage error is final, and everybody is told the same sentence.

use std::io;

use tokio::sync::watch;

/// Shared by the writer and everybody who waits for it.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    sentence: watch::Sender<Option<String>>,
}

impl Failure {
    pub(crate) fn new() -> Self {
        Self { sentence: watch::Sender::new(None) }
    }

    /// Keeps the first sentence; later ones are consequences.
    pub(crate) fn set(&self, sentence: &str) {
        self.sentence.send_if_modified(|current| {
            let first = current.is_none();
            if first {
                tracing::error!("the store has failed: {sentence}");
                *current = Some(sentence.to_owned());
            }
            first
        });
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<Option<String>> {
        self.sentence.subscribe()
    }

    /// What an operation gets to hear that was not written.
    pub(crate) fn error(&self) -> io::Error {
        match self.sentence.borrow().as_deref() {
            Some(sentence) => io::Error::other(format!("the store has failed: {sentence}")),
            None => io::Error::other("the store is closed"),
        }
    }
}
