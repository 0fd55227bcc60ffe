//! Text commands: what a member does on the way, once however often its text is delivered.

use serde_json::{Value, json};

use crate::provider::{MORNING, Told};

const ANA: &str = "+12065550100";
const FIRST: &str = "2026-06-02T17:00:00Z";

/// Two clubs, in Los Angeles and Madrid; Ana is `mbr_1` of both and may be called at one number.
async fn two_clubs() -> Told {
    let told = Told::open().await;
    let fee = json!({"hours": 24, "feeCents": 500, "penaltyCredits": 1});
    let stack = json!({"name": "R&B <Stack>", "timezone": "America/Los_Angeles", "cancellation": fee});
    told.club.make("fac_1", stack).await;
    told.club.make("fac_2", json!({"name": "Dos", "timezone": "Europe/Madrid"})).await;
    for facility in ["fac_1", "fac_2"] {
        told.call(facility, "mbr_1", ANA, json!({})).await;
    }
    told
}

/// Somebody else's booking is called off, which Ana waits for: she is offered it.
async fn offer(told: &Told, facility: &str, start: &str) {
    told.book(facility, "rsv_other", "mbr_2", start).await;
    let wish = json!({"facilityId": facility, "id": "wl_1", "memberId": "mbr_1", "courtId": "crt_1",
        "preferredDate": &start[..10], "durationMinutes": 60, "notifySms": true});
    // The other court is taken for the day by nobody: she wants this one, at this hour.
    let hour = if facility == "fac_1" { ("10:00", "10:30") } else { ("19:00", "19:30") };
    let mut wish = wish;
    (wish["preferredStartTime"], wish["preferredEndTime"]) = (json!(hour.0), json!(hour.1));
    told.club.post(0, "/api/waitlist", &wish).await.ok();
    let path = format!("/api/reservations/rsv_other?facilityId={facility}");
    told.club.send(told.club.request(reqwest::Method::DELETE, 0, &path)).await.ok();
    assert_eq!(entry(told, facility).await["status"], "offered");
}

async fn entry(told: &Told, facility: &str) -> Value {
    told.club.get(1, &format!("/api/waitlist/wl_1?facilityId={facility}&consistency=linearizable")).await.ok().body
}

