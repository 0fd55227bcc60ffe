//! An SMTP server on a port of this machine that answers as a test tells it.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// Instead of a reply: it closes the connection.
pub const HANG_UP: &str = "hang up";
/// Instead of a reply: it says nothing more.
pub const SILENCE: &str = "silence";

/// A server; it ends with this value.
pub struct MailServer {
    /// Where it listens.
    pub port: u16,
    heard: Arc<Mutex<Heard>>,
    serving: JoinHandle<()>,
}

/// What a server has heard.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// How many clients came.
    pub connections: usize,
    /// Every command, without its end.
    pub commands: Vec<String>,
    /// The words of every email, whatever was replied to them.
    pub emails: Vec<String>,
}

type Replies = Arc<Vec<(String, String)>>;

impl MailServer {
    /// Answers `replies` to the steps that they name (`greeting`, `EHLO`, `AUTH`, `MAIL`, `RCPT`, `DATA`,
    /// `words`) and everything else as a good server would.
    pub async fn start(replies: &[(&str, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let port = listener.local_addr().expect("it listens").port();
        let replies: Replies = Arc::new(replies.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect());
        let heard = Arc::<Mutex<Heard>>::default();
        let serving = tokio::spawn(serve(listener, replies, Arc::clone(&heard)));
        Self { port, heard, serving }
    }

    /// What it has heard until now.
    pub fn heard(&self) -> Heard {
        self.heard.lock().expect("nobody panics while holding it").clone()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(listener: TcpListener, replies: Replies, heard: Arc<Mutex<Heard>>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        heard.lock().expect("nobody panics while holding it").connections += 1;
        let (replies, heard) = (Arc::clone(&replies), Arc::clone(&heard));
        connections.spawn(async move {
            // A client that goes in the middle has its reasons.
            let _ = converse(stream, &replies, &heard).await;
        });
    }
}

async fn converse(stream: TcpStream, replies: &Replies, heard: &Mutex<Heard>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    if !reply(&mut stream, replies, "greeting").await? {
        return Ok(());
    }
    let mut line = String::new();
    while stream.read_line(&mut line).await? > 0 {
        let command = line.trim_end().to_owned();
        line.clear();
        let step = command.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        heard.lock().expect("nobody panics while holding it").commands.push(command);
        if !reply(&mut stream, replies, &step).await? || step == "QUIT" {
            return Ok(());
        }
        if step == "DATA" && said(replies, "DATA").starts_with("354") {
            let words = words(&mut stream).await?;
            heard.lock().expect("nobody panics while holding it").emails.push(words);
            if !reply(&mut stream, replies, "words").await? {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The words up to the line with a single dot, without the dots that were put before others.
async fn words(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let (mut words, mut line) = (String::new(), String::new());
    while stream.read_line(&mut line).await? > 0 && line != ".\r\n" {
        words.push_str(line.strip_prefix('.').unwrap_or(&line));
        line.clear();
    }
    Ok(words)
}

/// Whether the conversation goes on.
async fn reply(stream: &mut BufReader<TcpStream>, replies: &Replies, step: &str) -> std::io::Result<bool> {
    match said(replies, step) {
        HANG_UP => return Ok(false),
        SILENCE => std::future::pending::<()>().await,
        said => stream.get_mut().write_all(format!("{said}\r\n").as_bytes()).await?,
    }
    Ok(true)
}

fn said<'a>(replies: &'a Replies, step: &str) -> &'a str {
    if let Some((_, reply)) = replies.iter().find(|(told, _)| told == step) {
        return reply;
    }
    match step {
        "greeting" => "220 mail.test ESMTP",
        "EHLO" => "250-mail.test\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME",
        "AUTH" => "235 2.7.0 welcome",
        "DATA" => "354 go on",
        "words" => "250 2.0.0 queued as 4711",
        "QUIT" => "221 bye",
        _ => "250 ok",
    }
}
