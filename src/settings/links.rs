//! The settings of links that people get: where the cluster is found, and the keys that sign.

use std::path::PathBuf;

use serde::Deserialize;

use super::SettingsError;
use super::access::secret;
use crate::auth::Secret;
use crate::links::Links;

/// The keys that sign links.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkSettings {
    /// The key, the same on every node.
    pub key: Option<Secret>,
    /// The file that it is in.
    pub key_file: Option<PathBuf>,
    /// Files of keys that signed before: their links are good as well.
    #[serde(default)]
    pub previous_key_files: Vec<PathBuf>,
}

impl LinkSettings {
    /// Links to `public_url`; none where one of the two is missing.
    pub(super) fn links(&self, public_url: Option<&str>) -> Result<Option<Links>, SettingsError> {
        let key = secret("links.key", self.key.as_ref(), self.key_file.as_deref())?;
        let read = |file: &PathBuf| {
            let text = std::fs::read_to_string(file);
            let name = "links.previous_key_files".to_owned();
            text.map(|text| Secret::new(&text)).map_err(|source| SettingsError::ValueFile { name, source })
        };
        let previous = self.previous_key_files.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        match (key, public_url) {
            (Some(key), Some(url)) => {
                Links::new(&key, &previous, url).map(Some).map_err(|error| SettingsError::Wrong(error.to_string()))
            }
            (None, _) if !previous.is_empty() => {
                Err(SettingsError::Wrong("links.previous_key_files needs a key that signs: links.key_file".to_owned()))
            }
            _ => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_need_a_key_and_an_address_and_show_no_secret() {
        let secret = |text: &str| Some(Secret::new(text));
        let long = "a key of more than thirty-two characters";
        let of = |key: Option<Secret>, url: Option<&str>| LinkSettings { key, ..LinkSettings::default() }.links(url);
        assert!(of(secret(long), Some("https://x.example")).unwrap().is_some());
        assert!(of(None, Some("https://x.example")).unwrap().is_none());
        assert!(of(secret(long), None).unwrap().is_none());
        let short = of(secret("hunter2"), Some("https://x.example")).unwrap_err().to_string();
        assert!(short.contains("32 characters") && !short.contains("hunter2"), "{short}");
        assert!(of(secret(long), Some("x.example")).unwrap_err().to_string().contains("public_url"));

        let folder = tempfile::tempdir().unwrap();
        let (now, before) = (folder.path().join("now"), folder.path().join("before"));
        std::fs::write(&now, format!("{long}\n")).unwrap();
        std::fs::write(&before, format!("another {long}\n")).unwrap();
        let rotated = LinkSettings { key_file: Some(now), previous_key_files: vec![before], ..LinkSettings::default() };
        assert!(rotated.links(Some("https://x.example")).unwrap().is_some());
        let unsigned = LinkSettings { key_file: None, ..rotated };
        assert!(unsigned.links(Some("https://x.example")).unwrap_err().to_string().contains("key_file"));
    }
}
