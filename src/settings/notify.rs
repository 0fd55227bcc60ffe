//! The settings that say by what way members are told: who sends emails, who sends texts.
//!
//! What is missing parks its medium: it is said once, and the deliveries wait.

use std::path::PathBuf;
use std::sync::Arc;

use machine::Medium;
use reqwest::Url;
use serde::Deserialize;

use super::SettingsError;
use super::access::secret;
use crate::auth::Secret;
use crate::notify::{
    Author, Encryption, Gate, Pace, Patience, Post, SENDGRID_BASE, SendGrid, Sender, SetUpError, Smtp, SmtpServer,
    TWILIO_BASE, TextFrom, Twilio, TwilioAccount, Way,
};

/// The names that the original has in the environment, and the settings that they are.
pub(super) const ORIGINAL_NAMES: [(&str, &str); 6] = [
    ("SENDGRID_API_KEY", "COURTD_EMAIL__API_KEY"),
    ("SENDGRID_API_BASE", "COURTD_EMAIL__API_BASE"),
    ("TWILIO_ACCOUNT_SID", "COURTD_SMS__ACCOUNT_SID"),
    ("TWILIO_AUTH_TOKEN", "COURTD_SMS__AUTH_TOKEN"),
    ("TWILIO_FROM_NUMBER", "COURTD_SMS__FROM"),
    ("TWILIO_API_BASE", "COURTD_SMS__API_BASE"),
];

/// Who sends emails.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmailSettings {
    /// SendGrid, unless a server is named.
    pub provider: Option<EmailProvider>,
    /// The address that emails come from.
    pub from: Option<String>,
    /// What the writer is called where the club has no name.
    #[serde(default)]
    pub from_name: String,
    /// Emails a second that this node hands over at most.
    pub rate: Option<u32>,
    /// SendGrid's key.
    pub api_key: Option<Secret>,
    /// The file that it is in.
    pub api_key_file: Option<PathBuf>,
    /// Where SendGrid is.
    pub api_base: Option<String>,
    /// The key that SendGrid shows for its signed events: DER in Base64.
    pub event_public_key: Option<String>,
    /// A server that takes emails.
    pub smtp: Option<SmtpSettings>,
}

/// By whom emails go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EmailProvider {
    /// SendGrid's HTTP API.
    SendGrid,
    /// A server of one's own choice.
    Smtp,
}

/// A server that takes emails.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpSettings {
    /// Its name.
    pub host: String,
    /// Where it listens; else where its kind of encryption is usual.
    pub port: Option<u16>,
    /// Who we are to it.
    pub user: Option<String>,
    /// The password.
    pub password: Option<Secret>,
    /// The file that it is in.
    pub password_file: Option<PathBuf>,
    /// How the conversation is encrypted.
    #[serde(default)]
    pub tls: SmtpTls,
}

/// How a conversation with a server is encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmtpTls {
    /// It begins in the clear and goes on encrypted.
    #[default]
    StartTls,
    /// From the first byte.
    Tls,
    /// Not at all.
    None,
}

/// Who sends texts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmsSettings {
    /// Twilio's account.
    pub account_sid: Option<String>,
    /// Its password.
    pub auth_token: Option<Secret>,
    /// The file that it is in.
    pub auth_token_file: Option<PathBuf>,
    /// The number that texts come from.
    pub from: Option<String>,
    /// Or a messaging service with numbers of its own.
    pub messaging_service_sid: Option<String>,
    /// Texts a second that this node hands over at most.
    pub rate: Option<u32>,
    /// Where Twilio is.
    pub api_base: Option<String>,
}

/// Why there is no way out.
enum NoWay {
    /// A setting that is not there.
    Missing(&'static str),
    /// Settings that cannot be meant.
    Wrong(SettingsError),
}

impl From<SettingsError> for NoWay {
    fn from(error: SettingsError) -> Self {
        Self::Wrong(error)
    }
}

/// The ways out; what is missing is said once.
pub(super) fn post(
    email: Option<&EmailSettings>,
    sms: Option<&SmsSettings>,
    public_url: Option<&str>,
) -> Result<Post, SettingsError> {
    let email = email.map_or(Err(NoWay::Missing("email")), EmailSettings::way);
    let sms = sms.map_or(Err(NoWay::Missing("sms")), |sms| sms.way(public_url));
    Ok(Post { email: parked(Medium::Email, email)?, sms: parked(Medium::Sms, sms)?, payment: None })
}

fn parked(medium: Medium, way: Result<Way, NoWay>) -> Result<Option<Way>, SettingsError> {
    match way {
        Ok(way) => Ok(Some(way)),
        Err(NoWay::Wrong(error)) => Err(error),
        Err(NoWay::Missing(setting)) => {
            tracing::warn!(
                medium = medium.word(),
                missing = setting,
                "nobody is told by this way: its provider is not set up"
            );
            Ok(None)
        }
    }
}

/// The address at which the world sees the cluster, without a slash at its end.
pub(super) fn public_url(given: &str) -> Result<String, SettingsError> {
    let url = Url::parse(given).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.query().is_none());
    let sentence = || format!("public_url = \"{given}\" is no address such as https://book.example.org");
    url.map(|url| url.as_str().trim_end_matches('/').to_owned()).ok_or_else(|| SettingsError::Wrong(sentence()))
}

