//! What left the state machine, in order, tagged with where it happened.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A place in the stream of changes: log index, and the ordinal within that entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cursor {
    /// Log index.
    pub index: u64,
    /// 0 for the first change of the entry.
    pub ordinal: u32,
}

impl Cursor {
    /// After every change of the entry at `index`.
    pub fn after(index: u64) -> Self {
        Self { index, ordinal: u32::MAX }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.index, self.ordinal)
    }
}

/// The text is neither `<index>` nor `<index>.<ordinal>`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a cursor is <index> or <index>.<ordinal>")]
pub struct CursorError;

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        match text.split_once('.') {
            None if digits(text) => text.parse().map(Self::after).map_err(|_| CursorError),
            Some((index, ordinal)) if digits(index) && digits(ordinal) => {
                let index = index.parse().map_err(|_| CursorError)?;
                let ordinal = ordinal.parse().map_err(|_| CursorError)?;
                Ok(Self { index, ordinal })
            }
            _ => Err(CursorError),
        }
    }
}

/// One event with its place.
#[derive(Clone, Debug)]
pub struct Change<E> {
    /// Where it happened.
    pub cursor: Cursor,
    /// What happened.
    pub event: E,
}
