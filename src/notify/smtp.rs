//! SMTP: emails by a server of one's own choice.
//!
//! A conversation is led step by step, because what a refusal means depends on where it comes: before the
//! words are handed over nothing was taken, after the server has said so everything was, and in between
//! nobody knows.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use machine::Refusal;
use tokio::time::{Instant, timeout};

use super::exchange::Patience;
use super::letter::{self, Author, Letter};
use super::smtp_reply::{Step, meaning};
use super::{Message, Sender, Sending, SetUpError};
use crate::auth::Secret;

/// Connections that are kept for the next email.
const IDLE_MAX: usize = 4;
/// For how long: servers wait for minutes.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);

/// A server that takes emails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmtpServer {
    /// Its name, which its certificate has to have.
    pub host: String,
    /// Where it listens.
    pub port: u16,
    /// How the conversation is encrypted.
    pub encryption: Encryption,
    /// Who we are to it, where it asks: a name and a password.
    pub login: Option<(String, Secret)>,
}

/// How a conversation with a server is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// It begins in the clear and goes on encrypted, or not at all.
    StartTls,
    /// From the first byte.
    Tls,
    /// Not at all.
    None,
}

/// Sends emails by a server.
pub struct Smtp {
    server: SmtpServer,
    author: Author,
    tls: Option<TlsParameters>,
    hello: ClientId,
    patience: Patience,
    idle: Mutex<Vec<(AsyncSmtpConnection, Instant)>>,
}

impl Smtp {
    /// By a server, in the name of `author`.
    pub fn new(server: SmtpServer, author: Author, patience: Patience) -> Result<Self, SetUpError> {
        let tls = match server.encryption {
            Encryption::None => None,
            Encryption::StartTls | Encryption::Tls => Some(TlsParameters::new(server.host.clone())?),
        };
        let hello = ClientId::Domain(author.address.domain().to_owned());
        Ok(Self { server, author, tls, hello, patience, idle: Mutex::default() })
    }

    async fn post(&self, message: &Message) -> Sending {
        let letter = match letter::write(message, &self.author) {
            Ok(letter) => letter,
            Err(sending) => return sending,
        };
        // Half of the time to come to the point, the other half for the words.
        let half = self.patience.whole / 2;
        let connection = match timeout(half, self.announce(&letter)).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(sending)) => return sending,
            Err(_) => return Sending::again("smtp_timeout"),
        };
        match timeout(half, self.hand_over(connection, &letter)).await {
            Ok(sending) => sending,
            Err(_) => Sending::unknown("smtp_timeout"),
        }
    }

    /// Everything up to the words themselves.
    async fn announce(&self, letter: &Letter) -> Result<AsyncSmtpConnection, Sending> {
        let mut connection = match self.idle_connection().await {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        let mut parameters = Vec::new();
        if !letter.to.to_string().is_ascii() {
            if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                return Err(Sending::Refused { because: Refusal::BadAddress, detail: "smtp_no_utf8".to_owned() });
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        let mail = Mail::new(Some(self.author.address.clone()), parameters);
        connection.command(mail).await.map_err(|error| meaning(Step::Author, &error))?;
        let rcpt = Rcpt::new(letter.to.clone(), Vec::new());
        connection.command(rcpt).await.map_err(|error| meaning(Step::Recipient, &error))?;
        connection.command(Data).await.map_err(|error| meaning(Step::Data, &error))?;
        Ok(connection)
    }

    /// The words; from here on the server may have them.
    async fn hand_over(&self, mut connection: AsyncSmtpConnection, letter: &Letter) -> Sending {
        match connection.message(&letter.bytes).await {
            Ok(_) => {
                self.keep(connection);
                Sending::accepted(Some(letter.id.clone()))
            }
            Err(error) => meaning(Step::Words, &error),
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Sending> {
        let greeting = |error: Error| meaning(Step::Greeting, &error);
        let SmtpServer { host, port, encryption, login } = &self.server;
        let from_the_start = self.tls.clone().filter(|_| *encryption == Encryption::Tls);
        let patience = self.patience.connect;
        let connecting = AsyncSmtpConnection::connect_tokio1(
            (host.as_str(), *port),
            Some(patience),
            &self.hello,
            from_the_start,
            None,
        );
        let connected = timeout(patience, connecting).await.map_err(|_| Sending::again("connect_timeout"))?;
        let mut connection = connected.map_err(greeting)?;
        if let (Encryption::StartTls, Some(tls)) = (encryption, &self.tls) {
            connection.starttls(tls.clone(), &self.hello).await.map_err(greeting)?;
        }
        if let Some((name, password)) = login {
            let credentials = Credentials::new(name.clone(), password.reveal().to_owned());
            let login = connection.auth(DEFAULT_MECHANISMS, &credentials).await;
            login.map_err(|error| meaning(Step::Login, &error))?;
        }
        Ok(connection)
    }

    /// A connection that is still there.
    async fn idle_connection(&self) -> Option<AsyncSmtpConnection> {
        loop {
            let (mut connection, since) = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
            if since.elapsed() < IDLE_TIMEOUT && connection.test_connected().await {
                return Some(connection);
            }
        }
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(_, since)| since.elapsed() < IDLE_TIMEOUT);
        if idle.len() < IDLE_MAX {
            idle.push((connection, Instant::now()));
        }
    }
}

impl Sender for Smtp {
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Sending> {
        self.post(message).boxed()
    }
}
