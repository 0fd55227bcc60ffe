//! One reservation of the original, read: where it stood, and everything that was known of it.
//!
//! Only shape is judged here. Whether two reservations share a court at one time is decided where
//! every booking is decided, in the facility's log.

use std::collections::BTreeSet;

use machine::{
    BOOKING_TYPE, CourtId, Elsewhere, ImportReservation, Instant, Interval, LogLine, Logged, MemberId, PaymentStatus,
    ReservationId, Status,
};

use super::court_time::{self, Spelling};
use super::record::Record;
use super::refusal::Refusal;

/// A reservation that can go over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Booking {
    /// The word for where it stood there.
    pub(crate) found: String,
    /// When it was made there, for the order; last where it does not say.
    pub(crate) created: i64,
    /// As the command that takes it over.
    pub(crate) import: ImportReservation,
}

/// What a row is judged against.
pub(crate) struct Known<'a> {
    pub(crate) courts: &'a BTreeSet<String>,
    pub(crate) members: &'a BTreeSet<String>,
    /// What ends after this is still to come; milliseconds UTC.
    pub(crate) now: i64,
}

/// How the start of a row is written, if it is a time at all.
pub(crate) fn spelling(row: &Record) -> Option<Spelling> {
    court_time::read(&row.text("start_time")?).ok().map(|(_, spelling)| spelling)
}

/// Where a row says that it stands.
pub(crate) fn found(row: &Record) -> String {
    row.words("status").unwrap_or_else(|| "without a status".into())
}

/// Its id and slot, without which nothing of it can be kept.
pub(super) fn slot(row: &Record) -> Result<(ReservationId, Interval), Refusal> {
    let text = row.text("id").unwrap_or_default();
    let Ok(id) = ReservationId::parse(&text) else {
        return Err(Refusal::new(&text, "bad_id", "not an id that can be kept"));
    };
    let time = |column: &str| {
        let text = row.text(column).unwrap_or_default();
        let read = court_time::read(&text).map(|(at, _)| at);
        read.map_err(|error| Refusal::new(id.as_str(), "bad_time", format!("{column} {text:?} is {error}")))
    };
    let (start, end) = (time("start_time")?, time("end_time")?);
    if end <= start {
        let detail = format!("ends at {}, and begins at {}", court_time::write(end), court_time::write(start));
        return Err(Refusal::new(id.as_str(), "ends_before_start", detail));
    }
    Ok((id, Interval { start: Instant(start), end: Instant(end) }))
}

/// Reads one row.
pub(crate) fn read(row: &Record, known: &Known<'_>) -> Result<Booking, Refusal> {
    let (id, slot) = slot(row)?;
    let found = found(row);
    let refused = |reason, detail: String| Refusal::new(id.as_str(), reason, detail);
    let text = |column: &str| row.text(column).unwrap_or_default();
    let (court, member) = (text("court_id"), text("member_id"));
    let court_id = CourtId::parse(&court).ok().filter(|_| known.courts.contains(&court));
    let court_id = court_id.ok_or_else(|| refused("unknown_court", format!("there is no court {court:?}")))?;
    let member_id = MemberId::parse(&member).ok().filter(|_| known.members.contains(&member));
    let member_id = member_id.ok_or_else(|| refused("unknown_member", format!("there is no member {member:?}")))?;
    let status = standing(&found, slot.end.0 <= known.now);
    let status = status.ok_or_else(|| refused("unknown_status", format!("nobody knows what {found:?} means")))?;
    let payment = payment(row);
    let payment = payment.map_err(|word| refused("unknown_payment", format!("nobody knows what {word:?} means")))?;
    let elsewhere = Box::new(elsewhere(row, status, payment));
    Ok(Booking {
        created: elsewhere.created_at.map_or(i64::MAX, |at| at.0),
        import: ImportReservation {
            reservation_id: id,
            court_id,
            member_id,
            slot,
            confirmed_at: moment(row, "confirmed_at"),
            booking_type: row.words("booking_type").unwrap_or_else(|| BOOKING_TYPE.to_owned()),
            source: row.words("booking_source").unwrap_or_else(|| "import".to_owned()),
            notes: row.words("notes"),
            elsewhere,
        },
        found,
    })
}

/// Where it stands here. What was to come and is over was settled by nobody: nobody says that nobody came, so it
/// has taken place. What was never confirmed has run out: the original's holds did not outlive its process.
fn standing(found: &str, is_over: bool) -> Option<Status> {
    Some(match found {
        "confirmed" | "in_progress" | "checked_in" if is_over => Status::Completed,
        "confirmed" => Status::Confirmed,
        "in_progress" | "checked_in" => Status::CheckedIn,
        "completed" => Status::Completed,
        "cancelled" => Status::Cancelled,
        "no_show" => Status::NoShow,
        "pending" | "held" | "payment_pending" | "expired" => Status::Expired,
        "released" => Status::Released,
        _ => return None,
    })
}

