//! A club whose members are told of everything by email and by text, and what they have to be told of.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::harness::stripe::{FakeStripe, signature};
use crate::harness::{Answer, Api, Request, now_millis};

/// The club.
pub const FACILITY: &str = "fac_told";
/// Courts that cost nothing; there is one more that does.
const COURTS: usize = 4;
const MEMBERS: usize = 24;
/// How long before the start members are reminded.
const REMINDER_MILLIS: i64 = 30 * MINUTE_MILLIS;
const MINUTE_MILLIS: i64 = 60_000;
const DAY_MILLIS: i64 = 24 * 60 * MINUTE_MILLIS;
const PAID_LATER_MILLIS: i64 = 5 * DAY_MILLIS;
/// Minutes that a slot of a case lasts.
const CASE_MINUTES: i64 = 10;

/// What somebody has to be told: kind, medium, and the reservation or entry that it is about.
pub type Intent = (String, String, String);

/// The club, as its clients know it.
#[derive(Clone)]
pub struct Club {
    api: Api,
    stripe: FakeStripe,
    /// Midnight UTC of the day after tomorrow.
    first_day: i64,
    told: Arc<Mutex<Told>>,
}

/// What the clients were told, and so what the members have to be.
#[derive(Default)]
pub struct Told {
    cases: usize,
    /// Told by an answer: each must be in the log once.
    pub intents: BTreeSet<Intent>,
    /// Payments that go back, and how much.
    pub refunds: Vec<(String, u64)>,
}

/// A booking with somebody who waits for its slot.
pub struct Case {
    court: String,
    start: i64,
    reservation: String,
    waitlist: String,
    waiter: String,
}

/// A booking that was paid for.
pub struct Paid {
    start: i64,
    reservation: String,
    payment: String,
    amount: u64,
}

