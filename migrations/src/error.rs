//! Why a store could not be brought to the version of this program.

/// Nothing was changed beyond the last step that was completed whole.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// Going back is not possible: a newer program wrote bytes that this one does not know.
    #[error("the store has version {found}, written by a newer release; this one knows versions up to {known}")]
    Newer {
        /// Version of the store.
        found: u32,
        /// Newest version that this program knows.
        known: u32,
    },
    /// There is data, and nothing that says which version it has.
    #[error("failed to read the version of the store: there is data, but no version record")]
    Unversioned,
    /// The record is there and makes no sense.
    #[error("failed to read the version of the store: {0}")]
    Record(String),
    /// The store itself failed.
    #[error("failed to migrate the store: {0}")]
    Store(#[from] sled::Error),
}
