//! Paying for a court: the page, what Stripe tells of it in whatever order, and what cannot be paid.

use std::sync::Arc;

use courtd::{Outside, Secret, Stripe, StripeSettings};
use machine::Instant;
use reqwest::Method;
use serde_json::{Value, json};

use crate::club::{Answer, Club, hour};
use crate::steered::Steered;
use crate::stripe::{FakeStripe, Mishap, SECRET_KEY, WEBHOOK_SECRET, signature, signature_by};

/// 2026-06-01 09:00 UTC.
const NOON_BEFORE: Instant = Instant(1_780_304_400_000);
const SLOT: &str = "2026-06-02T10:00:00Z";
const MINUTE: i64 = 60_000;
const PRICE: u64 = 2000;

/// A club whose first court has a price, with a Stripe and a clock of its own.
pub(crate) struct Paid {
    pub(crate) club: Club,
    clock: Arc<Steered>,
    pub(crate) stripe: FakeStripe,
}

/// A hold that somebody went to pay for.
struct Paying {
    hold: Answer,
    page: Answer,
}

impl Paid {
    async fn open() -> Self {
        Self::leading_back(Some("https://club.example.org/paid")).await
    }

    /// The settings say where to come back to after paying, or do not.
    pub(crate) async fn leading_back(success_url: Option<&str>) -> Self {
        let (clock, stripe) = (Arc::new(Steered::at(NOON_BEFORE)), FakeStripe::start().await.unwrap());
        let client = Stripe::new(StripeSettings {
            api_base: stripe.base(),
            secret_key: Secret::new(SECRET_KEY),
            webhook_secret: Secret::new(WEBHOOK_SECRET),
            success_url: success_url.map(str::to_owned),
            cancel_url: None,
            hold_seconds: 600,
        });
        let club = Club::outside(&clock, Outside::default().with_stripe(client.unwrap())).await;
        club.make("fac_1", json!({})).await;
        let priced = club.request(Method::PATCH, 0, "/api/facilities/fac_1/courts/crt_1");
        club.send(priced.json(&json!({"pricePerSlotCents": PRICE}))).await.ok();
        Self { club, clock, stripe }
    }

    async fn hold(&self, change: Value) -> Answer {
        self.club.attempt(0, SLOT, change).await.ok()
    }

    async fn checkout(&self, node: usize, hold: &Answer) -> Answer {
        self.club.post(node, "/api/checkout", &json!({"facilityId": "fac_1", "holdId": hold.body["holdId"]})).await
    }

    /// `mbr_1` holds ten o'clock and goes to pay.
    async fn paying(&self) -> Paying {
        let hold = self.hold(json!({})).await;
        let page = self.checkout(1, &hold).await.ok();
        Paying { hold, page }
    }

    /// Stripe tells a node, signed now.
    pub(crate) async fn tell(&self, node: usize, event: &Value) -> Answer {
        let body = event.to_string();
        let signed = signature(&body, self.clock.now().0 / 1000);
        self.tell_signed(node, body, &signed).await
    }

    async fn tell_signed(&self, node: usize, body: String, signature: &str) -> Answer {
        let request = self.club.request(Method::POST, node, "/api/stripe/webhook");
        self.club.send(request.header("Stripe-Signature", signature).body(body)).await
    }

    pub(crate) async fn later(&self, minutes: i64) {
        self.club.wind(&self.clock, self.clock.now().plus(minutes * MINUTE)).await;
    }

    /// `mbr_2` is offered ten o'clock under `wl_1`; what it becomes.
    pub(crate) async fn offer(&self) -> Value {
        let booked = hour(SLOT, json!({"id": "rsv_1", "pay": "waived"}));
        self.club.post(0, "/api/reservations", &booked).await.ok();
        let wish = json!({"id": "wl_1", "facilityId": "fac_1", "memberId": "mbr_2", "courtId": "crt_1",
            "preferredDate": "2026-06-02", "preferredStartTime": "10:00", "preferredEndTime": "11:00",
            "durationMinutes": 60});
        self.club.post(1, "/api/waitlist", &wish).await.ok();
        let cancel = self.club.request(Method::DELETE, 2, "/api/reservations/rsv_1?facilityId=fac_1");
        let cancelled = self.club.send(cancel).await.ok();
        cancelled.body["waitlistPromotion"]["reservationId"].clone()
    }

