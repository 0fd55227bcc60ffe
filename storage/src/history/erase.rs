//! Takes what is personal to a member out of the pages, in place.
//!
//! Rows keep the member's id: it is a tombstone by then. A page only gets smaller, and keeps its
//! key and its number of rows. Doing it twice is doing it once.

use std::io;

use bytes::Bytes;
use raft::{Cursor, GroupId};

use super::keys;
use super::page::{self, Values};
use super::read::Shelf;
use crate::frames::FrameStore;

/// Pages rewritten in one go.
const PAGES_AT_ONCE: usize = 16;

/// The pages that lose something, from the key `from` on, as they are afterwards; and where to go
/// on, if that was not all. Blocks.
pub(super) fn rewritten(
    frames: &dyn FrameStore,
    group: GroupId,
    member: &str,
    before: Cursor,
    from: &[u8],
) -> io::Result<(Values, Option<Vec<u8>>)> {
    let (mut values, mut pages, mut go_on) = (Values::new(), 0, None);
    let end = keys::after_page(group, before);
    Shelf { frames, group, erased: &[] }.pages(from, &end, &mut |mut found| {
        let Some(first) = found.page.rows.first().map(|row| row.cursor) else { return Ok(true) };
        if pages == PAGES_AT_ONCE {
            go_on = Some(keys::page(group, first, 0));
            return Ok(false);
        }
        let mut touched = false;
        for row in &mut found.page.rows {
            if row.cursor < before && row.told.subject.as_deref() == Some(member) {
                (row.told.personal, row.told.subject) = (Bytes::new(), None);
                touched = true;
            }
        }
        if touched {
            values.extend(page::values(group, first, &found.page.encode(group), found.parts));
            pages += 1;
        }
        Ok(true)
    })?;
    Ok((values, go_on))
}