async fn status(told: &Told, facility: &str, id: &str) -> Value {
    let path = format!("/api/reservations/{id}?facilityId={facility}&consistency=linearizable");
    told.club.get(1, &path).await.ok().body["status"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_offer_is_taken_once_and_answered_the_same_on_any_node() {
    let told = two_clubs().await;
    offer(&told, "fac_2", FIRST).await;
    told.club.wind(&told.clock, MORNING.plus(60_000)).await;
    offer(&told, "fac_1", FIRST).await;
    let said = told.text(0, "SM1", ANA, " 1 ").await;
    assert_eq!(said, "Booked: Tue, Jun 2, 10:00 AM, crt_1, R&B <Stack>. Send NEXT for your bookings.");
    // Delivered again, and not taken for an answer to the other offer.
    for node in [1, 2, 0] {
        assert_eq!(told.text(node, "SM1", ANA, " 1 ").await, said);
    }
    assert_eq!(entry(&told, "fac_1").await["status"], "converted");
    assert_eq!(entry(&told, "fac_2").await["status"], "offered");
    // The next text is one.
    let declined = told.text(2, "SM2", ANA, "2").await;
    assert_eq!(declined, "Declined: Tue, Jun 2, 7:00 PM, crt_1, Dos. You still wait for other times.");
    assert_eq!(told.text(1, "SM2", ANA, "2").await, declined);
    assert_eq!(entry(&told, "fac_2").await["status"], "active");
    let nothing = told.text(1, "SM3", ANA, "1").await;
    assert_eq!(nothing, "There is no offer for you at the moment. Send NEXT for your bookings.");
    assert_eq!(told.happened("fac_1", "offer_accepted").await, 1);
    assert_eq!(told.happened("fac_2", "offer_declined").await, 1);
    told.club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_that_ran_out_is_over_and_the_member_hears_it() {
    let told = two_clubs().await;
    offer(&told, "fac_1", FIRST).await;
    told.club.wind(&told.clock, MORNING.plus(31 * 60_000)).await;
    let said = told.text(1, "SM1", ANA, "1").await;
    assert_eq!(said, "That offer is over. You still wait for other times.");
    told.club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bookings_are_listed_in_each_clubs_time_and_called_off_by_a_code_alone() {
    let told = two_clubs().await;
    told.book("fac_1", "rsv_1", "mbr_1", FIRST).await;
    told.book("fac_2", "rsv_2", "mbr_1", "2026-06-03T08:00:00Z").await;
    let list = "1. Tue, Jun 2, 10:00 AM, crt_1, R&B <Stack>\n2. Wed, Jun 3, 10:00 AM, crt_1, Dos\n\
                DROP and the number calls one off.";
    assert_eq!(told.text(0, "SM1", ANA, "next").await, list);
    assert_eq!(told.text(1, "SM2", ANA, "DROP 3").await, "You have no booking 3. Send NEXT to see them.");
    assert!(told.text(1, "SM3", ANA, "DROP 0").await.starts_with("You have no booking 0."));
    let free = told.text(1, "SM4", ANA, "drop 1").await;
    assert!(
        free.starts_with("1. Tue, Jun 2, 10:00 AM, crt_1, R&B <Stack>: calling it off costs nothing. Send OK "),
        "{free}"
    );
    // Ten hours later it costs something: what was told before is not agreed to that.
    told.club.wind(&told.clock, MORNING.plus(10 * 60 * 60_000)).await;
    let code = |said: &str| said.split("OK ").nth(1).unwrap()[..4].to_owned();
    let refused = told.text(2, "SM5", ANA, &format!("OK {}", code(&free))).await;
    assert!(refused.starts_with("That code is of no booking, or what it costs has changed."), "{refused}");
    assert_eq!(status(&told, "fac_1", "rsv_1").await, "confirmed");
    let dear = told.text(0, "SM6", ANA, "DROP 1").await;
    assert!(dear.contains("calling it off costs 1 credit and a fee of $5.00. Send OK "), "{dear}");
    // The numbers shift, the code does not.
    told.book("fac_1", "rsv_0", "mbr_1", "2026-06-02T15:00:00Z").await;
    let confirm = format!("ok {}", code(&dear));
    let dropped = told.text(2, "SM7", ANA, &confirm).await;
    assert_eq!(dropped, "Called off: Tue, Jun 2, 10:00 AM, crt_1, R&B <Stack>. It cost 1 credit and a fee of $5.00.");
    assert_eq!(told.text(0, "SM7", ANA, &confirm).await, dropped, "delivered again");
    assert_eq!(told.happened("fac_1", "reservation_cancelled").await, 1);
    let statuses = [status(&told, "fac_1", "rsv_0").await, status(&told, "fac_1", "rsv_1").await];
    assert_eq!(statuses, [json!("confirmed"), json!("cancelled")]);
    let gone = told.text(1, "SM8", ANA, &confirm).await;
    assert!(gone.starts_with("That code is of no booking"), "{gone}");
    told.club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_is_answered_in_its_language_and_a_stranger_once_politely() {
    let told = two_clubs().await;
    let spanish = json!({"preferences": {"locale": "es-MX", "notificationSms": true}});
    told.call("fac_1", "mbr_2", "+12065550101", spanish).await;
    told.book("fac_1", "rsv_1", "mbr_2", FIRST).await;
    let list = told.text(0, "SM1", "+12065550101", "prox").await;
    assert_eq!(list, "1. mar 2 jun, 10:00, crt_1, R&B <Stack>\nDROP y el numero anula una.");
    let help = told.text(0, "SM2", "+12065550101", "ayuda").await;
    assert!(help.starts_with("R&B <Stack>: 1 acepta una oferta"), "{help}");
    // Whatever else: one helpful answer, also to a word that ends subscriptions and was no command of ours.
    for (sid, text) in [("SM3", "hello there"), ("SM4", ""), ("SM5", "CANCEL 1")] {
        let said = told.text(1, sid, ANA, text).await;
        assert!(said.starts_with("R&B <Stack>, Dos: 1 takes an offer, 2 declines it."), "{said}");
    }
    let stranger = told.text(2, "SM6", "+12065550199", "1").await;
    assert!(stranger.starts_with("Sorry, we do not know this number."), "{stranger}");
    // Who has left is nobody who may do anything.
    told.call("fac_1", "mbr_2", "+12065550101", json!({"status": "inactive"})).await;
    let left = told.text(2, "SM7", "+12065550101", "prox").await;
    assert!(left.starts_with("Lo sentimos, no conocemos este numero."), "{left}");
    told.club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_wants_no_texts_gets_none_at_any_club_until_it_wants_them_again() {
    let told = two_clubs().await;
    let choose = |node, sid, word| {
        let fields = [("MessageSid", sid), ("From", ANA), ("Body", word), ("OptOutType", word)];
        told.said(told.form(node, "/api/twilio/inbound", &fields))
    };
    for (node, sid, word, changes) in [
        (0, "SM1", "STOP", 1),
        (1, "SM1", "STOP", 1),
        (2, "SM2", "START", 2),
        (0, "SM1", "STOP", 2),
        (1, "SM3", "HELP", 2),
    ] {
        assert_eq!(choose(node, sid, word).await, "", "the provider answers itself");
        for facility in ["fac_1", "fac_2"] {
            assert_eq!(told.happened(facility, "reach_changed").await, changes, "{sid} {word}");
        }
    }
    told.club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_from_one_number_is_not_answered_and_not_decided() {
    let told = two_clubs().await;
    let mut answered = 0;
    for n in 0..30 {
        answered += usize::from(!told.text(0, &format!("SM{n}"), ANA, "help").await.is_empty());
    }
    assert!((10..15).contains(&answered), "{answered}");
    assert!(!told.text(0, "SM99", "+12065550101", "help").await.is_empty(), "another number");
    told.club.close().await;
}
