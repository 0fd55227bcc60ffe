//! `ETag` and `If-Match`: whoever edits says which version it has seen.
//!
//! A version is a number of the replicated record; its entity tag is that number in quotes. The machine
//! compares, in the same entry that changes; here only the header is read.

use axum::http::{HeaderMap, HeaderValue, header};

use super::problem::Problem;

/// What a request says about the version that it edits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum IfMatch {
    /// Nothing: the last one to write wins.
    #[default]
    Absent,
    /// `*`: whichever version there is.
    Any,
    /// One of these; none where no tag given can be one of ours.
    Versions(Vec<u64>),
}

impl IfMatch {
    /// Reads the header, all of its lines.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let mut lines = headers.get_all(header::IF_MATCH).iter().peekable();
        if lines.peek().is_none() {
            return Ok(Self::Absent);
        }
        let mut versions = Vec::new();
        for line in lines {
            let line = line.to_str().map_err(|_| malformed())?.trim();
            if line == "*" {
                return Ok(Self::Any);
            }
            for tag in line.split(',') {
                versions.extend(version_of(tag.trim())?);
            }
        }
        Ok(Self::Versions(versions))
    }

    /// The version that the machine has to find, `current` being the one that was read here.
    pub(crate) fn expected(&self, current: u64) -> u64 {
        match self {
            Self::Absent | Self::Any => current,
            Self::Versions(versions) if versions.contains(&current) => current,
            // Not met as far as is known here; the machine says so, unless it has answered this before.
            Self::Versions(versions) => versions.first().copied().unwrap_or(0),
        }
    }

    /// Whether the client has said which version it means.
    pub(crate) fn is_given(&self) -> bool {
        matches!(self, Self::Versions(_))
    }
}

/// The entity tag of a version.
pub(crate) fn etag(version: u64) -> HeaderValue {
    HeaderValue::try_from(format!("\"{version}\"")).expect("digits and quotes are visible ASCII")
}

/// The version of a tag; `None` for one that is well formed and none of ours, or weak.
fn version_of(tag: &str) -> Result<Option<u64>, Problem> {
    let (weak, opaque) = tag.strip_prefix("W/").map_or((false, tag), |rest| (true, rest));
    let inside = opaque.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).ok_or_else(malformed)?;
    Ok(inside.parse().ok().filter(|_| !weak))
}

fn malformed() -> Problem {
    Problem::malformed_at("If-Match", "must be * or entity tags in quotes, such as \"7\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> Result<IfMatch, ()> {
        let lines = lines.iter().map(|line| (header::IF_MATCH, HeaderValue::try_from(*line).unwrap()));
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name, value);
        }
        IfMatch::of(&headers).map_err(drop)
    }

    #[test]
    fn tags_are_read_as_they_are_written() {
        assert_eq!(read(&[]), Ok(IfMatch::Absent));
        assert_eq!(read(&["*"]), Ok(IfMatch::Any));
        assert_eq!(read(&["\"7\""]), Ok(IfMatch::Versions(vec![7])));
        assert_eq!(read(&["\"7\", \"8\"", "\"9\""]), Ok(IfMatch::Versions(vec![7, 8, 9])));
        // Neither a weak tag nor somebody else's can be met.
        assert_eq!(read(&["W/\"7\", \"abc\""]), Ok(IfMatch::Versions(vec![])));
        for wrong in ["7", "", "\"7", "\"7\" \"8\"x", "\"7\","] {
            assert_eq!(read(&[wrong]), Err(()), "{wrong}");
        }
        assert_eq!(etag(7), "\"7\"");
    }

    #[test]
    fn what_is_not_met_here_is_left_to_the_machine_to_refuse() {
        assert_eq!(IfMatch::Absent.expected(5), 5);
        assert_eq!(IfMatch::Any.expected(5), 5);
        assert_eq!(IfMatch::Versions(vec![4, 5]).expected(5), 5);
        assert_eq!(IfMatch::Versions(vec![4]).expected(5), 4);
        assert_eq!(IfMatch::Versions(vec![]).expected(5), 0);
    }
}
