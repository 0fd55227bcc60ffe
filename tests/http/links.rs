//! What people reach by a link: the page of an offer, and a calendar.

use reqwest::Method;
use serde_json::json;

use crate::club::{Answer, Club, date, hour, tomorrow};

/// A page as a browser sees it.
struct Page {
    status: u16,
    body: String,
    headers: reqwest::header::HeaderMap,
}

impl Page {
    #[track_caller]
    fn shows(&self, status: u16, parts: &[&str]) {
        assert_eq!(self.status, status, "{}", self.body);
        for part in parts {
            assert!(self.body.contains(part), "{part} is not in {}", self.body);
        }
        let header = |name: &str| self.headers.get(name).map_or("", |value| value.to_str().unwrap());
        assert_eq!(header("content-type"), "text/html; charset=utf-8");
        assert_eq!((header("cache-control"), header("referrer-policy")), ("no-store", "no-referrer"));
        assert!(header("content-security-policy").starts_with("default-src 'none'; style-src 'self'"));
    }
}

async fn ask(club: &Club, method: Method, node: usize, path: &str, form: Option<&str>) -> Page {
    let mut request = club.request(method, node, path).header("Accept-Language", "es;q=0.4, en");
    if let Some(form) = form {
        request = request.header("Content-Type", "application/x-www-form-urlencoded").body(form.to_owned());
    }
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Page { status, headers, body: response.text().await.unwrap() }
}

async fn look(club: &Club, node: usize, path: &str) -> Page {
    ask(club, Method::GET, node, path, None).await
}

async fn press(club: &Club, node: usize, path: &str, answer: &str) -> Page {
    ask(club, Method::POST, node, path, Some(&format!("answer={answer}"))).await
}

/// `mbr_2` is offered tomorrow at ten on `crt_1`, and `mbr_3` waits behind it; the path of the link.
async fn offered(club: &Club) -> String {
    club.post(0, "/api/reservations", &hour(&tomorrow("10:00"), json!({"id": "rsv_1"}))).await.ok();
    for member in ["mbr_2", "mbr_3"] {
        let wish = json!({"id": member.replace("mbr", "wl"), "facilityId": "fac_1", "memberId": member, "courtId": "crt_1",
            "preferredDate": date(1).to_string(), "preferredStartTime": "10:00", "preferredEndTime": "11:00",
            "durationMinutes": 60});
        club.post(0, "/api/waitlist", &wish).await.ok();
    }
    let path = "/api/reservations/rsv_1?facilityId=fac_1";
    club.send(club.request(Method::DELETE, 0, path)).await.ok();
    link(club, "fac_1", "wl_2", 1, 30)
}

fn link(club: &Club, facility: &str, entry: &str, grant: u32, minutes: i64) -> String {
    let url = club.cluster.offer_url(facility, entry, grant, minutes).unwrap();
    url[url.find("/waitlist").unwrap()..].to_owned()
}

