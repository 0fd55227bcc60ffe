//! Bytes on disk: records with a checksum, and the payloads in them.
//!
//! Every payload is a small type of our own, converted by hand and versioned by its record's
//! schema number. openraft's own serialized shapes never reach the disk: they move between its
//! releases. Integers are little endian and of fixed width.

mod entry;
#[cfg(test)]
mod golden;
mod ids;
mod payload;
mod reader;
mod record;

pub(crate) use entry::{EncodedEntry, decode_appended, encode_appended, encode_rewritten, payload_bytes};
pub(crate) use payload::{Header, Note, Published, State, WitnessNote, decode_identity, encode_identity};
pub(crate) use reader::{Malformed, Reader, put_length};
pub(crate) use record::{HEAD, Kind, Record, put, take};
