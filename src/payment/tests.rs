//! The client against a small Stripe that misbehaves: each instruction is done once, whatever is answered.

use std::sync::Arc;

use machine::{
    Delivery, DeliveryAttempt, DeliveryId, DeliveryKind, DeliveryState, FacilityId, Facts, Instant, Medium, MoreFacts,
    Outcome, ReservationId,
};
use serde_json::{Value, json};

use super::fake::{FakeStripe, Mishap, SECRET_KEY, WEBHOOK_SECRET};
use super::{Failure, PageStatus, Stripe, StripeSettings, Wish};
use crate::auth::Secret;
use crate::notify::Sending;

fn client(fake: &FakeStripe) -> Stripe {
    let settings = StripeSettings {
        api_base: fake.base(),
        secret_key: Secret::new(SECRET_KEY),
        webhook_secret: Secret::new(WEBHOOK_SECRET),
        success_url: None,
        cancel_url: None,
        hold_seconds: 600,
    };
    Stripe::new(settings).unwrap()
}

fn facility(id: &str) -> FacilityId {
    FacilityId::parse(id).unwrap()
}

fn delivery(kind: DeliveryKind, more: MoreFacts) -> Delivery {
    let mut delivery = Delivery {
        id: DeliveryId::parse("ntf_refund-payment-7000-rsv_1").unwrap(),
        kind,
        medium: Medium::Payment,
        member_id: None,
        reservation_id: Some(ReservationId::parse("rsv_1").unwrap()),
        waitlist_id: None,
        facts: Facts { booking: None, more },
        created_at: Instant(0),
        due_at: Instant(0),
        not_after: Instant(1_000_000),
        state: DeliveryState::Claimed,
        claimed_until: None,
        attempts: Vec::new(),
        provider_id: None,
        receipt: None,
        ended_at: None,
        dropped: None,
    };
    try_again(&mut delivery, None);
    delivery
}

/// The next try, after what came of the one before.
fn try_again(delivery: &mut Delivery, came: Option<Outcome>) {
    if let Some(last) = delivery.attempts.last_mut() {
        last.outcome = came;
    }
    let number = u32::try_from(delivery.attempts.len()).unwrap() + 1;
    delivery.attempts.push(DeliveryAttempt { number, at: Instant(i64::from(number)), term: 1, outcome: None });
}

fn refund(payment: &str, amount_cents: u64) -> Delivery {
    delivery(DeliveryKind::Refund, MoreFacts::Refund { payment_id: payment.to_owned(), amount_cents })
}

fn unknown(detail: &str) -> Option<Outcome> {
    Some(Outcome::Unknown { detail: detail.to_owned() })
}

fn payment_of(event: &Value) -> String {
    event["data"]["object"]["payment_intent"].as_str().unwrap().to_owned()
}

async fn page(stripe: &Stripe, facility_id: &str, success_url: &str) -> Result<super::Page, Failure> {
    let (facility_id, reservation_id) = (facility(facility_id), ReservationId::parse("rsv_1").unwrap());
    let wish = Wish {
        cluster_id: "dev",
        facility_id: &facility_id,
        reservation_id: &reservation_id,
        version: 2,
        hold_expiry: Instant(600_000),
        amount: 2000,
        currency: "USD",
        name: "Court 1",
        description: "2026-06-02 10:00",
        success_url,
        cancel_url: None,
    };
    stripe.open_page(&wish).await
}

#[tokio::test]
async fn a_page_is_one_however_often_it_is_asked_for() {
    let fake = FakeStripe::start().await.unwrap();
    let stripe = client(&fake);
    let first = page(&stripe, "fac_1", "https://a.test").await.unwrap();
    assert_eq!(page(&stripe, "fac_1", "https://a.test").await.unwrap(), first);
    assert_eq!((fake.pages(), first.status), (1, PageStatus::Open));
    assert_eq!(page(&stripe, "fac_1", "https://b.test").await, Err(Failure::OtherParameters));
    let other = page(&stripe, "fac_2", "https://a.test").await.unwrap();
    assert_ne!(other.session_id, first.session_id, "the same id of another facility is another page");
    assert_eq!(stripe.page(&first.session_id).await.unwrap(), first);
}

#[tokio::test]
async fn money_goes_back_once_though_stripe_loses_its_way() {
    let fake = FakeStripe::start().await.unwrap();
    let (stripe, club) = (client(&fake), facility("fac_1"));
    for mishap in [Mishap::DoneAndFails, Mishap::Fails] {
        let payment = payment_of(&fake.pay_by_hand(2000, &json!({})));
        let mut delivery = refund(&payment, 1500);
        fake.goes_wrong(mishap);
        let lost = Sending::Unknown { detail: "http_500".to_owned() };
        assert_eq!(stripe.send(&delivery, &club).await, lost);
        try_again(&mut delivery, unknown("http_500"));
        assert!(
            matches!(stripe.send(&delivery, &club).await, Sending::Accepted { provider_id: Some(_) }),
            "{mishap:?}"
        );
        assert_eq!(fake.gone_back(&payment), 1500, "{mishap:?}");
        try_again(&mut delivery, unknown("leader_changed"));
        assert!(matches!(stripe.send(&delivery, &club).await, Sending::Accepted { provider_id: Some(_) }));
        assert_eq!(fake.gone_back(&payment), 1500, "{mishap:?}");
    }
}

