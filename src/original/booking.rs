//! One reservation of the original, read and judged: to be brought, no part of it, or broken.
//!
//! Only shape is judged here. Whether two reservations share a court at one time is decided where
//! every booking is decided, in the facility's log.

use std::collections::BTreeSet;

use machine::{CourtId, ImportReservation, Instant, Interval, MemberId, ReservationId};

use super::court_time::{self, Spelling};
use super::record::Record;
use super::refusal::Refusal;

/// The state of a reservation that occupies its court.
const CONFIRMED: &str = "confirmed";

/// A confirmed reservation still to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Booking {
    /// First by start wins; ties by creation, then by id: the order of the fields is the order of import.
    pub(crate) start: i64,
    pub(crate) created: i64,
    pub(crate) id: String,
    pub(crate) end: i64,
    pub(crate) court: String,
    pub(crate) member: String,
    pub(crate) confirmed: Option<i64>,
    pub(crate) kind: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) notes: Option<String>,
}

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

/// What a row is judged against.
pub(crate) struct Known<'a> {
    pub(crate) courts: &'a BTreeSet<String>,
    pub(crate) members: &'a BTreeSet<String>,
    /// Reservations that end after this are still to come; milliseconds UTC.
    pub(crate) as_of: i64,
}

/// How the start of a row is written, if it is a time at all.
pub(crate) fn spelling(row: &Record) -> Option<Spelling> {
    court_time::read(&row.text("start_time")?).ok().map(|(_, spelling)| spelling)
}

/// Judges one row. Its state is looked at first: a broken row that was cancelled troubles nobody.
pub(crate) fn judge(row: &Record, known: &Known<'_>) -> Verdict {
    let status = row.text("status").unwrap_or_else(|| "without a status".into());
    if status != CONFIRMED {
        return Verdict::Skip(status);
    }
    match booking(row) {
        Err(refusal) => Verdict::Refuse(refusal),
        Ok(booking) if booking.end <= known.as_of => Verdict::Past,
        Ok(booking) => match stranger(&booking, known) {
            Some(refusal) => Verdict::Refuse(refusal),
            None => Verdict::Bring(Box::new(booking)),
        },
    }
}

fn booking(row: &Record) -> Result<Booking, Refusal> {
    let id = row.text("id").unwrap_or_default();
    if ReservationId::parse(&id).is_err() {
        return Err(Refusal::new(&id, "bad_id", "not an id that can be kept"));
    }
    let time = |column: &str| {
        let text = row.text(column).unwrap_or_default();
        let read = court_time::read(&text).map(|(at, _)| at);
        read.map_err(|error| Refusal::new(&id, "bad_time", format!("{column} {text:?} is {error}")))
    };
    let (start, end) = (time("start_time")?, time("end_time")?);
    if end <= start {
        let detail = format!("ends at {}, and begins at {}", court_time::write(end), court_time::write(start));
        return Err(Refusal::new(&id, "ends_before_start", detail));
    }
    let moment = |column: &str| row.text(column).and_then(|text| court_time::read(&text).ok()).map(|(at, _)| at);
    Ok(Booking {
        start,
        // A row that does not say when it was made yields to those that do.
        created: moment("created_at").unwrap_or(i64::MAX),
        end,
        court: row.text("court_id").unwrap_or_default(),
        member: row.text("member_id").unwrap_or_default(),
        confirmed: moment("confirmed_at"),
        kind: row.words("booking_type"),
        source: row.words("booking_source"),
        notes: row.words("notes"),
        id,
    })
}

/// A court or member that the export does not have, or has under a name that cannot be kept.
fn stranger(booking: &Booking, known: &Known<'_>) -> Option<Refusal> {
    let (court, member) = (&booking.court, &booking.member);
    if CourtId::parse(court).is_err() || !known.courts.contains(court) {
        return Some(Refusal::new(&booking.id, "unknown_court", format!("there is no court {court:?}")));
    }
    if MemberId::parse(member).is_err() || !known.members.contains(member) {
        return Some(Refusal::new(&booking.id, "unknown_member", format!("there is no member {member:?}")));
    }
    None
}

impl Booking {
    /// One of nobody's making.
    #[cfg(test)]
    pub(crate) fn for_test(id: &str, court: &str, start: i64, end: i64) -> Self {
        let (id, court, member) = (id.to_owned(), court.to_owned(), "m1".to_owned());
        Self { start, created: 0, id, end, court, member, confirmed: None, kind: None, source: None, notes: None }
    }

