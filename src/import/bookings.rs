//! Books a club's reservations, in order of start, and enters each answer into the report.
//!
//! Whether one overlaps another is decided by the facility. What is decided here is only the order
//! in which it is asked.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use indicatif::ProgressBar;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::api::{Answer, Api};
use super::report::TableReport;
use super::taken::Courts;
use crate::original::{Booking, Refusal, court_time};

/// Items of one import request at most (the interface takes 500): one is decided well within its ten seconds.
const BATCH_ITEMS: usize = 200;

/// Books them at the facility.
pub(super) async fn book(
    api: &mut Api,
    facility: &str,
    bookings: &[Booking],
    report: &mut TableReport,
    bar: &ProgressBar,
) -> Result<()> {
    let mut courts = Courts::default();
    let there = here_already(api, facility).await?;
    for batch in batches(bookings) {
        let mut asked: Vec<&Booking> = batch.iter().collect();
        while !asked.is_empty() {
            let answer = request(api, facility, &asked).await?;
            if answer.status == StatusCode::BAD_REQUEST {
                asked = without_malformed(asked, answer, report)?;
                continue;
            }
            let body = answer.accepted(&format!("the import of reservation {} and on", asked[0].id))?;
            let results = body["results"].as_array().map_or(&[][..], Vec::as_slice);
            if results.len() != asked.len() {
                bail!("{} reservations were sent and {} answered", asked.len(), results.len());
            }
            for (booking, result) in asked.drain(..).zip(results) {
                let is_new = !there.contains(&booking.id);
                settle(booking, (result, is_new), &mut courts, report)?;
            }
        }
        bar.inc(batch.len() as u64);
    }
    Ok(())
}

async fn request(api: &mut Api, facility: &str, asked: &[&Booking]) -> Result<Answer> {
    let bodies: Vec<Value> = asked.iter().map(|booking| body(booking)).collect();
    // The number tells a request from the same one without what was malformed.
    let what = format!("reservations-{}-{}", asked.len(), asked[0].id);
    let path = format!("/api/facilities/{facility}/imports/reservations");
    api.post(&path, &json!({"reservations": bodies}), &what).await
}

fn body(booking: &Booking) -> Value {
    json!({
        "id": booking.id,
        "courtId": booking.court,
        "memberId": booking.member,
        "startTime": court_time::write(booking.start),
        "endTime": court_time::write(booking.end),
        "confirmedAt": booking.confirmed.map(court_time::write),
        "bookingType": booking.kind,
        "source": booking.source,
        "notes": booking.notes,
    })
}

/// The reservations that occupy a court of the facility before the import. A node answers "imported"
/// to the very same reservation again; what that means for this run, only a look before can tell.
async fn here_already(api: &mut Api, facility: &str) -> Result<BTreeSet<String>> {
    let path = format!("/availability?facilityId={facility}&consistency=linearizable");
    let body = api.get(&path).await?.accepted(&path)?;
    let slots = body["slots"].as_array().into_iter().flatten();
    Ok(slots.filter_map(|slot| slot["state"]["reservationId"].as_str()).map(str::to_owned).collect())
}

/// Cuts before each reservation that overlaps one of the same request. A node decides the items of a
/// request at the same time, so only an earlier answer makes sure that the first by start wins.
fn batches(bookings: &[Booking]) -> Vec<&[Booking]> {
    let mut batches = Vec::new();
    let (mut from, mut asked) = (0, Courts::default());
    for (at, booking) in bookings.iter().enumerate() {
        if at - from == BATCH_ITEMS || !asked.overlapping(booking).is_empty() {
            batches.push(&bookings[from..at]);
            (from, asked) = (at, Courts::default());
        }
        asked.take(booking);
    }
    if from < bookings.len() {
        batches.push(&bookings[from..]);
    }
    batches
}

/// Refuses those that the interface cannot take, which it names by their place; the others remain.
fn without_malformed<'a>(
    asked: Vec<&'a Booking>,
    answer: Answer,
    report: &mut TableReport,
) -> Result<Vec<&'a Booking>> {
    let mut wrong = BTreeMap::<usize, String>::new();
    for error in answer.body["errors"].as_array().into_iter().flatten() {
        let text = |name: &str| error[name].as_str().unwrap_or_default();
        let place = text("pointer").strip_prefix("/reservations/").and_then(|rest| rest.split_once('/'));
        if let Some((at, field)) = place.and_then(|(at, field)| Some((at.parse().ok()?, field))) {
            wrong.insert(at, format!("{field} {}", text("detail")));
        }
    }
    if !wrong.keys().any(|at| *at < asked.len()) {
        // Nothing to leave out: the request as a whole is wrong.
        answer.accepted("an import")?;
    }
    let mut remain = Vec::new();
    for (at, booking) in asked.into_iter().enumerate() {
        match wrong.remove(&at) {
            Some(detail) => report.refused.push(Refusal::new(&booking.id, "malformed", detail)),
            None => remain.push(booking),
        }
    }
    Ok(remain)
}

