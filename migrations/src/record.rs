//! The version record: which version a store has.
//!
//! The one thing here that every future release must be able to read, so its bytes are plain:
//! a magic, the version, and the same version inverted in place of a checksum.

use crate::MigrateError;

/// Key of the record in the tree `meta`.
pub(crate) const KEY: &[u8] = b"version";

const MAGIC: &[u8; 8] = b"courtd\0v";
const LENGTH: usize = 16;

/// The bytes that say `version`.
pub(crate) fn encode(version: u32) -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    bytes[..8].copy_from_slice(MAGIC);
    bytes[8..12].copy_from_slice(&version.to_le_bytes());
    bytes[12..].copy_from_slice(&(!version).to_le_bytes());
    bytes
}

/// The version that `bytes` say.
pub(crate) fn decode(bytes: &[u8]) -> Result<u32, MigrateError> {
    let whole = <[u8; LENGTH]>::try_from(bytes)
        .map_err(|_| MigrateError::Record(format!("{} bytes where {LENGTH} were expected", bytes.len())))?;
    let number = |at: usize| u32::from_le_bytes([whole[at], whole[at + 1], whole[at + 2], whole[at + 3]]);
    if &whole[..8] != MAGIC {
        return Err(MigrateError::Record("it is not a record of this program".into()));
    }
    if number(8) != !number(12) {
        return Err(MigrateError::Record("it is damaged".into()));
    }
    Ok(number(8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_are_these_for_ever() {
        assert_eq!(&encode(1), b"courtd\0v\x01\0\0\0\xfe\xff\xff\xff");
        assert_eq!(decode(&encode(77)).unwrap(), 77);
    }

    #[test]
    fn any_flipped_bit_is_noticed() {
        for bit in 0..LENGTH * 8 {
            let mut bytes = encode(3);
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(decode(&bytes).is_err(), "bit {bit}");
        }
        assert!(decode(b"").is_err());
    }
}
