//! Brings a club's reservations, in order of start, and enters each answer into the report.
//!
//! Whether one overlaps another is decided by the facility. What is decided here is only the order
//! in which it is asked.

use anyhow::Result;
use indicatif::ProgressBar;
use serde_json::Value;

use super::api::Api;
use super::report::Report;
use super::send::{self, BATCH_ITEMS, Door, Fate};
use super::taken::Courts;
use super::{body, logs};
use crate::http::reservations::StatusWord;
use crate::original::{Booking, Refusal};

/// Brings them to the facility.
pub(super) async fn bring(
    api: &mut Api,
    facility: &str,
    bookings: &[Booking],
    report: &mut Report,
    bar: &ProgressBar,
) -> Result<()> {
    let path = format!("/api/facilities/{facility}/imports/reservations");
    let door = Door { path: &path, list: "reservations" };
    let mut courts = Courts::default();
    for batch in batches(bookings) {
        let bodies: Vec<Value> = batch.iter().map(|booking| body::reservation(&booking.import)).collect();
        let fates = send::send(api, door, &bodies).await?;
        for (booking, fate) in batch.iter().zip(fates) {
            settle(booking, fate, &mut courts, report);
        }
        bar.inc(batch.len() as u64);
    }
    Ok(())
}

/// Cuts before each reservation that overlaps one of the same request. A node decides the items of a
/// request at the same time, so only an earlier answer makes sure that the first by start wins.
fn batches(bookings: &[Booking]) -> Vec<&[Booking]> {
    let mut batches = Vec::new();
    let (mut from, mut asked) = (0, Courts::default());
    for (at, booking) in bookings.iter().enumerate() {
        if at - from == BATCH_ITEMS || !asked.in_the_way_of(booking).is_empty() {
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

/// Enters what became of one reservation, and with it of everything that was written about it.
fn settle(booking: &Booking, fate: Fate, courts: &mut Courts, report: &mut Report) {
    let elsewhere = &booking.import.elsewhere;
    match fate {
        Fate::Here { how, .. } => {
            courts.take(booking);
            let status = (booking.found.as_str(), StatusWord::of(elsewhere.status).as_str());
            report.table("reservations").here(how, Some(status));
            logs::here(report, &elsewhere.log, how);
        }
        Fate::Refused { code, detail, .. } => {
            let refusal = match code.as_str() {
                "time_overlap" => {
                    let by = format!("what is booked here: {detail}");
                    Courts::refusal(booking, courts.in_the_way_of(booking), &by)
                }
                _ => Refusal::new(booking.id(), &code, detail),
            };
            report.table("reservations").refuse(refusal, Some(&booking.found));
            logs::refuse(report, &elsewhere.log);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::report::{Here, TableReport};

    const HOUR: i64 = 3_600_000;

    fn booking(id: &str, court: &str, start: i64) -> Booking {
        Booking::for_test(id, court, start * HOUR, (start + 1) * HOUR)
    }

    #[test]
    fn no_request_has_two_that_overlap_and_their_order_stays() {
        let long = Booking::for_test("long", "c1", 0, 2 * HOUR);
        let all =
            [long, booking("b", "c2", 1), booking("loser", "c1", 1), booking("d", "c1", 2), booking("e", "c2", 2)];
        let ids = |batch: &[Booking]| batch.iter().map(|one| one.id().to_owned()).collect::<Vec<_>>();
        let cut: Vec<_> = batches(&all).into_iter().map(ids).collect();
        assert_eq!(cut, [vec!["long", "b"], vec!["loser", "d", "e"]]);
        let many: Vec<Booking> = (0..450).map(|at| booking("x", "c", at)).collect();
        assert_eq!(batches(&many).iter().map(|batch| batch.len()).collect::<Vec<_>>(), [200, 200, 50]);
        assert!(batches(&[]).is_empty());
    }

    #[test]
    fn each_answer_is_entered_and_an_overlap_is_named() {
        let mut courts = Courts::default();
        let mut report = Report { tables: vec![TableReport::new("reservations", 5)], ..Report::default() };
        (0..5).for_each(|_| report.table("reservations").found("confirmed"));
        let here = |how| Fate::Here { how, status: None };
        let refused =
            |code: &str| Fate::Refused { code: code.into(), detail: "The court is taken.".into(), overlaps: vec![] };
        let answers = [
            (booking("a", "c", 0), here(Here::Imported)),
            (booking("b", "c", 1), here(Here::Existing)),
            (booking("over", "c", 1), refused("time_overlap")),
            (booking("foreign", "c", 5), refused("time_overlap")),
            (booking("other", "c", 6), refused("reservation_exists")),
        ];
        for (booking, fate) in answers {
            settle(&booking, fate, &mut courts, &mut report);
        }
        assert!(report.unaccounted().is_empty());
        let table = report.table("reservations");
        assert_eq!((table.all.imported, table.all.existing, table.all.refused), (1, 1, 3));
        let refused: Vec<_> = table.refusals.iter().map(|one| (one.reason.as_str(), one.overlaps.join(","))).collect();
        assert_eq!(
            refused,
            [("overlap", "b".into()), ("overlap", String::new()), ("reservation_exists", String::new())]
        );
        assert!(table.refusals[1].detail.ends_with("overlaps what is booked here: The court is taken."));
    }
}
