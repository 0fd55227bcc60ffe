//! Tokens that others sign: which are believed, and who they say is asking.
//!
//! The algorithm is that of the key and never the token's choice: a key is kept with the one
//! algorithm it is for, and a token that names another one finds no key.

use std::sync::Arc;

use cluster::Grant;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, decode, decode_header};
use machine::{FacilityId, MemberId};
use serde_json::{Map, Value};

use super::access::{Claims, JwtAccess, KeySource};
use super::caller::Who;
use super::gate::Refused;
use super::jwks::Jwks;
use super::need::Role;

/// What the PEM of an Ed25519 public key begins with, before the 32 bytes of the key itself.
const ED25519_PEM: &str = "MCowBQYDK2VwAyEA";
/// The longest subject, in characters.
const SUBJECT_CHARS_MAX: usize = 255;

/// A key with the one algorithm that it is for.
pub(super) struct VerifyingKey {
    kid: Option<String>,
    algorithm: Algorithm,
    key: DecodingKey,
}

/// Says who holds a token.
pub(super) struct Verifier {
    fixed: Vec<VerifyingKey>,
    sets: Vec<Arc<Jwks>>,
    rules: Validation,
    claims: Claims,
}

impl VerifyingKey {
    /// A secret shared with whoever signs.
    fn hs256(secret: &str) -> Self {
        Self { kid: None, algorithm: Algorithm::HS256, key: DecodingKey::from_secret(secret.as_bytes()) }
    }

    /// An Ed25519 public key, as PEM or as the `x` of a JWK; `None` where it is neither.
    pub(super) fn ed25519(text: &str) -> Option<Self> {
        let body: String = text.lines().filter(|line| !line.starts_with("-----")).map(str::trim).collect();
        let key = body.strip_prefix(ED25519_PEM).unwrap_or(&body);
        let url_safe = key.trim_end_matches('=').replace('+', "-").replace('/', "_");
        // 32 bytes: what is shorter or longer is another kind of key.
        let key = (url_safe.len() == 43).then(|| DecodingKey::from_ed_components(&url_safe))?.ok()?;
        Some(Self { kid: None, algorithm: Algorithm::EdDSA, key })
    }

    /// A public key of a set; `None` where it signs no tokens, or is a secret that everybody can read.
    pub(super) fn of_jwk(jwk: &Jwk) -> Option<Self> {
        if jwk.common.public_key_use.as_ref().is_some_and(|purpose| *purpose != PublicKeyUse::Signature) {
            return None;
        }
        let algorithm = match (&jwk.algorithm, jwk.common.key_algorithm) {
            (AlgorithmParameters::RSA(_), None | Some(KeyAlgorithm::RS256)) => Algorithm::RS256,
            (AlgorithmParameters::RSA(_), Some(KeyAlgorithm::RS384)) => Algorithm::RS384,
            (AlgorithmParameters::RSA(_), Some(KeyAlgorithm::RS512)) => Algorithm::RS512,
            (AlgorithmParameters::RSA(_), Some(KeyAlgorithm::PS256)) => Algorithm::PS256,
            (AlgorithmParameters::EllipticCurve(curve), None | Some(KeyAlgorithm::ES256 | KeyAlgorithm::ES384)) => {
                match curve.curve {
                    EllipticCurve::P256 => Algorithm::ES256,
                    EllipticCurve::P384 => Algorithm::ES384,
                    _ => return None,
                }
            }
            (AlgorithmParameters::OctetKeyPair(_), None | Some(KeyAlgorithm::EdDSA)) => Algorithm::EdDSA,
            _ => return None,
        };
        Some(Self { kid: jwk.common.key_id.clone(), algorithm, key: DecodingKey::from_jwk(jwk).ok()? })
    }

    fn may_have_signed(&self, header: &Header) -> bool {
        let same_kid = self.kid.is_none() || header.kid.is_none() || self.kid == header.kid;
        self.algorithm == header.alg && same_kid
    }
}

