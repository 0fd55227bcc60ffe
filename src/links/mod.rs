//! Links that know their reader: an address with a signed token in it, for people who show no key.
//!
//! Whoever has the link may do the one thing that it is for: answer one offer, or read one member's calendar.
//! A token says what it is for, and of what; it is checked and not looked up, so every node knows every link.
//! That it is used once is no matter of the token: what it names is used up, or over.

mod ids;
mod keys;
mod link;

#[cfg(test)]
mod forgery;

pub use keys::LinksError;
pub(crate) use link::{CalendarLink, LinkError, OfferLink};

use keys::SigningKeys;

use crate::auth::Secret;

/// Makes links and checks them. Printing it shows where they lead and no key.
pub struct Links {
    keys: SigningKeys,
    /// Where this cluster is found by people, without a slash at the end.
    base: String,
}

impl Links {
    /// Links to `public_url`, signed with `key`; those that one of `previous` has signed are good as well.
    pub fn new(key: &Secret, previous: &[Secret], public_url: &str) -> Result<Self, LinksError> {
        Ok(Self { keys: SigningKeys::new(key, previous)?, base: base(public_url)? })
    }

    /// Links to `public_url` under a key that nobody knows, and that is gone with them.
    pub fn of_one_run(public_url: &str) -> Result<Self, LinksError> {
        Ok(Self { keys: SigningKeys::random()?, base: base(public_url)? })
    }

    /// An address of this cluster, from its path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The host at which this cluster is found.
    pub(crate) fn host(&self) -> Option<&str> {
        let authority = self.base.split_once("://")?.1.split('/').next()?;
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        // What stands behind the last colon is a port, unless it is a part of an address in brackets.
        Some(host.rsplit_once(':').filter(|(_, port)| !port.contains(']')).map_or(host, |(host, _)| host))
    }

    /// The page on which one offer is answered.
    pub(crate) fn offer_url(&self, link: &OfferLink) -> String {
        self.url(&format!("/waitlist/accept/{}", self.keys.sign(&link.payload())))
    }

    /// The calendar of one member.
    pub(crate) fn calendar_url(&self, link: &CalendarLink) -> String {
        let token = self.keys.sign(&link.payload());
        self.url(&format!("/api/members/{}/calendar.ics?token={token}", link.member_id))
    }

    /// The offer that a token is for.
    pub(crate) fn offer(&self, token: &str, now: machine::Instant) -> Result<OfferLink, LinkError> {
        let link = OfferLink::read(&self.keys.open(token)?)?;
        if link.expires_at <= now { Err(LinkError::Expired(Box::new(link))) } else { Ok(link) }
    }

    /// The calendar that a token is for.
    pub(crate) fn calendar(&self, token: &str) -> Result<CalendarLink, LinkError> {
        CalendarLink::read(&self.keys.open(token)?)
    }
}

impl std::fmt::Debug for Links {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Links").field("base", &self.base).finish_non_exhaustive()
    }
}

fn base(public_url: &str) -> Result<String, LinksError> {
    let base = public_url.trim_end_matches('/');
    let wrong = || LinksError::PublicUrl(public_url.to_owned());
    let url: axum::http::Uri = base.parse().map_err(|_| wrong())?;
    let scheme = url.scheme_str().is_some_and(|scheme| ["http", "https"].contains(&scheme));
    if scheme && url.authority().is_some() && url.query().is_none() { Ok(base.to_owned()) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_is_an_address_that_people_can_open() {
        let made = |url: &str| Links::of_one_run(url).map(|links| links.url("/x"));
        assert_eq!(made("https://courts.example.org/").unwrap(), "https://courts.example.org/x");
        assert_eq!(made("http://127.0.0.1:8787/club").unwrap(), "http://127.0.0.1:8787/club/x");
        for wrong in ["courts.example.org", "ftp://x.example", "https://x.example/?a=1", "", "https://"] {
            assert!(matches!(made(wrong), Err(LinksError::PublicUrl(_))), "{wrong}");
        }
    }

    #[test]
    fn a_host_is_what_the_base_says() {
        for (base, host) in [
            ("https://courts.example.org/club", "courts.example.org"),
            ("http://127.0.0.1:8787", "127.0.0.1"),
            ("http://[::1]", "[::1]"),
            ("http://[::1]:80", "[::1]"),
        ] {
            assert_eq!(Links::of_one_run(base).unwrap().host(), Some(host));
        }
    }

    #[test]
    fn a_key_is_long_and_not_printed() {
        let short = Links::new(&Secret::new("short"), &[], "https://x.example");
        assert!(matches!(short, Err(LinksError::ShortKey)));
        let key = Secret::new("a key of more than thirty-two characters");
        let printed = format!("{:?}", Links::new(&key, std::slice::from_ref(&key), "https://x.example").unwrap());
        assert_eq!(printed, "Links { base: \"https://x.example\", .. }");
    }
}
