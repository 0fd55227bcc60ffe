//! One day of the system of record against what lives here: what to bring, and where they disagree.
//!
//! Pure. A disagreement is told and settled by people: nothing that lives here is ever removed.

use machine::{Interval, ReservationId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::original::{self, Booking, Known, Record, Refusal, Verdict, court_time};

/// What is to be done for one day.
#[derive(Debug, Default)]
pub(crate) struct Day {
    /// Confirmed there and still to come, in order of start: the first of two that overlap wins.
    pub(crate) bookings: Vec<Booking>,
    /// What cannot be brought, or is otherwise here.
    pub(crate) disagreements: Vec<Disagreement>,
}

/// Something that is otherwise there than here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Disagreement {
    /// The reservation, by its id there.
    pub(crate) reservation_id: String,
    /// What is wrong: stable, `snake_case`.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// For people.
    pub(crate) message: String,
}

impl Day {
    /// Looks at the rows that begin within `span`; `lives_here` knows the live reservations of the facility.
    pub(crate) fn of(
        rows: &[Record],
        span: Interval,
        known: &Known<'_>,
        lives_here: impl Fn(&ReservationId) -> bool,
    ) -> Self {
        let mut day = Self::default();
        for row in rows.iter().filter(|row| begins_within(row, span)) {
            match original::judge(row, known) {
                Verdict::Bring(booking) => day.bookings.push(*booking),
                Verdict::Refuse(refusal) => day.disagreements.push(refusal.into()),
                Verdict::Past => {}
                Verdict::Skip(status) => {
                    let id = row.text("id").and_then(|id| ReservationId::parse(&id).ok());
                    day.disagreements.extend(id.filter(&lives_here).map(|id| gone_there(&id, &status)));
                }
            }
        }
        day.bookings.sort_by(|a, b| a.order().cmp(&b.order()));
        day
    }
}

impl From<Refusal> for Disagreement {
    fn from(refusal: Refusal) -> Self {
        Self { reservation_id: refusal.id, kind: refusal.reason, message: refusal.detail }
    }
}

fn begins_within(row: &Record, span: Interval) -> bool {
    let start = row.text("start_time").and_then(|text| court_time::read(&text).ok());
    start.is_some_and(|(at, _)| (span.start.0..span.end.0).contains(&at))
}

fn gone_there(id: &ReservationId, status: &str) -> Disagreement {
    Disagreement {
        reservation_id: id.to_string(),
        kind: "not_confirmed_there".to_owned(),
        message: format!("It is {status} there and lives here: cancel it here if it is to go."),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use machine::Instant;
    use serde_json::{Value, json};

    use super::*;

    /// 2026-12-01T00:00:00Z.
    const DAY: i64 = 1_796_083_200_000;

    fn row(id: &str, start: &str, status: &str) -> Record {
        let cells = json!({"id": id, "court_id": "c1", "member_id": "m1", "start_time": start,
            "end_time": "2026-12-01T20:00:00Z", "status": status, "created_at": "2026-11-01 00:00:00"});
        let Value::Object(cells) = cells else { unreachable!("it is an object") };
        Record::of_json(cells)
    }

    #[test]
    fn a_day_is_brought_and_what_disagrees_is_named() {
        let span = Interval { start: Instant(DAY), end: Instant(DAY + 24 * 60 * 60 * 1000) };
        let rows = [
            row("late", "2026-12-01T19:00:00Z", "confirmed"),
            row("early", "2026-12-01 18:00:00", "confirmed"),
            row("next_day", "2026-12-02T18:00:00Z", "confirmed"),
            row("back", "2026-12-01T21:00:00Z", "confirmed"),
            row("here", "2026-12-01T10:00:00Z", "cancelled"),
            row("nowhere", "2026-12-01T10:00:00Z", "cancelled"),
        ];
        let (courts, members) = (BTreeSet::from(["c1".to_owned()]), BTreeSet::from(["m1".to_owned()]));
        let known = Known { courts: &courts, members: &members, now: DAY };
        let day = Day::of(&rows, span, &known, |id| id.as_str() == "here");
        let brought: Vec<&str> = day.bookings.iter().map(|booking| booking.id()).collect();
        assert_eq!(brought, ["early", "late"]);
        let told = day.disagreements.iter().map(|one| (one.reservation_id.as_str(), one.kind.as_str()));
        assert_eq!(told.collect::<Vec<_>>(), [("back", "ends_before_start"), ("here", "not_confirmed_there")]);
    }
}
