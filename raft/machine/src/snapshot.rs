//! A facility to bytes and back, behind a version.
//!
//! The bytes are canonical: records in order of their ids, indexes and deadlines left out because
//! they follow. Replicas at the same index write the same bytes, which is what the digest is of.
//! Reading them makes each index at once, out of all of its keys.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::answer::KeptAnswer;
use crate::codec::{self, CodecError};
use crate::deadline::Deadlines;
use crate::ledger::{Ledger, LedgerImage};
use crate::outbox::{Outbox, OutboxImage};
use crate::record::Record;
use crate::{Block, CalendarDay, Court, Facility, Instant, Member, Settings, WaitlistEntry, blocks, people};

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
    outbox: OutboxImage,
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
            outbox: self.outbox.image(),
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
        let deadlines = image.deadlines();
        let mut facility = Self { now: image.now, index: image.index, settings: image.settings, ..Self::default() };
        image.days.into_iter().for_each(|day| facility.horizon.put(day));
        facility.courts = image.courts.into_iter().map(|court| (court.id.clone(), court)).collect();
        facility.phones =
            image.members.iter().filter_map(|member| people::by_phone(member)).map(|key| (key, ())).collect();
        facility.members = image.members.into_iter().map(|member| (member.id.clone(), member)).collect();
        facility.book = image.records.into_iter().collect();
        facility.ledger = Ledger::from_image(image.ledger);
        facility.answers = image.answers.into_iter().collect();
        facility.blocks = image.blocks.into_iter().collect();
        facility.outbox = Outbox::from_image(image.outbox);
        facility.deadlines = deadlines;
        facility.restore_waitlist(image.waitlist, image.waitlist_joined);
        facility
    }
}

impl Image {
    /// Every deadline that follows from what it has, but for the looks of those who wait.
    fn deadlines(&self) -> Deadlines {
        let members = self.members.iter().filter_map(|member| people::reinstatement(member));
        let records = self.records.iter().filter_map(|record| record.deadline());
        let folds = self.ledger.deadlines();
        let answers = self.answers.iter().map(|answer| answer.deadline());
        let waitlist = self.waitlist.iter().filter_map(|entry| entry.deadline());
        let blocks = self.blocks.iter().filter_map(|block| blocks::forgotten(block));
        let outbox = self.outbox.deadlines();
        members.chain(records).chain(folds).chain(answers).chain(waitlist).chain(blocks).chain(outbox).collect()
    }
}
