//! Reads the settings and refuses what cannot work, in one sentence.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use cluster::NodeRecord;
use config::{Config, Environment, File, FileFormat};
use ipnet::IpNet;
use serde::Deserialize;

use super::access::{JwtSettings, networks, secret};
use super::links::LinkSettings;
use super::mistake;
use super::notify::{self, EmailSettings, SmsSettings};
use super::outside::OutsideSettings;
use super::payment::{self, PaymentSettings};
use super::sync::SyncSettings;
use crate::auth::{Access, RateLimits, Secret};
use crate::outside::Outside;
use crate::sync::Source;

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
    /// The club's system of record, for `POST /sync`.
    pub sync: Option<SyncSettings>,
    /// The address at which the world sees the cluster: links and callbacks begin with it.
    pub public_url: Option<String>,
    /// Who sends emails.
    pub email: Option<EmailSettings>,
    /// Who sends texts.
    pub sms: Option<SmsSettings>,
    /// Payment by card.
    pub payment: Option<PaymentSettings>,
    /// The keys that sign links.
    pub links: Option<LinkSettings>,
    /// Where the operator's own templates are.
    pub templates_dir: Option<PathBuf>,
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
    Unreadable(String),
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

    /// The system of record that is named, if one is.
    pub fn sync_source(&self) -> Result<Option<Source>, SettingsError> {
        self.sync.as_ref().map(SyncSettings::source).transpose()
    }

    /// What lies outside of the cluster. What is not set up is parked, which is said here: once.
    pub fn outside(&self) -> Result<Outside, SettingsError> {
        let Self { public_url, email, sms, payment, links, templates_dir, .. } = self.clone();
        OutsideSettings { public_url, email, sms, payment, links, templates_dir }.outside(true)
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
    let file = File::from(file).format(FileFormat::Toml).required(true);
    let settings: Settings = mistake::read(Config::builder().add_source(file).add_source(names(values(environment)?)))?;
    settings.check()?;
    settings.access()?;
    Ok(settings)
}

/// What lies outside as the environment alone has it: for nodes without a file, which may send nothing.
pub fn outside_of(
    environment: impl Iterator<Item = (String, String)>,
    is_sent: bool,
) -> Result<Outside, SettingsError> {
    let names = names(values(environment)?);
    mistake::read::<OutsideSettings>(Config::builder().add_source(names))?.outside(is_sent)
}

fn names(values: HashMap<String, String>) -> Environment {
    Environment::with_prefix("COURTD").prefix_separator("_").separator("__").source(Some(values))
}

/// The settings in the environment; `…_FILE` is replaced by what the file says.
fn values(environment: impl Iterator<Item = (String, String)>) -> Result<HashMap<String, String>, SettingsError> {
    let mut values = HashMap::new();
    for (name, value) in environment {
        let (name, is_original) = named(name);
        // An empty variable of the original's is none.
        if is_original && value.is_empty() {
            continue;
        }
        let ours = name.starts_with(PREFIX) && !name.starts_with(TEST_PREFIX);
        if !ours || NO_SETTINGS.contains(&name.as_str()) {
            continue;
        }
        let (name, value) = match name.strip_suffix("_FILE") {
            None => (name, value),
            Some(plain) => {
                let read = std::fs::read_to_string(&value);
                let text = read.map_err(|source| SettingsError::ValueFile { name: name.clone(), source })?;
                (plain.to_owned(), text.trim_end().to_owned())
            }
        };
        // A name of ours wins over the original's name for the same setting, whichever comes first.
        if is_original {
            values.entry(name).or_insert(value);
        } else {
            values.insert(name, value);
        }
    }
    Ok(values)
}

