//! The keys of the cluster, as a node sees and changes them.
//!
//! Looked up in this node's own replica of the directory, so that knowing a caller costs no round
//! trip: a key that was made or revoked elsewhere is known here one heartbeat later.

use std::sync::Arc;

use tokio::time::Instant;

use crate::directory::{Directory, DirectoryCommand, DirectoryRefusal, Entered};
use crate::{Grant, KeyError, KeyRecord, Node, ProposeError, ReadError, directory_access};

impl Node {
    /// A key, whether it works or not; an error while this node cannot know.
    pub fn key(&self, id: &str) -> Result<Option<Arc<KeyRecord>>, ReadError> {
        self.knows_keys()?;
        Ok(self.host().directory().read(|directory, _| directory.key(id).cloned()))
    }

    /// Those keys that are `wanted`, in order of id, after `after`; an error while this node cannot know.
    pub fn keys(
        &self,
        after: Option<&str>,
        limit: usize,
        wanted: impl Fn(&KeyRecord) -> bool,
    ) -> Result<Vec<Arc<KeyRecord>>, ReadError> {
        self.knows_keys()?;
        let wanted = |key: &&Arc<KeyRecord>| wanted(key);
        let look = |directory: &Directory| directory.keys_after(after).filter(wanted).take(limit).cloned().collect();
        Ok(self.host().directory().read(|directory, _| look(directory)))
    }

    /// Whether any operator's key works; an error while this node cannot know.
    pub fn has_operator_key(&self) -> Result<bool, ReadError> {
        self.knows_keys()?;
        let now = self.now().0;
        let works = |key: &Arc<KeyRecord>| key.grant == Grant::Operator && key.works_at(now);
        Ok(self.host().directory().read(|directory, _| directory.keys_after(None).any(works)))
    }

    /// Enters a key, and waits until it is known here. The very same again is the same key.
    pub async fn enter_key(&self, key: KeyRecord, deadline: Instant) -> Result<KeyRecord, KeyError> {
        self.decide_key(&DirectoryCommand::EnterKey(key), deadline).await
    }

    /// Lets a key work no more, and waits until this is known here.
    pub async fn revoke_key(&self, id: &str, deadline: Instant) -> Result<KeyRecord, KeyError> {
        let command = DirectoryCommand::RevokeKey { id: id.to_owned(), at: self.now().0 };
        self.decide_key(&command, deadline).await
    }

    async fn decide_key(&self, command: &DirectoryCommand, deadline: Instant) -> Result<KeyRecord, KeyError> {
        let (index, reply) = directory_access::enter(self.host(), command, deadline).await?;
        let key = match reply {
            Ok(Entered::Key(key)) => key,
            Err(DirectoryRefusal::KeyTaken) => return Err(KeyError::Taken),
            Err(DirectoryRefusal::KeyUnknown) => return Err(KeyError::Unknown),
            Err(DirectoryRefusal::TooManyKeys) => return Err(KeyError::TooMany),
            // A leader of another release: the caller may try again once all run the same.
            Ok(_) | Err(_) => return Err(ProposeError::OutcomeUnknown.into()),
        };
        // It is decided. Whoever asks here next had better see it; where that takes long, they will later.
        let _ = self.host().directory().wait_for(index, deadline).await;
        Ok(key)
    }

    /// Keys of a replica that is behind its own log may have been revoked since.
    fn knows_keys(&self) -> Result<(), ReadError> {
        if self.host().directory().is_recovered() { Ok(()) } else { Err(ReadError::NoQuorum) }
    }
}
