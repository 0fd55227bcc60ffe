//! What tells who a person is, and how it is left out.
//!
//! An erased member stays as an id. Its name, address and preferences go, and what people wrote into its
//! reservations: in the records and in the answers that are kept for repeats.

use crate::{Accepted, Member, MemberId, MemberStatus, Preferences, Reach, Reservation};

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
            reach: Reach::default(),
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
        let of_it = |reservation: &&mut Reservation| reservation.member_id == *member;
        let told: Vec<_> = self.reservations_mut().into_iter().filter(of_it).map(Reservation::forget_person).collect();
        !told.is_empty()
    }

    fn reservations_mut(&mut self) -> Vec<&mut Reservation> {
        match self {
            Self::SeriesBooked { booked, .. } => booked.iter_mut().collect(),
            Self::FacilityUpdated { outside_hours, .. } => outside_hours.iter_mut().collect(),
            Self::SeriesCancelled(all) => all.iter_mut().map(|it| &mut it.reservation).collect(),
            other => other.reservation_mut().into_iter().collect(),
        }
    }

    fn reservation_mut(&mut self) -> Option<&mut Reservation> {
        match self {
            Self::HoldPlaced(it)
            | Self::HoldConfirmed(it)
            | Self::HoldReleased(Some(it))
            | Self::ReservationImported(it)
            | Self::CheckedIn(it)
            | Self::Completed(it)
            | Self::NoShowMarked(it)
            | Self::NoShowReversed(it)
            | Self::PaymentBegun(it)
            | Self::PaymentNoted(Some(it)) => Some(it),
            Self::ReservationCancelled(it) => Some(&mut it.reservation),
            Self::ReservationBooked(it) | Self::ReservationMoved(it) => Some(&mut it.reservation),
            Self::PaymentRecorded(it) => it.reservation.as_mut(),
            Self::Ticked
            | Self::FacilityCreated(_)
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
            | Self::BlockRemoved(_)
            | Self::SeriesBooked { .. }
            | Self::SeriesCancelled(_)
            | Self::WaitlistImported(_)
            | Self::DeliveriesClaimed(_)
            | Self::DeliveriesSettled
            | Self::ReceiptNoted
            | Self::ReachNoted
            | Self::PaymentNoted(None) => None,
        }
    }
}
