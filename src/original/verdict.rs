//! A row against one day that is brought in: to be brought, no part of it, or broken.
//!
//! Only what is confirmed and still to come is brought by the day; a whole export brings everything.

use super::booking::{self, Booking, Known};
use super::record::Record;
use super::refusal::Refusal;

/// The word for what occupies its court.
const CONFIRMED: &str = "confirmed";

/// What becomes of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Goes to the cluster.
    Bring(Box<Booking>),
    /// Over already.
    Past,
    /// Not confirmed: the state it is in.
    Skip(String),
    /// Part of it, and broken.
    Refuse(Refusal),
}

/// Judges one row. Its state is looked at first: a broken row that was cancelled troubles nobody.
pub(crate) fn judge(row: &Record, known: &Known<'_>) -> Verdict {
    let status = booking::found(row);
    if status != CONFIRMED {
        return Verdict::Skip(status);
    }
    match booking::slot(row) {
        Err(refusal) => Verdict::Refuse(refusal),
        Ok((_, slot)) if slot.end.0 <= known.now => Verdict::Past,
        Ok(_) => match booking::read(row, known) {
            Ok(booking) => Verdict::Bring(Box::new(booking)),
            Err(refusal) => Verdict::Refuse(refusal),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-12-01T00:00:00Z.
    const NOW: i64 = 1_796_083_200_000;

    fn judged(court: &str, (start, end): (&str, &str), status: &str) -> Verdict {
        let cells = serde_json::json!({"id": "r", "court_id": court, "member_id": "m1", "start_time": start,
            "end_time": end, "status": status});
        let serde_json::Value::Object(cells) = cells else { unreachable!("it is an object") };
        let (courts, members) = (["c1".to_owned()].into(), ["m1".to_owned()].into());
        judge(&Record::of_json(cells), &Known { courts: &courts, members: &members, now: NOW })
    }

    #[test]
    fn only_confirmed_ones_still_to_come_are_part_of_a_day() {
        let past = ("2026-11-30T22:00:00Z", "2026-12-01T00:00:00Z");
        let to_come = ("2026-12-01T18:00:00Z", "2026-12-01T19:00:00Z");
        assert_eq!(judged("c1", past, "confirmed"), Verdict::Past);
        assert_eq!(judged("demolished", past, "confirmed"), Verdict::Past, "nobody misses it");
        assert_eq!(judged("c1", to_come, "cancelled"), Verdict::Skip("cancelled".into()));
        assert_eq!(judged("c1", ("banana", "banana"), "pending"), Verdict::Skip("pending".into()));
        let running = judged("c1", ("2026-11-30T23:00:00Z", "2026-12-01T00:00:00.001Z"), "confirmed");
        assert!(matches!(running, Verdict::Bring(_)), "{running:?}");
        let broken = judged("demolished", to_come, "confirmed");
        assert!(matches!(broken, Verdict::Refuse(refusal) if refusal.reason == "unknown_court"));
    }
}
