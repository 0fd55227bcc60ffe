//! How callers become known to a node: what its settings say, read and checked.

use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use serde::Deserialize;

use super::jwt::VerifyingKey;
use super::need::Role;
use super::secret::Secret;

/// The fewest characters of a secret that people bring: what is shorter can be guessed.
const SECRET_CHARS_MIN: usize = 32;

/// How callers become known.
#[derive(Clone, Debug)]
pub struct Access {
    /// Whether a caller without a token is taken for the operator.
    pub open: bool,
    /// Makes its holder an operator while the cluster has no operator's key that works.
    pub bootstrap_key: Option<Secret>,
    /// Which tokens of others are believed.
    pub jwt: Option<JwtAccess>,
    /// How much a caller may ask; `None` asks nobody to wait.
    pub rate_limits: Option<RateLimits>,
    /// Who may say in `X-Forwarded-For` for whom it asks.
    pub trusted_proxies: Vec<IpNet>,
}

/// Which tokens of others are believed.
#[derive(Clone, Debug)]
pub struct JwtAccess {
    /// Where the keys are that tokens are signed with; one is enough.
    pub keys: Vec<KeySource>,
    /// `iss` that a token must have.
    pub issuer: Option<String>,
    /// `aud` that a token must have.
    pub audience: Option<String>,
    /// How far the clock of whoever signs may be from ours.
    pub leeway: Duration,
    /// What the claims are called.
    pub claims: Claims,
    /// Between two readings of a key set.
    pub refresh_every: Duration,
    /// The least time between two readings that an unknown key asks for.
    pub refresh_rest: Duration,
}

/// Where a key is that tokens are signed with.
#[derive(Clone, Debug)]
pub enum KeySource {
    /// A secret shared with whoever signs: HS256.
    Hs256(Secret),
    /// A public key, as PEM or as the `x` of a JWK: EdDSA with Ed25519.
    EdDsa(String),
    /// A set of public keys behind an address.
    Url(String),
    /// A set of public keys in a file.
    File(PathBuf),
}

/// What the claims of a token are called.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Claims {
    /// `member`, `service`, `staff` or `operator`.
    pub role: String,
    /// The facilities: a list of ids, or one.
    pub facilities: String,
    /// A member's id; where the token has no such claim, `sub` is the member.
    pub member: String,
}

impl Default for Claims {
    fn default() -> Self {
        Self {
            role: "courtd_role".to_owned(),
            facilities: "courtd_facilities".to_owned(),
            member: "courtd_member".to_owned(),
        }
    }
}

/// So many requests in so many seconds, all at once or spread. 0 requests is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// Requests.
    pub requests: u32,
    /// Seconds.
    pub seconds: u32,
}

/// How much one caller may ask of one node, by role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RateLimits {
    /// One address without a token; all that fail to show a good one count here as well.
    pub public: Quota,
    /// One member.
    pub member: Quota,
    /// One key or subject of a club's back end.
    pub service: Quota,
    /// One key or subject of a club's people.
    pub staff: Quota,
    /// One key or subject of an operator.
    pub operator: Quota,
}

impl Default for RateLimits {
    fn default() -> Self {
        let a_minute = |requests| Quota { requests, seconds: 60 };
        Self {
            // A club's whole house may come from one address.
            public: a_minute(600),
            member: a_minute(600),
            service: a_minute(60_000),
            staff: a_minute(6_000),
            operator: a_minute(60_000),
        }
    }
}

impl RateLimits {
    /// That of a role.
    pub(crate) fn of(&self, role: Role) -> Quota {
        match role {
            Role::Public => self.public,
            Role::Member => self.member,
            Role::Service => self.service,
            Role::Staff => self.staff,
            Role::Operator => self.operator,
        }
    }
}

impl Access {
    /// Nobody is asked for a key, and nobody has to wait: for loopback.
    pub fn open() -> Self {
        Self { open: true, rate_limits: None, ..Self::closed() }
    }

    /// Who has no key reads what is public.
    pub fn closed() -> Self {
        Self {
            open: false,
            bootstrap_key: None,
            jwt: None,
            rate_limits: Some(RateLimits::default()),
            trusted_proxies: Vec::new(),
        }
    }

    /// What cannot work, in one sentence.
    pub(crate) fn mistake(&self) -> Option<String> {
        let short = |secret: &Secret| secret.reveal().len() < SECRET_CHARS_MIN;
        if self.bootstrap_key.as_ref().is_some_and(short) {
            return Some(format!("bootstrap_key must have {SECRET_CHARS_MIN} characters or more"));
        }
        let jwt = self.jwt.as_ref()?;
        if jwt.keys.is_empty() {
            return Some("[jwt] names no key: set hs256_secret, eddsa_public_key, jwks_url or jwks_path".to_owned());
        }
        jwt.keys.iter().find_map(|source| match source {
            KeySource::Hs256(secret) if short(secret) => {
                Some(format!("jwt.hs256_secret must have {SECRET_CHARS_MIN} characters or more"))
            }
            KeySource::EdDsa(text) if VerifyingKey::ed25519(text).is_none() => {
                Some("jwt.eddsa_public_key is no Ed25519 public key, as PEM or as the x of a JWK".to_owned())
            }
            KeySource::Url(url) if !is_safe(url) => Some(
                "jwt.jwks_url must be https://, or http:// on this machine: who can change it is everybody".to_owned(),
            ),
            _ => None,
        })
    }
}

/// Whether what is read there cannot be changed on its way.
fn is_safe(url: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(url) else { return false };
    let is_here = matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"));
    url.scheme() == "https" || (url.scheme() == "http" && is_here)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_jwt(keys: Vec<KeySource>) -> Access {
        let jwt = JwtAccess {
            keys,
            issuer: None,
            audience: None,
            leeway: Duration::ZERO,
            claims: Claims::default(),
            refresh_every: Duration::ZERO,
            refresh_rest: Duration::ZERO,
        };
        Access { jwt: Some(jwt), ..Access::closed() }
    }

    #[test]
    fn what_cannot_work_or_can_be_guessed_is_named() {
        let long = || Secret::new(&"x".repeat(SECRET_CHARS_MIN));
        let short = || Secret::new(&"x".repeat(SECRET_CHARS_MIN - 1));
        let url = |text: &str| with_jwt(vec![KeySource::Url(text.to_owned())]);
        let bootstrap = |secret| Access { bootstrap_key: Some(secret), ..Access::closed() };
        for (access, mistake) in [
            (Access::open(), None),
            (bootstrap(long()), None),
            (bootstrap(short()), Some("bootstrap_key")),
            (with_jwt(vec![]), Some("names no key")),
            (with_jwt(vec![KeySource::Hs256(long())]), None),
            (with_jwt(vec![KeySource::Hs256(short())]), Some("jwt.hs256_secret")),
            (with_jwt(vec![KeySource::EdDsa("no key".to_owned())]), Some("jwt.eddsa_public_key")),
            (url("https://club.example/jwks.json"), None),
            (url("http://127.0.0.1:9000/jwks.json"), None),
            (url("http://club.example/jwks.json"), Some("jwt.jwks_url")),
            (url("ftp://127.0.0.1/jwks.json"), Some("jwt.jwks_url")),
            (url("club.example"), Some("jwt.jwks_url")),
        ] {
            let found = access.mistake();
            assert_eq!(found.is_some(), mistake.is_some(), "{found:?}");
            assert!(mistake.is_none_or(|part| found.as_ref().is_some_and(|text| text.contains(part))), "{found:?}");
            assert!(found.is_none_or(|text| !text.contains("xxx")), "a mistake must not show the secret");
        }
    }
}
