//! Applying an envelope: settle what is due, answer a repeat, else decide.
//!
//! One envelope, one call, no `Result` and no `await`: what a replica does with an entry of the log.
//! A refusal is a value that changed nothing. Rules are in `command` and `rules`; this file only has
//! the order in which things happen.

use crate::command::Done;
use crate::deadline::Due;
use crate::record::Record;
use crate::view::View;
use crate::waitlist;
use crate::{
    Accepted, Actor, Command, Envelope, Event, Facility, Instant, Joined, Promotion, Rejection, Reply, ReservationId,
    Status, no_show, outbox,
};

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
/// accepted, or answered from a kept answer, and has to go through the log; or it is none of those that are
/// refused often enough to be worth it: attempts, bookings, confirms, and what is imported again and again.
pub fn refusal(facility: &Facility, envelope: &Envelope) -> Option<Rejection> {
    settled(facility, envelope.now, |view| match (&envelope.command, view.answer(envelope)) {
        (
            Command::PlaceHold(_)
            | Command::BookReservation(_)
            | Command::ConfirmHold(_)
            | Command::ImportReservation(_)
            | Command::PlaceBlock(_),
            Some(kept),
        ) => kept.err(),
        (Command::PlaceHold(command), None) => command.decide(&view, &envelope.actor).err(),
        (Command::BookReservation(command), None) => command.decide(&view, &envelope.actor).err(),
        (Command::ConfirmHold(command), None) => command.decide(&view, &envelope.actor).err(),
        (Command::ImportReservation(command), None) => command.decide(&view, &envelope.actor).err(),
        // Rare, and refused for the claims of a year: on a copy, which shares what it does not write.
        (Command::PlaceBlock(command), None) => {
            let mut copy = view.facility().clone();
            copy.now = view.now;
            command.run(&mut copy, &envelope.actor).err()
        }
        _ => None,
    })
}

/// Looks at `facility` as it will be once what is due at `now` is settled, without changing it.
pub(crate) fn settled<T>(facility: &Facility, now: Instant, look: impl FnOnce(View<'_>) -> T) -> T {
    if facility.next_deadline().is_none_or(|next| now < next) {
        return look(View::new(facility, now));
    }
    // What ends by itself may cost its member credits or give the slot to somebody who waits, so it is
    // done and not guessed; a copy shares what neither writes.
    let mut copy = facility.clone();
    copy.now = copy.now.max(now);
    settle(&mut copy);
    look(View::new(&copy, now))
}

fn answer(facility: &mut Facility, envelope: &Envelope, events: &mut Vec<Event>) -> Reply {
    if let Some(kept) = View::new(facility, envelope.now).answer(envelope) {
        return kept;
    }
    let Done { mut accepted, events: own } = envelope.command.run(facility, &envelope.actor)?;
    if !own.is_empty() {
        let from = events.len();
        events.extend(own);
        // Order: who gets a freed slot is a part of the answer, and of the same entry.
        let promotions = waitlist::promote(facility, events);
        note_promotion(facility, &mut accepted, promotions);
        // Order: told is what has become of it all.
        outbox::follow(facility, events, from, &envelope.actor);
    }
    // Also where nothing changed: whoever is given the hold that it has must not hear later that the slot
    // is taken, by itself. A tick tells nobody anything.
    if accepted != Accepted::Ticked {
        facility.keep_answer(envelope, &accepted);
    }
    Ok(accepted)
}

/// Whoever cancels hears who got the slot, also when asking again; whoever joins, what was free.
fn note_promotion(facility: &mut Facility, accepted: &mut Accepted, promotions: Vec<Promotion>) {
    match accepted {
        Accepted::ReservationCancelled(cancellation) => {
            if let Some(first) = promotions.into_iter().next() {
                facility.note_promotion(&cancellation.reservation.id, &first);
                cancellation.promotion = Some(first);
            }
        }
        Accepted::WaitlistJoined(joined) => {
            if let Some(entry) = facility.waitlist_entry(&joined.entry.id) {
                **joined = Joined::of(facility, entry.clone());
            }
        }
        _ => {}
    }
}

/// Does everything that is due by the machine's time, in order of deadline and id; what happened,
/// and when each of it was due.
fn settle(facility: &mut Facility) -> (Vec<Event>, Vec<Instant>) {
    let (mut events, mut settled) = (Vec::new(), Vec::new());
    while let Some((at, due)) = facility.deadlines.pop_due(facility.now) {
        match due {
            Due::Lapse(id) => lapse(facility, &id, &mut events),
            Due::Reinstate(id) => events.extend(no_show::reinstate(facility, &id)),
            Due::FoldCredits(number) => facility.ledger.fold(number),
            Due::ForgetAnswer(request) => facility.answers.forget(&request),
            Due::ForgetReservation(id) => drop(facility.remove_record(&id)),
            Due::EndWaiting(id) => events.extend(facility.end_waiting(&id)),
            Due::LookAgain(id) => facility.look_again(&id),
            Due::ForgetWaitlist(id) => facility.forget_entry(&id),
            Due::ForgetBlock(id) => drop(facility.remove_block(&id)),
            Due::Remind(id) => outbox::remind(facility, &id, at, &mut events),
            Due::ClaimOver(id) => events.extend(facility.claim_over(&id, at)),
            Due::GiveUp(id) => events.extend(facility.give_up(&id)),
            Due::ForgetDelivery(id) => facility.forget_delivery(&id),
        }
        settled.resize(events.len(), at);
    }
    // Order: only once everything due is over. What is due and not settled yet still claims its slot in
    // the index of claims, though it is over by the clock, and nobody may be given that.
    waitlist::promote(facility, &mut events);
    outbox::follow(facility, &mut events, 0, &Actor::System);
    let now = facility.now;
    let followed = events[settled.len()..].iter().map(|event| followed_at(event, now));
    settled.extend(followed.collect::<Vec<_>>());
    (events, settled)
}

/// When what followed from what was due happened: an offer ran out with its hold, all else is done now.
fn followed_at(event: &Event, now: Instant) -> Instant {
    match event {
        Event::OfferExpired(entry) => entry.last_expired_at.unwrap_or(now),
        _ => now,
    }
}

// Replicated: a reservation ends at its deadline, not when somebody noticed.
fn lapse(facility: &mut Facility, id: &ReservationId, events: &mut Vec<Event>) {
    let Some(mut record) = facility.book.get(id).map(|record| Record::clone(record)) else { return };
    let Some((at, status)) = record.lapse() else { return };
    if status == Status::NoShow {
        return no_show::miss(facility, record, at, events);
    }
    record.end(status, at);
    let reservation = Box::new(record.reservation.clone());
    facility.put_record(record);
    events.push(if status == Status::Expired {
        Event::HoldExpired(reservation)
    } else {
        Event::ReservationCompleted(reservation)
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::cases::{at, club, envelope, person};
    use crate::waitlist::cases::{join, on, wish};

    #[test]
    fn an_offer_that_nobody_took_ran_out_when_it_did_however_late_that_is_noticed() {
        let mut facility = club();
        apply(&mut facility, 1, &envelope(1, at(8, 0), person("ana"), join("w1", "ana", on("c1", wish(12, 13)))));
        let late = apply(&mut facility, 2, &envelope(2, at(9, 0), Actor::System, Command::Tick));
        let ends = |event: &Event| matches!(event, Event::HoldExpired(_) | Event::OfferExpired(_));
        let ended = late.events.iter().zip(&late.settled).filter(|(event, _)| ends(event)).map(|(_, at)| *at);
        assert_eq!(ended.collect::<Vec<_>>(), [at(8, 30), at(8, 30)]);
    }
}
