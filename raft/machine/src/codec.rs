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
