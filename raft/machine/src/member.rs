//! A member: a person who books, as a plain record.
//!
//! What a member may do is decided in `rules` and by [`Actor`](crate::Actor). A member is a person; the
//! replicas of a group are never called so here.

use serde::{Deserialize, Serialize};

use crate::{Instant, MemberId};

/// Whether a member may book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MemberStatus {
    /// May book.
    Active,
    /// May not book until staff or time says otherwise.
    Suspended,
    /// Has left.
    Inactive,
    /// A tombstone: nothing is known of the person any more, and the id is never used again.
    Erased,
}

/// How a member wants to be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preferences {
    /// By email.
    pub notification_email: bool,
    /// By text message.
    pub notification_sms: bool,
    /// BCP 47 language tag.
    pub locale: String,
}

/// Why an address takes no messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Unreachable {
    /// Whoever is there does not want to be told.
    OptedOut,
    /// Messages come back.
    Bounced,
    /// Whoever is there called a message spam.
    Complained,
    /// There is no such address.
    BadAddress,
}

impl Unreachable {
    /// What the interface calls it.
    pub fn word(self) -> &'static str {
        match self {
            Self::OptedOut => "opted_out",
            Self::Bounced => "bounced",
            Self::Complained => "complained",
            Self::BadAddress => "bad_address",
        }
    }
}

/// Which addresses of a member take no messages; an address that changes is given another try.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// Why the email address takes none.
    pub email: Option<Unreachable>,
    /// Why the telephone takes none.
    pub sms: Option<Unreachable>,
}

/// A person who books.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its name among machines.
    pub id: MemberId,
    /// Its name among people.
    pub name: String,
    /// Address; empty where none is known.
    pub email: String,
    /// E.164 where it is known.
    pub phone: Option<String>,
    /// Free text: member, guest, staff, …
    pub membership_type: String,
    /// Until when the membership runs; for ever where `None`.
    pub membership_expires_at: Option<Instant>,
    /// Whether the member may book.
    pub status: MemberStatus,
    /// Own limit of future reservations; the facility's where `None`.
    pub max_active_reservations: Option<u32>,
    /// Own booking window in days; the facility's where `None`.
    pub advance_booking_days: Option<u32>,
    /// How the member wants to be told.
    pub preferences: Preferences,
    /// Which addresses take no messages, as their providers know.
    pub reach: Reach,
    /// Credits left.
    pub credits_balance: i64,
    /// How often the member stayed away.
    pub no_show_count: u32,
    /// Reservations ever confirmed.
    pub total_bookings: u32,
    /// End of a suspension that ends by itself.
    pub suspended_until: Option<Instant>,
    /// Grows by one with every change.
    pub version: u64,
}

impl Member {
    /// Somebody who may book, with nothing known but a name.
    pub fn new(id: MemberId, name: &str) -> Self {
        Self {
            id,
            name: name.to_owned(),
            email: String::new(),
            phone: None,
            membership_type: "member".to_owned(),
            membership_expires_at: None,
            status: MemberStatus::Active,
            max_active_reservations: None,
            advance_booking_days: None,
            preferences: Preferences { notification_email: true, notification_sms: false, locale: "en".to_owned() },
            reach: Reach::default(),
            credits_balance: 0,
            no_show_count: 0,
            total_bookings: 0,
            suspended_until: None,
            version: 1,
        }
    }
}
