//! What a club decides about itself: the settings of a facility, as a plain record.
//!
//! Opening hours are here in local words, for people and for the job that turns them into
//! [`CalendarDay`](crate::CalendarDay)s; the rules look only at those.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::LocalDate;

/// One opening of a day in local minutes after midnight; `close` past 1440 runs into the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalHours {
    /// Minutes after local midnight.
    pub open: u16,
    /// Minutes after local midnight, greater than `open`, at most 2880.
    pub close: u16,
}

/// The settings of a facility. Defaults are the original system's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Shown name.
    pub name: String,
    /// Name in addresses; unique in the cluster.
    pub slug: String,
    /// The chain of clubs this one belongs to.
    pub chain: Option<String>,
    /// IANA name of the time zone.
    pub timezone: String,
    /// Whether the facility takes bookings.
    pub active: bool,
    /// Openings per weekday, Monday first.
    pub opening_hours: [Vec<LocalHours>; 7],
    /// Openings of single dates, instead of the weekday's.
    pub opening_exceptions: BTreeMap<LocalDate, Vec<LocalHours>>,
    /// Length of a slot in minutes.
    pub slot_minutes: u32,
    /// Shortest reservation in minutes.
    pub min_duration_minutes: u32,
    /// Longest reservation in minutes.
    pub max_duration_minutes: u32,
    /// Minutes that stay free between two reservations of a court.
    pub buffer_minutes: u32,
    /// How many local days ahead a member may book.
    pub advance_booking_days: u32,
    /// How long a hold lives, in seconds.
    pub hold_seconds: u32,
    /// How long a waitlist offer lives, in minutes.
    pub offer_minutes: u32,
    /// How long before the start a member may check in, in minutes.
    pub check_in_minutes_before: u32,
    /// How long before the start a reminder is sent, in minutes, each.
    pub reminder_minutes_before: Vec<u32>,
    /// What a late cancellation costs.
    pub cancellation: CancellationPolicy,
    /// What staying away costs.
    pub no_show: NoShowPolicy,
    /// How much a member may hold at a time.
    pub limits: Limits,
    /// Hours that cost more.
    pub peak_hours: Vec<PeakHours>,
    /// ISO 4217 code of all prices.
    pub currency: String,
    /// Contact.
    pub email: Option<String>,
    /// Contact.
    pub phone: Option<String>,
    /// Contact.
    pub address: Option<String>,
    /// Grows by one with every change.
    pub version: u64,
}

/// What a late cancellation costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancellationPolicy {
    /// Notice, in hours before the start, from which on a cancellation is free.
    pub hours: u32,
    /// Fee in minor units of the facility's currency.
    pub fee_cents: u32,
    /// Credits taken.
    pub penalty_credits: u32,
}

/// What staying away costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoShowPolicy {
    /// Credits taken.
    pub penalty_credits: u32,
    /// Minutes after the start at which the slot is given up; the end where `None`.
    pub grace_minutes: Option<u32>,
    /// Suspends the member at this many no-shows.
    pub suspend_after: Option<u32>,
    /// For how many days.
    pub suspend_days: u32,
}

/// How much a member may hold at a time; `None` is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Future reservations and holds.
    pub max_active_reservations: Option<u32>,
    /// Reservations and holds of one local day.
    pub max_per_day: Option<u32>,
    /// Live holds.
    pub max_holds: Option<u32>,
}

/// Hours that cost more, in local time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeakHours {
    /// Weekdays, 0 is Monday.
    pub days: Vec<u8>,
    /// From and to, in local minutes after midnight.
    pub hours: LocalHours,
}

impl Settings {
    /// A facility as the original made it: 06:00 to 22:00 daily, 60-minute slots, 14 days ahead.
    pub fn new(name: &str, slug: &str, timezone: &str) -> Self {
        let daily = || vec![LocalHours { open: 360, close: 1320 }];
        Self {
            name: name.to_owned(),
            slug: slug.to_owned(),
            chain: None,
            timezone: timezone.to_owned(),
            active: true,
            opening_hours: std::array::from_fn(|_| daily()),
            opening_exceptions: BTreeMap::new(),
            slot_minutes: 60,
            min_duration_minutes: 60,
            max_duration_minutes: 120,
            buffer_minutes: 0,
            advance_booking_days: 14,
            hold_seconds: 15,
            offer_minutes: 30,
            check_in_minutes_before: 15,
            reminder_minutes_before: vec![1440, 120],
            cancellation: CancellationPolicy { hours: 24, fee_cents: 0, penalty_credits: 0 },
            no_show: NoShowPolicy { penalty_credits: 0, grace_minutes: None, suspend_after: None, suspend_days: 14 },
            limits: Limits { max_active_reservations: Some(3), max_per_day: None, max_holds: Some(3) },
            peak_hours: Vec::new(),
            currency: "USD".to_owned(),
            email: None,
            phone: None,
            address: None,
            version: 1,
        }
    }
}
