//! The offer that a link leads to, as it stands.

use axum::http::StatusCode;
use cluster::{Facility, Grant};
use machine::{HoldId, Instant, Interval, MemberId, Settings, Status, WaitlistEntry, WaitlistStatus};

use super::PRINCIPAL;
use crate::auth::{Caller, Need, Who};
use crate::edge::Edge;
use crate::http::params::Freshness;
use crate::links::{LinkError, OfferLink};
use crate::words::{Language, PageState, Ways};

/// An offer that a link leads to, as it stands here.
pub(super) struct Offer {
    pub(super) facility: Facility,
    pub(super) language: Language,
    member: MemberId,
    pub(super) state: PageState,
    /// Whether the link's own time is over.
    pub(super) is_late: bool,
    /// What is held for it, while it is.
    pub(super) hold: Option<HoldId>,
    pub(super) shown: Option<Shown>,
    /// Its page.
    pub(super) url: String,
}

/// What the page shows of an offer.
pub(super) struct Shown {
    pub(super) settings: Settings,
    pub(super) court_name: String,
    pub(super) slot: Interval,
    pub(super) rate_cents: Option<u64>,
    pub(super) expires_at: Instant,
    pub(super) now: Instant,
    pub(super) ways: Ways,
}

impl Offer {
    /// The member that it was made to: whoever has the link acts for it.
    pub(super) fn caller(&self) -> Option<Caller> {
        let facilities = vec![self.facility.id().clone()];
        let who = Who::granted(&Grant::Member { facilities, member: self.member.clone() }, PRINCIPAL);
        Caller::admit(who, Need::ActForMember).ok()
    }
}

/// The offer that a token leads to; where it leads to none, what there is to say instead.
pub(super) async fn find(edge: &Edge, token: &str) -> Result<Offer, PageState> {
    let links = edge.outside.links.as_ref().ok_or(PageState::Invalid)?;
    let (link, is_late) = match links.offer(token, edge.node.now()) {
        Ok(link) => (link, false),
        // It may have been taken in time: its member sees what became of it.
        Err(LinkError::Expired(link)) => (*link, true),
        Err(_) => return Err(PageState::Invalid),
    };
    let anybody = Caller::admit(Who::Public, Need::Anybody).map_err(|_| PageState::Unavailable)?;
    let found = edge.find_by_id(&anybody, &link.facility_id).await;
    let facility = found.map_err(|problem| match problem.facts().status {
        StatusCode::NOT_FOUND => PageState::Unknown,
        _ => PageState::Unavailable,
    })?;
    // The message may be faster than this node's replica.
    let fresh = edge.freshen(&facility, Freshness { min_index: None, linearizable: true }).await;
    fresh.map_err(|_| PageState::Unavailable)?;
    let by_card = edge.outside.stripe.is_some();
    let offer = facility.read(|state, _| look(&facility, state, &link, (is_late, by_card), edge.node.now()));
    let url = links.url(&format!("/waitlist/accept/{token}"));
    match offer {
        // Whatever stands by then: a link that is over takes nothing.
        Some(offer) if is_late && offer.state == PageState::Open => Ok(Offer { state: PageState::Over, url, ..offer }),
        Some(offer) => Ok(Offer { url, ..offer }),
        None => Err(if is_late { PageState::Over } else { PageState::Unknown }),
    }
}

/// How the offer stands in a state of the facility; `None` where that knows nothing of its entry.
fn look(
    facility: &Facility,
    state: &machine::Facility,
    link: &OfferLink,
    (is_late, card): (bool, bool),
    now: Instant,
) -> Option<Offer> {
    let entry = state.waitlist_entry(&link.waitlist_id)?;
    let (settings, member) = (state.settings()?, state.member(&entry.member_id)?);
    let is_this_one = entry.grants == link.grant;
    let reservation = entry.reservation_id.as_ref().filter(|_| is_this_one).and_then(|id| state.reservation(id));
    let standing = standing(entry, reservation, now);
    let ways = match reservation.and_then(|it| it.rate_cents).unwrap_or(0) {
        0 => Ways::Free,
        _ => Ways::Paid { credits: member.credits_balance > 0 && !is_late, card },
    };
    let shown = reservation.map(|it| Shown {
        settings: settings.clone(),
        court_name: state.court(&it.court_id).map_or_else(|| it.court_id.to_string(), |court| court.name.clone()),
        slot: it.slot,
        rate_cents: it.rate_cents.filter(|cents| *cents > 0),
        expires_at: it.hold_expiry.unwrap_or(link.expires_at),
        now,
        ways,
    });
    Some(Offer {
        facility: facility.clone(),
        language: Language::of(&member.preferences.locale),
        member: entry.member_id.clone(),
        state: standing,
        is_late,
        url: String::new(),
        hold: reservation.and_then(|it| it.hold_id.clone()),
        shown,
    })
}

fn standing(entry: &WaitlistEntry, reservation: Option<&machine::Reservation>, now: Instant) -> PageState {
    let Some(reservation) = reservation else { return PageState::Over };
    match (entry.status, reservation.status) {
        (WaitlistStatus::Offered, status @ (Status::Held | Status::PaymentPending))
            if reservation.hold_expiry.is_some_and(|ends| ends > now) =>
        {
            if status == Status::Held {
                PageState::Open
            } else {
                PageState::Paying
            }
        }
        (WaitlistStatus::Converted, Status::Confirmed | Status::CheckedIn | Status::Completed) => PageState::Booked,
        _ => PageState::Over,
    }
}
