//! Minted identifiers: a prefix that says what it names, and a UUID v7 in lowercase hex.
//!
//! They are minted by the node that was asked and travel inside the command, so every replica
//! writes down the same one.

use machine::{BlockId, CourtId, FacilityId, HoldId, MemberId, ReservationId, SeriesId, WaitlistId};
use uuid::Uuid;
use uuid::fmt::Simple;

/// Longest prefix and a UUID without dashes.
const BYTES: usize = 4 + Simple::LENGTH;

macro_rules! mint {
    ($name:ident, $id:ty, $prefix:literal) => {
        pub(crate) fn $name() -> $id {
            let mut text = [0_u8; BYTES];
            let (prefix, rest) = text.split_at_mut($prefix.len());
            prefix.copy_from_slice($prefix.as_bytes());
            let text_len = $prefix.len() + Uuid::now_v7().simple().encode_lower(rest).len();
            let text = std::str::from_utf8(&text[..text_len]).expect("prefix and hex are ASCII");
            <$id>::parse(text).expect("prefix and hex are letters, digits and an underscore")
        }
    };
}

mint!(facility, FacilityId, "fac_");
mint!(court, CourtId, "crt_");
mint!(member, MemberId, "mbr_");
mint!(hold, HoldId, "hld_");
mint!(reservation, ReservationId, "rsv_");
mint!(waitlist, WaitlistId, "wl_");
mint!(block, BlockId, "blk_");
mint!(series, SeriesId, "ser_");

/// An id for an API key.
pub(crate) fn key() -> String {
    format!("key_{}", Uuid::now_v7().simple())
}

/// An id for a request that came without a key, and for the trace of any request.
pub(crate) fn request() -> String {
    Uuid::now_v7().simple().to_string()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_minted_id_says_what_it_names_and_is_new() {
        let (one, two) = (super::hold(), super::hold());
        assert_ne!(one, two);
        assert!(one.as_str().starts_with("hld_"));
        assert_eq!(one.as_str().len(), 36);
        assert!(one.as_str()[4..].bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)));
    }
}
