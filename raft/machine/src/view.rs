//! A facility as of an instant: what a decision sees, whether or not what is due is settled yet.
//!
//! [`apply`](crate::apply) settles first and then looks as of the machine's own time;
//! [`refusal`](crate::refusal) may change nothing and looks as of the leader's. Both decide through
//! this one view, so they cannot disagree.

use crate::facility::Facility;
use crate::record::{Record, Standing};
use crate::{Court, CourtId, Envelope, HoldId, Instant, Interval, MemberId, Rejection, Reply, ReservationId, Settings};

/// A facility as of an instant.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    facility: &'a Facility,
    /// The instant.
    pub(crate) now: Instant,
}

/// A record with where it stands at the instant of the view.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'a> {
    /// The record as it is kept; its status may be overdue.
    pub(crate) record: &'a Record,
    /// Where it stands.
    pub(crate) standing: Standing,
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
    pub(crate) fn reservation(&self, id: &ReservationId) -> Option<Seen<'a>> {
        self.seen(self.facility.book.get(id)?)
    }

    /// The reservation that a hold is, or became.
    pub(crate) fn hold(&self, id: &HoldId) -> Option<Seen<'a>> {
        self.seen(self.facility.book.by_hold(id)?)
    }

    /// The live claim that starts at `start`.
    pub(crate) fn claim_at(&self, court: &CourtId, start: Instant) -> Option<Seen<'a>> {
        self.live(self.facility.book.live_at(court, start)?)
    }

    /// The live claims that share an instant with `slot`, by start.
    pub(crate) fn claims_in(&self, court: &CourtId, slot: Interval) -> impl Iterator<Item = Seen<'a>> {
        let view = *self;
        self.facility.book.live_in(court, Some(slot)).filter_map(move |record| view.live(record))
    }

    /// The live holds of a member.
    pub(crate) fn holds_of(&self, member: &MemberId) -> impl Iterator<Item = Seen<'a>> {
        let view = *self;
        self.facility.book.live_holds(member).filter_map(move |record| view.live(record))
    }

    /// The hold that was the last to end on a slot as a hold, of those that `counts`.
    pub(crate) fn last_ended_hold(
        &self,
        court: &CourtId,
        start: Instant,
        counts: impl Fn(&MemberId) -> bool,
    ) -> Option<Seen<'a>> {
        let overdue = self.facility.book.live_at(court, start).and_then(|record| self.seen(record));
        let overdue = overdue.filter(|seen| seen.standing.status == crate::Status::Expired);
        let ended = self.facility.book.ended_holds(court, start).filter_map(|record| self.seen(record));
        let mine = |seen: &Seen<'_>| counts(&seen.record.reservation.member_id);
        ended.chain(overdue).filter(mine).max_by_key(|seen| seen.standing.ended_at)
    }

    fn seen(&self, record: &'a Record) -> Option<Seen<'a>> {
        Some(Seen { record, standing: record.standing(self.now)? })
    }

    fn live(&self, record: &'a Record) -> Option<Seen<'a>> {
        self.seen(record).filter(|seen| seen.standing.status.is_live())
    }
}