impl Verifier {
    /// As the settings have it; `sets` are kept up to date by whoever made them.
    pub(super) fn new(access: &JwtAccess, sets: Vec<Arc<Jwks>>) -> Self {
        let fixed = access.keys.iter().filter_map(|source| match source {
            KeySource::Hs256(secret) => Some(VerifyingKey::hs256(secret.reveal())),
            KeySource::EdDsa(text) => VerifyingKey::ed25519(text),
            KeySource::Url(_) | KeySource::File(_) => None,
        });
        // The algorithm is put in with each key.
        let mut rules = Validation::new(Algorithm::HS256);
        rules.leeway = access.leeway.as_secs();
        rules.validate_nbf = true;
        let mut required = vec!["exp"];
        if let Some(issuer) = &access.issuer {
            rules.set_issuer(&[issuer]);
            required.push("iss");
        }
        if let Some(audience) = &access.audience {
            rules.set_audience(&[audience]);
            required.push("aud");
        }
        rules.set_required_spec_claims(&required);
        Self { fixed: fixed.collect(), sets, rules, claims: access.claims.clone() }
    }

    /// Who holds the token.
    pub(super) async fn who(&self, token: &str) -> Result<Who, Refused> {
        let header = decode_header(token).map_err(|_| Refused::Invalid("It is no token that is known here."))?;
        if header.crit.is_some() {
            return Err(Refused::Invalid("The token asks for something that is not known here."));
        }
        let mut found = self.look(token, &header);
        if found.is_none() && self.read_again().await {
            found = self.look(token, &header);
        }
        match found {
            Some(claims) => self.claimed(&claims?),
            None if self.sets.iter().any(|set| set.keys().is_none()) => Err(Refused::Unavailable),
            None => Err(Refused::Invalid("The token is not signed by a key that is known here.")),
        }
    }

    /// What the token claims, if a key that is known has signed it; `None` where none has.
    fn look(&self, token: &str, header: &Header) -> Option<Result<Map<String, Value>, Refused>> {
        let sets: Vec<_> = self.sets.iter().filter_map(|set| set.keys()).collect();
        let keys = self.fixed.iter().chain(sets.iter().flat_map(|set| set.iter()));
        for key in keys.filter(|key| key.may_have_signed(header)) {
            let rules = Validation { algorithms: vec![key.algorithm], ..self.rules.clone() };
            match decode::<Map<String, Value>>(token, &key.key, &rules) {
                Ok(token) => return Some(Ok(token.claims)),
                Err(error) if matches!(error.kind(), ErrorKind::InvalidSignature) => {}
                Err(error) => return Some(Err(Refused::Invalid(sentence(error.kind())))),
            }
        }
        None
    }

    async fn read_again(&self) -> bool {
        let mut read = false;
        for set in &self.sets {
            read |= set.read_again().await;
        }
        read
    }

    fn claimed(&self, claims: &Map<String, Value>) -> Result<Who, Refused> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let role = text(&self.claims.role).and_then(Role::parse);
        let role = role.ok_or(Refused::Invalid("The token names no role."))?;
        let subject = text("sub").filter(|subject| (1..=SUBJECT_CHARS_MAX).contains(&subject.chars().count()));
        let subject = subject.ok_or(Refused::Invalid("The token names no subject."))?;
        let facilities = || {
            let facilities = facilities(claims.get(&self.claims.facilities));
            facilities.ok_or(Refused::Invalid("The token names no facilities, or not by their ids."))
        };
        let grant = match role {
            Role::Member => {
                let member = text(&self.claims.member).unwrap_or(subject);
                let member = MemberId::parse(member);
                let member = member.map_err(|_| Refused::Invalid("The token names no member, or not by its id."))?;
                Grant::Member { facilities: facilities()?, member }
            }
            Role::Service => Grant::Service { facilities: facilities()? },
            Role::Staff => Grant::Staff { facilities: facilities()? },
            Role::Operator => Grant::Operator,
            Role::Public => return Err(Refused::Invalid("The token names no role.")),
        };
        Ok(Who::granted(&grant, subject))
    }
}

/// A list of ids, or one; `None` where it is neither.
fn facilities(claim: Option<&Value>) -> Option<Vec<FacilityId>> {
    let parse = |value: &Value| FacilityId::parse(value.as_str()?).ok();
    match claim? {
        Value::Array(ids) if !ids.is_empty() => ids.iter().map(parse).collect(),
        one => parse(one).map(|id| vec![id]),
    }
}

fn sentence(kind: &ErrorKind) -> &'static str {
    match kind {
        ErrorKind::ExpiredSignature => "The token has expired.",
        ErrorKind::ImmatureSignature => "The token is not valid yet.",
        ErrorKind::InvalidAudience => "The token is for somebody else.",
        ErrorKind::InvalidIssuer => "The token is from somebody else.",
        ErrorKind::MissingRequiredClaim(_) => "The token lacks a claim that it must have: exp, iss or aud.",
        _ => "It is no token that is known here.",
    }
}

#[cfg(test)]
mod tests;
