//! What becomes of a claim that a block displaces.
//!
//! Nobody is to blame: a hold ends, an offer is taken back, a reservation is cancelled without penalty and
//! paid back in full, and its member is first on the waitlist of that day.

use crate::{
    Actor, CancelReservation, CourtWish, Digest, Event, Facility, Instant, Interval, LocalDate, MemberStatus,
    Reservation, ReservationId, WaitlistEntry, WaitlistId, WaitlistWish, waitlist,
};

/// Why the record says it was cancelled.
const REASON: &str = "displaced";
const MINUTE_MILLIS: i64 = 60_000;

/// Ends the claim of a reservation because a block takes its slot.
pub(crate) fn displace(facility: &mut Facility, id: &ReservationId, events: &mut Vec<Event>) {
    let live = facility.book.get(id).filter(|record| record.reservation.status.is_live());
    let Some(reservation) = live.map(|record| record.reservation.clone()) else { return };
    if reservation.status.is_hold() {
        end_hold(facility, &reservation, events);
    } else {
        end_reservation(facility, id, events);
    }
}

fn end_hold(facility: &mut Facility, hold: &Reservation, events: &mut Vec<Event>) {
    match &hold.offer_of {
        Some(entry) => waitlist::withdraw(facility, entry, events),
        None => waitlist::end_offer(facility, &hold.id, false, events),
    }
}

fn end_reservation(facility: &mut Facility, id: &ReservationId, events: &mut Vec<Event>) {
    let cancel = CancelReservation { reservation_id: id.clone(), slot: None, reason: Some(REASON.to_owned()) };
    // Cancelled by courtd itself, it costs nothing and all that was paid goes back.
    let Ok(cancelled) = cancel.run(facility, &Actor::System) else { return };
    let Some(reservation) = facility.reservation(id).cloned() else { return };
    facility.nobody_let_go(&reservation);
    events.extend(cancelled.events.into_iter().map(|event| match event {
        Event::ReservationCancelled(it) => Event::ReservationDisplaced(it),
        other => other,
    }));
    if let Some(entry) = make_first(facility, &reservation) {
        facility.put_entry(entry.clone());
        events.push(Event::WaitlistJoined(Box::new(entry)));
    }
}

/// The entry with which a displaced member waits: for the same length, on the same day, on a court of the
/// same type, before everybody else; offered, because it is not what was booked.
fn make_first(facility: &mut Facility, displaced: &Reservation) -> Option<WaitlistEntry> {
    let member = facility.member(&displaced.member_id).filter(|member| member.status == MemberStatus::Active)?;
    let (notify_email, notify_sms) = (member.preferences.notification_email, member.preferences.notification_sms);
    let court = facility.court(&displaced.court_id)?.court_type.clone();
    let (date, window) = day_of(facility, displaced.slot.start)?;
    let wish = WaitlistWish {
        date,
        from_minute: None,
        to_minute: None,
        window,
        wanted: displaced.slot.start,
        duration_minutes: u32::try_from(displaced.slot.millis() / MINUTE_MILLIS).ok()?,
        court: CourtWish::Type(court),
        auto_book: false,
        priority: waitlist::TOP_PRIORITY,
        notify_email,
        notify_sms,
    };
    let id = name(facility, &displaced.id);
    (window.end > facility.now).then(|| WaitlistEntry::new(id, displaced.member_id.clone(), wish, facility))
}

/// The day whose hours `at` lies in, and when its slots may begin.
fn day_of(facility: &Facility, at: Instant) -> Option<(LocalDate, Interval)> {
    let moment = Interval { start: at, end: at.plus(1) };
    let by_hours = facility.horizon.opening_of(&moment).map(|(day, _)| day);
    let day = by_hours.or_else(|| facility.horizon.day_of(at))?;
    let closes = day.open.iter().map(|open| open.end).max().unwrap_or(day.span.end);
    Some((day.date, Interval { start: day.span.start, end: day.span.end.max(closes) }))
}

/// A name that follows from the reservation's, and is free.
fn name(facility: &Facility, displaced: &ReservationId) -> WaitlistId {
    let digest = Digest::of(displaced.as_str().as_bytes());
    let names = (0u32..).map(|count| WaitlistId::parse(&format!("wl_{digest}_{count}")).expect("a clean id"));
    let mut free = names.filter(|id| facility.waitlist_entry(id).is_none());
    free.next().expect("there are more names than entries")
}
