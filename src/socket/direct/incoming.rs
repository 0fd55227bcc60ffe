//! What a client sends, read strictly and bit by bit (RFC 6455, 5).
//!
//! A viewer has nothing to say but pings, pongs and its farewell, so this reads just those and
//! throws messages away once they are found to be text. A library's protocol would bring two
//! buffers and a queue for each of thousands of silent sockets; this holds about a hundred bytes,
//! and more only while a frame is half here.

use super::super::wire::CONTROL_BYTES_MAX;

/// What a viewer may send in one message: it has nothing to say.
pub(crate) const MESSAGE_BYTES_MAX: usize = 4096;
/// The most bytes before a payload, with its mask.
const HEAD_BYTES_MAX: usize = 14;

const PROTOCOL_ERROR: u16 = 1002;
const NOT_TEXT: u16 = 1007;
const TOO_BIG: u16 = 1009;

/// Something that is whole.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Incoming {
    /// A text or bytes, of which nobody takes notice.
    Message,
    /// To be answered by a pong with the same payload.
    Ping(Vec<u8>),
    /// The answer to a ping, or a sign of life.
    Pong,
    /// The last frame, with its code.
    Close(Option<u16>),
}

/// Why a connection must fail, as the code and the reason of its last frame.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Violation {
    pub(super) code: u16,
    pub(super) reason: &'static str,
}

/// Reads the frames of one client.
#[derive(Debug, Default)]
pub(super) struct Reader {
    head: [u8; HEAD_BYTES_MAX],
    /// How much of the head is here.
    head_length: usize,
    /// The frame whose head was read.
    frame: Option<Frame>,
    /// The payload so far of a control frame.
    control: Vec<u8>,
    /// The message of which no last frame has come.
    message: Option<Message>,
}

#[derive(Clone, Copy, Debug)]
struct Frame {
    kind: Kind,
    is_last: bool,
    mask: [u8; 4],
    length: usize,
    /// How much of the payload was read.
    read: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Data,
    Close,
    Ping,
    Pong,
}

#[derive(Debug)]
struct Message {
    is_text: bool,
    bytes: Vec<u8>,
}

impl Reader {
    /// Reads on until something is whole, and cuts off `input` what was read; `None` when all was.
    pub(super) fn next(&mut self, input: &mut &[u8]) -> Result<Option<Incoming>, Violation> {
        loop {
            let Some(mut frame) = self.frame.take() else {
                match self.head(input)? {
                    Some(frame) => self.frame = Some(frame),
                    None => return Ok(None),
                }
                continue;
            };
            self.payload(&mut frame, input);
            if frame.read < frame.length {
                self.frame = Some(frame);
                return Ok(None);
            }
            if let Some(incoming) = self.whole(frame)? {
                return Ok(Some(incoming));
            }
        }
    }

    /// Takes bytes of a head; the frame once the head is whole.
    fn head(&mut self, input: &mut &[u8]) -> Result<Option<Frame>, Violation> {
        while self.head_length < self.head_needed() {
            let Some((first, rest)) = input.split_first() else { return Ok(None) };
            self.head[self.head_length] = *first;
            self.head_length += 1;
            *input = rest;
            if self.head_length == 2 {
                self.check_flags()?;
            }
        }
        self.head_length = 0;
        self.begin().map(Some)
    }

    fn head_needed(&self) -> usize {
        match (self.head_length, self.head[1] & 0x7f) {
            (..2, _) => 2,
            (_, 126) => 8,
            (_, 127) => 14,
            _ => 6,
        }
    }

    /// What the first two bytes say: no need to wait for more of a frame that is not allowed.
    fn check_flags(&self) -> Result<(), Violation> {
        let [first, second, ..] = self.head;
        let (is_last, is_control) = (first & 0x80 != 0, first & 0x08 != 0);
        if first & 0x70 != 0 {
            return Err(protocol("a reserved bit is set"));
        }
        if second & 0x80 == 0 {
            return Err(protocol("a client's frame carries a mask"));
        }
        if is_control && (!is_last || second & 0x7f > 125) {
            return Err(protocol("a control frame is short and in one piece"));
        }
        match (first & 0x0f, &self.message) {
            (0x0, None) => Err(protocol("there is no message to continue")),
            (0x1 | 0x2, Some(_)) => Err(protocol("a message is not finished")),
            (0x0..=0x2 | 0x8..=0xa, _) => Ok(()),
            _ => Err(protocol("there is no such frame")),
        }
    }

