//! Texts by Twilio.

use std::time::Duration;

use courtd::Secret;
use courtd::notify::{Content, Sender, Sending, TextFrom, Twilio, TwilioAccount};
use machine::Refusal;
use serde_json::{Value, json};

use crate::harness::{Mood, Provider};
use crate::messages::{ACCOUNT, HURRY, email, text, twilio, twilio_from};

const SERVICE: &str = "MG0123456789abcdef0123456789abcdef";

/// What each answer of Twilio means, by its status where it has no code that says more.
#[tokio::test]
async fn every_answer_has_its_meaning() {
    let refused = |because, detail: &str| Sending::Refused { because, detail: detail.to_owned() };
    let said = |status: u16| Mood::Say(status, json!({"message": "+12065550100 is no good", "status": status}));
    let provider = Provider::start().await;
    let sender = twilio(provider.url());
    for (mood, expected, takes) in [
        (Mood::Accept, Sending::accepted(Some(format!("SM{:032x}", 1))), true),
        (Mood::Babble, Sending::accepted(None), true),
        (said(400), refused(Refusal::Message, "http_400"), false),
        (said(401), Sending::misconfigured("http_401"), false),
        (said(403), Sending::misconfigured("http_403"), false),
        (said(404), Sending::misconfigured("http_404"), false),
        (said(429), Sending::again("http_429"), false),
        (said(500), Sending::unknown("http_500"), false),
        (said(503), Sending::unknown("http_503"), false),
        (said(200), Sending::unknown("http_200"), false),
        (Mood::AcceptAndFail, Sending::unknown("http_500"), true),
        (Mood::AcceptAndHangUp, Sending::unknown("connection_lost"), true),
        (Mood::AcceptInSilence, Sending::unknown("timeout"), true),
    ] {
        let before = provider.taken().len();
        provider.next([mood.clone()]);
        assert_eq!(sender.send(&text()).await, expected, "{mood:?}");
        assert_eq!(provider.taken().len() - before, usize::from(takes), "{mood:?}");
    }
}

/// What each code of Twilio means.
#[tokio::test]
async fn every_code_has_its_meaning() {
    use Refusal::{BadAddress, Message, OptedOut};
    let refused = |because, detail| Sending::Refused { because, detail };
    let provider = Provider::start().await;
    let sender = twilio(provider.url());
    for (codes, expected) in [
        (&[21211, 21614, 21612, 30006][..], refused(BadAddress, String::new())),
        (&[21610], refused(OptedOut, String::new())),
        (&[20003, 21408, 21606, 21608], Sending::misconfigured("")),
        (&[20429, 20503, 21611, 30001, 30003], Sending::again("")),
        (&[21617, 99999], refused(Message, String::new())),
    ] {
        for code in codes {
            provider.next([Mood::Say(400, json!({"code": code, "message": "+12065550100", "status": 400}))]);
            let expected = with_detail(expected.clone(), format!("twilio_{code}"));
            assert_eq!(sender.send(&text()).await, expected);
        }
    }
}

fn with_detail(sending: Sending, detail: String) -> Sending {
    match sending {
        Sending::Refused { because, .. } => Sending::Refused { because, detail },
        Sending::Again { after, .. } => Sending::Again { after, detail },
        Sending::Unknown { .. } => Sending::Unknown { detail },
        Sending::Misconfigured { .. } => Sending::Misconfigured { detail },
        accepted @ Sending::Accepted { .. } => accepted,
    }
}

#[tokio::test]
async fn a_busy_provider_says_when_it_takes_more() {
    let provider = Provider::start().await;
    provider.next([Mood::Busy(40)]);
    let again = Sending::Again { after: Some(Duration::from_secs(40)), detail: "twilio_20429".to_owned() };
    assert_eq!(twilio(provider.url()).send(&text()).await, again);
}

#[tokio::test]
async fn a_text_says_where_its_fate_is_told_and_how_long_it_is_of_use() {
    let provider = Provider::start().await;
    assert!(matches!(twilio(provider.url()).send(&text()).await, Sending::Accepted { .. }));
    let service = twilio_from(provider.url(), TextFrom::Service(SERVICE.to_owned()));
    let mut late = text();
    late.now = late.useful_until.plus(1);
    assert!(matches!(service.send(&late).await, Sending::Accepted { .. }));
    let mut early = text();
    early.now = early.now.plus(-86_400_000);
    assert!(matches!(service.send(&early).await, Sending::Accepted { .. }));

    let taken = provider.taken();
    assert_eq!((taken[0].delivery_id.as_deref(), taken[0].facility_id.as_deref()), (Some("ntf_1"), Some("fac_1")));
    assert!(taken[0].authorization.starts_with("Basic "));
    let expected = json!({
        "To": "+12065550100",
        "From": "+12065550199",
        "Body": "Court 1 is free. Reply 1 to accept. Reply STOP to opt out.",
        "ValidityPeriod": "1800",
        "StatusCallback": "https://book.example.org/api/twilio/status?facility=fac_1&delivery=ntf_1",
    });
    assert_eq!(taken[0].request, expected);
    assert_eq!((&taken[1].request["MessagingServiceSid"], &taken[1].request["From"]), (&json!(SERVICE), &Value::Null));
    assert_eq!(
        (&taken[1].request["ValidityPeriod"], &taken[2].request["ValidityPeriod"]),
        (&json!("1"), &json!("36000"))
    );
}

#[tokio::test]
async fn what_twilio_would_refuse_or_cannot_call_back_about_is_known_before() {
    let provider = Provider::start().await;
    let from = TextFrom::Number("+12065550199".to_owned());
    let account = TwilioAccount { account_sid: ACCOUNT.to_owned(), auth_token: Secret::new("token"), from };
    let hidden = Twilio::new(provider.url(), account, None, HURRY).unwrap();
    assert_eq!(hidden.send(&email()).await, Sending::refused("no_text"));
    let mut long = text();
    long.content = Content::Text("é".repeat(1601));
    assert_eq!(hidden.send(&long).await, Sending::refused("text_too_long"));
    assert_eq!(provider.asked(), 0);
    long.content = Content::Text("é".repeat(1600));
    assert!(matches!(hidden.send(&long).await, Sending::Accepted { .. }));
    assert_eq!(provider.taken()[0].request["StatusCallback"], Value::Null);
}