fn payment(row: &Record) -> Result<PaymentStatus, String> {
    let Some(word) = row.words("payment_status") else { return Ok(PaymentStatus::None) };
    Ok(match word.as_str() {
        "none" => PaymentStatus::None,
        "pending" | "required" => PaymentStatus::Required,
        "paid" => PaymentStatus::Paid,
        "partially_refunded" => PaymentStatus::PartiallyRefunded,
        "refunded" => PaymentStatus::Refunded,
        "failed" => PaymentStatus::Failed,
        "waived" => PaymentStatus::Waived,
        "disputed" => PaymentStatus::Disputed,
        _ => return Err(word),
    })
}

fn elsewhere(row: &Record, status: Status, payment: PaymentStatus) -> Elsewhere {
    let ended = match status {
        Status::Completed => moment(row, "completed_at"),
        Status::Cancelled => moment(row, "cancelled_at"),
        Status::Expired | Status::Released => moment(row, "updated_at").or_else(|| moment(row, "created_at")),
        _ => None,
    };
    Elsewhere {
        status,
        created_at: moment(row, "created_at"),
        checked_in_at: moment(row, "checked_in_at"),
        ended_at: ended,
        cancellation_reason: row.words("cancellation_reason"),
        participants: participants(row),
        payment,
        rate_cents: row.int("rate_cents").and_then(|cents| u64::try_from(cents).ok()),
        credits_paid: row.int("credits_used").and_then(|credits| u32::try_from(credits).ok()).unwrap_or(0),
        payment_id: row.words("stripe_payment_intent_id"),
        log: Vec::new(),
    }
}

/// A moment that the row may not know; one that makes no sense is not known.
fn moment(row: &Record, column: &str) -> Option<Instant> {
    row.text(column).and_then(|text| court_time::read(&text).ok()).map(|(at, _)| Instant(at))
}

/// The original kept them as a JSON list; whatever else stands there was meant for people as well.
fn participants(row: &Record) -> Vec<String> {
    let Some(text) = row.words("participants") else { return Vec::new() };
    let named = serde_json::from_str::<Vec<String>>(&text).unwrap_or_else(|_| vec![text]);
    named.into_iter().filter(|name| !name.trim().is_empty()).collect()
}

impl Booking {
    /// Its id.
    pub(crate) fn id(&self) -> &str {
        self.import.reservation_id.as_str()
    }

    /// Whether it claims its court.
    pub(crate) fn is_live(&self) -> bool {
        self.import.elsewhere.status.is_live()
    }

    /// Its place in the import: the first by start wins.
    pub(crate) fn order(&self) -> (i64, i64, &str) {
        (self.import.slot.start.0, self.created, self.id())
    }

    /// Adds what was written about it in a log, which also knows what its own row may not.
    pub(crate) fn note(&mut self, line: LogLine) {
        let elsewhere = &mut self.import.elsewhere;
        match (&line.what, elsewhere.status) {
            (Logged::Cancellation { .. }, Status::Cancelled) => {
                elsewhere.ended_at.get_or_insert(line.at);
                if elsewhere.cancellation_reason.is_none() {
                    elsewhere.cancellation_reason.clone_from(&line.note);
                }
            }
            (Logged::NoShow { .. }, Status::NoShow) => {
                elsewhere.ended_at.get_or_insert(line.at);
            }
            _ => {}
        }
        elsewhere.log.push(line);
    }

    /// One of nobody's making, confirmed.
    #[cfg(test)]
    pub(crate) fn for_test(id: &str, court: &str, start: i64, end: i64) -> Self {
        let import = ImportReservation {
            reservation_id: ReservationId::parse(id).unwrap(),
            court_id: CourtId::parse(court).unwrap(),
            member_id: MemberId::parse("m1").unwrap(),
            slot: Interval { start: Instant(start), end: Instant(end) },
            confirmed_at: None,
            booking_type: BOOKING_TYPE.to_owned(),
            source: "import".to_owned(),
            notes: None,
            elsewhere: Box::default(),
        };
        Self { found: "confirmed".to_owned(), created: 0, import }
    }
}

#[cfg(test)]
mod tests {
    use machine::LogId;

    use super::*;

    /// 2026-12-01T00:00:00Z.
    const NOW: i64 = 1_796_083_200_000;
    const SIX: &str = "2026-12-01T18:00:00Z";
    const SEVEN: &str = "2026-12-01T19:00:00Z";

    fn reading(cells: serde_json::Value) -> Result<Booking, Refusal> {
        let mut row = serde_json::json!({"id": "r", "court_id": "c1", "member_id": "m1", "start_time": SIX,
            "end_time": SEVEN, "status": "confirmed", "created_at": "2026-11-01 00:00:00"});
        let serde_json::Value::Object(row) = &mut row else { unreachable!("it is an object") };
        let serde_json::Value::Object(cells) = cells else { unreachable!("it is an object") };
        row.extend(cells);
        let courts = ["c1", "c:2"].map(str::to_owned).into();
        let members = ["m1".to_owned()].into();
        read(&Record::of_json(row.clone()), &Known { courts: &courts, members: &members, now: NOW })
    }

