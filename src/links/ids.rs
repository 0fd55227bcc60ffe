//! Ids inside a token, in as few bytes as they take: a token has to fit into a text message.
//!
//! An id that this cluster has minted is a prefix and 32 hex digits, and takes 17 bytes; any other takes its
//! characters and one more.

/// What minted ids that stand in tokens begin with; their places are a part of the format.
const PREFIXES: [&str; 3] = ["fac_", "wl_", "mbr_"];
/// Hex digits of a minted id.
const DIGITS: usize = 32;
/// Marks an id that is packed; below it stands the length of a text, less one.
const PACKED: u8 = 0x80;

/// Writes an id.
pub(super) fn write(id: &str, out: &mut Vec<u8>) {
    if let Some((place, number)) = packed(id) {
        out.push(PACKED | place);
        out.extend_from_slice(&number.to_be_bytes());
    } else {
        let length = u8::try_from(id.len()).expect("an id has 128 characters at most");
        out.push(length.wrapping_sub(1));
        out.extend_from_slice(id.as_bytes());
    }
}

/// Reads an id, and takes it away from what is left.
pub(super) fn read(left: &mut &[u8]) -> Option<String> {
    let head = take(left, 1)?[0];
    if head & PACKED == 0 {
        let text = take(left, usize::from(head) + 1)?;
        return String::from_utf8(text.to_vec()).ok();
    }
    let prefix = PREFIXES.get(usize::from(head & !PACKED))?;
    let number = u128::from_be_bytes(take(left, size_of::<u128>())?.try_into().ok()?);
    Some(format!("{prefix}{number:032x}"))
}

/// Takes so many bytes away from what is left.
pub(super) fn take<'a>(left: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, rest) = left.split_at_checked(count)?;
    *left = rest;
    Some(taken)
}

fn packed(id: &str) -> Option<(u8, u128)> {
    let (place, digits) =
        PREFIXES.iter().enumerate().find_map(|(place, prefix)| Some((place, id.strip_prefix(prefix)?)))?;
    let is_hex = digits.len() == DIGITS && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let number = is_hex.then(|| u128::from_str_radix(digits, 16).ok()).flatten()?;
    Some((u8::try_from(place).ok()?, number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_comes_back_as_it_was() {
        let longest = "x".repeat(machine::ID_CHARS_MAX);
        let minted = crate::ids::waitlist();
        for (id, bytes) in [
            (minted.as_str(), 17),
            ("fac_00000000000000000000000000000000", 17),
            // Not as it is minted: in capitals, or one digit short.
            ("fac_0000000000000000000000000000000A", 37),
            ("fac_0000000000000000000000000000000", 36),
            ("a", 2),
            (longest.as_str(), 129),
        ] {
            let mut out = Vec::new();
            write(id, &mut out);
            out.push(7);
            assert_eq!(out.len(), bytes + 1, "{id}");
            let mut left = out.as_slice();
            assert_eq!((read(&mut left).as_deref(), left), (Some(id), [7].as_slice()));
        }
        for cut in [&[][..], &[3, b'a'], &[PACKED, 1], &[PACKED | 9, 0]] {
            assert_eq!(read(&mut &*cut), None);
        }
    }
}
