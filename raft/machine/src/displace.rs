//! What becomes of a claim that a block displaces.
//!
//! Nobody is to blame: a hold ends, an offer is taken back, a reservation is cancelled without penalty and
//! paid back in full, and its member is first on the waitlist of that day.

use crate::record::Record;
use crate::{
    CourtWish, Digest, Event, Facility, Instant, Interval, LocalDate, MemberStatus, Reservation, ReservationId, Status,
    WaitlistEntry, WaitlistId, Wish, waitlist,
};

/// Why the record says it was cancelled.
const REASON: &str = "displaced";
const MINUTE_MILLIS: i64 = 60_000;

/// Ends the claim of a reservation because a block takes its slot.
pub(crate) fn displace(facility: &mut Facility, id: &ReservationId, events: &mut Vec<Event>) {
    let live = facility.book.get(id).filter(|record| record.reservation.status.is_live());
    let Some(record) = live.map(|record| Record::clone(record)) else { return };
    if record.reservation.status.is_hold() {
        end_hold(facility, &record.reservation, events);
    } else {
        end_reservation(facility, record, events);
    }
}

fn end_hold(facility: &mut Facility, hold: &Reservation, events: &mut Vec<Event>) {
    match &hold.offer_of {
        Some(entry) => waitlist::withdraw(facility, entry, events),
        None => waitlist::end_offer(facility, &hold.id, false, events),
    }
}

fn end_reservation(facility: &mut Facility, mut record: Record, events: &mut Vec<Event>) {
    let now = facility.now;
    record.reservation.cancellation_reason = Some(REASON.to_owned());
    record.end(Status::Cancelled, now);
    record.assessment = Some(crate::record::Assessment {
        notice_millis: record.reservation.slot.start.0.saturating_sub(now.0),
        within_policy: true,
        penalty_credits: 0,
        fee_cents: 0,
        promotion: None,
    });
    let refunds = crate::refund::give_all_back(facility, &mut record);
    let reservation = record.reservation.clone();
    facility.put_record(record);
    facility.nobody_let_go(&reservation);
    events.push(Event::ReservationDisplaced(Box::new(reservation.clone())));
    events.extend(refunds);
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
    let wish = Wish {
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
    let day = by_hours.or_else(|| facility.horizon.day_at(at))?;
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
