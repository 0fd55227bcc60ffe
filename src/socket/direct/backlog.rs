//! What one socket has not taken yet: shared bytes, bounded.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSlice, Write};

use bytes::Bytes;

use super::super::wire;

/// Bytes that wait for one socket behind the piece that is being written, which may be a large
/// first frame: one that is further behind had better start anew.
pub(super) const BACKLOG_BYTES_MAX: usize = 256 << 10;
/// Pieces that go into one write.
const SLICES_MAX: usize = 16;

/// What waits for one socket. Each piece begins with a frame and ends with one.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    pieces: VecDeque<Bytes>,
    /// How much of the first piece is written.
    written: usize,
    /// Bytes of the other pieces.
    behind: usize,
}

impl Backlog {
    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Adds a piece; false when there is no room for it.
    pub(super) fn push(&mut self, piece: Bytes) -> bool {
        if !self.pieces.is_empty() {
            if self.behind + piece.len() > BACKLOG_BYTES_MAX {
                return false;
            }
            self.behind += piece.len();
        }
        self.pieces.push_back(piece);
        true
    }

    /// Writes a piece, or what it can of it; the rest waits. False when there is no room for it.
    pub(super) fn send(&mut self, piece: Bytes, to: &mut impl Write) -> io::Result<bool> {
        if !self.is_empty() {
            return Ok(self.push(piece));
        }
        match write(|| to.write(&piece))? {
            Some(count) if count == piece.len() => {}
            count => {
                self.written = count.unwrap_or(0);
                self.pieces.push_back(piece);
            }
        }
        Ok(true)
    }

    /// Writes until nothing waits or nothing more is taken; how much was.
    pub(super) fn flush(&mut self, to: &mut impl Write) -> io::Result<usize> {
        let mut taken = 0;
        while !self.is_empty() {
            let mut slices = [IoSlice::new(&[]); SLICES_MAX];
            let rest = self.pieces.iter().skip(1).map(|piece| &piece[..]);
            let parts = std::iter::once(&self.pieces[0][self.written..]).chain(rest);
            let count = slices.iter_mut().zip(parts).map(|(slice, part)| *slice = IoSlice::new(part)).count();
            match write(|| to.write_vectored(&slices[..count]))? {
                Some(count) => self.advance(count),
                None => return Ok(taken),
            }
            taken += 1;
        }
        // A socket that is up to date holds nothing.
        *self = Self::default();
        Ok(taken)
    }

    /// Forgets all frames of which nothing is written: only what was begun is still to be ended.
    pub(super) fn cut(&mut self) {
        let begun = self.pieces.pop_front().map(|piece| piece.slice(..wire::boundary(&piece, self.written)));
        let written = self.written;
        *self = Self::default();
        if let Some(begun) = begun.filter(|begun| begun.len() > written) {
            self.written = written;
            self.pieces.push_back(begun);
        }
    }

    fn advance(&mut self, count: usize) {
        self.written += count;
        while let Some(first) = self.pieces.front()
            && self.written >= first.len()
        {
            self.written -= first.len();
            self.pieces.pop_front();
            self.behind -= self.pieces.front().map_or(0, Bytes::len);
        }
    }
}

#[cfg(test)]
impl Backlog {
    /// Bytes that wait.
    pub(super) fn waiting(&self) -> usize {
        self.pieces.iter().map(Bytes::len).sum()
    }
}

/// How much was written; `None` when the socket takes nothing now.
fn write(mut attempt: impl FnMut() -> io::Result<usize>) -> io::Result<Option<usize>> {
    loop {
        match attempt() {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => return Ok(Some(count)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::wire::TextFrame;
    use super::*;

    /// Takes so many bytes, and no more.
    struct Takes {
        left: usize,
        got: Vec<u8>,
    }

    impl Write for Takes {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let count = bytes.len().min(self.left);
            self.left -= count;
            self.got.extend_from_slice(&bytes[..count]);
            if count == 0 { Err(ErrorKind::WouldBlock.into()) } else { Ok(count) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn piece(text: &str) -> Bytes {
        TextFrame::json(&text).bytes().clone()
    }

    #[test]
    fn what_is_not_taken_at_once_comes_later_and_in_order() {
        let pieces: Vec<Bytes> = (0..40_usize).map(|at| piece(&"x".repeat(at * 7))).collect();
        let whole: Vec<u8> = pieces.iter().flat_map(|piece| piece.to_vec()).collect();
        for room in [1, 5, 100, 1000] {
            let (mut backlog, mut to) = (Backlog::default(), Takes { left: room, got: Vec::new() });
            for piece in &pieces {
                assert!(backlog.send(piece.clone(), &mut to).unwrap());
            }
            while !backlog.is_empty() {
                to.left = room;
                backlog.flush(&mut to).unwrap();
            }
            assert_eq!(to.got, whole);
            assert_eq!((backlog.behind, backlog.written, backlog.pieces.capacity()), (0, 0, 0));
        }
    }

    #[test]
    fn what_waits_behind_the_first_piece_is_bounded() {
        let mut backlog = Backlog::default();
        // The first may be as large as it is.
        assert!(backlog.push(Bytes::from(vec![0; 4 * BACKLOG_BYTES_MAX])));
        let fitting = (0..10_000).take_while(|_| backlog.push(Bytes::from_static(&[0; 1024]))).count();
        assert_eq!(fitting, BACKLOG_BYTES_MAX / 1024);
    }

    #[test]
    fn a_cut_ends_the_frame_that_was_begun_and_drops_the_others() {
        let frames = ["one", "two", "three"].map(piece);
        let first = Bytes::from(frames.concat());
        let ends = [frames[0].len(), frames[0].len() + frames[1].len(), first.len()];
        for written in 0..first.len() {
            let (mut backlog, mut to) = (Backlog::default(), Takes { left: written, got: Vec::new() });
            backlog.send(first.clone(), &mut to).unwrap();
            assert!(backlog.push(piece("four")));
            backlog.cut();
            assert!(backlog.push(wire::close(1013, "")));
            to.left = usize::MAX;
            backlog.flush(&mut to).unwrap();
            let end = if written == 0 { 0 } else { *ends.iter().find(|end| **end >= written).unwrap() };
            assert_eq!(to.got, [&first[..end], b"\x88\x02\x03\xf5"].concat(), "{written} written");
        }
    }

    #[test]
    fn a_broken_socket_is_an_error() {
        struct Broken;
        impl Write for Broken {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        assert!(Backlog::default().send(piece("a"), &mut Broken).is_err());
    }
}
