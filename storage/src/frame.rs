//! One frame: a header and the records of everything that waited together.
//!
//! Built in memory with room left in front, so that the header, which sums up the rest, is
//! written last without moving anything.

use crate::codec::{HEAD, Header, Kind, Malformed, Reader, Record, take};

/// Bytes of an encoded [`Header`].
const HEADER: usize = HEAD + 32;

/// A frame being built.
#[derive(Debug)]
pub(crate) struct FrameBuilder {
    bytes: Vec<u8>,
}

impl FrameBuilder {
    pub(crate) fn new() -> Self {
        Self { bytes: vec![0; HEADER] }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.len() == HEADER
    }

    /// Bytes so far, with the header.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Where the next record is appended.
    pub(crate) fn records(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Appends a record and says how many bytes it takes.
    pub(crate) fn measure(&mut self, put: impl FnOnce(&mut Vec<u8>)) -> u32 {
        let before = self.bytes.len();
        put(&mut self.bytes);
        u32::try_from(self.bytes.len() - before).unwrap_or(u32::MAX)
    }

    /// The whole frame and the checksum of its body.
    pub(crate) fn finish(mut self, number: u64, live: u64, fold: u64) -> (Vec<u8>, u32) {
        let records = &self.bytes[HEADER..];
        let length = u32::try_from(records.len()).expect("a frame is bounded far below 4 GiB");
        let body = crc32c::crc32c(records);
        let mut header = Vec::with_capacity(HEADER);
        Header { number, length, body, live, fold }.encode(&mut header);
        self.bytes[..HEADER].copy_from_slice(&header);
        (self.bytes, body)
    }
}

/// A frame that was read whole: its checksums fit.
#[derive(Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) header: Header,
    records: Reader<'a>,
}

impl<'a> Frame<'a> {
    /// Invariant: a frame is read whole or not at all.
    pub(crate) fn parse(number: u64, bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut from = Reader::new(bytes);
        let record = take(&mut from)?;
        if record.kind != Kind::Header {
            return Err(Malformed("a frame without a header"));
        }
        let header = Header::decode(record.payload)?;
        if header.number != number {
            return Err(Malformed("a frame in the place of another"));
        }
        if usize::try_from(header.length) != Ok(from.rest().len()) {
            return Err(Malformed("a frame that is cut short"));
        }
        if crc32c::crc32c(from.rest()) != header.body {
            return Err(Malformed("a frame whose checksum does not fit"));
        }
        Ok(Self { header, records: from })
    }

    /// Its records, in order.
    pub(crate) fn records(&self) -> Result<Vec<Record<'a>>, Malformed> {
        let mut from = self.records.clone();
        let mut records = Vec::new();
        while !from.is_empty() {
            records.push(take(&mut from)?);
        }
        Ok(records)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::put;

    fn frame() -> Vec<u8> {
        let mut frame = FrameBuilder::new();
        put(frame.records(), Kind::Chunk, |out| out.extend_from_slice(b"one"));
        put(frame.records(), Kind::Chunk, |out| out.extend_from_slice(b"two"));
        frame.finish(7, 3, 99).0
    }

    #[test]
    fn a_frame_comes_back_whole() {
        let bytes = frame();
        let read = Frame::parse(7, &bytes).unwrap();
        assert_eq!((read.header.number, read.header.live, read.header.fold), (7, 3, 99));
        let payloads: Vec<_> = read.records().unwrap().iter().map(|record| record.payload).collect();
        assert_eq!(payloads, [b"one", b"two"]);
    }

    #[test]
    fn a_flipped_bit_a_lost_tail_and_a_wrong_place_are_noticed() {
        let whole = frame();
        for bit in 0..whole.len() * 8 {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(Frame::parse(7, &bytes).is_err(), "bit {bit}");
        }
        for length in 0..whole.len() {
            assert!(Frame::parse(7, &whole[..length]).is_err(), "cut to {length}");
        }
        assert!(Frame::parse(8, &whole).is_err());
    }
}
