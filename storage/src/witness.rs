//! The witness: two small files beside the store that say how far its frames had come.
//!
//! A store cannot know that its own end is missing; the witness does. The files are written in
//! turn, so that a cut during one write leaves the other. It is written after the frames that it
//! names are durable, so it never asks for more than was there.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::codec::{Note, WitnessNote};
use crate::ledger::Ledger;

const NAMES: [&str; 2] = ["witness.0", "witness.1"];

/// Writes the notes of one store.
#[derive(Debug)]
pub(crate) struct Witness {
    folder: PathBuf,
    generation: u64,
}

/// What the files said when the store was opened.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Testimony {
    /// There is no file: a new store, or one without its witness.
    Absent,
    /// There are files, and none is whole.
    Unreadable,
    /// The newest whole one.
    Said(WitnessNote),
}

impl Witness {
    /// Reads what was noted in `folder`.
    pub(crate) fn open(folder: &Path) -> io::Result<(Self, Testimony)> {
        let mut testimony = Testimony::Absent;
        for name in NAMES {
            let bytes = match fs::read(folder.join(name)) {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            testimony = match (WitnessNote::decode(&bytes), testimony) {
                (Ok(note), Testimony::Said(other)) if other.generation > note.generation => Testimony::Said(other),
                (Ok(note), _) => Testimony::Said(note),
                (Err(_), Testimony::Absent) => Testimony::Unreadable,
                (Err(_), other) => other,
            };
        }
        let generation = if let Testimony::Said(note) = &testimony { note.generation } else { 0 };
        Ok((Self { folder: folder.to_owned(), generation }, testimony))
    }

    /// Notes that the frames are durable up to `frame`, whose body has the checksum `body`.
    pub(crate) fn note(&mut self, frame: u64, body: u32, ledger: &Ledger) -> io::Result<()> {
        self.generation += 1;
        let groups = ledger.groups().map(|(group, ledger)| Note {
            group,
            vote: ledger.state.vote,
            last: ledger.last(),
            snapshot: ledger.snapshot.as_ref().map_or(0, |published| published.sequence),
        });
        let note = WitnessNote { generation: self.generation, frame, body, groups: groups.collect() };
        let slot = usize::from(self.generation.is_multiple_of(2));
        let path = self.folder.join(NAMES[slot]);
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(path)?;
        file.write_all(&note.encode())?;
        file.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newer_whole_note_counts() {
        let folder = tempfile::tempdir().unwrap();
        let (mut witness, before) = Witness::open(folder.path()).unwrap();
        assert_eq!(before, Testimony::Absent);
        for frame in 1..=5 {
            witness.note(frame, 0, &Ledger::default()).unwrap();
            let Testimony::Said(note) = Witness::open(folder.path()).unwrap().1 else { panic!("nothing noted") };
            assert_eq!(note.frame, frame);
        }
        let newest = NAMES.map(|name| folder.path().join(name));
        fs::write(&newest[0], b"torn").unwrap();
        let Testimony::Said(note) = Witness::open(folder.path()).unwrap().1 else { panic!("nothing noted") };
        assert!((4..=5).contains(&note.frame));
        fs::write(&newest[1], b"").unwrap();
        assert_eq!(Witness::open(folder.path()).unwrap().1, Testimony::Unreadable);
    }
}
