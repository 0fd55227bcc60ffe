//! Facts in words: what a template may say, every value of it already as people read it.
//!
//! Every name is there for every kind, and empty where it says nothing, so that a template that names anything
//! else is refused at the start.

use chrono_tz::Tz;
use machine::{Instant, Interval, MoreFacts};
use serde::Serialize;

use super::dates::Dates;
use super::language::Language;
use super::{Telling, money, sms};
use crate::calendar;
use crate::links::OfferLink;

/// What a template may say.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Said {
    language: &'static str,
    club: Club,
    /// The name of whom it is for.
    member: String,
    court: Option<String>,
    /// The court in a text message.
    court_short: Option<String>,
    /// Day and times.
    when: Option<String>,
    /// Day and start, in few letters.
    short: Option<String>,
    /// Day and start as people say it: `tomorrow at 6:00 PM`.
    soon: Option<String>,
    price: Option<String>,
    /// How the price stands: a word of the interface.
    payment: &'static str,
    /// Where an offer is answered.
    link: Option<String>,
    /// When an offer ends.
    until: Option<String>,
    by_club: bool,
    /// Whether a cancellation came later than it may for nothing.
    late: bool,
    fee: Option<String>,
    refund: Option<String>,
    credits_taken: u32,
    credits_back: u32,
    /// How often nobody came.
    count: u32,
    suspended_until: Option<String>,
    from_court: Option<String>,
    from_court_short: Option<String>,
    from_when: Option<String>,
    from_short: Option<String>,
    /// Each of a series, in words.
    dates: Vec<String>,
}

/// The club, as it shows itself.
#[derive(Clone, Debug, Default, Serialize)]
struct Club {
    name: String,
    /// Its name in a text message.
    short: String,
    email: Option<String>,
    phone: Option<String>,
    address: Option<String>,
}

impl Said {
    /// The facts of a delivery in the words of its member.
    pub(super) fn of(telling: Telling<'_>) -> Self {
        let Telling { delivery, settings, member, .. } = telling;
        let language = Language::of(&member.preferences.locale);
        let zone = calendar::zone(&settings.timezone).unwrap_or(Tz::UTC);
        let dates = Dates { language, zone, now: telling.now };
        let mut said = Self {
            language: language.code(),
            club: Club {
                name: settings.name.clone(),
                short: sms::name(&settings.name),
                email: settings.email.clone(),
                phone: settings.phone.clone(),
                address: settings.address.clone(),
            },
            member: member.name.clone(),
            payment: "none",
            ..Self::default()
        };
        if let Some(booking) = &delivery.facts.booking {
            said.court = Some(booking.court_name.clone());
            said.court_short = Some(sms::name(&booking.court_name));
            said.tell_slot(dates, booking.slot);
            said.price = booking.rate_cents.map(|cents| money::amount(cents, &settings.currency, language));
            said.payment = booking.payment.word();
        }
        said.tell_more(dates, telling);
        said
    }

    /// The code of its language.
    pub(super) fn language(&self) -> &'static str {
        self.language
    }

    fn tell_slot(&mut self, dates: Dates, slot: Interval) {
        self.when = Some(dates.slot(slot));
        self.short = Some(dates.short(slot.start));
        self.soon = Some(dates.soon(slot.start));
    }

    fn tell_more(&mut self, dates: Dates, telling: Telling<'_>) {
        let some = |cents: u64| (cents > 0).then(|| money::amount(cents, &telling.settings.currency, dates.language));
        match &telling.delivery.facts.more {
            MoreFacts::None | MoreFacts::Checkout { .. } => {}
            MoreFacts::Offer { expires_at } => {
                self.until = Some(dates.until(*expires_at));
                self.link = offer_link(telling, *expires_at);
            }
            MoreFacts::Cancelled {
                within_policy,
                by_club,
                penalty_credits,
                fee_cents,
                refund_cents,
                refund_credits,
                ..
            } => {
                self.by_club = *by_club;
                self.late = !within_policy && !by_club;
                (self.fee, self.refund) = (some(u64::from(*fee_cents)), some(*refund_cents));
                (self.credits_taken, self.credits_back) = (*penalty_credits, *refund_credits);
            }
            MoreFacts::Missed { penalty_credits, no_show_count, suspended_until } => {
                (self.credits_taken, self.count) = (*penalty_credits, *no_show_count);
                self.suspended_until = suspended_until.map(|at| dates.short(at));
            }
            MoreFacts::Moved { court_name, slot } => {
                (self.from_court, self.from_court_short) = (Some(court_name.clone()), Some(sms::name(court_name)));
                (self.from_when, self.from_short) = (Some(dates.slot(*slot)), Some(dates.short(slot.start)));
            }
            MoreFacts::Series { slots } => self.dates = slots.iter().map(|it| dates.slot(it.slot)).collect(),
            MoreFacts::Refund { amount_cents, .. } => self.refund = some(*amount_cents),
        }
    }
}

/// The link of an offer. What is given to an entry is named after it and counted, so the name of what is held
/// says which of its offers it is.
fn offer_link(telling: Telling<'_>, expires_at: Instant) -> Option<String> {
    let (delivery, links) = (telling.delivery, telling.links?);
    let (_, count) = delivery.reservation_id.as_ref()?.as_str().rsplit_once('-')?;
    let (facility_id, waitlist_id) = (telling.facility_id.clone(), delivery.waitlist_id.clone()?);
    Some(links.offer_url(&OfferLink { facility_id, waitlist_id, grant: count.parse().ok()?, expires_at }))
}
