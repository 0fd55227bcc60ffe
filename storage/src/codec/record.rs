//! One record: `[format u8][kind u8][schema u16][len u32][crc32c u32][payload]`.
//!
//! The checksum covers the head before it and the payload, so that a record can neither change
//! its kind nor its length unnoticed.

use super::reader::{Malformed, Reader, put_length};

/// Bytes of a record before its payload.
pub(crate) const HEAD: usize = 12;

const FORMAT: u8 = 1;
const CHECKED: usize = 8;

/// What a payload is. The numbers are on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// First in every frame.
    Header = 1,
    /// Entries appended to a group's log; they replace what was at and after the first.
    Appended = 2,
    /// Live entries of an older frame, written again; they replace only themselves.
    Rewritten = 3,
    /// Vote, purge point, commit point and end of a group's log.
    State = 4,
    /// A snapshot that is whole.
    Published = 5,
    /// A piece of a snapshot.
    Chunk = 6,
    /// How far the frames had come.
    Witness = 7,
    /// Whose store this is.
    Identity = 8,
    /// Rows of a group's history that follow each other.
    HistoryPage = 9,
    /// Where the row is that carries an ended record.
    HistoryPointer = 10,
    /// Ended records with sort keys near each other.
    HistoryBucket = 11,
}

impl Kind {
    fn from_byte(byte: u8) -> Result<Self, Malformed> {
        Ok(match byte {
            1 => Self::Header,
            2 => Self::Appended,
            3 => Self::Rewritten,
            4 => Self::State,
            5 => Self::Published,
            6 => Self::Chunk,
            7 => Self::Witness,
            8 => Self::Identity,
            9 => Self::HistoryPage,
            10 => Self::HistoryPointer,
            11 => Self::HistoryBucket,
            _ => return Err(Malformed("a record of an unknown kind")),
        })
    }

    /// The schema that is written today. A reader of an older one keeps a branch for it.
    fn schema(self) -> u16 {
        1
    }
}

/// A record that was read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record<'a> {
    pub(crate) kind: Kind,
    pub(crate) payload: &'a [u8],
}

impl Record<'_> {
    /// Bytes of the whole record.
    pub(crate) fn size(&self) -> u32 {
        u32::try_from(HEAD + self.payload.len()).unwrap_or(u32::MAX)
    }
}

/// Appends a record to `out`; `payload` writes the payload straight behind the head.
pub(crate) fn put(out: &mut Vec<u8>, kind: Kind, payload: impl FnOnce(&mut Vec<u8>)) {
    let head = out.len();
    out.extend_from_slice(&[FORMAT, kind as u8]);
    out.extend_from_slice(&kind.schema().to_le_bytes());
    out.extend_from_slice(&[0; HEAD - 4]);
    payload(out);
    let mut length = Vec::with_capacity(4);
    put_length(&mut length, out.len() - head - HEAD);
    out[head + 4..head + CHECKED].copy_from_slice(&length);
    let sum = checksum(&out[head..head + CHECKED], &out[head + HEAD..]);
    out[head + CHECKED..head + HEAD].copy_from_slice(&sum.to_le_bytes());
}

/// Takes the next record off `from`.
pub(crate) fn take<'a>(from: &mut Reader<'a>) -> Result<Record<'a>, Malformed> {
    let head = from.bytes(CHECKED)?;
    let sum = from.u32()?;
    let mut fields = Reader::new(head);
    let (format, kind, schema, length) = (fields.u8()?, fields.u8()?, fields.u16()?, fields.u32()?);
    if format != FORMAT {
        return Err(Malformed("a record of an unknown format"));
    }
    let payload = from.bytes(usize::try_from(length).map_err(|_| Malformed("cut short"))?)?;
    if checksum(head, payload) != sum {
        return Err(Malformed("a record whose checksum does not fit"));
    }
    let kind = Kind::from_byte(kind)?;
    if schema != kind.schema() {
        return Err(Malformed("a record of an unknown schema"));
    }
    Ok(Record { kind, payload })
}

fn checksum(head: &[u8], payload: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(head), payload)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_are_these_for_ever() {
        let mut out = Vec::new();
        put(&mut out, Kind::Chunk, |out| out.extend_from_slice(b"abc"));
        assert_eq!(out, [1, 6, 1, 0, 3, 0, 0, 0, 0xd8, 0x8a, 0x99, 0x97, b'a', b'b', b'c']);
    }

    #[test]
    fn any_flipped_bit_is_noticed() {
        let mut whole = Vec::new();
        put(&mut whole, Kind::State, |out| out.extend_from_slice(b"some payload"));
        for bit in 0..whole.len() * 8 {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(take(&mut Reader::new(&bytes)).is_err(), "bit {bit}");
        }
        assert!(take(&mut Reader::new(&whole[..whole.len() - 1])).is_err());
        assert_eq!(take(&mut Reader::new(&whole)).unwrap().payload, b"some payload");
    }
}