/// A name as ours, and whether it was one of the original's.
fn named(name: String) -> (String, bool) {
    let (plain, file) = name.strip_suffix("_FILE").map_or((name.as_str(), ""), |plain| (plain, "_FILE"));
    let mut originals = notify::ORIGINAL_NAMES.iter().chain(&payment::ORIGINAL_NAMES);
    match originals.find(|(original, _)| *original == plain) {
        Some((_, ours)) => (format!("{ours}{file}"), true),
        None => (name, false),
    }
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
    fn a_node_is_closed_and_limits_its_callers_unless_it_is_told_otherwise() {
        let closed = load_text(TEMPLATE, &[]).unwrap().access().unwrap();
        assert!(!closed.open && closed.bootstrap_key.is_none() && closed.jwt.is_none());
        assert_eq!(closed.rate_limits, Some(RateLimits::default()));
        let open = load_text(TEMPLATE, &[("COURTD_OPEN", "true")]).unwrap().access().unwrap();
        assert!(open.open && open.rate_limits.is_none());
        let quota = [
            ("COURTD_OPEN", "true"),
            ("COURTD_RATE_LIMITS__PUBLIC__REQUESTS", "5"),
            ("COURTD_RATE_LIMITS__PUBLIC__SECONDS", "1"),
        ];
        let limits = load_text(TEMPLATE, &quota).unwrap().access().unwrap().rate_limits.unwrap();
        assert_eq!((limits.public.requests, limits.member), (5, RateLimits::default().member));
    }

    #[test]
    fn secrets_come_from_files_and_show_in_no_mistake() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        let text = "0123456789abcdef0123456789abcdef";
        std::fs::write(&file, format!("{text}\n")).unwrap();
        let path = file.to_str().unwrap();
        let environment = [
            ("COURTD_BOOTSTRAP_KEY_FILE", path),
            ("COURTD_JWT__HS256_SECRET_FILE", path),
            ("COURTD_JWT__AUDIENCE", "courtd"),
            ("COURTD_TRUSTED_PROXIES", "10.0.0.0/8, 127.0.0.1"),
            ("COURTD_KEY_FILE", "/nowhere"),
            ("COURTD_URL", "http://127.0.0.1:1"),
        ];
        let settings = load_text(TEMPLATE, &environment).unwrap();
        assert!(!format!("{settings:?}").contains(text));
        let access = settings.access().unwrap();
        assert_eq!(access.bootstrap_key, Some(Secret::new(text)));
        assert_eq!(access.trusted_proxies.len(), 2);
        assert_eq!(access.jwt.unwrap().keys.len(), 1);
        let named = format!("bootstrap_key_file = '{path}'\n{TEMPLATE}");
        assert_eq!(load_text(&named, &[]).unwrap().access().unwrap().bootstrap_key, Some(Secret::new(text)));

        for (text, environment, part) in [
            (TEMPLATE, ("COURTD_BOOTSTRAP_KEY", "hunter2"), "32 characters"),
            (TEMPLATE, ("COURTD_JWT__HS256_SECRET", "hunter2"), "32 characters"),
            (TEMPLATE, ("COURTD_JWT__ISSUER", "x"), "names no key"),
            (TEMPLATE, ("COURTD_TRUSTED_PROXIES", "everybody"), "trusted_proxies"),
            (&named, ("COURTD_BOOTSTRAP_KEY", "hunter2"), "which is it"),
            ("bootstrap_key_file = '/nowhere/at/all'", ("COURTD_NODE_ID", "1"), ""),
        ] {
            let wrong = load_text(text, &[environment]).unwrap_err().to_string();
            assert!(wrong.contains(part) && !wrong.contains("hunter2"), "{wrong}");
        }
    }

    #[test]
    fn every_setting_of_the_template_that_is_a_comment_works_when_it_is_none() {
        let is_setting = |line: &&str| line.starts_with("# [") || line.starts_with("# ") && line.contains(" = ");
        let uncommented: String = TEMPLATE
            .lines()
            .map(|line| if is_setting(&line) { line.trim_start_matches("# ") } else { line })
            .filter(|line| !line.contains("_file = ") && !line.contains("_files = "))
            .map(|line| format!("{line}\n"))
            .collect();
        let settings = load_text(&uncommented, &[]).unwrap();
        let access = settings.access().unwrap();
        assert_eq!(access.rate_limits, Some(RateLimits::default()), "the template shows the defaults");
        let jwt = access.jwt.unwrap();
        assert_eq!((jwt.keys.len(), jwt.claims), (3, crate::auth::Claims::default()));
        assert_eq!((jwt.leeway.as_secs(), jwt.refresh_every.as_secs(), jwt.refresh_rest.as_secs()), (30, 600, 10));
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
