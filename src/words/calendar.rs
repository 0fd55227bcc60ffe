//! Reservations as iCalendar (RFC 5545): what goes with an email, and what a calendar subscribes to.
//!
//! An appointment is named after its reservation and counts its changes as the reservation does, so that a
//! calendar that hears of it again changes what it has, and takes it out when it is called off.

use chrono::{DateTime, Utc};
use icalendar::{Component, Event, EventLike, Property};
use machine::{DeliveryKind, FacilityId, Instant, Interval, MoreFacts, ReservationId, Settings};

use super::{Telling, one_line};
use crate::links::Links;
use crate::notify::{CalendarMethod, CalendarPart};

/// Who has made it, as RFC 5545 wants it told.
const PRODID: &str = "-//courtd//courtd//EN";
/// Where this cluster is, for who has no address of it: nowhere (RFC 2606).
const NO_HOST: &str = "courtd.invalid";
/// How often a calendar that subscribes is asked to look again.
const REFRESH_EVERY: &str = "PT1H";

/// A calendar before it is text.
pub(crate) struct Calendar<'a> {
    pub(crate) facility_id: &'a FacilityId,
    pub(crate) settings: &'a Settings,
    /// The address of who invites, where somebody is invited or may write to the club.
    pub(crate) organizer: Option<String>,
    /// Name and address of whom it is for, where it is sent to somebody.
    pub(crate) guest: Option<(&'a str, &'a str)>,
    pub(crate) appointments: Vec<Appointment<'a>>,
}

/// One reservation in a calendar.
pub(crate) struct Appointment<'a> {
    pub(crate) id: &'a ReservationId,
    /// The version of the reservation.
    pub(crate) sequence: u64,
    pub(crate) court: &'a str,
    pub(crate) slot: Interval,
    pub(crate) standing: Standing,
    /// Since when it is as it is.
    pub(crate) stamp: Instant,
}

/// Whether it takes place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It does.
    Confirmed,
    /// It was called off.
    Cancelled,
}

/// What a calendar makes of a delivery; `None` where that changes nothing in it.
pub(super) fn invitation(telling: Telling<'_>) -> Option<CalendarPart> {
    let Telling { delivery, settings, member, facility_id, .. } = telling;
    let (method, standing) = match delivery.kind {
        DeliveryKind::Confirmation | DeliveryKind::WaitlistAutoBooked | DeliveryKind::ReservationMoved => {
            (CalendarMethod::Request, Standing::Confirmed)
        }
        DeliveryKind::Cancellation | DeliveryKind::Displaced => (CalendarMethod::Cancel, Standing::Cancelled),
        _ => return None,
    };
    let (booking, id) = (delivery.facts.booking.as_ref()?, delivery.reservation_id.as_ref()?);
    let appointment = |id, slot, sequence| Appointment {
        id,
        sequence,
        court: &booking.court_name,
        slot,
        standing,
        stamp: delivery.created_at,
    };
    let appointments = match &delivery.facts.more {
        MoreFacts::Series { slots } => slots.iter().map(|it| appointment(&it.id, it.slot, it.version)).collect(),
        _ => vec![appointment(id, booking.slot, booking.version)],
    };
    let guest = (!member.email.is_empty()).then_some((member.name.as_str(), member.email.as_str()));
    let calendar = Calendar { facility_id, settings, organizer: Some(organizer(telling)), guest, appointments };
    Some(CalendarPart { method, text: calendar.text(Some(method)) })
}

/// Who invites: a request and a cancellation have to say it (RFC 5546 3.2.2, 3.2.5). Nobody is asked to answer, so
/// it need not be an address that is read.
fn organizer(telling: Telling<'_>) -> String {
    let host = || telling.links.and_then(Links::host).unwrap_or(NO_HOST);
    telling.settings.email.clone().unwrap_or_else(|| format!("noreply@{}", host()))
}

impl Calendar<'_> {
    /// The text, with CRLF and folded; `method` says what a mail asks a calendar to do.
    pub(crate) fn text(&self, method: Option<CalendarMethod>) -> String {
        let mut calendar = icalendar::Calendar::empty();
        calendar.append_property(("VERSION", "2.0"));
        calendar.append_property(("PRODID", PRODID));
        calendar.append_property(("CALSCALE", "GREGORIAN"));
        match method {
            Some(method) => _ = calendar.append_property(("METHOD", method.word())),
            None => {
                let name = one_line(&self.settings.name);
                calendar.append_property(Property::new("NAME", name.as_str()));
                calendar.append_property(Property::new("X-WR-CALNAME", name));
                let mut refresh = Property::new("REFRESH-INTERVAL", REFRESH_EVERY);
                calendar.append_property(refresh.add_parameter("VALUE", "DURATION").done());
            }
        }
        for appointment in &self.appointments {
            calendar.push(self.event(appointment));
        }
        calendar.to_string()
    }

    fn event(&self, appointment: &Appointment<'_>) -> Event {
        let club = one_line(&self.settings.name);
        let court = one_line(appointment.court);
        let place = [Some(&court), Some(&club), self.settings.address.as_ref()];
        let place = place.into_iter().flatten().map(|part| one_line(part)).collect::<Vec<_>>().join(", ");
        let mut event = Event::new();
        event
            .uid(&format!("{}.{}@courtd", appointment.id, self.facility_id))
            .timestamp(utc(appointment.stamp))
            .starts(utc(appointment.slot.start))
            .ends(utc(appointment.slot.end))
            .summary(&format!("{court}, {club}"))
            .location(&place)
            .add_property("SEQUENCE", appointment.sequence.to_string());
        event.add_property("STATUS", appointment.standing.word());
        event
            .add_property("TRANSP", if appointment.standing == Standing::Confirmed { "OPAQUE" } else { "TRANSPARENT" });
        if let Some(email) = &self.organizer {
            event.append_property(person("ORGANIZER", &club, email));
        }
        if let Some((name, email)) = self.guest {
            let mut guest = person("ATTENDEE", name, email);
            guest.add_parameter("PARTSTAT", "ACCEPTED").add_parameter("RSVP", "FALSE");
            event.append_multi_property(guest);
        }
        event.done()
    }
}

impl Standing {
    fn word(self) -> &'static str {
        match self {
            Self::Confirmed => "CONFIRMED",
            Self::Cancelled => "CANCELLED",
        }
    }
}

/// Somebody with an address. A parameter can say neither quotes nor control characters.
fn person(role: &str, name: &str, email: &str) -> Property {
    let clean = |text: &str| text.chars().filter(|letter| *letter != '"' && !letter.is_control()).collect::<String>();
    let mut person = Property::new(role, format!("mailto:{}", clean(email)));
    person.add_parameter("CN", &clean(name)).done()
}

fn utc(at: Instant) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at.0).unwrap_or(DateTime::UNIX_EPOCH)
}
