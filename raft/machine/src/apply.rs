//! Applying an envelope: settle what is due, answer a repeat, else decide.
//!
//! One envelope, one call, no `Result` and no `await`: what a replica does with an entry of the log.
//! A refusal is a value that changed nothing. Rules are in `command` and `rules`; this file only has
//! the order in which things happen.

use crate::command::Done;
use crate::deadline::Due;
use crate::record::Record;
use crate::view::View;
use crate::{Command, Envelope, Event, Facility, Instant, Rejection, Reply, ReservationId, Status};

/// What an envelope did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// For the caller.
    pub reply: Reply,
    /// For everybody watching, in order.
    pub events: Vec<Event>,
    /// When each of the first of them happened by itself: so many events are courtd's own, and the
    /// rest the caller's, at the machine's time.
    pub settled: Vec<Instant>,
}

/// Applies one envelope of the log entry at `index`.
pub fn apply(facility: &mut Facility, index: u64, envelope: &Envelope) -> Applied {
    facility.index = index;
    facility.now = facility.now.max(envelope.now);
    // Order: what is over is over before anything is decided, or the outcome would depend on when
    // somebody last looked; and before a repeat is answered, or an answer would outlive its time.
    let (mut events, settled) = settle(facility);
    let reply = answer(facility, envelope, &mut events);
    Applied { reply, events, settled }
}

/// Whether `envelope` would be refused at its `now`, without changing anything: the same decision as
/// [`apply`]'s, for a leader that answers a refusal without a log entry. `None`: it would be
/// accepted, or answered from a kept answer, and has to go through the log; or it is neither an
/// attempt nor a confirm, which alone are refused often enough to be worth it.
pub fn refusal(facility: &Facility, envelope: &Envelope) -> Option<Rejection> {
    let view = View::new(facility, envelope.now);
    let kept = view.answer(envelope);
    match &envelope.command {
        Command::PlaceHold(_) | Command::ConfirmHold(_) if kept.is_some() => kept?.err(),
        Command::PlaceHold(command) => command.decide(&view, &envelope.actor).err(),
        Command::ConfirmHold(command) => command.decide(&view, &envelope.actor).err(),
        _ => None,
    }
}

fn answer(facility: &mut Facility, envelope: &Envelope, events: &mut Vec<Event>) -> Reply {
    if let Some(kept) = View::new(facility, envelope.now).answer(envelope) {
        return kept;
    }
    let Done { accepted, event } = envelope.command.run(facility, &envelope.actor)?;
    // Invariant: whatever changed something has an event, so no event means that there is nothing
    // a repeat could do twice.
    if let Some(event) = event {
        facility.keep_answer(envelope, &accepted);
        events.push(event);
    }
    Ok(accepted)
}

/// Does everything that is due by the machine's time, in order of deadline and id; what happened,
/// and when each of it was due.
fn settle(facility: &mut Facility) -> (Vec<Event>, Vec<Instant>) {
    let (mut events, mut settled) = (Vec::new(), Vec::new());
    while let Some((at, due)) = facility.deadlines.pop_due(facility.now) {
        match due {
            Due::Lapse(id) => events.extend(lapse(facility, &id)),
            Due::Forget(what) => facility.forget(&what),
        }
        settled.resize(events.len(), at);
    }
    (events, settled)
}

// Replicated: a reservation ends at its deadline, not when somebody noticed.
fn lapse(facility: &mut Facility, id: &ReservationId) -> Option<Event> {
    let mut record = facility.book.get(id).map(|record| Record::clone(record))?;
    let (at, status): (Instant, Status) = record.reservation.lapse()?;
    record.end(status, at);
    let reservation = Box::new(record.reservation.clone());
    facility.put_record(record);
    Some(if status == Status::Expired {
        Event::HoldExpired(reservation)
    } else {
        Event::ReservationCompleted(reservation)
    })
}