impl EmailSettings {
    fn way(&self) -> Result<Way, NoWay> {
        let from = given(self.from.as_deref()).ok_or(NoWay::Missing("email.from"))?;
        let author = Author::new(from, &self.from_name).map_err(|error| wrong("email", &error))?;
        let usual = if self.smtp.is_some() { EmailProvider::Smtp } else { EmailProvider::SendGrid };
        match (self.provider.unwrap_or(usual), &self.smtp) {
            (EmailProvider::SendGrid, _) => self.sendgrid(author),
            (EmailProvider::Smtp, Some(smtp)) => {
                let sender = Smtp::new(smtp.server()?, author, Patience::default());
                way("smtp", pace("email.rate", self.rate, 10, 4)?, sender.map_err(|error| wrong("email.smtp", &error))?)
            }
            (EmailProvider::Smtp, None) => Err(NoWay::Missing("email.smtp")),
        }
    }

    fn sendgrid(&self, author: Author) -> Result<Way, NoWay> {
        let key = secret("email.api_key", self.api_key.as_ref(), self.api_key_file.as_deref())?;
        let key = key.filter(|key| !key.reveal().is_empty()).ok_or(NoWay::Missing("email.api_key"))?;
        let base = given(self.api_base.as_deref()).unwrap_or(SENDGRID_BASE);
        let sender = SendGrid::new(base, key, author, Patience::default()).map_err(|error| wrong("email", &error))?;
        way("sendgrid", pace("email.rate", self.rate, 50, 50)?, sender)
    }
}

impl SmtpSettings {
    fn server(&self) -> Result<SmtpServer, SettingsError> {
        let (encryption, usual_port) = match self.tls {
            SmtpTls::StartTls => (Encryption::StartTls, 587),
            SmtpTls::Tls => (Encryption::Tls, 465),
            SmtpTls::None => (Encryption::None, 25),
        };
        let password = secret("email.smtp.password", self.password.as_ref(), self.password_file.as_deref())?;
        let login = match (&self.user, password) {
            (None, None) => None,
            (Some(user), Some(password)) => Some((user.clone(), password)),
            _ => return Err(sentence("email.smtp needs both a user and a password, or neither")),
        };
        if encryption == Encryption::None && login.is_some() && !is_here(&self.host) {
            return Err(sentence("email.smtp.tls = \"none\" would send the password readable by everybody on the way"));
        }
        let port = self.port.unwrap_or(usual_port);
        Ok(SmtpServer { host: self.host.clone(), port, encryption, login })
    }
}

impl SmsSettings {
    fn way(&self, public_url: Option<&str>) -> Result<Way, NoWay> {
        let account_sid = given(self.account_sid.as_deref()).ok_or(NoWay::Missing("sms.account_sid"))?.to_owned();
        let token = secret("sms.auth_token", self.auth_token.as_ref(), self.auth_token_file.as_deref())?;
        let auth_token = token.filter(|token| !token.reveal().is_empty()).ok_or(NoWay::Missing("sms.auth_token"))?;
        let from = match (given(self.from.as_deref()), given(self.messaging_service_sid.as_deref())) {
            (Some(number), None) => TextFrom::Number(number.to_owned()),
            (None, Some(sid)) => TextFrom::Service(sid.to_owned()),
            (None, None) => return Err(NoWay::Missing("sms.from")),
            (Some(_), Some(_)) => {
                return Err(sentence("sms.from and sms.messaging_service_sid are both set: which is it?").into());
            }
        };
        let base = given(self.api_base.as_deref()).unwrap_or(TWILIO_BASE);
        let account = TwilioAccount { account_sid, auth_token, from };
        let sender = Twilio::new(base, account, public_url, Patience::default());
        way("twilio", pace("sms.rate", self.rate, 10, 20)?, sender.map_err(|error| wrong("sms", &error))?)
    }
}

fn way(provider: &'static str, pace: Pace, sender: impl Sender + 'static) -> Result<Way, NoWay> {
    Ok(Way { sender: Arc::new(sender), gate: Gate::new(provider, pace) })
}

fn pace(name: &str, rate: Option<u32>, usual: u32, in_flight: u32) -> Result<Pace, SettingsError> {
    match rate.unwrap_or(usual) {
        0 => Err(SettingsError::Wrong(format!("{name} must be 1 or more; leave the provider out to send nothing"))),
        rate => Ok(Pace::new(f64::from(rate), in_flight)),
    }
}

/// What is set to nothing is not set.
fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn wrong(table: &str, error: &SetUpError) -> NoWay {
    SettingsError::Wrong(format!("[{table}] cannot be used: {error}")).into()
}