#[tokio::test]
async fn a_payment_that_is_known_by_its_charge_goes_back_once_too() {
    let fake = FakeStripe::start().await.unwrap();
    let (stripe, club) = (client(&fake), facility("fac_1"));
    for mishap in [Mishap::DoneAndFails, Mishap::Fails] {
        let payment = payment_of(&fake.pay_by_hand(2000, &json!({})));
        let mut delivery = refund(&fake.charge_of(&payment), 2000);
        fake.goes_wrong(mishap);
        assert_eq!(stripe.send(&delivery, &club).await, Sending::unknown("http_500"));
        try_again(&mut delivery, unknown("http_500"));
        let again = stripe.send(&delivery, &club).await;
        assert!(matches!(again, Sending::Accepted { provider_id: Some(_) }), "{mishap:?}: {again:?}");
        assert_eq!((fake.gone_back(&payment), fake.refunds_of(&payment)), (2000, 1), "{mishap:?}");
    }
}

#[tokio::test]
async fn a_page_that_stripe_failed_to_open_is_opened_when_asked_again() {
    for mishap in [Mishap::Fails, Mishap::DoneAndFails] {
        let fake = FakeStripe::start().await.unwrap();
        let stripe = client(&fake);
        for mishap in [mishap, mishap] {
            fake.goes_wrong(mishap);
            let failed = page(&stripe, "fac_1", "https://a.test").await;
            assert_eq!(failed, Err(Failure::Unknown { detail: "http_500".to_owned() }), "{mishap:?}");
        }
        let opened = page(&stripe, "fac_1", "https://a.test").await.unwrap();
        assert_eq!(page(&stripe, "fac_1", "https://a.test").await.unwrap(), opened, "one page, whoever asks");
    }
}

#[tokio::test]
async fn a_key_that_is_forgotten_gives_nothing_back_twice() {
    let fake = FakeStripe::start().await.unwrap();
    let (stripe, club) = (client(&fake), facility("fac_1"));
    let payment = payment_of(&fake.pay_by_hand(2000, &json!({})));
    let mut delivery = refund(&payment, 500);
    assert!(matches!(stripe.send(&delivery, &club).await, Sending::Accepted { .. }));
    fake.forget_keys();
    try_again(&mut delivery, unknown("leader_changed"));
    delivery.attempts.last_mut().unwrap().at = Instant(25 * 60 * 60 * 1000);
    assert!(matches!(stripe.send(&delivery, &club).await, Sending::Accepted { .. }));
    assert_eq!(fake.gone_back(&payment), 500);
}

#[tokio::test]
async fn what_was_given_back_over_there_is_done() {
    let fake = FakeStripe::start().await.unwrap();
    let (stripe, club) = (client(&fake), facility("fac_1"));
    let payment = payment_of(&fake.pay_by_hand(2000, &json!({})));
    fake.give_back(&payment, 2000);
    assert_eq!(stripe.send(&refund(&payment, 2000), &club).await, Sending::Accepted { provider_id: None });
    let no_such = stripe.send(&refund("pi_none", 2000), &club).await;
    assert_eq!(no_such, Sending::refused("stripe_resource_missing"));
}

#[tokio::test]
async fn a_page_that_is_closed_or_paid_is_as_it_should_be() {
    let fake = FakeStripe::start().await.unwrap();
    let (stripe, club) = (client(&fake), facility("fac_1"));
    let (first, second) = (
        page(&stripe, "fac_1", "https://a.test").await.unwrap(),
        page(&stripe, "fac_2", "https://a.test").await.unwrap(),
    );
    let close = |page: &super::Page| {
        let more = MoreFacts::Checkout { session_id: page.session_id.clone() };
        delivery(DeliveryKind::ExpireCheckout, more)
    };
    let done = Sending::Accepted { provider_id: None };
    let mut closing = close(&first);
    fake.goes_wrong(Mishap::Fails);
    assert_eq!(stripe.send(&closing, &club).await, Sending::Unknown { detail: "http_500".to_owned() });
    try_again(&mut closing, unknown("http_500"));
    assert_eq!(stripe.send(&closing, &club).await, done);
    try_again(&mut closing, unknown("leader_changed"));
    assert_eq!(stripe.send(&closing, &club).await, done);
    assert!(fake.pay(&first.session_id).is_none(), "it takes no payment");
    fake.pay(&second.session_id).unwrap();
    assert_eq!(stripe.send(&close(&second), &facility("fac_2")).await, done);
}

#[tokio::test]
async fn what_can_be_done_about_a_failure_is_said() {
    let fake = FakeStripe::start().await.unwrap();
    let (stripe, club) = (client(&fake), facility("fac_1"));
    let payment = payment_of(&fake.pay_by_hand(2000, &json!({})));
    fake.goes_wrong(Mishap::Busy);
    fake.goes_wrong(Mishap::Unauthorized);
    let busy = Sending::Again { after: None, detail: "stripe_lock_timeout".to_owned() };
    assert_eq!(stripe.send(&refund(&payment, 1), &club).await, busy);
    assert_eq!(
        stripe.send(&refund(&payment, 1), &club).await,
        Sending::Misconfigured { detail: "http_401".to_owned() }
    );
    let misplaced = delivery(DeliveryKind::Confirmation, MoreFacts::None);
    assert_eq!(stripe.send(&misplaced, &club).await, Sending::refused("no_instruction"));
    fake.stop();
    let gone = Arc::new(fake).base();
    let nobody = Stripe::new(StripeSettings { api_base: gone, ..stripe.settings().clone() }).unwrap();
    let sent = nobody.send(&refund(&payment, 1), &club).await;
    assert!(matches!(sent, Sending::Again { .. } | Sending::Unknown { .. }), "{sent:?}");
}
