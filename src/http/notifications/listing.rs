//! Notifications of one facility in one order, from its replica and from its history.
//!
//! The order is total: the last decided first, then by id. What the replica remembers counts for it; the
//! history gives what it has forgotten, and what was sent elsewhere.

use std::cmp::Reverse;

use cluster::{Facility, PastNotification, PastNotifications, ReadError};
use machine::{Delivery, DeliveryId, DeliveryState, Instant, Logged, Medium, MemberId, ReservationId};

use super::view::NotificationView;

/// Records of history that one request looks at.
const LOOKED_AT_MAX: usize = 1_000;

/// Which notifications are wanted; any where a list is empty.
pub(super) struct Filter {
    pub(super) member: Option<MemberId>,
    pub(super) reservation: Option<ReservationId>,
    pub(super) states: Vec<String>,
    pub(super) kinds: Vec<String>,
    pub(super) media: Vec<String>,
    /// Whether what the payment provider is told is shown as well.
    pub(super) with_payment: bool,
}

/// Place in the list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(Reverse<Instant>, String);

/// What was found: the first places behind another one.
pub(super) struct Found {
    pub(super) items: Vec<(Place, NotificationView)>,
    /// Not everything behind this place was looked at.
    pub(super) upto: Option<Place>,
    /// The index of the replica.
    pub(super) index: u64,
}

/// What a history has.
struct Past {
    admitted: Vec<PastNotification>,
    /// The last one looked at, where there may be more.
    upto: Option<Place>,
}

impl Place {
    pub(super) fn new(at: Instant, id: &str) -> Self {
        Self(Reverse(at), id.to_owned())
    }

    pub(super) fn at(&self) -> Instant {
        self.0.0
    }

    pub(super) fn id(&self) -> &str {
        &self.1
    }

    fn of(past: &PastNotification) -> Self {
        let (at, id) = past.place();
        Self::new(at, id)
    }
}

impl Filter {
    /// The first `most` behind `after`.
    pub(super) async fn look_at(
        &self,
        facility: &Facility,
        after: Option<&Place>,
        most: usize,
    ) -> Result<Found, ReadError> {
        // Order: the history first. What the replica forgets meanwhile has been in it for long.
        let Past { admitted, upto } = self.past(facility, after, most).await?;
        let (mut items, index) = facility.read(|state, index| {
            let is_known = |past: &PastNotification| {
                DeliveryId::parse(past.place().1).is_ok_and(|id| state.delivery(&id).is_some())
            };
            let forgotten = admitted.iter().filter(|past| !is_known(past));
            let forgotten = forgotten.map(|past| (Place::of(past), NotificationView::of_past(past)));
            let here = state.deliveries(None).filter(|delivery| self.admits(delivery));
            let here = here.map(|delivery| (Place::new(delivery.created_at, delivery.id.as_str()), delivery));
            let mut here: Vec<_> = here.filter(|(place, _)| after.is_none_or(|after| place > after)).collect();
            here.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
            here.truncate(most);
            let here = here.into_iter().map(|(place, delivery)| (place, NotificationView::of(delivery)));
            (here.chain(forgotten).collect::<Vec<_>>(), index)
        });
        items.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        items.retain(|(place, _)| upto.as_ref().is_none_or(|upto| place <= upto));
        items.truncate(most);
        Ok(Found { items, upto, index })
    }

    async fn past(&self, facility: &Facility, after: Option<&Place>, most: usize) -> Result<Past, ReadError> {
        let mut past = Past { admitted: Vec::new(), upto: None };
        let after = after.map(|place| (place.at(), place.id().to_owned()));
        let mut wanted = PastNotifications { member: self.member.clone(), after, limit: 0 };
        let mut left = if self.admits_ended() { LOOKED_AT_MAX } else { 0 };
        while past.admitted.len() < most && left > 0 {
            wanted.limit = left.min(most);
            let records = facility.past_notifications(wanted.clone()).await?;
            left -= records.len().min(left);
            let is_all = records.len() < wanted.limit;
            past.upto = records.last().filter(|_| !is_all).map(Place::of);
            wanted.after = past.upto.as_ref().map(|place| (place.at(), place.id().to_owned()));
            past.admitted.extend(records.into_iter().filter(|one| self.admits_past(one)));
            if is_all {
                break;
            }
        }
        Ok(past)
    }

    fn admits(&self, one: &Delivery) -> bool {
        self.admits_words(Some(one.medium.word()), one.kind.word(), one.state)
            && self.member.as_ref().is_none_or(|member| one.member_id.as_ref() == Some(member))
            && self.reservation.as_ref().is_none_or(|wanted| one.reservation_id.as_ref() == Some(wanted))
    }

    fn admits_past(&self, one: &PastNotification) -> bool {
        match one {
            PastNotification::Delivery(delivery) => self.admits(delivery),
            PastNotification::Line(imported) => {
                let Logged::Notification { kind, medium, .. } = &imported.line.what else { return false };
                self.admits_words(medium.as_deref(), kind, DeliveryState::Sent)
                    && self.member.as_ref().is_none_or(|member| imported.member_id == *member)
                    && self.reservation.as_ref().is_none_or(|wanted| imported.reservation_id.as_ref() == Some(wanted))
            }
        }
    }

    fn admits_words(&self, medium: Option<&str>, kind: &str, state: DeliveryState) -> bool {
        let is_in = |words: &[String], word: &str| words.is_empty() || words.iter().any(|it| it == word);
        (self.with_payment || medium != Some(Medium::Payment.word()))
            && is_in(&self.media, medium.unwrap_or_default())
            && is_in(&self.kinds, kind)
            && is_in(&self.states, state.word())
    }

    fn admits_ended(&self) -> bool {
        let is_open =
            |word: &String| [DeliveryState::Scheduled, DeliveryState::Claimed].iter().any(|it| it.word() == word);
        self.states.is_empty() || !self.states.iter().all(is_open)
    }
}
