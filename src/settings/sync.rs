//! The settings that name a club's system of record, for `POST /sync`.

use std::path::PathBuf;

use serde::Deserialize;

use super::SettingsError;
use super::access::secret;
use crate::auth::Secret;
use crate::sync::{D1, Source};

/// A system of record: a D1 database or an SQLite file of one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SyncSettings {
    /// An SQLite file with the original's tables.
    pub sqlite: Option<PathBuf>,
    /// A D1 database, over its HTTP API.
    pub d1: Option<D1Settings>,
}

/// A D1 database.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct D1Settings {
    /// Whose it is.
    pub account_id: String,
    /// Which one.
    pub database_id: String,
    /// May read it.
    pub api_token: Option<Secret>,
    /// The file that the token is in.
    pub api_token_file: Option<PathBuf>,
    /// Where the API is.
    #[serde(default = "api_base")]
    pub api_base: String,
}

fn api_base() -> String {
    "https://api.cloudflare.com/client/v4".to_owned()
}

impl SyncSettings {
    /// The one system that is named.
    pub(super) fn source(&self) -> Result<Source, SettingsError> {
        let wrong = |sentence: String| Err(SettingsError::Wrong(sentence));
        match (&self.sqlite, &self.d1) {
            (Some(file), None) => Ok(Source::Sqlite(file.clone())),
            (None, Some(d1)) => {
                let Some(token) = secret("sync.d1.api_token", d1.api_token.as_ref(), d1.api_token_file.as_deref())?
                else {
                    return wrong("sync.d1 needs an api_token, or an api_token_file with it".to_owned());
                };
                match D1::new(&d1.api_base, &d1.account_id, &d1.database_id, token) {
                    Ok(database) => Ok(Source::D1(database)),
                    Err(error) => wrong(format!("failed to prepare sync.d1: {error}")),
                }
            }
            _ => wrong("sync names either sqlite or d1, and one of them".to_owned()),
        }
    }
}
