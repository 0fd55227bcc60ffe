//! Emails by SendGrid.

use std::time::Duration;

use courtd::notify::{Sender, Sending};
use machine::Refusal;
use serde_json::{Value, json};

use crate::harness::{Mood, Provider};
use crate::messages::{HURRY, cancelling_email, email, plain_email, sendgrid, text};

/// What each answer of SendGrid means.
#[tokio::test]
async fn every_answer_has_its_meaning() {
    let refused = |detail: &str| Sending::Refused { because: Refusal::Message, detail: detail.to_owned() };
    let said = |status| Mood::Say(status, json!({"errors": [{"message": "ana@example.org is no good"}]}));
    let provider = Provider::start().await;
    let sender = sendgrid(provider.url());
    for (mood, expected, takes) in [
        (Mood::Accept, Sending::accepted(Some("sg-1".to_owned())), true),
        (Mood::Babble, Sending::accepted(Some("sg-2".to_owned())), true),
        (said(400), refused("http_400"), false),
        (said(413), refused("http_413"), false),
        (said(401), Sending::misconfigured("http_401"), false),
        (said(403), Sending::misconfigured("http_403"), false),
        (said(404), Sending::misconfigured("http_404"), false),
        (said(307), Sending::misconfigured("http_307"), false),
        (said(429), Sending::again("http_429"), false),
        (said(500), Sending::again("http_500"), false),
        (said(503), Sending::again("http_503"), false),
        (said(200), Sending::unknown("http_200"), false),
        (Mood::AcceptAndHangUp, Sending::unknown("connection_lost"), true),
        (Mood::HangUp, Sending::unknown("connection_lost"), false),
        (Mood::AcceptInSilence, Sending::unknown("timeout"), true),
    ] {
        let before = provider.taken().len();
        provider.next([mood.clone()]);
        assert_eq!(sender.send(&email()).await, expected, "{mood:?}");
        assert_eq!(provider.taken().len() - before, usize::from(takes), "{mood:?}");
    }
}

#[tokio::test]
async fn a_busy_provider_says_when_it_takes_more() {
    let provider = Provider::start().await;
    provider.next([Mood::Busy(40)]);
    let Sending::Again { after: Some(after), detail } = sendgrid(provider.url()).send(&email()).await else {
        panic!("it is to be tried again");
    };
    assert_eq!(detail, "http_429");
    assert!(after > Duration::from_secs(35) && after <= Duration::from_secs(40), "{after:?}");
}

#[tokio::test]
async fn nobody_there_is_not_the_same_as_no_answer() {
    let gone = Provider::start().await;
    let url = gone.url().to_owned();
    drop(gone);
    crate::harness::eventually(HURRY.whole, "nobody listens", async || match sendgrid(&url).send(&email()).await {
        Sending::Again { after: None, detail } if detail == "connect_failed" => Ok(()),
        other => Err(other),
    })
    .await;
}

#[tokio::test]
async fn a_provider_gets_the_whole_email_and_the_ids_it_repeats_in_its_events() {
    let provider = Provider::start().await;
    let sender = sendgrid(provider.url());
    for message in [email(), cancelling_email(), plain_email()] {
        assert!(matches!(sender.send(&message).await, Sending::Accepted { .. }));
    }
    let taken = provider.taken();
    let first = &taken[0];
    assert_eq!((first.authorization.as_str(), first.to.as_str()), ("Bearer SG.key", "ana@example.org"));
    assert_eq!((first.delivery_id.as_deref(), first.facility_id.as_deref()), (Some("ntf_1"), Some("fac_1")));
    let request = &first.request;
    assert_eq!(request["custom_args"]["member_id"], "mbr_1");
    assert_eq!(request["from"], json!({"email": "courts@club.example", "name": "The Stack"}));
    assert_eq!(request["reply_to"], json!({"email": "desk@club.example"}));
    assert_eq!(request["content"][0]["type"], "text/plain");
    assert_eq!(request["content"][1]["value"], "<p>Court 1 is free.</p>");
    let attachment = &request["attachments"][0];
    assert_eq!(attachment["type"], "text/calendar; method=REQUEST");
    assert_eq!(attachment["content"], "QkVHSU46VkNBTEVOREFSDQpNRVRIT0Q6UkVRVUVTVA0KRU5EOlZDQUxFTkRBUg0K");
    assert_eq!(taken[1].request["attachments"][0]["type"], "text/calendar; method=CANCEL");
    let plain = &taken[2].request;
    assert_eq!((&plain["attachments"], &plain["reply_to"]), (&Value::Null, &Value::Null));
    assert_eq!(plain["personalizations"][0]["to"], json!([{"email": "ana@example.org"}]));
}

#[tokio::test]
async fn what_is_no_email_is_not_sent() {
    let provider = Provider::start().await;
    assert_eq!(sendgrid(provider.url()).send(&text()).await, Sending::refused("no_email"));
    assert_eq!(provider.asked(), 0);
}
