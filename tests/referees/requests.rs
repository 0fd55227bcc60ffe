//! Every kind of request that goes out, and one of each that is broken on purpose.

use courtd::notify::{Content, Sender, Sending, TextFrom};
use machine::Refusal;

use crate::messages::{cancelling_email, email, plain_email, sendgrid, text, twilio, twilio_from};
use crate::prism::Prism;

/// Emails with and without a booking for a calendar.
pub async fn emails() {
    let prism = Prism::start("sendgrid-mail-send.json").await;
    let sender = sendgrid(&prism.url);
    for message in [email(), cancelling_email(), plain_email()] {
        let sending = sender.send(&message).await;
        assert!(matches!(sending, Sending::Accepted { .. }), "{sending:?}");
    }
    let mut broken = plain_email();
    if let Content::Email { subject, .. } = &mut broken.content {
        subject.clear();
    }
    is_refused(&sender.send(&broken).await);
    broken = plain_email();
    broken.to.address = "no address".to_owned();
    is_refused(&sender.send(&broken).await);
}

/// Texts from a number and by a messaging service.
pub async fn texts() {
    let prism = Prism::start("twilio-messages.json").await;
    let service = |sid: &str| twilio_from(&prism.url, TextFrom::Service(sid.to_owned()));
    for sender in [twilio(&prism.url), service("MG0123456789abcdef0123456789abcdef")] {
        let sending = sender.send(&text()).await;
        assert!(matches!(sending, Sending::Accepted { .. }), "{sending:?}");
    }
    is_refused(&service("no service").send(&text()).await);
}

/// As a request that does not fit: Prism answers 400 or 422.
#[track_caller]
fn is_refused(sending: &Sending) {
    assert!(matches!(sending, Sending::Refused { because: Refusal::Message, .. }), "{sending:?}");
}
