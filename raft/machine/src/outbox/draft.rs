//! A delivery before it is known by which media it goes, and the name that it gets.

use super::{BookingFacts, Delivery, DeliveryKind, DeliveryState, DropReason, Facts, Medium, MoreFacts};
use crate::{
    DeliveryId, Digest, Event, Facility, ID_CHARS_MAX, Instant, MemberId, MemberStatus, Reservation, WaitlistEntry,
};

/// A delivery before it is known by which media it goes.
pub(super) struct Draft<'a> {
    pub(super) kind: DeliveryKind,
    /// What it tells of; `None` where nothing is known of a payment but its id.
    pub(super) reservation: Option<&'a Reservation>,
    /// The entry of the waitlist that it is to.
    pub(super) entry: Option<&'a WaitlistEntry>,
    /// What it is about, for its name.
    pub(super) subject: &'a str,
    /// Which time it is told of that.
    pub(super) version: u64,
    /// When it is to be sent; `None`: at once.
    pub(super) due_at: Option<Instant>,
    pub(super) not_after: Instant,
    pub(super) more: MoreFacts,
}

impl<'a> Draft<'a> {
    /// About a reservation, to its member, at once.
    pub(super) fn about(reservation: &'a Reservation, kind: DeliveryKind, not_after: Instant) -> Self {
        Self {
            kind,
            reservation: Some(reservation),
            entry: None,
            subject: reservation.id.as_str(),
            version: reservation.version,
            due_at: None,
            not_after,
            more: MoreFacts::None,
        }
    }

    /// To an entry of the waitlist, by the media that were asked for with it.
    pub(super) fn for_entry(self, entry: &'a WaitlistEntry) -> Self {
        Self { entry: Some(entry), subject: entry.id.as_str(), version: u64::from(entry.grants), ..self }
    }

    /// By the media that its member has chosen.
    pub(super) fn put(self, facility: &mut Facility, events: &mut Vec<Event>) {
        let Some(member_id) = self.member_id() else { return };
        let Some(member) = facility.known_member(member_id) else { return };
        let by_member = (member.preferences.notification_email, member.preferences.notification_sms);
        let (email, sms) = self.entry.map_or(by_member, |it| (it.wish.notify_email, it.wish.notify_sms));
        for (medium, wanted) in [(Medium::Email, email), (Medium::Sms, sms)] {
            // Where there is no address there is nobody to tell, and no delivery.
            if wanted && facility.reachable(member_id, medium).is_ok() {
                self.put_by(facility, medium, events);
            }
        }
    }

    /// By one medium; nothing where the same was decided before.
    pub(super) fn put_by(&self, facility: &mut Facility, medium: Medium, events: &mut Vec<Event>) {
        let id = self.name(medium);
        if facility.delivery(&id).is_some() {
            return;
        }
        let now = facility.now;
        let delivery = Delivery {
            id,
            kind: self.kind,
            medium,
            member_id: self.member_id().cloned(),
            reservation_id: self.reservation.map(|it| it.id.clone()),
            waitlist_id: self.entry.map(|it| it.id.clone()),
            facts: Facts { booking: self.reservation.map(|it| booking(facility, it)), more: self.more.clone() },
            created_at: now,
            due_at: self.due_at.unwrap_or(now),
            not_after: self.not_after,
            state: DeliveryState::Scheduled,
            claimed_until: None,
            attempts: Vec::new(),
            provider_id: None,
            receipt: None,
            ended_at: None,
            dropped: None,
        };
        if delivery.not_after <= now {
            let at = delivery.not_after;
            events.push(facility.drop_delivery(delivery, DropReason::TooLate, at));
        } else {
            facility.put_delivery(delivery);
        }
    }

    fn member_id(&self) -> Option<&'a MemberId> {
        self.reservation.map(|it| &it.member_id)
    }

    /// Its name follows from what it tells of whom: the same intent has the same name. What it is about comes
    /// last, so that no two names meet.
    // Replicated: the names of deliveries.
    fn name(&self, medium: Medium) -> DeliveryId {
        let kind = match self.kind {
            DeliveryKind::Reminder { minutes_before } => format!("reminder{minutes_before}"),
            kind => kind.word().replace('_', ""),
        };
        let head = format!("ntf_{kind}-{}-{}-", medium.word(), self.version);
        // An id that leaves no room for the rest is told by its digest.
        let subject = if head.len() + self.subject.len() <= ID_CHARS_MAX {
            self.subject.to_owned()
        } else {
            Digest::of(self.subject.as_bytes()).to_string()
        };
        DeliveryId::parse(&(head + &subject)).expect("characters of an id, and short enough")
    }
}

impl Facility {
    /// Whether a member can be told by a medium, or why not.
    pub(crate) fn reachable(&self, id: &MemberId, by: Medium) -> Result<(), DropReason> {
        // Money goes back to whoever paid, also once that person is erased here.
        if by == Medium::Payment {
            return Ok(());
        }
        let known = self.member(id).filter(|member| member.status != MemberStatus::Erased);
        let member = known.ok_or(DropReason::NotWanted)?;
        let (has_address, unreachable) = match by {
            Medium::Email => (!member.email.is_empty(), member.reach.email),
            Medium::Sms => (member.phone.is_some(), member.reach.sms),
            Medium::Payment => return Ok(()),
        };
        match unreachable {
            _ if !has_address => Err(DropReason::NoAddress),
            Some(_) => Err(DropReason::Unreachable),
            None => Ok(()),
        }
    }
}

/// What people call the court of a reservation.
pub(super) fn court_name(facility: &Facility, reservation: &Reservation) -> String {
    let court = facility.court(&reservation.court_id);
    court.map_or_else(|| reservation.court_id.to_string(), |court| court.name.clone())
}

fn booking(facility: &Facility, reservation: &Reservation) -> BookingFacts {
    BookingFacts {
        court_id: reservation.court_id.clone(),
        court_name: court_name(facility, reservation),
        slot: reservation.slot,
        version: reservation.version,
        rate_cents: reservation.rate_cents.filter(|cents| *cents > 0),
        payment: reservation.payment,
    }
}
