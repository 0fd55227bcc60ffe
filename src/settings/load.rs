//! Reads the settings and refuses what cannot work, in one sentence.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use cluster::NodeRecord;
use config::{Config, Environment, File, FileFormat};
use ipnet::IpNet;
use serde::Deserialize;

use super::access::{JwtSettings, networks, secret};
use crate::auth::{Access, RateLimits, Secret};

/// What the names in the environment begin with.
const PREFIX: &str = "COURTD_";
/// Names in the environment that are no settings of a node.
const NO_SETTINGS: [&str; 4] = ["COURTD_LOG", "COURTD_URL", "COURTD_KEY", "COURTD_KEY_FILE"];
/// What the names begin with that only tests read.
const TEST_PREFIX: &str = "COURTD_TEST_";

/// The settings of one node.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Which node this is; never used again after its disk was lost.
    pub node_id: u64,
    /// Where it stands.
    pub region: String,
    /// Where its store is.
    pub data_dir: PathBuf,
    /// Whether nobody is asked for a key.
    #[serde(default)]
    pub open: bool,
    /// Makes its holder an operator while the cluster has no operator's key that works.
    pub bootstrap_key: Option<Secret>,
    /// The file that it is in.
    pub bootstrap_key_file: Option<PathBuf>,
    /// Whose `X-Forwarded-For` is believed: addresses and networks.
    #[serde(default, deserialize_with = "networks")]
    pub trusted_proxies: Vec<IpNet>,
    /// Which tokens of others are believed.
    pub jwt: Option<JwtSettings>,
    /// How much one caller may ask of this node; without it, an open node lets everybody ask.
    pub rate_limits: Option<RateLimits>,
    /// Where it listens.
    pub listen: Listen,
    /// Which cluster it belongs to.
    pub cluster: ClusterSettings,
}

/// Where a node listens.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listen {
    /// HTTP and sockets.
    pub client: SocketAddr,
    /// Nodes among themselves.
    pub peer: SocketAddr,
}

/// Which cluster a node belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClusterSettings {
    /// Its name.
    pub id: String,
    /// The nodes that form it the first time.
    #[serde(default)]
    pub initial: Vec<InitialNode>,
}

/// A node that forms the cluster.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InitialNode {
    /// Its id.
    pub id: u64,
    /// Where it stands.
    pub region: String,
    /// `host:port` for other nodes.
    pub peer: String,
    /// `host:port` for clients.
    pub client: String,
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file or the environment does not fit.
    #[error("failed to read the settings: {0}")]
    Unreadable(#[from] config::ConfigError),
    /// A file named by a setting, or in the environment, cannot be read.
    #[error("failed to read the file named by {name}: {source}")]
    ValueFile {
        /// The name of the setting.
        name: String,
        /// Why.
        source: std::io::Error,
    },
    /// A setting that contradicts another one, or itself.
    #[error("{0}")]
    Wrong(String),
}

impl Settings {
    /// The nodes that form the cluster the first time.
    pub fn initial(&self) -> Vec<NodeRecord> {
        let record = |node: &InitialNode| NodeRecord {
            id: node.id,
            region: node.region.clone(),
            peer: node.peer.clone(),
            client: node.client.clone(),
        };
        self.cluster.initial.iter().map(record).collect()
    }

    /// How callers become known, with every secret read.
    pub fn access(&self) -> Result<Access, SettingsError> {
        let access = Access {
            open: self.open,
            bootstrap_key: secret("bootstrap_key", self.bootstrap_key.as_ref(), self.bootstrap_key_file.as_deref())?,
            jwt: self.jwt.as_ref().map(JwtSettings::access).transpose()?,
            rate_limits: self.rate_limits.or_else(|| (!self.open).then(RateLimits::default)),
            trusted_proxies: self.trusted_proxies.clone(),
        };
        access.mistake().map_or(Ok(access), |mistake| Err(SettingsError::Wrong(mistake)))
    }

