//! Plain records for tests.
//!
//! Whole and valid, with nothing special about them; a test that needs something special says so itself.
//! They are shared by the test targets and make no decision.

use machine::{Court, CourtId, Member, MemberId, MemberStatus, Preferences};

/// An active court that is named after its id.
pub(crate) fn court(id: &str) -> Court {
    Court {
        id: CourtId::parse(id).expect("a clean id"),
        name: id.to_owned(),
        court_type: "tennis".to_owned(),
        surface_type: None,
        active: true,
        sort_order: 1,
        price_per_slot_cents: None,
        peak_price_cents: None,
        version: 1,
    }
}

/// An active member that is named after its id.
pub(crate) fn member(id: &str) -> Member {
    Member {
        id: MemberId::parse(id).expect("a clean id"),
        name: id.to_owned(),
        email: String::new(),
        phone: None,
        membership_type: "member".to_owned(),
        membership_expires_at: None,
        status: MemberStatus::Active,
        max_active_reservations: None,
        advance_booking_days: None,
        preferences: Preferences { notification_email: true, notification_sms: false, locale: "en".to_owned() },
        credits_balance: 0,
        no_show_count: 0,
        total_bookings: 0,
        suspended_until: None,
        version: 1,
    }
}
