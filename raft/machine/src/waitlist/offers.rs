//! What has become of offers, and of those who wait: followed up before anything is given.
//!
//! An offer is an ordinary hold with `offer_of`, so that it ends in the ordinary ways: confirmed is
//! accepted, released is declined, expired is let run out. Here the entry learns of it. Who may not book
//! loses its offers; who is gone, its entries.

use super::candidates::Look;
use super::{Changes, WaitlistEntry, WaitlistStatus};
use crate::record::Record;
use crate::{
    CourtId, Event, Facility, Instant, Interval, MemberId, MemberStatus, Reservation, ReservationId, Status, WaitlistId,
};

/// An entry that lets this many offers run out has ended.
const OFFERS_EXPIRED_MAX: u32 = 3;
const MINUTE_MILLIS: i64 = 60_000;

/// Follows up everything that was noted, until following up notes nothing more; says where to look for
/// what can be given now.
pub(super) fn follow(facility: &mut Facility, events: &mut Vec<Event>) -> Look {
    let mut look = Look::default();
    while !facility.changes.is_empty() {
        let mut changes = std::mem::take(&mut facility.changes);
        facility.changes.looks = std::mem::take(&mut changes.looks);
        // Order: who let a slot go is known before its entries are looked at again.
        for freed in &changes.freed {
            if let Some(by) = &freed.by {
                let_go(facility, by, freed.court.as_ref(), freed.slot);
            }
        }
        // Order: who is gone declines nothing any more.
        changes.members.iter().for_each(|member| follow_member(facility, member, events));
        changes.offers.iter().for_each(|offer| over(facility, offer, events));
        widen(facility, &changes, &mut look);
    }
    look
}

/// Adds what the changes concern to a look.
fn widen(facility: &Facility, changes: &Changes, look: &mut Look) {
    #[cfg(feature = "planted-bugs")]
    if crate::planted::is(crate::Planted::CascadeLeftOut) && !changes.offers.is_empty() {
        return;
    }
    let buffer = facility.settings().map_or(0, |settings| i64::from(settings.buffer_minutes) * MINUTE_MILLIS);
    for freed in &changes.freed {
        // What was too close to it before is freed with it.
        let span = Interval { start: freed.slot.start.plus(-buffer), end: freed.slot.end.plus(buffer) };
        let courts = facility.courts().filter(|court| freed.court.as_ref().is_none_or(|freed| *freed == court.id));
        look.spans.extend(courts.map(|court| (court.id.clone(), span)));
    }
    look.entries.extend(changes.entries.iter().cloned());
    let of_members = changes.members.iter().flat_map(|member| facility.waitlist.open_of(member));
    look.entries.extend(of_members.map(|entry| entry.id.clone()));
    if changes.everything {
        look.entries.extend(facility.waitlist.waiting().map(|entry| entry.id.clone()));
    }
}

/// The entries that a member has now are not given what it lets go.
fn let_go(facility: &mut Facility, member: &MemberId, court: Option<&CourtId>, slot: Interval) {
    let Some(court) = court else { return };
    let open: Vec<WaitlistEntry> = facility.waitlist.open_of(member).map(|entry| WaitlistEntry::clone(entry)).collect();
    let concerned =
        open.into_iter().filter(|entry| entry.could_meet(&slot) && !entry.let_go.contains(&(court.clone(), slot)));
    for mut entry in concerned.collect::<Vec<_>>() {
        entry.let_go.push((court.clone(), slot));
        facility.put_entry(entry);
    }
}