    fn check(&self) -> Result<(), SettingsError> {
        let wrong = |sentence: String| Err(SettingsError::Wrong(sentence));
        if self.open && !(self.listen.client.ip().is_loopback() && self.listen.peer.ip().is_loopback()) {
            return wrong(format!(
                "open = true asks nobody for a key, so it is refused unless every listener is on loopback; \
                 listen.client is {} and listen.peer is {}",
                self.listen.client, self.listen.peer
            ));
        }
        if self.node_id == 0 {
            return wrong("node_id must be 1 or more".to_owned());
        }
        let mut ids: Vec<u64> = self.cluster.initial.iter().map(|node| node.id).collect();
        ids.sort_unstable();
        if ids.windows(2).any(|pair| pair[0] == pair[1]) {
            return wrong("cluster.initial lists a node id twice".to_owned());
        }
        if !ids.is_empty() && !ids.contains(&self.node_id) {
            return wrong(format!("node {} is not in cluster.initial: add it, or leave the list out", self.node_id));
        }
        Ok(())
    }
}

/// Reads the settings of a node from a file, with `environment` on top.
pub fn load(file: &Path, environment: impl Iterator<Item = (String, String)>) -> Result<Settings, SettingsError> {
    let names = Environment::with_prefix("COURTD").prefix_separator("_").separator("__");
    let settings: Settings = Config::builder()
        .add_source(File::from(file).format(FileFormat::Toml).required(true))
        .add_source(names.source(Some(values(environment)?)))
        .build()?
        .try_deserialize()?;
    settings.check()?;
    settings.access()?;
    Ok(settings)
}

/// The settings in the environment; `…_FILE` is replaced by what the file says.
fn values(environment: impl Iterator<Item = (String, String)>) -> Result<HashMap<String, String>, SettingsError> {
    let mut values = HashMap::new();
    for (name, value) in environment {
        let ours = name.starts_with(PREFIX) && !name.starts_with(TEST_PREFIX);
        if !ours || NO_SETTINGS.contains(&name.as_str()) {
            continue;
        }
        match name.strip_suffix("_FILE") {
            None => values.insert(name, value),
            Some(plain) => {
                let read = std::fs::read_to_string(&value);
                let text = read.map_err(|source| SettingsError::ValueFile { name: name.clone(), source })?;
                values.insert(plain.to_owned(), text.trim_end().to_owned())
            }
        };
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::TEMPLATE;

    fn load_text(text: &str, environment: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("courtd.toml");
        std::fs::write(&file, text).unwrap();
        load(&file, environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn the_template_is_a_configuration_that_works() {
        let settings = load_text(TEMPLATE, &[]).unwrap();
        assert_eq!((settings.node_id, settings.open, settings.cluster.initial.len()), (1, false, 3));
        assert_eq!(settings.listen.client, "127.0.0.1:8787".parse().unwrap());
        assert_eq!(settings.initial()[2].client, "127.0.0.1:8789");
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("region");
        std::fs::write(&secret, "eu-north\n").unwrap();
        let environment = [
            ("COURTD_NODE_ID", "3"),
            ("COURTD_LISTEN__CLIENT", "127.0.0.1:9000"),
            ("COURTD_REGION_FILE", secret.to_str().unwrap()),
            ("COURTD_OPEN", "true"),
            ("COURTD_LOG", "debug"),
            ("PATH", "/bin"),
        ];
        let settings = load_text(TEMPLATE, &environment).unwrap();
        assert_eq!((settings.node_id, settings.region.as_str(), settings.open), (3, "eu-north", true));
        assert_eq!(settings.listen.client.port(), 9000);
    }

    #[test]
    fn what_cannot_work_is_refused_with_a_sentence() {
        let sentence = |environment| load_text(TEMPLATE, environment).unwrap_err().to_string();
        let open = sentence(&[("COURTD_OPEN", "true"), ("COURTD_LISTEN__CLIENT", "0.0.0.0:8787")]);
        assert!(open.contains("loopback") && open.contains("0.0.0.0:8787"), "{open}");
        let open_peer = sentence(&[("COURTD_OPEN", "true"), ("COURTD_LISTEN__PEER", "10.0.0.1:9787")]);
        assert!(open_peer.contains("loopback"), "{open_peer}");
        assert!(sentence(&[("COURTD_NODE_ID", "9")]).contains("cluster.initial"));
        assert!(sentence(&[("COURTD_NODE_ID", "0")]).contains("node_id"));
        assert!(sentence(&[("COURTD_COLOUR", "blue")]).contains("colour"));
        assert!(sentence(&[("COURTD_REGION_FILE", "/nowhere/at/all")]).contains("COURTD_REGION_FILE"));
        assert!(load_text("node_id = \"one\"", &[]).is_err());
    }
}
