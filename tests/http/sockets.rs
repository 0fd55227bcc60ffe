//! Watching: the same changes, at the same index, on every node, once and in order.

use std::time::Duration;

use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::club::{Club, date, tomorrow};

/// How long a frame may take to come.
const FRAME_TIMEOUT: Duration = Duration::from_secs(5);

/// A socket that watches.
pub(crate) struct Watcher(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Watcher {
    pub(crate) async fn open(club: &Club, node: usize, query: &str) -> Self {
        let url = club.url(node, &format!("/websocket?facilityId=fac_1{query}")).replacen("http", "ws", 1);
        Self(connect_async(url).await.unwrap().0)
    }

    /// The next text frame.
    pub(crate) async fn next(&mut self) -> Value {
        loop {
            match timeout(FRAME_TIMEOUT, self.0.next()).await.expect("a frame in time") {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("no text frame but {other:?}"),
            }
        }
    }

    /// The code of the close frame that ends it.
    pub(crate) async fn closed(&mut self) -> u16 {
        loop {
            match timeout(FRAME_TIMEOUT, self.0.next()).await.expect("the end in time") {
                Some(Ok(Message::Close(frame))) => return frame.unwrap().code.into(),
                Some(Ok(_)) => {}
                other => panic!("no close frame but {other:?}"),
            }
        }
    }
}

fn text<'a>(frame: &'a Value, field: &str) -> &'a str {
    frame[field].as_str().unwrap_or_else(|| panic!("no {field} in {frame}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_on_one_node_is_seen_on_the_sockets_of_all_with_the_same_index() {
    let club = Club::open().await;
    let mut watchers = Vec::new();
    for node in 0..3 {
        let mut watcher = Watcher::open(&club, node, "").await;
        let first = watcher.next().await;
        assert_eq!((text(&first, "type"), &first["availability"]), ("initial_state", &json!([])));
        assert_eq!(first.get("reset"), None);
        assert!(first["serverTime"].is_string() && first["index"].is_u64());
        watchers.push(watcher);
    }
    let held = club.attempt(0, &tomorrow("10:00"), json!({})).await.ok();
    let booked = club.confirm(1, &held).await.ok();
    let cancel = json!({"facilityId": "fac_1", "courtId": "crt_1", "startTime": tomorrow("10:00"),
        "reservationId": held.body["reservationId"]});
    let cancelled = club.post(2, "/cancel", &cancel).await.ok();
    let mut seen = Vec::new();
    for watcher in &mut watchers {
        let frames = [watcher.next().await, watcher.next().await, watcher.next().await];
        for (frame, (kind, status, index)) in frames.iter().zip([
            ("slot_pending", "pending", held.index),
            ("slot_reserved", "reserved", booked.index),
            ("slot_released", "available", cancelled.index),
        ]) {
            assert_eq!((text(frame, "type"), text(frame, "status")), (kind, status));
            assert_eq!((frame["index"].as_u64(), text(frame, "courtId")), (index, "crt_1"));
            assert_eq!((text(frame, "startTime"), text(frame, "endTime")), (&*tomorrow("10:00"), &*tomorrow("11:00")));
        }
        assert_eq!(frames[0]["holdExpiry"], held.body["holdExpiry"]);
        seen.push(frames);
    }
    assert!(seen.iter().all(|frames| *frames == seen[0]));
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_resumes_on_another_node_and_misses_nothing() {
    let club = Club::open().await;
    let mut watcher = Watcher::open(&club, 1, "").await;
    watcher.next().await;
    club.attempt(0, &tomorrow("08:00"), json!({})).await.ok();
    let last = watcher.next().await;
    drop(watcher);
    let mut starts = Vec::new();
    for (at, member) in ["mbr_1", "mbr_2", "mbr_3", "mbr_1"].into_iter().enumerate() {
        let start = tomorrow(&format!("{:02}:00", 10 + at));
        club.attempt(at % 3, &start, json!({"memberId": member})).await.ok();
        starts.push(start);
    }
    for since in [text(&last, "cursor").to_owned(), last["index"].to_string()] {
        let mut resumed = Watcher::open(&club, 2, &format!("&since={since}")).await;
        for start in &starts {
            let frame = resumed.next().await;
            assert_eq!((text(&frame, "type"), text(&frame, "startTime")), ("slot_pending", &**start));
        }
    }
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_that_no_node_knows_starts_anew_and_says_so() {
    let club = Club::open().await;
    club.attempt(0, &tomorrow("10:00"), json!({})).await.ok();
    let mut watcher = Watcher::open(&club, 1, "&since=1000000").await;
    let first = watcher.next().await;
    assert_eq!((text(&first, "type"), &first["reset"]), ("initial_state", &json!(true)));
    club.get(1, "/websocket?facilityId=fac_1&since=yesterday").await.is(400, "malformed");
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_doubled_between_the_first_frame_and_the_stream() {
    let limits = json!({"maxHolds": null, "maxActiveReservations": null});
    let club = Club::with(json!({"limits": limits, "slotMinutes": 15})).await;
    let writing = async {
        let mut last = 0;
        for at in 0..48_u64 {
            let start = format!("{}T{:02}:{:02}:00Z", date(2), at / 4, at % 4 * 15);
            last = club.attempt(0, &start, json!({"durationMinutes": 15})).await.ok().index.unwrap();
        }
        last
    };
    let watching = async {
        let mut watchers = Vec::new();
        for at in 0..12 {
            watchers.push(Watcher::open(&club, at % 3, "").await);
        }
        watchers
    };
    let (last, mut watchers) = tokio::join!(writing, watching);
    for watcher in &mut watchers {
        let first = watcher.next().await;
        let mut starts: Vec<String> =
            first["availability"].as_array().unwrap().iter().map(|slot| text(slot, "startTime").to_owned()).collect();
        let mut index = first["index"].as_u64().unwrap();
        while index < last {
            let frame = watcher.next().await;
            assert!(frame["index"].as_u64().unwrap() >= index, "{frame}");
            index = frame["index"].as_u64().unwrap();
            starts.push(text(&frame, "startTime").to_owned());
        }
        starts.sort_unstable();
        let count = starts.len();
        starts.dedup();
        assert_eq!((count, starts.len()), (48, 48));
    }
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_hold_is_announced_within_a_second_on_every_node() {
    let club = Club::with(json!({"holdSeconds": 1})).await;
    let mut watchers = Vec::new();
    for node in 0..3 {
        let mut watcher = Watcher::open(&club, node, "").await;
        watcher.next().await;
        watchers.push(watcher);
    }
    let held = club.attempt(0, &tomorrow("10:00"), json!({})).await.ok();
    for watcher in &mut watchers {
        assert_eq!(text(&watcher.next().await, "type"), "slot_pending");
        let released = watcher.next().await;
        assert_eq!((text(&released, "type"), text(&released, "status")), ("slot_released", "available"));
        let late = chrono::Utc::now().timestamp_millis() - held.body["holdExpiry"].as_i64().unwrap();
        assert!((0..1000).contains(&late), "announced {late} ms after the end");
    }
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_sees_only_the_court_or_day_it_asked_for() {
    let club = Club::open().await;
    let mut court = Watcher::open(&club, 0, "&courtId=crt_2").await;
    let mut day = Watcher::open(&club, 1, &format!("&date={}", date(3))).await;
    for watcher in [&mut court, &mut day] {
        assert_eq!(text(&watcher.next().await, "type"), "initial_state");
    }
    let other_day = format!("{}T10:00:00Z", date(3));
    club.attempt(0, &tomorrow("10:00"), json!({})).await.ok();
    club.attempt(0, &tomorrow("10:00"), json!({"courtId": "crt_2", "memberId": "mbr_2"})).await.ok();
    club.attempt(0, &other_day, json!({"memberId": "mbr_3"})).await.ok();
    assert_eq!(text(&court.next().await, "courtId"), "crt_2");
    assert_eq!(text(&day.next().await, "startTime"), other_day);
    let mut late = Watcher::open(&club, 2, &format!("&date={}", date(3))).await;
    let first = late.next().await;
    assert!(first["availability"].as_array().unwrap().iter().all(|slot| slot["startTime"] == other_day), "{first}");
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_frames_come_as_server_sent_events() {
    let club = Club::open().await;
    let held = club.attempt(0, &tomorrow("10:00"), json!({})).await.ok();
    let url = format!("/api/facilities/fac_1/events?since={}", held.index.unwrap() - 1);
    let mut response = club.request(reqwest::Method::GET, 1, &url).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut read = String::new();
    while !read.contains("\n\n") {
        let chunk = timeout(FRAME_TIMEOUT, response.chunk()).await.expect("an event in time").unwrap().unwrap();
        read.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    assert!(read.contains("event: slot_pending") && read.contains(&format!("id: {}.", held.index.unwrap())), "{read}");
    club.get(1, "/api/facilities/fac_none/events").await.is(404, "facility_not_found");
    club.close().await;
}
