//! What tells who a person is, and how it is left out.
//!
//! An erased member stays as an id. Its name, address and preferences go, and what people wrote into its
//! reservations: in the records and in the answers that are kept for repeats.

use crate::{Accepted, Member, MemberId, MemberStatus, Preferences, Reservation};

impl Member {
    /// What is left of an erased member.
    pub(crate) fn tombstone(&self) -> Self {
        Self {
            id: self.id.clone(),
            name: String::new(),
            email: String::new(),
            phone: None,
            membership_type: String::new(),
            membership_expires_at: None,
            status: MemberStatus::Erased,
            max_active_reservations: None,
            advance_booking_days: None,
            preferences: Preferences { notification_email: false, notification_sms: false, locale: String::new() },
            credits_balance: 0,
            no_show_count: 0,
            total_bookings: 0,
            suspended_until: None,
            version: self.version + 1,
        }
    }
}

impl Reservation {
    /// Leaves out what people wrote.
    pub(crate) fn forget_person(&mut self) {
        (self.notes, self.cancellation_reason, self.override_reason) = (None, None, None);
        self.participants = Vec::new();
    }
}

impl Accepted {
    /// Leaves out what tells who `member` is; says whether it told anything of it.
    pub(crate) fn forget_person(&mut self, member: &MemberId) -> bool {
        if let Self::MemberCreated(it) | Self::MemberUpdated(it) = self {
            let is_it = it.id == *member;
            if is_it {
                **it = it.tombstone();
            }
            return is_it;
        }
        let mut theirs = self.reservations_mut();
        theirs.retain(|reservation| reservation.member_id == *member);
        theirs.iter_mut().for_each(|reservation| reservation.forget_person());
        !theirs.is_empty()
    }

    fn reservations_mut(&mut self) -> Vec<&mut Reservation> {
        match self {
            Self::HoldPlaced(it)
            | Self::HoldConfirmed(it)
            | Self::HoldReleased(Some(it))
            | Self::ReservationImported(it)
            | Self::CheckedIn(it)
            | Self::Completed(it)
            | Self::NoShowMarked(it)
            | Self::NoShowReversed(it)
            | Self::PaymentBegun(it) => vec![it],
            Self::ReservationCancelled(it) => vec![&mut it.reservation],
            Self::ReservationBooked(it) | Self::ReservationMoved(it) => vec![&mut it.reservation],
            Self::PaymentRecorded(it) => it.reservation.iter_mut().collect(),
            Self::SeriesBooked { booked, .. } => booked.iter_mut().collect(),
            Self::SeriesCancelled(cancelled) => cancelled.iter_mut().map(|it| &mut it.reservation).collect(),
            // These name a member by its id at most.
            Self::Ticked
            | Self::FacilityCreated
            | Self::FacilityUpdated { .. }
            | Self::CalendarExtended
            | Self::CourtCreated(_)
            | Self::CourtUpdated(_)
            | Self::CourtRemoved
            | Self::MemberCreated(_)
            | Self::MemberUpdated(_)
            | Self::MemberErased
            | Self::HoldReleased(None)
            | Self::CreditsAdjusted { .. }
            | Self::WaitlistJoined(_)
            | Self::WaitlistLeft(_)
            | Self::OfferDeclined(_)
            | Self::BlockPlaced { .. }
            | Self::BlockRemoved(_) => Vec::new(),
        }
    }
}
