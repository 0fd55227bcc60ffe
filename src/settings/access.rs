//! The settings that say how callers become known.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use super::SettingsError;
use crate::auth::{Claims, JwtAccess, KeySource, Secret};

/// Which tokens of others are believed: those signed by one of these keys.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JwtSettings {
    /// A secret shared with whoever signs: HS256.
    pub hs256_secret: Option<Secret>,
    /// The file that it is in.
    pub hs256_secret_file: Option<PathBuf>,
    /// An Ed25519 public key, as PEM or as the `x` of a JWK.
    pub eddsa_public_key: Option<String>,
    /// Where a JWK set is.
    pub jwks_url: Option<String>,
    /// The file that a JWK set is in.
    pub jwks_path: Option<PathBuf>,
    /// `iss` that a token must have.
    pub issuer: Option<String>,
    /// `aud` that a token must have.
    pub audience: Option<String>,
    /// Seconds by which the clock of whoever signs may be off.
    #[serde(default = "leeway_seconds")]
    pub leeway_seconds: u64,
    /// Seconds between two readings of a JWK set.
    #[serde(default = "refresh_seconds")]
    pub refresh_seconds: u64,
    /// The fewest seconds between two readings that an unknown key asks for.
    #[serde(default = "refresh_rest_seconds")]
    pub refresh_rest_seconds: u64,
    /// What the claims are called.
    #[serde(default)]
    pub claims: Claims,
}

fn leeway_seconds() -> u64 {
    30
}

fn refresh_seconds() -> u64 {
    600
}

fn refresh_rest_seconds() -> u64 {
    10
}

impl JwtSettings {
    /// With every secret read.
    pub(super) fn access(&self) -> Result<JwtAccess, SettingsError> {
        let shared = secret("jwt.hs256_secret", self.hs256_secret.as_ref(), self.hs256_secret_file.as_deref())?;
        let mut keys = Vec::new();
        keys.extend(shared.map(KeySource::Hs256));
        keys.extend(self.eddsa_public_key.clone().map(KeySource::EdDsa));
        keys.extend(self.jwks_url.clone().map(KeySource::Url));
        keys.extend(self.jwks_path.clone().map(KeySource::File));
        Ok(JwtAccess {
            keys,
            issuer: self.issuer.clone(),
            audience: self.audience.clone(),
            leeway: Duration::from_secs(self.leeway_seconds),
            claims: self.claims.clone(),
            refresh_every: Duration::from_secs(self.refresh_seconds),
            refresh_rest: Duration::from_secs(self.refresh_rest_seconds),
        })
    }
}

/// A secret that stands in the settings, or in a file that they name.
pub(super) fn secret(name: &str, given: Option<&Secret>, file: Option<&Path>) -> Result<Option<Secret>, SettingsError> {
    match (given, file) {
        (Some(_), Some(_)) => Err(SettingsError::Wrong(format!("{name} and {name}_file are both set: which is it?"))),
        (given, None) => Ok(given.cloned()),
        (None, Some(path)) => {
            let read = std::fs::read_to_string(path);
            let text = read.map_err(|source| SettingsError::ValueFile { name: format!("{name}_file"), source })?;
            Ok(Some(Secret::new(&text)))
        }
    }
}

/// Addresses and networks, as a list or as one text with commas, which is all an environment can say.
pub(super) fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Given {
        One(String),
        Many(Vec<String>),
    }
    let texts = match Given::deserialize(deserializer)? {
        Given::One(text) => text.split(',').map(str::to_owned).collect(),
        Given::Many(texts) => texts,
    };
    let network = |text: &String| {
        let text = text.trim();
        let address = || text.parse::<IpAddr>().map(IpNet::from);
        let wrong = || D::Error::custom(format!("{text} is no address and no network such as 10.0.0.0/8"));
        text.parse::<IpNet>().or_else(|_| address()).map_err(|_| wrong())
    };
    texts.iter().filter(|text| !text.trim().is_empty()).map(network).collect()
}