    #[test]
    fn every_spelling_is_the_same_instant() {
        for start in [SIX, "2026-12-01T18:00:00.000Z", "2026-12-01T10:00:00-08:00", "2026-12-01 18:00:00"] {
            let slot = reading(serde_json::json!({"start_time": start})).unwrap().import.slot;
            assert_eq!((court_time::write(slot.start.0).as_str(), slot.millis()), (SIX, 3_600_000), "{start}");
        }
    }

    #[test]
    fn each_word_has_its_place_before_and_after_the_end() {
        let past = ("2026-11-30T22:00:00Z", "2026-12-01T00:00:00Z");
        let cases = [
            ("confirmed", Status::Confirmed, Status::Completed),
            ("in_progress", Status::CheckedIn, Status::Completed),
            ("completed", Status::Completed, Status::Completed),
            ("cancelled", Status::Cancelled, Status::Cancelled),
            ("no_show", Status::NoShow, Status::NoShow),
            ("pending", Status::Expired, Status::Expired),
        ];
        for (word, to_come, over) in cases {
            let status = |cells| reading(cells).unwrap().import.elsewhere.status;
            assert_eq!(status(serde_json::json!({"status": word})), to_come, "{word}");
            let cells = serde_json::json!({"status": word, "start_time": past.0, "end_time": past.1});
            assert_eq!(status(cells), over, "{word}, over");
        }
    }

    #[test]
    fn broken_rows_are_refused_with_their_reason() {
        let cases = [
            (serde_json::json!({"id": "r 1"}), "bad_id"),
            (serde_json::json!({"id": ""}), "bad_id"),
            (serde_json::json!({"court_id": "demolished"}), "unknown_court"),
            (serde_json::json!({"court_id": "c:2"}), "unknown_court"),
            (serde_json::json!({"member_id": "gone"}), "unknown_member"),
            (serde_json::json!({"start_time": SEVEN, "end_time": SIX}), "ends_before_start"),
            (serde_json::json!({"end_time": SIX}), "ends_before_start"),
            (serde_json::json!({"start_time": "banana"}), "bad_time"),
            (serde_json::json!({"end_time": "2026-12-01T19:00:00"}), "bad_time"),
            (serde_json::json!({"status": "perhaps"}), "unknown_status"),
            (serde_json::json!({"status": null}), "unknown_status"),
            (serde_json::json!({"payment_status": "owed in beer"}), "unknown_payment"),
        ];
        for (cells, reason) in cases {
            assert_eq!(reading(cells.clone()).unwrap_err().reason, reason, "{cells}");
        }
    }

    #[test]
    fn a_log_knows_what_the_row_does_not() {
        let line = |what, note: Option<&str>| LogLine {
            id: LogId::parse("l1").unwrap(),
            at: Instant(NOW),
            what,
            note: note.map(str::to_owned),
        };
        let cancellation = Logged::Cancellation { notice_millis: None, penalty_credits: 1 };
        let mut silent = reading(serde_json::json!({"status": "cancelled"})).unwrap();
        silent.note(line(cancellation.clone(), Some("ill")));
        let told = (silent.import.elsewhere.ended_at, silent.import.elsewhere.cancellation_reason.as_deref());
        assert_eq!(told, (Some(Instant(NOW)), Some("ill")));
        let cells = serde_json::json!({"status": "cancelled", "cancelled_at": "2026-11-30 00:00:00", "cancellation_reason": "rain"});
        let mut own = reading(cells).unwrap();
        own.note(line(cancellation, Some("ill")));
        let told = (own.import.elsewhere.ended_at, own.import.elsewhere.cancellation_reason.as_deref());
        assert_eq!(told, (Some(Instant(NOW - 24 * 3_600_000)), Some("rain")), "its own row is nearer to it");
        assert_eq!(own.import.elsewhere.log.len(), 1);
    }

    #[test]
    fn what_was_paid_and_who_played_goes_over() {
        let cells = serde_json::json!({"payment_status": "paid", "rate_cents": 4000, "credits_used": 2,
            "stripe_payment_intent_id": "pi_1", "participants": "[\"Guest One\", \"\", \"g@example.net\"]"});
        let elsewhere = reading(cells).unwrap().import.elsewhere;
        assert_eq!((elsewhere.payment, elsewhere.rate_cents), (PaymentStatus::Paid, Some(4000)));
        assert_eq!((elsewhere.credits_paid, elsewhere.payment_id.as_deref()), (2, Some("pi_1")));
        assert_eq!(elsewhere.participants, ["Guest One", "g@example.net"]);
        let loose = reading(serde_json::json!({"participants": "the Smiths"})).unwrap();
        assert_eq!(loose.import.elsewhere.participants, ["the Smiths"]);
    }
}
