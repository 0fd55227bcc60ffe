//! An entry of the waitlist, from joining to its end, as a plain record.
//!
//! What it wishes for is in local words, for those who read it, and in instants, for the machine: the
//! proposer expanded them, because no replica knows a time zone.

use serde::{Deserialize, Serialize};

use crate::{CourtId, Instant, Interval, LocalDate, MemberId, ReservationId, WaitlistId};

/// Which courts an entry would take. The order is the one in which it is preferred: the closer the wish,
/// the better the match.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CourtWish {
    /// This one only.
    Court(CourtId),
    /// Any of this type, as [`Court::court_type`](crate::Court::court_type) has it.
    Type(String),
    /// Any.
    Any,
}

/// What an entry waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitlistWish {
    /// The day, in the facility's zone.
    pub date: LocalDate,
    /// From when on, in local minutes after midnight, as it was asked for; the whole day where `None`.
    pub from_minute: Option<u16>,
    /// Until when, in local minutes after midnight, as it was asked for; the whole day where `None`.
    pub to_minute: Option<u16>,
    /// The same in instants: when a slot may *begin*. Half-open like every interval.
    pub window: Interval,
    /// The start that is wanted most; among slots the one nearest to it is given first.
    pub wanted: Instant,
    /// How long.
    pub duration_minutes: u32,
    /// Where.
    pub court: CourtWish,
    /// Book at once instead of offering.
    pub auto_book: bool,
    /// Before all of a lower one; above 0 only by staff.
    pub priority: u32,
    /// Tell by email.
    pub notify_email: bool,
    /// Tell by text message.
    pub notify_sms: bool,
}

/// Where an entry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum WaitlistStatus {
    /// It waits.
    Active,
    /// A slot is held for it; it waits for an answer.
    Offered,
    /// Terminal: it became a reservation.
    Converted,
    /// Terminal: its window is over, or it let three offers run out.
    Expired,
    /// Terminal: the member left, or is no more.
    Cancelled,
}

impl WaitlistStatus {
    /// Whether it still waits for something.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Active | Self::Offered)
    }
}

/// Somebody waits for a court on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitlistEntry {
    /// Its name, minted by the proposer or chosen by the client.
    pub id: WaitlistId,
    /// Who waits.
    pub member_id: MemberId,
    /// For what.
    pub wish: WaitlistWish,
    /// Where it stands.
    pub status: WaitlistStatus,
    /// Its place in the order of joining: the lower, the earlier.
    pub joined: u64,
    /// When it joined.
    pub joined_at: Instant,
    /// What is offered while it is offered, and what it became once it is converted.
    pub reservation_id: Option<ReservationId>,
    /// How often something was offered to it or booked for it; names what is offered next.
    pub grants: u32,
    /// How many offers it let run out.
    pub offers_expired: u32,
    /// When the last offer ran out, until there is another one: so that a late answer hears of it.
    pub last_expired_at: Option<Instant>,
    /// Slots that its member let go (declined, let run out, cancelled) while it waited. What shares an
    /// instant with one on its court is not given to it.
    pub let_go: Vec<(CourtId, Interval)>,
    /// When it reached a terminal status.
    pub ended_at: Option<Instant>,
    /// Grows by one with every change.
    pub version: u64,
}

impl WaitlistEntry {
    /// Length of the slot that is wanted, in milliseconds.
    pub(crate) fn duration_millis(&self) -> i64 {
        i64::from(self.wish.duration_minutes) * 60_000
    }

    /// Whether its member let this slot, or a part of it, go.
    pub(crate) fn has_let_go(&self, court: &CourtId, slot: &Interval) -> bool {
        self.let_go.iter().any(|(of, gone)| of == court && gone.overlaps(slot))
    }

    /// Ends it.
    pub(crate) fn end(&mut self, status: WaitlistStatus, at: Instant) {
        self.status = status;
        self.ended_at = Some(at);
        self.version += 1;
    }

    /// It waits again.
    pub(crate) fn wait_again(&mut self) {
        self.status = WaitlistStatus::Active;
        self.reservation_id = None;
        self.version += 1;
    }
}