    /// As the command that takes it over.
    pub(crate) fn import(&self) -> ImportReservation {
        ImportReservation {
            reservation_id: ReservationId::parse(&self.id).expect("it was judged by its id"),
            court_id: CourtId::parse(&self.court).expect("it was judged by its court"),
            member_id: MemberId::parse(&self.member).expect("it was judged by its member"),
            slot: Interval { start: Instant(self.start), end: Instant(self.end) },
            confirmed_at: self.confirmed.map(Instant),
            booking_type: self.kind.clone().unwrap_or_else(|| "standard".to_owned()),
            source: self.source.clone().unwrap_or_else(|| "import".to_owned()),
            notes: self.notes.clone(),
        }
    }

    /// Its place in the import.
    pub(crate) fn order(&self) -> (i64, i64, &str) {
        (self.start, self.created, &self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-12-01T00:00:00Z.
    const AS_OF: i64 = 1_796_083_200_000;

    fn judged(id: &str, court: &str, member: &str, start: &str, end: &str, status: &str) -> Verdict {
        let cells = serde_json::json!({"id": id, "court_id": court, "member_id": member, "start_time": start,
            "end_time": end, "status": status, "created_at": "2026-11-01 00:00:00"});
        let serde_json::Value::Object(cells) = cells else { unreachable!("it is an object") };
        let courts = ["c1", "c:2"].map(str::to_owned).into();
        let members = ["m1".to_owned()].into();
        let known = Known { courts: &courts, members: &members, as_of: AS_OF };
        judge(&Record::of_json(cells), &known)
    }

    #[test]
    fn every_spelling_is_brought_as_the_same_instant() {
        for start in
            ["2026-12-01T18:00:00Z", "2026-12-01T18:00:00.000Z", "2026-12-01T10:00:00-08:00", "2026-12-01 18:00:00"]
        {
            let Verdict::Bring(booking) = judged("r", "c1", "m1", start, "2026-12-01T19:00:00Z", "confirmed") else {
                panic!("{start} is not brought")
            };
            assert_eq!(court_time::write(booking.start), "2026-12-01T18:00:00Z", "{start}");
            assert_eq!(booking.end - booking.start, 3_600_000, "{start}");
        }
    }

    #[test]
    fn only_confirmed_ones_still_to_come_are_part_of_it() {
        let cases = [
            ("2026-11-30T22:00:00Z", "2026-12-01T00:00:00Z", "confirmed", Verdict::Past),
            ("2026-12-01T18:00:00Z", "2026-12-01T19:00:00Z", "cancelled", Verdict::Skip("cancelled".into())),
            ("banana", "banana", "pending", Verdict::Skip("pending".into())),
        ];
        for (start, end, status, verdict) in cases {
            assert_eq!(judged("r", "c1", "m1", start, end, status), verdict);
        }
        let running = judged("r", "c1", "m1", "2026-11-30T23:00:00Z", "2026-12-01T00:00:00.001Z", "confirmed");
        assert!(matches!(running, Verdict::Bring(_)), "{running:?}");
    }

    #[test]
    fn broken_rows_are_refused_with_their_reason() {
        let (six, seven) = ("2026-12-01T18:00:00Z", "2026-12-01T19:00:00Z");
        let cases = [
            (("r 1", "c1", "m1", six, seven), "bad_id"),
            (("", "c1", "m1", six, seven), "bad_id"),
            (("r", "demolished", "m1", six, seven), "unknown_court"),
            (("r", "c:2", "m1", six, seven), "unknown_court"),
            (("r", "c1", "gone", six, seven), "unknown_member"),
            (("r", "c1", "m1", seven, six), "ends_before_start"),
            (("r", "c1", "m1", six, six), "ends_before_start"),
            (("r", "c1", "m1", "banana", seven), "bad_time"),
            (("r", "c1", "m1", six, "2026-12-01T19:00:00"), "bad_time"),
        ];
        for ((id, court, member, start, end), reason) in cases {
            match judged(id, court, member, start, end, "confirmed") {
                Verdict::Refuse(refusal) => assert_eq!(refusal.reason, reason),
                other => panic!("{id} {court} {member} {start} {end}: {other:?}"),
            }
        }
    }
}