/// Enters the answer to one reservation, which was new to the facility or not.
fn settle(
    booking: &Booking,
    (result, is_new): (&Value, bool),
    courts: &mut Courts,
    report: &mut TableReport,
) -> Result<()> {
    match result["outcome"].as_str() {
        Some("imported") if is_new => report.imported += 1,
        Some("imported" | "exists") => report.existing += 1,
        Some("refused") => {
            report.refused.push(refusal(booking, result, courts));
            return Ok(());
        }
        _ => bail!("the answer to reservation {} makes no sense: {result}", booking.id),
    }
    courts.take(booking);
    Ok(())
}

fn refusal(booking: &Booking, result: &Value, courts: &Courts) -> Refusal {
    let conflicts = result["conflicts"].as_array().map_or(&[][..], Vec::as_slice);
    let told: Vec<&str> = conflicts.iter().filter_map(|conflict| conflict["message"].as_str()).collect();
    let told = told.join("; ");
    let is_overlap = conflicts.iter().any(|conflict| conflict["type"] == "time_overlap");
    if is_overlap || result["code"] == "slot_taken" || result["code"] == "time_overlap" {
        let by = format!("what is booked here: {told}");
        return Courts::refusal(booking, courts.overlapping(booking), &by);
    }
    Refusal::new(&booking.id, result["code"].as_str().unwrap_or("refused"), told)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn booking(id: &str, court: &str, start: i64) -> Booking {
        Booking::for_test(id, court, start * HOUR, (start + 1) * HOUR)
    }

    fn ids<'a>(bookings: impl IntoIterator<Item = &'a Booking>) -> Vec<&'a str> {
        bookings.into_iter().map(|booking| booking.id.as_str()).collect()
    }

    #[test]
    fn no_request_has_two_that_overlap_and_their_order_stays() {
        let long = Booking::for_test("long", "c1", 0, 2 * HOUR);
        let all =
            [long, booking("b", "c2", 1), booking("loser", "c1", 1), booking("d", "c1", 2), booking("e", "c2", 2)];
        let cut: Vec<_> = batches(&all).into_iter().map(ids).collect();
        assert_eq!(cut, [vec!["long", "b"], vec!["loser", "d", "e"]]);
        let many: Vec<Booking> = (0..450).map(|at| booking("x", "c", at)).collect();
        assert_eq!(batches(&many).iter().map(|batch| batch.len()).collect::<Vec<_>>(), [200, 200, 50]);
        assert!(batches(&[]).is_empty());
    }

    #[test]
    fn what_the_interface_cannot_take_is_refused_alone() {
        let all = [booking("a", "c", 0), booking("b", "c", 1), booking("c", "c", 2)];
        let body =
            json!({"errors": [{"pointer": "/reservations/1/notes", "detail": "must have 1 to 2000 characters"}]});
        let mut report = TableReport::new("reservations", 3);
        let answer = Answer { status: StatusCode::BAD_REQUEST, body };
        let remain = without_malformed(all.iter().collect(), answer, &mut report).unwrap();
        assert_eq!(ids(remain), ["a", "c"]);
        assert_eq!(report.refused, [Refusal::new("b", "malformed", "notes must have 1 to 2000 characters")]);
        let whole = Answer { status: StatusCode::BAD_REQUEST, body: json!({"detail": "too many"}) };
        assert!(without_malformed(all.iter().collect(), whole, &mut report).is_err());
    }

    #[test]
    fn each_answer_is_entered_and_an_overlap_is_named() {
        let mut courts = Courts::default();
        let mut report = TableReport::new("reservations", 5);
        let overlap = json!({"outcome": "refused", "code": "slot_taken",
            "conflicts": [{"type": "time_overlap", "message": "The court is taken."}]});
        let answers = [
            (booking("a", "c", 0), json!({"outcome": "imported"})),
            (booking("b", "c", 1), json!({"outcome": "exists"})),
            (booking("over", "c", 1), overlap.clone()),
            (booking("foreign", "c", 5), overlap),
            (booking("other", "c", 6), json!({"outcome": "refused", "code": "reservation_exists"})),
        ];
        for (booking, answer) in &answers {
            settle(booking, (answer, true), &mut courts, &mut report).unwrap();
        }
        assert_eq!((report.imported, report.existing), (1, 1));
        settle(&answers[0].0, (&answers[0].1, false), &mut Courts::default(), &mut report).unwrap();
        assert_eq!((report.imported, report.existing), (1, 2), "imported before this run");
        let refused: Vec<_> = report.refused.iter().map(|one| (one.reason.as_str(), one.overlaps.join(","))).collect();
        assert_eq!(
            refused,
            [("overlap", "b".into()), ("overlap", String::new()), ("reservation_exists", String::new())]
        );
        assert!(report.refused[1].detail.ends_with("overlaps what is booked here: The court is taken."));
        assert!(settle(&answers[0].0, (&json!({}), true), &mut courts, &mut report).is_err());
    }
}
