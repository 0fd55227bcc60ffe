//! A facility to bytes and back, behind a version.

use crate::Facility;
use crate::codec::CodecError;

/// Why bytes are no snapshot.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The bytes were written by a release that knows more than this one.
    #[error("snapshot has version {found}, this release reads up to {known}")]
    Newer {
        /// The version in the bytes.
        found: u16,
        /// The newest version known here.
        known: u16,
    },
    /// The bytes make no sense.
    #[error("snapshot is damaged")]
    Damaged(#[from] CodecError),
    /// The bytes end before their version.
    #[error("snapshot is cut short")]
    Short,
}

impl Facility {
    /// The whole state as bytes, equal on every replica at the same index.
    pub fn to_snapshot(&self) -> Vec<u8> {
        todo!()
    }

    /// A facility from [`Facility::to_snapshot`]'s bytes.
    pub fn from_snapshot(_bytes: &[u8]) -> Result<Self, SnapshotError> {
        todo!()
    }
}
