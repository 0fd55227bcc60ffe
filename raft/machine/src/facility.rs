//! The state of one facility: plain records in ordered maps, the index of live claims, deadlines.

use crate::{CalendarDay, Claim, Court, CourtId, Digest, Instant, LocalDate, Member, MemberId, Reservation, ReservationId, Settings};

/// The state of one facility. Changed only by [`crate::apply`].
#[derive(Clone, Debug, Default)]
pub struct Facility {}

impl Facility {
    /// The machine's time: the greatest `now` it ever saw.
    pub fn now(&self) -> Instant {
        todo!()
    }
    /// The settings; `None` until the facility is created.
    pub fn settings(&self) -> Option<&Settings> {
        todo!()
    }
    /// All courts, by id.
    pub fn courts(&self) -> impl Iterator<Item = &Court> {
        std::iter::empty()
    }
    /// One court.
    pub fn court(&self, _id: &CourtId) -> Option<&Court> {
        todo!()
    }
    /// All members, by id, after `after`.
    pub fn members(&self, _after: Option<&MemberId>) -> impl Iterator<Item = &Member> {
        std::iter::empty()
    }
    /// One member.
    pub fn member(&self, _id: &MemberId) -> Option<&Member> {
        todo!()
    }
    /// One reservation, live or ended and still remembered.
    pub fn reservation(&self, _id: &ReservationId) -> Option<&Reservation> {
        todo!()
    }
    /// Live claims that are not over at `now`, by court and start; of one court or all, and only
    /// those that share an instant with `span` where one is given.
    pub fn claims(&self, _court: Option<&CourtId>, _span: Option<crate::Interval>) -> Vec<Claim> {
        todo!()
    }
    /// One day of the calendar.
    pub fn calendar_day(&self, _date: LocalDate) -> Option<&CalendarDay> {
        todo!()
    }
    /// The last day of the calendar.
    pub fn calendar_end(&self) -> Option<LocalDate> {
        todo!()
    }
    /// The earliest deadline at which somebody has to be told; what is only to be forgotten waits
    /// for the next command.
    pub fn next_deadline(&self) -> Option<Instant> {
        todo!()
    }
    /// The digest of the whole state.
    pub fn digest(&self) -> Digest {
        todo!()
    }
}
