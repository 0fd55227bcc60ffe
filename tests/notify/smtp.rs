//! Emails by a server of one's own: whole conversations.

use std::time::Duration;

use courtd::Secret;
use courtd::notify::{Author, Encryption, Sender, Sending, Smtp, SmtpServer};
use machine::Refusal;

use crate::harness::{HANG_UP, MailServer, SILENCE};
use crate::messages::{HURRY, email, plain_email};

fn smtp(server: &MailServer, login: Option<(&str, &str)>, encryption: Encryption) -> Smtp {
    let login = login.map(|(name, password)| (name.to_owned(), Secret::new(password)));
    let server = SmtpServer { host: "127.0.0.1".to_owned(), port: server.port, encryption, login };
    Smtp::new(server, Author::new("courts@club.example", "Courts").unwrap(), HURRY).unwrap()
}

#[tokio::test]
async fn an_email_is_handed_over_and_the_connection_used_again() {
    let server = MailServer::start(&[]).await;
    let sender = smtp(&server, Some(("courts", "secret")), Encryption::None);
    let accepted = Sending::accepted(Some("ntf_1.fac_1@club.example".to_owned()));
    assert_eq!(sender.send(&email()).await, accepted);
    assert_eq!(sender.send(&plain_email()).await, accepted);
    let heard = server.heard();
    assert_eq!((heard.connections, heard.emails.len()), (1, 2));
    assert_eq!(heard.commands[0], "EHLO club.example");
    assert!(heard.commands[1].starts_with("AUTH PLAIN "));
    assert_eq!(heard.commands[2..5], ["MAIL FROM:<courts@club.example>", "RCPT TO:<ana@example.org>", "DATA"]);
    let words = &heard.emails[0];
    for part in ["Message-ID: <ntf_1.fac_1@club.example>", "text/calendar", "multipart/alternative", "booking.ics"] {
        assert!(words.contains(part), "{part}: {words}");
    }
    assert!(!heard.emails[1].contains("text/calendar"));
}

/// What each reply, and each lack of one, means where it comes.
#[tokio::test]
async fn every_reply_has_its_meaning() {
    let bad = |detail: &str| Sending::Refused { because: Refusal::BadAddress, detail: detail.to_owned() };
    for (step, reply, expected, hears) in [
        ("greeting", "421 4.3.2 come back later", Sending::again("smtp_421_4.3.2"), 0),
        ("greeting", "554 5.7.1 go away", Sending::misconfigured("smtp_554_5.7.1"), 0),
        ("greeting", HANG_UP, Sending::again("smtp_dropped_early"), 0),
        ("greeting", SILENCE, Sending::again("connect_timeout"), 0),
        ("AUTH", "535 5.7.8 wrong password", Sending::misconfigured("smtp_535_5.7.8"), 0),
        ("AUTH", "454 4.7.0 not now", Sending::again("smtp_454_4.7.0"), 0),
        ("MAIL", "451 4.3.0 not now", Sending::again("smtp_451_4.3.0"), 0),
        ("MAIL", "550 5.1.0 not yours", Sending::misconfigured("smtp_550_5.1.0"), 0),
        ("RCPT", "550 5.1.1 <ana@example.org> unknown", bad("smtp_550_5.1.1"), 0),
        ("RCPT", "551 gone", bad("smtp_551"), 0),
        ("RCPT", "553 ana@example.org is no name", bad("smtp_553"), 0),
        ("RCPT", "450 4.2.1 busy", Sending::again("smtp_450_4.2.1"), 0),
        ("RCPT", "552 5.2.2 full", Sending::refused("smtp_552_5.2.2"), 0),
        ("RCPT", "554 5.7.1 relay denied", Sending::misconfigured("smtp_554_5.7.1"), 0),
        ("RCPT", HANG_UP, Sending::again("smtp_dropped_early"), 0),
        ("RCPT", SILENCE, Sending::again("smtp_timeout"), 0),
        ("DATA", "451 not now", Sending::again("smtp_451"), 0),
        ("DATA", "554 no", Sending::refused("smtp_554"), 0),
        ("words", "451 4.3.0 disk full", Sending::again("smtp_451_4.3.0"), 1),
        ("words", "554 5.7.1 spam", Sending::refused("smtp_554_5.7.1"), 1),
        ("words", "550 5.1.1 nobody", bad("smtp_550_5.1.1"), 1),
        ("words", HANG_UP, Sending::unknown("smtp_dropped"), 1),
        ("words", SILENCE, Sending::unknown("smtp_timeout"), 1),
    ] {
        let server = MailServer::start(&[(step, reply)]).await;
        let sender = smtp(&server, Some(("courts", "secret")), Encryption::None);
        assert_eq!(sender.send(&email()).await, expected, "{step}: {reply}");
        assert_eq!(server.heard().emails.len(), hears, "{step}: {reply}");
    }
}

#[tokio::test]
async fn a_server_that_cannot_encrypt_hears_neither_password_nor_email() {
    let server = MailServer::start(&[]).await;
    let sender = smtp(&server, Some(("courts", "secret")), Encryption::StartTls);
    assert_eq!(sender.send(&email()).await, Sending::misconfigured("smtp_encryption"));
    let sender = smtp(&server, Some(("courts", "secret")), Encryption::Tls);
    assert!(matches!(sender.send(&email()).await, Sending::Again { .. } | Sending::Misconfigured { .. }));
    let heard = server.heard();
    assert!(heard.emails.is_empty() && !heard.commands.iter().any(|line| line.starts_with("AUTH")), "{heard:?}");
}

#[tokio::test]
async fn nobody_there_is_tried_again() {
    let server = MailServer::start(&[]).await;
    let sender = smtp(&server, None, Encryption::None);
    drop(server);
    crate::harness::eventually(Duration::from_secs(5), "nobody listens", async || match sender.send(&email()).await {
        Sending::Again { after: None, detail } if detail == "smtp_dropped_early" => Ok(()),
        other => Err(other),
    })
    .await;
}