impl Club {
    /// Founds it.
    pub async fn found(api: &Api, stripe: &FakeStripe) -> Self {
        let hours = json!([{"open": "00:00", "close": "24:00"}]);
        let week: Value =
            ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].iter().map(|day| (*day, hours.clone())).collect();
        let facility = json!({
            "id": FACILITY, "name": "The Told", "slug": "told", "timezone": "UTC", "openingHours": week,
            "slotMinutes": 1, "minDurationMinutes": 1, "maxDurationMinutes": 120, "holdSeconds": 60,
            "reminderMinutesBefore": [REMINDER_MILLIS / MINUTE_MILLIS], "cancellation": {"hours": 0},
            "limits": {"maxActiveReservations": null, "maxPerDay": null, "maxHolds": null},
        });
        api.post(1, "/api/facilities", facility).await.expect(201);
        for at in 0..=COURTS {
            let price = (at == COURTS).then_some(100);
            let body = json!({"id": court(at), "name": court(at), "courtType": "tennis", "pricePerSlotCents": price});
            api.post(1, &format!("/api/facilities/{FACILITY}/courts"), body).await.expect(201);
        }
        for at in 0..MEMBERS {
            let body = json!({"id": member(at), "name": member(at), "email": format!("{}@example.org", member(at)),
                "phone": format!("+1206555{at:04}"), "preferences": {"notificationSms": true}});
            api.post(1, &format!("/api/facilities/{FACILITY}/members"), body).await.expect(201);
        }
        let first_day = now_millis() / DAY_MILLIS * DAY_MILLIS + 2 * DAY_MILLIS;
        Self { api: api.clone(), stripe: stripe.clone(), first_day, told: Arc::default() }
    }

    /// Books a slot, and has somebody wait for it.
    pub async fn case(&self) -> Case {
        let at = self.next();
        let (court, start) = (court(at % COURTS), self.start(at));
        let reservation = self.book(&court, start, CASE_MINUTES, &member(2 * at)).await;
        let waiter = member(2 * at + 1);
        let wish = json!({"facilityId": FACILITY, "memberId": waiter, "courtId": court,
            "preferredDate": utc(start, "%Y-%m-%d"), "preferredStartTime": utc(start, "%H:%M"),
            "preferredEndTime": utc(start + MINUTE_MILLIS, "%H:%M"), "durationMinutes": CASE_MINUTES,
            "notifyEmail": true, "notifySms": true});
        let waitlist = self.send(Request::post("/api/waitlist", wish)).await.expect(201).text("id");
        Case { court, start, reservation, waitlist, waiter }
    }

    /// Calls a booking off: it is offered to whoever waits.
    pub async fn call_off(&self, case: &Case) {
        let answer = self.cancel(&case.court, case.start, &case.reservation).await;
        assert_eq!(answer.body["waitlistPromotion"]["action"], "offer_sent", "{}", answer.body);
        self.must_be_told("waitlist_offer", &case.waitlist);
    }

    /// Whoever has the offer takes it.
    pub async fn accept(&self, case: &Case) {
        let body = json!({"waitlistId": case.waitlist, "memberId": case.waiter, "facilityId": FACILITY});
        let answer = self.send(Request::post("/api/waitlist/accept", body)).await.expect(200);
        self.must_be_told("confirmation", &answer.text("reservationId"));
    }

    /// Books a slot on every court of which its member is reminded at that minute.
    pub async fn book_reminded_at(&self, minute: i64) {
        for at in 0..COURTS {
            let reservation = self.book(&court(at), minute + REMINDER_MILLIS, 1, &member(at)).await;
            self.must_be_told("reminder", &reservation);
        }
    }

    /// Holds the court that costs something, and pays for it.
    pub async fn pay(&self) -> Paid {
        let (at, court) = (self.next(), court(COURTS));
        // Days after all cases, so that nobody has two courts at a time.
        let start = self.start(at * COURTS) + PAID_LATER_MILLIS;
        let hold = json!({"facilityId": FACILITY, "courtId": court, "memberId": member(2 * at),
            "startTime": rfc3339(start), "endTime": rfc3339(start + CASE_MINUTES * MINUTE_MILLIS)});
        let held = self.send(Request::post("/attempt", hold)).await.expect(200);
        let checkout = json!({"facilityId": FACILITY, "holdId": held.text("holdId"),
            "successUrl": "https://club.example.org/paid"});
        let page = self.send(Request::post("/api/checkout", checkout)).await.expect(201);
        let event = self.stripe.pay(&page.text("sessionId")).expect("the page is open");
        // Stripe tells twice, wherever it likes.
        for _ in 0..2 {
            let signature = Some(signature(&event.to_string(), now_millis() / 1000));
            let told = Request { signature, key: None, ..Request::post("/api/stripe/webhook", event.clone()) };
            self.send(told).await.expect(200);
        }
        let session = &event["data"]["object"];
        let payment = session["payment_intent"].as_str().expect("it is paid").to_owned();
        let amount = session["amount_total"].as_u64().expect("an amount");
        let reservation = held.text("reservationId");
        self.must_be_told("confirmation", &reservation);
        Paid { start, reservation, payment, amount }
    }

    /// Calls off what was paid for: the money goes back.
    pub async fn call_off_paid(&self, paid: &Paid) {
        self.cancel(&court(COURTS), paid.start, &paid.reservation).await;
        let mut told = self.told();
        told.intents.insert(("refund".to_owned(), "payment".to_owned(), paid.reservation.clone()));
        told.refunds.push((paid.payment.clone(), paid.amount));
    }

    /// Everything in the notification log, as the leader knows it.
    pub async fn log(&self) -> Vec<Value> {
        let path = format!("/api/facilities/{FACILITY}/notifications?consistency=linearizable&limit=200");
        let (mut all, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.send(Request::get(&format!("{path}{cursor}"))).await.expect(200).body;
            all.extend(page["items"].as_array().expect("a list").iter().cloned());
            let Some(next) = page["nextCursor"].as_str() else { return all };
            cursor = format!("&cursor={next}");
        }
    }

    /// What the clients were told.
    pub fn told(&self) -> std::sync::MutexGuard<'_, Told> {
        self.told.lock().expect("nobody panics while holding it")
    }

    async fn book(&self, court: &str, start: i64, minutes: i64, member: &str) -> String {
        let body = json!({"facilityId": FACILITY, "courtId": court, "memberId": member,
            "startTime": rfc3339(start), "durationMinutes": minutes});
        let booked = self.send(Request::post("/api/reservations", body)).await.expect(201).body;
        let reservation = booked["reservation"]["id"].as_str().expect("an id").to_owned();
        self.must_be_told("confirmation", &reservation);
        reservation
    }

    async fn cancel(&self, court: &str, start: i64, reservation: &str) -> Answer {
        let body = json!({"facilityId": FACILITY, "courtId": court, "startTime": rfc3339(start),
            "reservationId": reservation});
        let answer = self.send(Request::post("/cancel", body)).await.expect(200);
        self.must_be_told("cancellation", reservation);
        answer
    }

    fn must_be_told(&self, kind: &str, subject: &str) {
        for medium in ["email", "sms"] {
            self.told().intents.insert((kind.to_owned(), medium.to_owned(), subject.to_owned()));
        }
    }

    /// Through any node, as often as it takes.
    async fn send(&self, request: Request) -> Answer {
        self.api.insist(fastrand::u64(1..=3), &request).await
    }

    fn next(&self) -> usize {
        let mut told = self.told();
        told.cases += 1;
        told.cases
    }

    fn start(&self, at: usize) -> i64 {
        self.first_day + i64::try_from(at / COURTS).expect("few") * CASE_MINUTES * MINUTE_MILLIS
    }
}

fn court(at: usize) -> String {
    format!("crt_{at}")
}

fn member(at: usize) -> String {
    format!("mbr_{}", at % MEMBERS)
}

fn rfc3339(millis: i64) -> String {
    utc(millis, "%Y-%m-%dT%H:%M:%SZ")
}

fn utc(millis: i64, format: &str) -> String {
    chrono::DateTime::from_timestamp_millis(millis).expect("a time of this century").format(format).to_string()
}
