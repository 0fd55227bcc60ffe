//! The snapshot store of a group behind one concrete type, and the rule that a newer snapshot is
//! never replaced by an older one.

use std::io;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::Mutex;

use crate::{LogId, SnapshotStore, StoredSnapshot};

type Save = Box<dyn Fn(StoredSnapshot) -> BoxFuture<'static, io::Result<()>> + Send + Sync>;
type Load = Box<dyn Fn() -> BoxFuture<'static, io::Result<Option<StoredSnapshot>>> + Send + Sync>;

/// Keeps the newest snapshot of a group.
pub(crate) struct Keeper {
    save: Save,
    load: Load,
    /// Position of the snapshot in the store. Held while one is saved: a snapshot built here and
    /// one from the leader may arrive together.
    newest: Mutex<Option<LogId>>,
}

impl Keeper {
    pub(crate) fn new(store: impl SnapshotStore) -> Self {
        let store = Arc::new(store);
        let saving = Arc::clone(&store);
        let save: Save = Box::new(move |snapshot| {
            let store = Arc::clone(&saving);
            Box::pin(async move { store.save(snapshot).await })
        });
        let load: Load = Box::new(move || {
            let store = Arc::clone(&store);
            Box::pin(async move { store.load().await })
        });
        Self { save, load, newest: Mutex::new(None) }
    }

    /// Returns once this snapshot, or a newer one, is durable.
    pub(crate) async fn keep(&self, snapshot: StoredSnapshot) -> io::Result<()> {
        let mut newest = self.newest.lock().await;
        let position = snapshot.meta.last_log_id;
        // Invariant: the store's snapshot never goes back.
        if newest.is_some() && position <= *newest {
            return Ok(());
        }
        (self.save)(snapshot).await?;
        *newest = position;
        Ok(())
    }

    /// The newest one.
    pub(crate) async fn newest(&self) -> io::Result<Option<StoredSnapshot>> {
        let mut newest = self.newest.lock().await;
        let found = (self.load)().await?;
        *newest = found.as_ref().and_then(|snapshot| snapshot.meta.last_log_id);
        Ok(found)
    }
}