fn sentence(sentence: &str) -> SettingsError {
    SettingsError::Wrong(sentence.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::post_of;

    const SENDGRID: [(&str, &str); 2] = [("SENDGRID_API_KEY", "SG.key"), ("COURTD_EMAIL__FROM", "courts@club.example")];
    const TWILIO: [(&str, &str); 3] =
        [("TWILIO_ACCOUNT_SID", "AC1"), ("TWILIO_AUTH_TOKEN", "token"), ("TWILIO_FROM_NUMBER", "+12065550199")];

    /// What the ways are called, as an environment sets them up.
    fn ways(environment: &[(&str, &str)]) -> Result<[Option<&'static str>; 2], String> {
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let (post, _) = post_of(environment).map_err(|error| error.to_string())?;
        Ok([post.email, post.sms].map(|way| way.map(|way| way.gate.provider())))
    }

    #[tokio::test]
    async fn the_names_of_the_original_are_enough() {
        assert_eq!(ways(&[&SENDGRID[..], &TWILIO[..]].concat()).unwrap(), [Some("sendgrid"), Some("twilio")]);
        assert_eq!(ways(&SENDGRID).unwrap(), [Some("sendgrid"), None]);
    }

    #[tokio::test]
    async fn what_is_missing_parks_its_medium_and_no_other() {
        assert_eq!(ways(&[]).unwrap(), [None, None]);
        assert_eq!(ways(&[SENDGRID[0], TWILIO[0], TWILIO[1]]).unwrap(), [None, None]);
        assert_eq!(ways(&[SENDGRID[1], ("SENDGRID_API_KEY", ""), TWILIO[0], TWILIO[1], TWILIO[2]]).unwrap()[0], None);
        assert_eq!(ways(&[SENDGRID[1], ("COURTD_EMAIL__PROVIDER", "smtp")]).unwrap(), [None, None]);
    }

    #[tokio::test]
    async fn a_server_of_ones_own_is_used_where_it_is_named() {
        let server = [SENDGRID[0], SENDGRID[1], ("COURTD_EMAIL__SMTP__HOST", "mail.club.example")];
        assert_eq!(ways(&server).unwrap()[0], Some("smtp"));
        let told = [&server[..], &[("COURTD_EMAIL__PROVIDER", "sendgrid")]].concat();
        assert_eq!(ways(&told).unwrap()[0], Some("sendgrid"));
    }

    #[tokio::test]
    async fn secrets_come_from_files_and_a_name_of_ours_wins() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        std::fs::write(&file, "SG.file\n").unwrap();
        let path = file.to_str().unwrap();
        assert_eq!(ways(&[SENDGRID[1], ("SENDGRID_API_KEY_FILE", path)]).unwrap()[0], Some("sendgrid"));
        for (ours, parked) in [("", true), ("SG.ours", false)] {
            let both = [SENDGRID[1], SENDGRID[0], ("COURTD_EMAIL__API_KEY", ours)];
            assert_eq!(ways(&both).unwrap()[0].is_none(), parked);
        }
        let twice = [SENDGRID[0], SENDGRID[1], ("COURTD_EMAIL__API_KEY_FILE", path)];
        assert_eq!(ways(&twice).unwrap()[0], Some("sendgrid"));
    }

    #[tokio::test]
    async fn what_cannot_be_meant_is_said_in_a_sentence_without_secrets() {
        let smtp = |name: &'static str, value: &'static str| {
            vec![SENDGRID[1], ("COURTD_EMAIL__SMTP__HOST", "mail.club.example"), (name, value)]
        };
        let clear = [smtp("COURTD_EMAIL__SMTP__TLS", "none"), smtp("COURTD_EMAIL__SMTP__USER", "u")].concat();
        let clear = [&clear[..], &[("COURTD_EMAIL__SMTP__PASSWORD", "hush-hush")]].concat();
        for (environment, part) in [
            (vec![SENDGRID[0], ("COURTD_EMAIL__FROM", "nobody")], "nobody is no address"),
            (vec![SENDGRID[0], SENDGRID[1], ("SENDGRID_API_BASE", "ftp://x")], "ftp://x"),
            (vec![SENDGRID[0], SENDGRID[1], ("COURTD_EMAIL__RATE", "0")], "email.rate must be 1 or more"),
            (smtp("COURTD_EMAIL__SMTP__PASSWORD", "hush-hush"), "both a user and a password"),
            (smtp("COURTD_EMAIL__SMTP__TLS", "sometimes"), "email.smtp.tls"),
            (clear, "readable by everybody"),
            ([&TWILIO[..], &[("COURTD_SMS__MESSAGING_SERVICE_SID", "MG1")]].concat(), "which is it?"),
            (vec![("COURTD_PUBLIC_URL", "book.example.org")], "public_url"),
        ] {
            let mistake = ways(&environment).unwrap_err();
            assert!(mistake.contains(part), "{part}: {mistake}");
            assert!(
                !mistake.contains("hush") && !mistake.contains("SG.key") && !mistake.contains("token"),
                "{mistake}"
            );
        }
    }

    #[test]
    fn an_address_of_the_world_ends_without_a_slash() {
        assert_eq!(public_url("https://book.example.org/").unwrap(), "https://book.example.org");
        assert_eq!(public_url("https://example.org/courts/").unwrap(), "https://example.org/courts");
        assert!(public_url("https://example.org/?a=b").is_err() && public_url("example.org").is_err());
    }
}
