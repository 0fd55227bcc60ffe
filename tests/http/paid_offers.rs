//! Paying for what is offered, on the page of the offer: to the page of the payment provider, and back.

use reqwest::redirect::Policy;
use reqwest::{Client, Response};

use crate::payments::Paid;
use crate::stripe::Mishap;

/// A browser before the page of an offer; it shows where it is led, and does not go there.
struct Reader {
    paid: Paid,
    client: Client,
    path: String,
    /// What the offer becomes.
    becomes: String,
}

impl Reader {
    /// `mbr_2` has got the link to its offer of a court with a price.
    async fn open(success_url: Option<&str>) -> Self {
        let paid = Paid::leading_back(success_url).await;
        let becomes = paid.offer().await.as_str().unwrap().to_owned();
        let url = paid.club.cluster.offer_url("fac_1", "wl_1", 1, 30).unwrap();
        let client = Client::builder().redirect(Policy::none()).build().unwrap();
        Self { paid, client, becomes, path: url[url.find("/waitlist").unwrap()..].to_owned() }
    }

    async fn press(&self, node: usize, answer: &str) -> Response {
        let request = self.client.post(self.paid.club.url(node, &self.path));
        let request = request.header("Content-Type", "application/x-www-form-urlencoded");
        request.body(format!("answer={answer}")).send().await.unwrap()
    }

    /// Where it is led to pay.
    async fn goes_to_pay(&self, node: usize) -> String {
        let led = self.press(node, "pay").await;
        assert_eq!(led.status(), 303);
        led.headers()["location"].to_str().unwrap().to_owned()
    }

    /// What a page shows, and that it does not show the others.
    async fn shows(&self, node: usize, status: u16, parts: &[&str], others: &[&str]) {
        let page = self.client.get(self.paid.club.url(node, &self.path)).send().await.unwrap();
        Self::read(page, status, parts, others).await;
    }

    async fn read(page: Response, status: u16, parts: &[&str], others: &[&str]) {
        let found = page.status().as_u16();
        let body = page.text().await.unwrap();
        assert_eq!(found, status, "{body}");
        for part in parts {
            assert!(body.contains(part), "{part} is not in {body}");
        }
        for other in others {
            assert!(!body.contains(other), "{other} is in {body}");
        }
    }

    fn pays(&self) -> serde_json::Value {
        let page = self.paid.stripe.page_of(&self.becomes).expect("a page");
        self.paid.stripe.pay(page["id"].as_str().unwrap()).expect("an open page")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_is_paid_and_booked_from_its_page() {
    let reader = Reader::open(None).await;
    reader.shows(0, 200, &["Pay and book", "20.00", "It is booked once it is paid"], &["value=\"accept\""]).await;
    let page = reader.client.get(reader.paid.club.url(1, &reader.path)).send().await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("form-action 'self' https:;"), "a browser must let the form lead on: {policy}");
    // Two presses at once, and one more: one page.
    let (one, two) = tokio::join!(reader.goes_to_pay(1), reader.goes_to_pay(2));
    assert!(one.starts_with("https://checkout.stripe.test/c/"), "{one}");
    assert_eq!((&two, &reader.goes_to_pay(0).await, reader.paid.stripe.pages()), (&one, &one, 1));
    // It comes back to where it was.
    let asked = &reader.paid.stripe.asked()[0].form;
    assert!(asked["success_url"].ends_with(&reader.path), "{asked:?}");
    assert_eq!(asked["cancel_url"], asked["success_url"]);
    reader.shows(2, 200, &["waiting for your payment", "Being paid; kept", "Pay and book"], &["Held for you"]).await;
    let event = reader.pays();
    // The provider's word may come later than its payer.
    Reader::read(reader.press(1, "pay").await, 200, &["waiting for your payment"], &[]).await;
    reader.paid.tell(0, &event).await.ok();
    reader.shows(2, 200, &["It is booked"], &["<form"]).await;
    Reader::read(reader.press(1, "pay").await, 200, &["It is booked"], &[]).await;
    reader.paid.club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_being_paid_is_not_over_with_its_link() {
    let reader = Reader::open(Some("https://club.example.org/paid")).await;
    reader.paid.later(25).await;
    let page = reader.goes_to_pay(0).await;
    assert_eq!(reader.paid.stripe.asked()[0].form["success_url"], "https://club.example.org/paid");
    assert!(reader.paid.stripe.asked()[0].form["cancel_url"].ends_with(&reader.path));
    reader.paid.later(6).await;
    reader.shows(1, 200, &["Being paid; kept for you until", "9:35 AM"], &["value=\"credits\""]).await;
    assert_eq!(reader.goes_to_pay(2).await, page);
    Reader::read(reader.press(0, "credits").await, 409, &["waiting for your payment"], &[]).await;
    reader.paid.later(4).await;
    reader.shows(1, 410, &["This offer is over"], &["<form"]).await;
    Reader::read(reader.press(2, "pay").await, 410, &["This offer is over"], &[]).await;
    assert_eq!(reader.paid.stripe.pages(), 1);
    reader.paid.club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_over_begins_no_payment() {
    let reader = Reader::open(None).await;
    let url = reader.paid.club.cluster.offer_url("fac_1", "wl_1", 1, -1).unwrap();
    let late = Reader { path: url[url.find("/waitlist").unwrap()..].to_owned(), ..reader };
    Reader::read(late.press(0, "pay").await, 410, &["This offer is over"], &["<form"]).await;
    assert_eq!(late.paid.stripe.pages(), 0);
    late.paid.club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_cannot_be_opened_is_asked_for_again() {
    let reader = Reader::open(None).await;
    reader.paid.stripe.goes_wrong(Mishap::Busy);
    Reader::read(reader.press(0, "pay").await, 503, &["Please try again"], &[]).await;
    reader.shows(1, 200, &["waiting for your payment", "Pay and book"], &[]).await;
    reader.goes_to_pay(2).await;
    Reader::read(reader.press(0, "decline").await, 200, &["You let it go"], &[]).await;
    Reader::read(reader.press(0, "pay").await, 410, &["This offer is over"], &[]).await;
    reader.paid.club.close().await;
}
