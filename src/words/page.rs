//! The page on which an offer is answered, in every state that it may be in.

use chrono_tz::Tz;
use machine::{Instant, Interval, Settings};
use serde::Serialize;

use super::dates::Dates;
use super::language::Language;
use super::{Words, WordsError, money};
use crate::calendar;
use crate::time::Utc;

/// What the page has to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PageState {
    /// The offer stands: take it or let it go.
    Open,
    /// It is kept for its payment.
    Paying,
    /// It is taken, and booked.
    Booked,
    /// It was let go just now.
    Declined,
    /// It is over: by the clock, or because it was answered or taken back.
    Over,
    /// It has to be paid before it is booked.
    Unpaid,
    /// The club's rules do not let it be booked.
    Refused,
    /// The link is not one of ours.
    Invalid,
    /// There is nothing that the link leads to.
    Unknown,
    /// Nobody can tell at the moment.
    Unavailable,
}

/// How what is offered can be taken on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ways {
    /// By one press: it costs nothing.
    Free,
    /// It costs money, which can always be paid at the club.
    Paid {
        /// Its member has credits.
        credits: bool,
        /// It can be paid by card.
        card: bool,
    },
}

/// What is offered.
#[derive(Clone, Copy)]
pub(crate) struct Offered<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) court_name: &'a str,
    pub(crate) slot: Interval,
    /// In minor units; `None` where it costs nothing.
    pub(crate) rate_cents: Option<u64>,
    pub(crate) expires_at: Instant,
    pub(crate) now: Instant,
    pub(crate) ways: Ways,
}

/// What the template may say.
#[derive(Default, Serialize)]
struct Shown<'a> {
    language: &'static str,
    /// The state, by the name that its words have.
    state: &'static str,
    club: Option<&'a str>,
    phone: Option<&'a str>,
    email: Option<&'a str>,
    court: Option<&'a str>,
    when: Option<String>,
    price: Option<String>,
    /// When the offer ends, in words and for programs.
    until: Option<String>,
    ends_at: Option<String>,
    can_accept: bool,
    can_use_credits: bool,
    can_pay: bool,
    can_decline: bool,
}

impl PageState {
    /// All of them.
    pub(super) const ALL: [Self; 10] = [
        Self::Open,
        Self::Paying,
        Self::Booked,
        Self::Declined,
        Self::Over,
        Self::Unpaid,
        Self::Refused,
        Self::Invalid,
        Self::Unknown,
        Self::Unavailable,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Paying => "paying",
            Self::Booked => "booked",
            Self::Declined => "declined",
            Self::Over => "over",
            Self::Unpaid => "unpaid",
            Self::Refused => "refused",
            Self::Invalid => "invalid",
            Self::Unknown => "unknown",
            Self::Unavailable => "unavailable",
        }
    }
}

impl Words {
    /// The page of an offer; of nothing in particular where the link does not say of what.
    pub(crate) fn offer_page(
        &self,
        language: Language,
        state: PageState,
        offered: Option<Offered<'_>>,
    ) -> Result<String, WordsError> {
        let shown = offered.map_or_else(Shown::default, |offered| Shown::of(offered, language, state));
        let mut shown = Shown { language: language.code(), state: state.word(), ..shown };
        // What has to be paid first is told so before anybody presses anything.
        if state == PageState::Open && shown.can_decline && !shown.can_accept {
            shown.state = if shown.can_pay { "payable" } else { PageState::Unpaid.word() };
        }
        self.render("offer.html", &shown)
    }
}

impl<'a> Shown<'a> {
    fn of(offered: Offered<'a>, language: Language, state: PageState) -> Self {
        let settings = offered.settings;
        let zone = calendar::zone(&settings.timezone).unwrap_or(Tz::UTC);
        let dates = Dates { language, zone, now: offered.now };
        let is_open = matches!(state, PageState::Open | PageState::Paying | PageState::Unpaid | PageState::Refused);
        let (credits, card) = match offered.ways {
            Ways::Free => (false, false),
            Ways::Paid { credits, card } => (credits, card),
        };
        Self {
            club: Some(&settings.name),
            phone: settings.phone.as_deref(),
            email: settings.email.as_deref(),
            court: Some(offered.court_name),
            when: Some(dates.slot(offered.slot)),
            price: offered.rate_cents.map(|cents| money::amount(cents, &settings.currency, language)),
            until: is_open.then(|| dates.until(offered.expires_at)),
            ends_at: is_open.then(|| Utc(offered.expires_at).to_string()),
            can_accept: state == PageState::Open && offered.ways == Ways::Free,
            can_use_credits: is_open && credits,
            can_pay: is_open && card,
            can_decline: is_open,
            ..Self::default()
        }
    }
}