async fn entry(club: &Club, id: &str) -> Answer {
    club.get(0, &format!("/api/waitlist/{id}?facilityId=fac_1&consistency=linearizable")).await.ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_shows_its_offer_and_only_the_button_takes_it() {
    let club = Club::open().await;
    let path = offered(&club).await;
    let until = |page: &Page| page.body.contains("Held for you until <time datetime=\"");
    // A scanner looks by every means, on every node, again and again.
    for node in [0, 1, 2, 0, 1, 2] {
        let page = look(&club, node, &path).await;
        page.shows(200, &["Club fac_1", "crt_1", "10:00 AM to 11:00 AM", "Book this court", "No, thank you"]);
        assert!(until(&page) && !page.body.contains("mbr_2"), "{}", page.body);
        assert_eq!(ask(&club, Method::HEAD, node, &path, None).await.status, 200);
    }
    assert_eq!(entry(&club, "wl_2").await.text("status"), "offered");
    // Two presses at once, and one more: one reservation.
    let (one, two) = tokio::join!(press(&club, 1, &path, "accept"), press(&club, 2, &path, "accept"));
    one.shows(200, &["It is booked"]);
    two.shows(200, &["It is booked"]);
    press(&club, 0, &path, "accept").await.shows(200, &["It is booked"]);
    look(&club, 2, &path).await.shows(200, &["It is booked"]);
    press(&club, 2, &path, "decline").await.shows(409, &["It is booked"]);
    let taken = entry(&club, "wl_2").await;
    assert_eq!(taken.text("status"), "converted");
    let booked = club.get(0, "/api/reservations?facility=fac_1&member=mbr_2").await.ok();
    assert_eq!(booked.body["items"].as_array().unwrap().len(), 1);
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_let_go_goes_to_the_next_and_a_late_press_takes_nothing() {
    let club = Club::open().await;
    let path = offered(&club).await;
    press(&club, 1, &path, "maybe").await.shows(400, &["This link does not work"]);
    press(&club, 1, &path, "decline").await.shows(200, &["You let it go"]);
    assert_eq!(entry(&club, "wl_3").await.text("status"), "offered");
    press(&club, 2, &path, "accept").await.shows(410, &["This offer is over"]);
    look(&club, 2, &path).await.shows(410, &["This offer is over"]);
    let next = link(&club, "fac_1", "wl_3", 1, 30);
    // With no body at all the address does what it is for.
    ask(&club, Method::POST, 0, &next, None).await.shows(200, &["It is booked"]);
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_takes_the_offer_that_it_was_made_for_and_no_later_one() {
    let club = Club::open().await;
    let path = offered(&club).await;
    for (why, path, status, part) in [
        ("of a later offer", link(&club, "fac_1", "wl_2", 2, 30), 410, "This offer is over"),
        ("over by the clock", link(&club, "fac_1", "wl_2", 1, -1), 410, "This offer is over"),
        ("of nobody", link(&club, "fac_1", "wl_9", 1, 30), 404, "There is nothing here"),
        ("of nobody, long ago", link(&club, "fac_1", "wl_9", 1, -1), 410, "This offer is over"),
        ("of no club", link(&club, "fac_9", "wl_2", 1, 30), 404, "There is nothing here"),
        ("cut off", path[..path.len() - 4].to_owned(), 400, "This link does not work"),
        ("made up", "/waitlist/accept/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned(), 400, "This link does not work"),
        ("no token", "/waitlist/accept/%20".to_owned(), 400, "This link does not work"),
    ] {
        let page = look(&club, 1, &path).await;
        page.shows(status, &[part]);
        assert!(!page.body.contains("mbr_") && !page.body.contains("<form"), "{why}: {}", page.body);
        press(&club, 1, &path, "accept").await.shows(status, &[part]);
    }
    let foreign = Club::empty(courtd::Access::open()).await;
    let theirs = link(&foreign, "fac_1", "wl_2", 1, 30);
    look(&club, 0, &theirs).await.shows(400, &["This link does not work"]);
    foreign.close().await;
    assert_eq!(entry(&club, "wl_2").await.text("status"), "offered");
    for (path, kind) in
        [("/waitlist/offer.css", "text/css; charset=utf-8"), ("/waitlist/offer.js", "text/javascript; charset=utf-8")]
    {
        let file = look(&club, 1, path).await;
        assert_eq!((file.status, file.headers["content-type"].to_str().unwrap()), (200, kind));
    }
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_court_with_a_price_is_paid_first_and_the_page_says_so_in_the_members_language() {
    let club = Club::open().await;
    let price = json!({"pricePerSlotCents": 2000});
    club.send(club.request(Method::PATCH, 0, "/api/facilities/fac_1/courts/crt_1").json(&price)).await.ok();
    let spanish = json!({"preferences": {"locale": "es-MX"}});
    club.send(club.request(Method::PATCH, 0, "/api/facilities/fac_1/members/mbr_2").json(&spanish)).await.ok();
    let path = offered(&club).await;
    let page = look(&club, 1, &path).await;
    page.shows(
        200,
        &["<html lang=\"es\">", "Esta pista se paga antes", "20,00 USD", "No, gracias", "de 10:00 a 11:00"],
    );
    assert!(!page.body.contains("value=\"accept\""), "{}", page.body);
    press(&club, 1, &path, "accept").await.shows(402, &["Esta pista se paga antes"]);
    let credit = json!({"amount": 1, "note": "bought"});
    club.post(0, "/api/facilities/fac_1/members/mbr_2/credits", &credit).await.ok();
    look(&club, 2, &path).await.shows(200, &["Pagar con créditos"]);
    press(&club, 2, &path, "credits").await.shows(200, &["Está reservada"]);
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calendar_is_read_by_its_address_alone_until_its_member_is_erased() {
    let club = Club::open().await;
    for (start, id) in [("10:00", "rsv_1"), ("12:00", "rsv_2")] {
        club.post(0, "/api/reservations", &hour(&tomorrow(start), json!({"id": id}))).await.ok();
    }
    club.post(0, "/api/reservations", &hour(&tomorrow("14:00"), json!({"id": "rsv_3", "memberId": "mbr_2"})))
        .await
        .ok();
    club.attempt(0, &tomorrow("16:00"), json!({})).await.ok();
    let cancelled = club.send(club.request(Method::DELETE, 0, "/api/reservations/rsv_2?facilityId=fac_1")).await.ok();
    let index = cancelled.index.unwrap();
    let address = |node| format!("/api/facilities/fac_1/members/mbr_1/calendar?minIndex={index}&node={node}");
    let url = club.get(0, &address(0)).await.ok().text("url");
    let path = url[url.find("/api").unwrap()..].to_owned();
    for node in 0..3 {
        club.get(node, &address(node)).await.ok();
        let response = club.request(Method::GET, node, &path).send().await.unwrap();
        assert_eq!(
            (response.status().as_u16(), response.headers()["content-type"].to_str().unwrap()),
            (200, "text/calendar; charset=utf-8")
        );
        let tag = response.headers()["etag"].clone();
        let text = response.text().await.unwrap();
        assert_eq!(text.matches("BEGIN:VEVENT").count(), 2, "{text}");
        for part in ["UID:rsv_1.fac_1@courtd", "UID:rsv_2.fac_1@courtd", "STATUS:CANCELLED", "STATUS:CONFIRMED"] {
            assert_eq!(text.matches(part).count(), 1, "{part}: {text}");
        }
        assert!(!text.contains("someone@example.org"), "{text}");
        let again = club.request(Method::GET, node, &path).header("If-None-Match", &tag).send().await.unwrap();
        assert_eq!((again.status().as_u16(), &again.headers()["etag"]), (304, &tag));
        assert_eq!(again.text().await.unwrap(), "");
        let changed = club.request(Method::GET, node, &path).header("If-None-Match", "\"other\"").send().await.unwrap();
        assert_eq!(changed.status().as_u16(), 200);
    }
    let token = path.rsplit('=').next().unwrap().to_owned();
    let other = format!("/api/members/mbr_2/calendar.ics?token={token}");
    club.get(1, &other).await.is(403, "invalid_link");
    club.get(1, "/api/members/mbr_1/calendar.ics").await.is(400, "malformed");
    club.get(1, "/api/members/mbr_1/calendar.ics?token=x").await.is(400, "malformed");
    let offer = link(&club, "fac_1", "wl_1", 1, 30);
    let offer = offer.rsplit('/').next().unwrap().to_owned();
    club.get(1, &format!("/api/members/mbr_1/calendar.ics?token={offer}")).await.is(403, "invalid_link");
    look(&club, 1, &format!("/waitlist/accept/{token}")).await.shows(400, &["This link does not work"]);
    club.get(1, "/api/facilities/fac_1/members/mbr_9/calendar").await.is(404, "member_not_found");

    let erased = club.send(club.request(Method::DELETE, 0, "/api/facilities/fac_1/members/mbr_1")).await.ok();
    let index = erased.index.unwrap();
    club.get(1, &format!("/api/facilities/fac_1/members/mbr_1/calendar?minIndex={index}"))
        .await
        .is(404, "member_not_found");
    club.get(1, &path).await.is(404, "member_not_found");
    club.close().await;
}
