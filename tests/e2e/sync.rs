//! A club that moves over day by day: one day at a time comes in from its system of record.

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::harness::{Api, Club, Cluster, Slot, bookings_on};

/// The original's table, with a day of bookings around `midnight`.
fn record(club: &Club, file: &std::path::Path) {
    let time = |hour: i64| {
        let at = chrono::DateTime::from_timestamp_millis(club.first_day + hour * 3_600_000).unwrap();
        at.format("%Y-%m-%d %H:%M:%S").to_string()
    };
    let db = Connection::open(file).unwrap();
    db.execute_batch(
        "CREATE TABLE reservations (id, facility_id, court_id, member_id, start_time, end_time, status, created_at);",
    )
    .unwrap();
    let row = |id: &str, member: &str, (from, to): (i64, i64), status: &str| {
        let cells = [id, "fac_moving", "crt_1", member, &time(from), &time(to), status, &time(-999)];
        db.execute("INSERT INTO reservations VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", cells).unwrap();
    };
    row("rsv_first", "mbr_1", (9, 10), "confirmed");
    row("rsv_second", "mbr_1", (10, 12), "confirmed");
    row("rsv_over_it", "mbr_2", (11, 12), "confirmed");
    row("rsv_taken_here", "mbr_2", (15, 16), "confirmed");
    row("rsv_stranger", "mbr_9", (17, 18), "confirmed");
    row("rsv_called_off", "mbr_1", (18, 19), "cancelled");
    row("rsv_next_day", "mbr_1", (33, 34), "confirmed");
}

fn told(answer: &Value) -> Vec<(&str, &str)> {
    let conflicts = answer["conflicts"].as_array().unwrap();
    conflicts.iter().map(|one| (one["reservationId"].as_str().unwrap(), one["type"].as_str().unwrap())).collect()
}

async fn sync(api: &Api, node: u64, day: &str) -> Value {
    api.post(node, "/sync", json!({"facilityId": "fac_moving", "date": day})).await.expect(200).body
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_comes_in_from_the_system_of_record_and_what_lives_here_stays() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("club.sqlite");
    let env = [("COURTD_SYNC__SQLITE", file.to_str().unwrap())];
    let mut cluster = Cluster::prepare(|folder, id| folder.join(format!("data{id}")), &env);
    (1..=3).for_each(|id| cluster.spawn(id));
    cluster.ready().await;
    let api = cluster.api();
    let club = Club::found(&api, "fac_moving", 1, 2, 15).await;
    record(&club, &file);
    let held = api.insist(1, &club.attempt("mbr_1", &club.slot(0, 30, 1))).await.expect(200);
    api.insist(2, &club.confirm(&held.text("holdId"))).await.expect(200);

    let day = chrono::DateTime::from_timestamp_millis(club.first_day).unwrap().date_naive().to_string();
    let first = sync(&api, 3, &day).await;
    assert_eq!((&first["synced"], &first["date"]), (&2.into(), &day.clone().into()), "{first}");
    let disagree =
        [("rsv_stranger", "unknown_member"), ("rsv_over_it", "slot_taken"), ("rsv_taken_here", "slot_taken")];
    assert_eq!(told(&first), disagree);

    let again = sync(&api, 1, &day).await;
    assert_eq!((&again["synced"], told(&again)), (&2.into(), disagree.to_vec()), "twice is once");
    let index = api.group(1, "fac_moving").await.unwrap()["appliedIndex"].as_u64().unwrap();
    for node in 1..=3 {
        let bookings = bookings_on(&api, node, "fac_moving", index).await;
        let slot = |first, halves| -> Slot { club.slot(0, first, halves) };
        let here = [
            (held.text("reservationId"), slot(30, 1)),
            ("rsv_first".to_owned(), slot(18, 2)),
            ("rsv_second".to_owned(), slot(20, 4)),
        ];
        assert_eq!(bookings, here.into_iter().collect(), "on node {node}");
    }

    // It was called off there: whether it goes here is for people to say.
    Connection::open(&file)
        .unwrap()
        .execute("UPDATE reservations SET status = 'cancelled' WHERE id = 'rsv_first'", [])
        .unwrap();
    let later = sync(&api, 2, &day).await;
    assert_eq!(told(&later)[0], ("rsv_first", "not_confirmed_there"), "{later}");
    api.get(2, "/api/reservations/rsv_first?facilityId=fac_moving").await;
}
