//! A facility as of an instant: what a decision sees.
//!
//! [`apply`](crate::apply) settles what is due first and then looks as of the machine's own time;
//! [`refusal`](crate::refusal) may change nothing and looks at a settled copy as of the leader's, or at
//! the facility itself where nothing but forgetting is due: what is forgotten by then is not seen here.

use crate::facility::Facility;
use crate::record::Record;
use crate::{
    Court, CourtId, Envelope, HoldId, Instant, Interval, Member, MemberId, MemberStatus, Rejection, Reply,
    ReservationId, Settings,
};

/// A facility as of an instant, at which nothing that is told is due any more.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    facility: &'a Facility,
    /// The instant.
    pub(crate) now: Instant,
}

impl<'a> View<'a> {
    /// The facility as of its own time, or of `now` where that is later.
    pub(crate) fn new(facility: &'a Facility, now: Instant) -> Self {
        Self { facility, now: now.max(facility.now()) }
    }

    /// The facility itself: for what does not change by the passing of time.
    pub(crate) fn facility(&self) -> &'a Facility {
        self.facility
    }

    /// The settings, or why nothing can be decided.
    pub(crate) fn settings(&self) -> Result<&'a Settings, Rejection> {
        self.facility.settings().ok_or(Rejection::FacilityUnknown)
    }

    /// One court, or that there is none.
    pub(crate) fn court(&self, id: &CourtId) -> Result<&'a Court, Rejection> {
        self.facility.court(id).ok_or(Rejection::CourtUnknown)
    }

    /// One member, or that there is none; an erased one is none.
    pub(crate) fn member(&self, id: &MemberId) -> Result<&'a Member, Rejection> {
        let member = self.facility.member(id).filter(|member| member.status != MemberStatus::Erased);
        member.ok_or(Rejection::MemberUnknown)
    }

    /// The kept answer to a request; a refusal where the request id was used for something else.
    pub(crate) fn answer(&self, envelope: &Envelope) -> Option<Reply> {
        let kept = self.facility.answers.get(&envelope.request)?;
        if kept.until <= self.now {
            None
        } else if kept.fingerprint == envelope.fingerprint {
            Some(Ok(kept.accepted.clone()))
        } else {
            Some(Err(Rejection::RequestReused))
        }
    }

    /// One reservation, live or remembered.
    pub(crate) fn reservation(&self, id: &ReservationId) -> Option<&'a Record> {
        self.remembered(self.facility.book.get(id)?)
    }

    /// The reservation that a hold is, or became.
    pub(crate) fn hold(&self, id: &HoldId) -> Option<&'a Record> {
        self.remembered(self.facility.book.by_hold(id)?)
    }

    /// The live claim that starts at `start`.
    pub(crate) fn claim_at(&self, court: &CourtId, start: Instant) -> Option<&'a Record> {
        self.facility.book.live_at(court, start).map(AsRef::as_ref)
    }

    /// The live claims that share an instant with `slot`, by start.
    pub(crate) fn claims_in(&self, court: &CourtId, slot: Interval) -> impl Iterator<Item = &'a Record> {
        self.facility.book.live_in(court, Some(slot)).map(AsRef::as_ref)
    }

    /// The live holds that a member placed.
    pub(crate) fn holds_of(&self, member: &MemberId) -> impl Iterator<Item = &'a Record> {
        self.facility.book.live_holds(member).map(AsRef::as_ref)
    }

    /// What a member has, or has had and not called off, that ends after `from`, by end.
    pub(crate) fn claims_of(&self, member: &MemberId, from: Instant) -> impl Iterator<Item = &'a Record> {
        self.facility.book.of_member(member, from).map(AsRef::as_ref)
    }

    /// The hold that was the last to end on a slot as a hold, of those that `counts`.
    pub(crate) fn last_ended_hold(
        &self,
        court: &CourtId,
        start: Instant,
        counts: impl Fn(&MemberId) -> bool,
    ) -> Option<&'a Record> {
        let ended = self.facility.book.ended_holds(court, start).filter_map(|record| self.remembered(record));
        let mine = ended.filter(|record| counts(&record.reservation.member_id));
        mine.max_by_key(|record| record.reservation.ended_at)
    }

    fn remembered(&self, record: &'a Record) -> Option<&'a Record> {
        record.forgotten_at().is_none_or(|at| self.now < at).then_some(record)
    }
}