    /// Where the reservation of a hold stands: its status and that of its payment.
    async fn standing(&self, hold: &Answer) -> (String, String) {
        let path =
            format!("/api/reservations/{}?facilityId=fac_1&consistency=linearizable", hold.text("reservationId"));
        let found = self.club.get(2, &path).await.ok();
        (found.text("status"), found.text("paymentStatus"))
    }
}

fn both(status: &str, payment: &str) -> (String, String) {
    (status.to_owned(), payment.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_is_paid_for_on_one_page_and_booked_once() {
    let paid = Paid::open().await;
    let hold = paid.hold(json!({})).await;
    let page = paid.checkout(0, &hold).await.ok();
    assert_eq!((page.status, page.text("reservationId")), (201, hold.text("reservationId")));
    assert_eq!(page.body["holdExpiry"], NOON_BEFORE.0 + 10 * MINUTE);
    let again = paid.checkout(1, &hold).await.ok();
    assert_eq!((again.body.clone(), paid.stripe.pages()), (page.body.clone(), 1), "the same page, at another node");
    let by_reservation = json!({"facilityId": "fac_1", "reservationId": hold.body["reservationId"]});
    assert_eq!(paid.club.post(2, "/api/checkout", &by_reservation).await.ok().body, page.body);
    let asked = &paid.stripe.asked()[0];
    assert_eq!(asked.form["line_items[0][price_data][unit_amount]"], "2000");
    assert_eq!(asked.form["line_items[0][price_data][currency]"], "usd");
    assert_eq!(asked.form["payment_intent_data[metadata][facility_id]"], "fac_1");
    assert_eq!(paid.standing(&hold).await, both("pending", "required"));

    let event = paid.stripe.pay(&page.text("sessionId")).unwrap();
    for node in [1, 2, 0] {
        let told = paid.tell(node, &event).await.ok();
        assert_eq!(told.body, json!({"received": true, "refundCents": 0}));
    }
    assert_eq!(paid.standing(&hold).await, both("confirmed", "paid"));
    // The same payment under the name of another event, and the page that says that it is closed.
    let mut renamed = event.clone();
    (renamed["id"], renamed["type"]) = (json!("evt_other"), json!("checkout.session.async_payment_succeeded"));
    assert_eq!(paid.tell(0, &renamed).await.ok().body["refundCents"], 0);
    let closed = paid.stripe.page_event("checkout.session.expired", &page.text("sessionId"));
    paid.tell(1, &closed).await.ok();
    assert_eq!(paid.standing(&hold).await, both("confirmed", "paid"));
    paid.checkout(0, &hold).await.is(409, "invalid_transition");
    paid.club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_payment_books_what_is_free_and_goes_back_from_what_is_not() {
    let paid = Paid::open().await;
    let Paying { hold, page } = paid.paying().await;
    // Paid in time, and told when it is over: the page would be closed by then.
    let late = paid.stripe.pay(&page.text("sessionId")).unwrap();
    paid.later(10).await;
    assert_eq!(paid.tell(2, &late).await.ok().body["refundCents"], 0);
    assert_eq!(paid.standing(&hold).await, both("confirmed", "paid"));

    let second = paid.club.attempt(0, "2026-06-02T12:00:00Z", json!({})).await.ok();
    let page = paid.checkout(1, &second).await.ok();
    let late = paid.stripe.pay(&page.text("sessionId")).unwrap();
    paid.later(10).await;
    let other = hour("2026-06-02T12:00:00Z", json!({"memberId": "mbr_2", "pay": "waived"}));
    paid.club.post(0, "/api/reservations", &other).await.ok();
    for node in [0, 1] {
        assert_eq!(paid.tell(node, &late).await.ok().body["refundCents"], PRICE);
    }
    assert_eq!(paid.standing(&second).await, both("expired", "refunded"));
    paid.checkout(0, &second).await.is(410, "hold_expired");
    paid.club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_ends_without_a_payment_frees_the_slot() {
    let paid = Paid::open().await;
    let Paying { hold, page } = paid.paying().await;
    let closed = paid.stripe.close(&page.text("sessionId"));
    paid.tell(0, &closed).await.ok();
    assert_eq!(paid.standing(&hold).await, both("released", "required"));
    let next = paid.hold(json!({"memberId": "mbr_2"})).await;
    let page = paid.checkout(0, &next).await.ok();
    let failed = paid.stripe.page_event("checkout.session.async_payment_failed", &page.text("sessionId"));
    paid.tell(1, &failed).await.ok();
    assert_eq!(paid.standing(&next).await, both("released", "failed"));
    paid.club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_back_over_there_and_what_is_disputed_is_known() {
    let paid = Paid::open().await;
    let Paying { hold, page } = paid.paying().await;
    let event = paid.stripe.pay(&page.text("sessionId")).unwrap();
    paid.tell(0, &event).await.ok();
    let payment = event["data"]["object"]["payment_intent"].as_str().unwrap();
    paid.tell(1, &paid.stripe.give_back(payment, 500)).await.ok();
    assert_eq!(paid.standing(&hold).await, both("confirmed", "partially_refunded"));
    let opened = paid.stripe.dispute("charge.dispute.created", payment, "needs_response");
    let won = paid.stripe.dispute("charge.dispute.closed", payment, "won");
    paid.tell(2, &opened).await.ok();
    assert_eq!(paid.standing(&hold).await, both("confirmed", "disputed"));
    paid.tell(0, &won).await.ok();
    paid.tell(1, &opened).await.ok();
    assert_eq!(paid.standing(&hold).await, both("confirmed", "partially_refunded"));
    // A payment that nobody here knows has no notes on it, and is somebody else's.
    let foreign = paid.stripe.pay_by_hand(700, &json!({"order": "7"}));
    paid.tell(0, &foreign).await.ok();
    let payment = foreign["data"]["object"]["payment_intent"].as_str().unwrap();
    paid.tell(0, &paid.stripe.dispute("charge.dispute.created", payment, "needs_response")).await.ok();
    assert_eq!(paid.stripe.gone_back(payment), 0);
    paid.club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn money_is_never_kept_for_nothing() {
    let paid = Paid::open().await;
    // For a reservation that there is not, the facility has it go back.
    let about = json!({"facility_id": "fac_1", "reservation_id": "rsv_none", "cluster_id": "dev"});
    let unknown = paid.stripe.pay_by_hand(700, &about);
    assert_eq!(paid.tell(0, &unknown).await.ok().body["refundCents"], 700);
    let payment = unknown["data"]["object"]["payment_intent"].as_str().unwrap();
    let gone_back = || async { (paid.stripe.gone_back(payment) == 700).then_some(()) };
    paid.club.eventually("the job gives it back", gone_back).await;
    // For a facility that there is not, nobody could: it goes back at once, or Stripe tells it again.
    let about = json!({"facility_id": "fac_none", "reservation_id": "rsv_1", "cluster_id": "dev"});
    let stray = paid.stripe.pay_by_hand(700, &about);
    let payment = stray["data"]["object"]["payment_intent"].as_str().unwrap();
    paid.stripe.goes_wrong(Mishap::Busy);
    paid.tell(1, &stray).await.is(503, "payment_provider_unavailable");
    for node in [1, 2] {
        assert_eq!(paid.tell(node, &stray).await.ok().body["refundCents"], 700);
        assert_eq!(paid.stripe.gone_back(payment), 700);
    }
    // What another cluster sells with the same account is none of our business.
    let about = json!({"facility_id": "fac_none", "reservation_id": "rsv_1", "cluster_id": "northside"});
    let theirs = paid.stripe.pay_by_hand(700, &about);
    paid.tell(0, &theirs).await.ok();
    assert_eq!(paid.stripe.gone_back(theirs["data"]["object"]["payment_intent"].as_str().unwrap()), 0);
    paid.club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_stripe_is_believed() {
    let paid = Paid::open().await;
    let Paying { hold, page } = paid.paying().await;
    let body = paid.stripe.pay(&page.text("sessionId")).unwrap().to_string();
    let now = paid.clock.now().0 / 1000;
    for forged in [
        String::new(),
        signature_by("whsec_of_somebody_else", &body, now),
        signature(&format!("{body} "), now),
        signature(&body, now - 301),
        signature(&body, now + 301),
        signature(&body, now).replace("v1=", "v0="),
    ] {
        paid.tell_signed(0, body.clone(), &forged).await.is(400, "signature_invalid");
    }
    assert_eq!(paid.standing(&hold).await, both("pending", "required"));
    let several = format!("{},v1={}", signature(&body, now), "0".repeat(64));
    paid.tell_signed(0, body, &several).await.ok();
    paid.tell(0, &json!({"id": "evt_9", "type": "customer.created", "data": {"object": {}}})).await.ok();
    paid.tell(0, &json!({"no": "event"})).await.is(400, "malformed");
    paid.club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_paid_says_why() {
    let paid = Paid::open().await;
    let free = paid.hold(json!({"courtId": "crt_2", "memberId": "mbr_2"})).await;
    paid.checkout(0, &free).await.is(409, "nothing_to_pay");
    let unknown = json!({"facilityId": "fac_1", "holdId": "hld_none"});
    paid.club.post(0, "/api/checkout", &unknown).await.is(404, "hold_not_found");
    let nameless = json!({"facilityId": "fac_1", "reservationId": "rsv_none"});
    paid.club.post(0, "/api/checkout", &nameless).await.is(404, "hold_not_found");
    paid.club.post(0, "/api/checkout", &json!({"facilityId": "fac_1"})).await.is(400, "malformed");
    let hold = paid.hold(json!({})).await;
    let script = json!({"facilityId": "fac_1", "holdId": hold.body["holdId"], "successUrl": "javascript:alert(1)"});
    paid.club.post(0, "/api/checkout", &script).await.is(400, "malformed");
    for (mishap, status, code) in [
        (Mishap::Unauthorized, 503, "payment_provider_unavailable"),
        (Mishap::Busy, 503, "payment_provider_unavailable"),
        (Mishap::Fails, 503, "payment_provider_unavailable"),
    ] {
        paid.stripe.goes_wrong(mishap);
        paid.checkout(0, &hold).await.is(status, code);
    }
    paid.checkout(1, &hold).await.ok();
    paid.club.close().await;

    let club = Club::open().await;
    let priced = club.request(Method::PATCH, 0, "/api/facilities/fac_1/courts/crt_1");
    club.send(priced.json(&json!({"pricePerSlotCents": PRICE}))).await.ok();
    let held = |court: &str| hour(&crate::club::tomorrow("10:00"), json!({"courtId": court}));
    for (court, member, code) in [("crt_1", "mbr_1", "payments_unavailable"), ("crt_2", "mbr_2", "nothing_to_pay")] {
        let mut wish = held(court);
        wish["memberId"] = json!(member);
        let hold = club.post(0, "/attempt", &wish).await.ok();
        let body = json!({"facilityId": "fac_1", "holdId": hold.body["holdId"]});
        club.post(0, "/api/checkout", &body).await.is(409, code);
    }
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_of_a_court_with_a_price_is_taken_by_paying() {
    let paid = Paid::open().await;
    let offer = paid.offer().await;
    let body = json!({"facilityId": "fac_1", "reservationId": offer});
    let page = paid.club.post(1, "/api/checkout", &body).await.ok();
    paid.tell(0, &paid.stripe.pay(&page.text("sessionId")).unwrap()).await.ok();
    let entry = paid.club.get(2, "/api/waitlist/wl_1?facilityId=fac_1&consistency=linearizable").await.ok();
    assert_eq!(entry.text("status"), "converted");
    paid.club.close().await;
}
