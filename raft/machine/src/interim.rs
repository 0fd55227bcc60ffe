//! Interim.
use crate::record::Record;
use crate::rules::{self, Attempt};
use crate::view::View;
use crate::*;

pub(crate) fn violations(facility: &Facility, court: &CourtId, member: &MemberId, slot: Interval) -> Option<Vec<Conflict>> {
    let view = View::new(facility, facility.now);
    let (settings, court, member) = (facility.settings()?, facility.court(court)?, facility.member(member)?);
    Some(rules::violations(&Attempt { view, settings, court, member, slot }))
}

pub(crate) fn book(facility: &mut Facility, mut reservation: Reservation) -> (Reservation, Vec<Event>) {
    reservation.status = Status::Confirmed;
    reservation.confirmed_at = Some(facility.now);
    let terms = facility.settings().map(|settings| settings.cancellation);
    facility.put_record(Record { terms, ..Record::new(reservation.clone()) });
    facility.count_booking(&reservation.member_id);
    (reservation.clone(), vec![Event::ReservationConfirmed(Box::new(reservation))])
}
