//! The one codec: bincode with fixed integers, a size limit and no trailing bytes.
//!
//! Everything that leaves memory as bytes goes through here, behind a version of its own where it
//! is written. bincode is unmaintained; that it is named in one file is the way out.

use bincode::Options;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The largest value, in bytes: what a snapshot of a very large facility needs.
pub const VALUE_BYTES_MAX: u64 = 1 << 30;

/// Why bytes are no value, or a value no bytes.
#[derive(Debug, thiserror::Error)]
#[error("failed to code a value as bytes")]
pub struct CodecError(#[from] bincode::Error);

/// Why bytes behind a version are no value.
#[derive(Debug, thiserror::Error)]
pub enum BytesError {
    /// They were written by a release that knows more than this one, or by none.
    #[error("bytes have version {found}, this release reads {known}")]
    Version {
        /// The version in the bytes.
        found: u8,
        /// The version read here.
        known: u8,
    },
    /// They make no sense.
    #[error("failed to read bytes of version {version}")]
    Damaged {
        /// The version in the bytes.
        version: u8,
        /// What is wrong with them.
        source: CodecError,
    },
    /// There are none.
    #[error("bytes end before their version")]
    Short,
}

fn options() -> impl Options {
    bincode::DefaultOptions::new().with_fixint_encoding().with_limit(VALUE_BYTES_MAX).reject_trailing_bytes()
}

/// Writes a value as bytes.
pub fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, CodecError> {
    Ok(options().serialize(value)?)
}

/// Reads a value back from all of `bytes`.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    Ok(options().deserialize(bytes)?)
}

/// Writes a value as bytes behind a version of one byte.
pub(crate) fn encode_versioned<T: Serialize>(version: u8, value: &T) -> Vec<u8> {
    let mut bytes = vec![version];
    let limited = options().serialize_into(&mut bytes, value);
    limited.expect("a command or reply in memory is far smaller than the limit");
    bytes
}

/// Reads a value back from all of `bytes`, which begin with `version`.
pub(crate) fn decode_versioned<T: DeserializeOwned>(version: u8, bytes: &[u8]) -> Result<T, BytesError> {
    match bytes.split_first() {
        None => Err(BytesError::Short),
        Some((found, payload)) if *found == version => {
            decode(payload).map_err(|source| BytesError::Damaged { version, source })
        }
        Some((found, _)) => Err(BytesError::Version { found: *found, known: version }),
    }
}
