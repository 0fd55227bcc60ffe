//! What is past of a facility: the feed of everything that happened, reservations and waitlist entries that
//! ended.
//!
//! Read from this node's replica, memory and store as one, and never beyond what the replica has
//! applied: every node gives the same rows under the same cursors.

use std::io;
use std::sync::Arc;

use machine::{Delivery, Event, ImportedLine, MemberId, Past, Reservation, ReservationId, WaitlistEntry, WaitlistId};
use raft::{Change, Cursor, Listing, NOTIFICATIONS, RESERVATIONS, Row, RowLimit, WAITLIST};

use crate::{Facility, Node, ReadError};

/// A page of the feed.
#[derive(Clone, Debug)]
pub struct HistoryPage {
    /// What happened, in order.
    pub items: Vec<Change<Past>>,
    /// Whether more follows.
    pub more: bool,
    /// The index that the page was read at.
    pub index: u64,
}

/// Which reservations that have ended to list: those that start in `[from, to)`, last start first, and by id.
#[derive(Clone, Debug)]
pub struct PastReservations {
    /// Only those of this member.
    pub member: Option<MemberId>,
    /// The earliest start.
    pub from: machine::Instant,
    /// The start before which all are.
    pub to: machine::Instant,
    /// Only those that come after this one in the list: its start, and its id.
    pub after: Option<(machine::Instant, ReservationId)>,
    /// At most so many.
    pub limit: usize,
}

/// Which notifications that have ended to list: the last decided first, and by id.
#[derive(Clone, Debug)]
pub struct PastNotifications {
    /// Only those to this member.
    pub member: Option<MemberId>,
    /// Only those that come after this one in the list: when it was decided, and its id.
    pub after: Option<(machine::Instant, String)>,
    /// At most so many.
    pub limit: usize,
}

/// What somebody was told, or was not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PastNotification {
    /// A delivery, as it ended.
    Delivery(Box<Delivery>),
    /// A line of a log that was kept elsewhere.
    Line(Box<ImportedLine>),
}

impl PastNotification {
    /// Its place in the list: when it was decided, and its id.
    pub fn place(&self) -> (machine::Instant, &str) {
        match self {
            Self::Delivery(it) => (it.created_at, it.id.as_str()),
            Self::Line(it) => (it.line.at, it.line.id.as_str()),
        }
    }
}

impl Node {
    /// The facilities here with a reservation of that id that has ended, however long ago.
    pub async fn facilities_with_past(&self, id: &ReservationId) -> Result<Vec<Facility>, ReadError> {
        let groups = self.store().groups_with_ended(RESERVATIONS, id.as_str()).await.map_err(|error| {
            tracing::error!("failed to look into the histories: {error}");
            ReadError::Unreadable
        })?;
        let serving = |group| {
            let replica = self.host().replica(group).filter(|replica| replica.is_serving())?;
            Some(Facility::new(Arc::clone(self.host()), replica))
        };
        Ok(groups.into_iter().filter_map(serving).collect())
    }
}

impl Facility {
    /// The first `limit` things that happened after `after`.
    pub async fn history(&self, after: Cursor, limit: usize) -> Result<HistoryPage, ReadError> {
        let index = self.read(|_, index| index);
        let limits = RowLimit { rows: limit.saturating_add(1), bytes: usize::MAX };
        let rows = self.store().rows(after, index, limits).await;
        let mut rows = rows.map_err(|error| self.unreadable(&error))?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let item = |row: &Row| -> Result<_, ReadError> { Ok(Change { cursor: row.cursor, event: self.past(row)? }) };
        Ok(HistoryPage { items: rows.iter().map(item).collect::<Result<_, _>>()?, more, index })
    }

    /// A reservation that has ended, as it ended, however long ago.
    pub async fn past_reservation(&self, id: &ReservationId) -> Result<Option<Reservation>, ReadError> {
        let row = self.store().ended(RESERVATIONS, id.to_string()).await.map_err(|error| self.unreadable(&error))?;
        row.map(|row| self.reservation_of(&row)).transpose()
    }

    /// An entry of the waitlist that has ended, as it ended, however long ago.
    pub async fn past_waitlist_entry(&self, id: &WaitlistId) -> Result<Option<WaitlistEntry>, ReadError> {
        let row = self.store().ended(WAITLIST, id.to_string()).await.map_err(|error| self.unreadable(&error))?;
        let Some(row) = row else { return Ok(None) };
        let entry = self.past(&row)?.event.waitlist_entry().cloned();
        entry.map(Some).ok_or_else(|| self.unreadable(&io::Error::other("a row without the entry that it ended")))
    }

    /// Reservations that have ended, also those that the state still remembers.
    pub async fn past_reservations(&self, wanted: PastReservations) -> Result<Vec<Reservation>, ReadError> {
        let PastReservations { member, from, to, after, limit } = wanted;
        let owner = member.map(String::from);
        let after = after.map(|(start, id)| (start.0, id.to_string()));
        let listing = Listing { family: RESERVATIONS, owner, from: from.0, to: to.0, after, limit };
        let listed = self.store().list_ended(listing).await.map_err(|error| self.unreadable(&error))?;
        listed.iter().map(|listed| self.reservation_of(&listed.row)).collect()
    }

    /// Notifications that have ended, also those that the state still remembers.
    pub async fn past_notifications(&self, wanted: PastNotifications) -> Result<Vec<PastNotification>, ReadError> {
        let PastNotifications { member, after, limit } = wanted;
        let after = after.map(|(at, id)| (at.0, id));
        // Order: greatest first. What was decided at the last one's instant may still follow it.
        let to = after.as_ref().map_or(i64::MAX, |(at, _)| at.saturating_add(1));
        let owner = member.map(String::from);
        let listing = Listing { family: NOTIFICATIONS, owner, from: i64::MIN, to, after, limit };
        let listed = self.store().list_ended(listing).await.map_err(|error| self.unreadable(&error))?;
        listed.iter().map(|listed| self.notification_of(&listed.row)).collect()
    }

    fn notification_of(&self, row: &Row) -> Result<PastNotification, ReadError> {
        match self.past(row)?.event {
            Event::DeliveryEnded(delivery) => Ok(PastNotification::Delivery(delivery)),
            Event::LineImported(line) => Ok(PastNotification::Line(line)),
            _ => Err(self.unreadable(&io::Error::other("a row without the notification that it ended"))),
        }
    }

    fn past(&self, row: &Row) -> Result<Past, ReadError> {
        raft::past_of(&row.told).map_err(|error| self.unreadable(&io::Error::other(error)))
    }

    fn reservation_of(&self, row: &Row) -> Result<Reservation, ReadError> {
        let past = self.past(row)?;
        let reservation = past.event.reservation().cloned();
        reservation.ok_or_else(|| self.unreadable(&io::Error::other("a row without the reservation that it ended")))
    }

    fn unreadable(&self, error: &io::Error) -> ReadError {
        tracing::error!(facility = %self.id(), "failed to read the history: {error}");
        ReadError::Unreadable
    }
}