    /// The frame of a whole head.
    fn begin(&mut self) -> Result<Frame, Violation> {
        let wide = |bytes: &[u8]| bytes.iter().fold(0_u64, |length, byte| length << 8 | u64::from(*byte));
        let (length, shortest, mask_at) = match self.head[1] & 0x7f {
            126 => (wide(&self.head[2..4]), 126, 4),
            127 => (wide(&self.head[2..10]), 65_536, 10),
            short => (u64::from(short), 0, 2),
        };
        if length < shortest || length >> 63 != 0 {
            return Err(protocol("a length is not in its shortest form"));
        }
        let mut mask = [0; 4];
        mask.copy_from_slice(&self.head[mask_at..mask_at + 4]);
        let (opcode, is_last) = (self.head[0] & 0x0f, self.head[0] & 0x80 != 0);
        let kind = match opcode {
            0x8 => Kind::Close,
            0x9 => Kind::Ping,
            0xa => Kind::Pong,
            _ => Kind::Data,
        };
        if kind == Kind::Data {
            let message = self.message.get_or_insert(Message { is_text: opcode == 0x1, bytes: Vec::new() });
            if length > (MESSAGE_BYTES_MAX - message.bytes.len()) as u64 {
                return Err(Violation { code: TOO_BIG, reason: "there is nothing to say at such length" });
            }
        }
        let length = usize::try_from(length).expect("at most a message");
        Ok(Frame { kind, is_last, mask, length, read: 0 })
    }

    fn payload(&mut self, frame: &mut Frame, input: &mut &[u8]) {
        let (part, rest) = input.split_at(input.len().min(frame.length - frame.read));
        *input = rest;
        let mask = frame.mask.iter().cycle().skip(frame.read % 4);
        let clear = part.iter().zip(mask).map(|(byte, mask)| byte ^ mask);
        match (frame.kind, &mut self.message) {
            (Kind::Data, Some(message)) => message.bytes.extend(clear),
            _ => self.control.extend(clear),
        }
        frame.read += part.len();
        debug_assert!(self.control.len() <= CONTROL_BYTES_MAX, "a longer one is refused by its head");
    }

    fn whole(&mut self, frame: Frame) -> Result<Option<Incoming>, Violation> {
        match frame.kind {
            Kind::Data if !frame.is_last => Ok(None),
            Kind::Data => match self.message.take() {
                Some(message) if message.is_text && std::str::from_utf8(&message.bytes).is_err() => {
                    Err(Violation { code: NOT_TEXT, reason: "a text is UTF-8" })
                }
                _ => Ok(Some(Incoming::Message)),
            },
            Kind::Ping => Ok(Some(Incoming::Ping(std::mem::take(&mut self.control)))),
            Kind::Pong => {
                self.control = Vec::new();
                Ok(Some(Incoming::Pong))
            }
            Kind::Close => farewell(&std::mem::take(&mut self.control)).map(|code| Some(Incoming::Close(code))),
        }
    }
}

/// The code in the payload of a last frame (RFC 6455, 5.5.1 and 7.4).
fn farewell(payload: &[u8]) -> Result<Option<u16>, Violation> {
    let Some((code, reason)) = payload.split_first_chunk::<2>() else {
        return if payload.is_empty() { Ok(None) } else { Err(protocol("a code has two bytes")) };
    };
    let code = u16::from_be_bytes(*code);
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Err(protocol("there is no such code"));
    }
    match std::str::from_utf8(reason) {
        Ok(_) => Ok(Some(code)),
        Err(_) => Err(Violation { code: NOT_TEXT, reason: "a reason is UTF-8" }),
    }
}

fn protocol(reason: &'static str) -> Violation {
    Violation { code: PROTOCOL_ERROR, reason }
}

#[cfg(test)]
#[path = "incoming_tests.rs"]
mod tests;
