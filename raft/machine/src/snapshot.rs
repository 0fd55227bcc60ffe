//! A facility to bytes and back, behind a version.
//!
//! The bytes are canonical: records in order of their ids, indexes and deadlines left out because
//! they follow. Replicas at the same index write the same bytes, which is what the digest is of.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::answer::KeptAnswer;
use crate::codec::{self, CodecError};
use crate::ledger::{Ledger, LedgerImage};
use crate::record::Record;
use crate::waitlist::Changes;
use crate::{Block, CalendarDay, Court, Facility, Instant, Member, Settings, WaitlistEntry};

/// The version that this release writes, in two bytes, little-endian, before everything else.
pub const SNAPSHOT_VERSION: u16 = 1;

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
    /// The bytes begin with a version that no release ever wrote.
    #[error("snapshot has version {found}, which never was")]
    NeverWas {
        /// The version in the bytes.
        found: u16,
    },
    /// The bytes make no sense.
    #[error("snapshot is damaged")]
    Damaged(#[from] CodecError),
    /// The bytes end before their version.
    #[error("snapshot is cut short")]
    Short,
}

// Replicated: the order and types of these fields are version 1.
#[derive(Serialize, Deserialize)]
struct Image {
    now: Instant,
    index: u64,
    settings: Option<Arc<Settings>>,
    days: Vec<Arc<CalendarDay>>,
    courts: Vec<Arc<Court>>,
    members: Vec<Arc<Member>>,
    records: Vec<Arc<Record>>,
    ledger: LedgerImage,
    answers: Vec<Arc<KeptAnswer>>,
    waitlist: Vec<Arc<WaitlistEntry>>,
    waitlist_joined: u64,
    blocks: Vec<Arc<Block>>,
}

impl Facility {
    /// The whole state as bytes, equal on every replica at the same index.
    pub fn to_snapshot(&self) -> Vec<u8> {
        let image = Image {
            now: self.now,
            index: self.index,
            settings: self.settings.clone(),
            days: self.horizon.days().cloned().collect(),
            courts: self.courts.values().cloned().collect(),
            members: self.members.iter().map(|(_, member)| Arc::clone(member)).collect(),
            records: self.book.records_after(None).cloned().collect(),
            ledger: self.ledger.image(),
            answers: self.answers.iter().cloned().collect(),
            waitlist: self.waitlist.after(None).cloned().collect(),
            waitlist_joined: self.waitlist.joined,
            blocks: self.blocks.iter().cloned().collect(),
        };
        let payload = codec::encode(&image).expect("a facility in memory is far smaller than the codec's limit");
        let mut bytes = Vec::with_capacity(payload.len() + 2);
        bytes.extend_from_slice(&SNAPSHOT_VERSION.to_le_bytes());
        bytes.extend_from_slice(&payload);
        bytes
    }

    /// A facility from [`Facility::to_snapshot`]'s bytes.
    pub fn from_snapshot(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let (version, payload) = bytes.split_first_chunk().ok_or(SnapshotError::Short)?;
        match u16::from_le_bytes(*version) {
            SNAPSHOT_VERSION => Ok(Self::from(codec::decode::<Image>(payload)?)),
            0 => Err(SnapshotError::NeverWas { found: 0 }),
            found => Err(SnapshotError::Newer { found, known: SNAPSHOT_VERSION }),
        }
    }
}

impl From<Image> for Facility {
    fn from(image: Image) -> Self {
        let mut facility = Self { now: image.now, index: image.index, settings: image.settings, ..Self::default() };
        image.days.into_iter().for_each(|day| facility.horizon.put(day));
        facility.courts = image.courts.into_iter().map(|court| (court.id.clone(), court)).collect();
        image.members.into_iter().for_each(|member| facility.put_member(Arc::unwrap_or_clone(member)));
        image.records.into_iter().for_each(|record| facility.put_record(Arc::unwrap_or_clone(record)));
        facility.restore_ledger(Ledger::from_image(image.ledger));
        image.answers.into_iter().for_each(|answer| facility.restore_answer(answer));
        image.blocks.into_iter().for_each(|block| facility.put_block(Arc::unwrap_or_clone(block)));
        image.waitlist.into_iter().for_each(|entry| facility.put_entry(Arc::unwrap_or_clone(entry)));
        facility.waitlist.joined = image.waitlist_joined;
        // Order: last. Everything that waits was matched before it was written.
        facility.changes = Changes::default();
        facility
    }
}