/// An offer is over: its entry is accepted, waits again, or has had enough.
fn over(facility: &mut Facility, reservation: &Reservation, events: &mut Vec<Event>) {
    let Some(of) = &reservation.offer_of else { return };
    let booked = !matches!(reservation.status, Status::Released | Status::Cancelled | Status::Expired);
    if booked {
        // Paid late, it may have been offered something else meanwhile.
        withdraw(facility, of, events);
    }
    let concerned = |entry: &WaitlistEntry| entry.status == WaitlistStatus::Offered || booked && entry.status.is_open();
    let Some(mut entry) = facility.waitlist.get(of).filter(|it| concerned(it)).map(|it| WaitlistEntry::clone(it))
    else {
        return;
    };
    let now = facility.now;
    let told: fn(Box<WaitlistEntry>) -> Event = if booked {
        entry.end(WaitlistStatus::Converted, now);
        entry.reservation_id = Some(reservation.id.clone());
        Event::OfferAccepted
    } else {
        entry.wait_again();
        if reservation.status == Status::Expired {
            entry.offers_expired += 1;
            entry.last_expired_at = reservation.ended_at;
            Event::OfferExpired
        } else {
            Event::OfferDeclined
        }
    };
    let had_enough = entry.offers_expired >= OFFERS_EXPIRED_MAX || entry.wish.window.end <= now;
    if entry.status == WaitlistStatus::Active && had_enough {
        entry.end(WaitlistStatus::Expired, now);
    }
    events.push(told(Box::new(entry.clone())));
    facility.put_entry(entry);
}

/// A member has changed: who may not book is offered nothing, and who is gone waits for nothing.
fn follow_member(facility: &mut Facility, id: &MemberId, events: &mut Vec<Event>) {
    let open: Vec<WaitlistId> = facility.waitlist.open_of(id).map(|entry| entry.id.clone()).collect();
    match facility.member(id).map(|member| member.status) {
        Some(MemberStatus::Active) => {}
        Some(MemberStatus::Suspended) => open.iter().for_each(|id| withdraw(facility, id, events)),
        Some(MemberStatus::Inactive | MemberStatus::Erased) | None => {
            open.iter().for_each(|id| leave(facility, id, events))
        }
    }
}

/// Takes an offer back, if one stands: nobody declined it, so the entry may be offered it again.
pub(crate) fn withdraw(facility: &mut Facility, id: &WaitlistId, events: &mut Vec<Event>) {
    let Some(mut entry) = facility.offered(id) else { return };
    let Some(offer) = entry.reservation_id.clone().filter(|offer| facility.is_held(offer)) else { return };
    entry.wait_again();
    facility.put_entry(entry.clone());
    end_offer(facility, &offer, false, events);
    events.push(Event::OfferWithdrawn(Box::new(entry)));
}

/// Ends an entry because its member leaves, and gives up what is offered to it.
pub(crate) fn leave(facility: &mut Facility, id: &WaitlistId, events: &mut Vec<Event>) {
    let Some(mut entry) = facility.waitlist.get(id).map(|entry| WaitlistEntry::clone(entry)) else { return };
    let offer = entry.reservation_id.take();
    entry.end(WaitlistStatus::Cancelled, facility.now);
    facility.put_entry(entry.clone());
    offer.iter().for_each(|offer| end_offer(facility, offer, true, events));
    events.push(Event::WaitlistLeft(Box::new(entry)));
}

/// Ends the hold of an offer as released.
pub(crate) fn end_offer(facility: &mut Facility, id: &ReservationId, let_go: bool, events: &mut Vec<Event>) {
    let live = facility.book.get(id).filter(|_| facility.is_held(id));
    let Some(mut record) = live.map(|record| Record::clone(record)) else { return };
    record.end(Status::Released, facility.now);
    let released: Reservation = record.reservation.clone();
    facility.put_record(record);
    if !let_go {
        facility.nobody_let_go(&released);
    }
    events.push(Event::HoldReleased(Box::new(released)));
}

impl WaitlistEntry {
    /// Whether a slot that it would take can share an instant with `slot`.
    fn could_meet(&self, slot: &Interval) -> bool {
        let reach: Instant = self.wish.window.end.plus(self.duration_millis());
        slot.start < reach && self.wish.window.start < slot.end
    }
}
