//! What a gate decides, on a clock that it is told: how many messages go now, and when the next one does.

use machine::Urgency;
use tokio::time::Instant;

use super::Sending;
use super::breaker::{Breaker, Turn};
use super::bucket::{Bucket, Pace};

/// A rate, a number of messages under way, and a breaker, as one.
#[derive(Debug)]
pub(super) struct Valve {
    bucket: Bucket,
    breaker: Breaker,
    in_flight: u32,
    in_flight_max: u32,
}

/// Leave to send one message.
#[derive(Debug)]
pub(super) struct Leave {
    /// It goes alone, after a pause.
    alone: bool,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Unused,
    Begun,
    Settled,
}

impl Leave {
    /// From here on the message may be with the provider.
    pub(super) fn begin(&mut self) {
        self.stage = Stage::Begun;
    }

    /// It is known what came of it.
    pub(super) fn settle(&mut self) {
        self.stage = Stage::Settled;
    }
}

impl Valve {
    pub(super) fn new(pace: Pace, now: Instant) -> Self {
        let bucket = Bucket::new(pace, now);
        Self { bucket, breaker: Breaker::new(), in_flight: 0, in_flight_max: pace.in_flight }
    }

    /// How many messages of this urgency go now.
    pub(super) fn room(&mut self, urgency: Urgency, now: Instant) -> usize {
        self.bucket.room(urgency, now).min(self.breaker.room(now)).min(self.places(urgency))
    }

    /// Takes leave for one, if there is.
    pub(super) fn take(&mut self, urgency: Urgency, now: Instant) -> Option<Leave> {
        if self.room(urgency, now) == 0 {
            return None;
        }
        self.bucket.take(now);
        self.in_flight += 1;
        Some(Leave { alone: self.breaker.let_through(), stage: Stage::Unused })
    }

    /// When the next one of this urgency goes: now, at an instant, or `None` where that depends on those
    /// that are under way.
    pub(super) fn opens_at(&mut self, urgency: Urgency, now: Instant) -> Option<Instant> {
        if self.places(urgency) == 0 {
            return None;
        }
        let token = now.checked_add(self.bucket.wait(urgency, now))?;
        match self.breaker.opens_at() {
            Some(opens_at) => Some(token.max(opens_at)),
            None => (self.breaker.room(now) > 0).then_some(token),
        }
    }

    /// One has come back with a result.
    pub(super) fn note(&mut self, sending: &Sending, now: Instant) -> Option<Turn> {
        self.breaker.note(sending, now)
    }

    /// One is not under way any more. What was not begun costs nothing.
    pub(super) fn give_back(&mut self, leave: &Leave, now: Instant) {
        self.in_flight = self.in_flight.saturating_sub(1);
        if leave.stage == Stage::Unused {
            self.bucket.give_back();
        }
        if leave.alone && leave.stage != Stage::Settled {
            self.breaker.give_up_probe(now);
        }
    }

    /// Whether everything goes, as far as the provider's answers say.
    pub(super) fn is_flowing(&self) -> bool {
        self.breaker.is_flowing()
    }

    /// Whether the settings were found wrong, and not right since.
    pub(super) fn is_misconfigured(&self) -> bool {
        self.breaker.is_misconfigured()
    }

    /// How many more may be under way.
    fn places(&self, urgency: Urgency) -> usize {
        let reserve = Pace::reserve(self.in_flight_max);
        let most = self.in_flight_max + reserve - Pace::kept_back(reserve, urgency);
        most.saturating_sub(self.in_flight) as usize
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use machine::Urgency::{Offer, Ordinary, Soon};

    use super::*;

    fn valve(per_second: f64, in_flight: u32) -> (Valve, Instant) {
        let now = Instant::now();
        (Valve::new(Pace::new(per_second, in_flight), now), now)
    }

    /// Sends one, with that result.
    fn send(valve: &mut Valve, urgency: Urgency, sending: &Sending, now: Instant) {
        let mut leave = valve.take(urgency, now).expect("there is room");
        leave.begin();
        valve.note(sending, now);
        leave.settle();
        valve.give_back(&leave, now);
    }

    #[test]
    fn ten_thousand_ordinary_ones_never_delay_an_offer() {
        let (mut valve, began) = valve(20.0, 1_000);
        let (mut now, mut waiting, mut offers) = (began, 10_000, 0);
        let accepted = Sending::accepted(None);
        while waiting > 0 {
            while waiting > 0 && valve.room(Ordinary, now) > 0 {
                send(&mut valve, Ordinary, &accepted, now);
                waiting -= 1;
                if waiting % 100 == 0 {
                    send(&mut valve, Offer, &accepted, now);
                    offers += 1;
                }
            }
            now = valve.opens_at(Ordinary, now).expect("nothing is under way");
        }
        assert_eq!(offers, 100);
        let rate = f64::from(10_000 + offers) / (now - began).as_secs_f64();
        assert!((19.5..20.5).contains(&rate), "{rate} a second");
    }

    #[test]
    fn only_so_many_are_under_way_and_offers_have_places_of_their_own() {
        let (mut valve, now) = valve(1_000.0, 4);
        let under_way: Vec<Leave> = (0..4).map_while(|_| valve.take(Ordinary, now)).collect();
        assert_eq!((under_way.len(), valve.room(Soon, now), valve.room(Offer, now)), (4, 0, 1));
        assert_eq!(valve.opens_at(Ordinary, now), None);
        assert!(valve.take(Offer, now).is_some() && valve.take(Offer, now).is_none());
        valve.give_back(&under_way[0], now);
        assert_eq!((valve.room(Offer, now), valve.room(Ordinary, now)), (1, 0));
    }

    #[test]
    fn leave_that_is_not_used_costs_nothing_and_what_was_dropped_on_the_way_does() {
        let (mut valve, now) = valve(4.0, 100);
        let all: Vec<Leave> = std::iter::from_fn(|| valve.take(Offer, now)).collect();
        assert_eq!((all.len(), valve.room(Offer, now)), (5, 0));
        all.iter().skip(1).for_each(|leave| valve.give_back(leave, now));
        assert_eq!(valve.room(Offer, now), 4);
        let mut dropped = valve.take(Offer, now).unwrap();
        dropped.begin();
        valve.give_back(&dropped, now);
        assert_eq!(valve.room(Offer, now), 3);
    }

    #[test]
    fn after_failures_one_goes_alone_and_opens_it_for_all() {
        let (mut valve, now) = valve(1_000.0, 100);
        for _ in 0..5 {
            send(&mut valve, Offer, &Sending::unknown("timeout"), now);
        }
        let later = now + Duration::from_secs(2);
        assert_eq!((valve.room(Offer, now), valve.opens_at(Offer, now)), (0, Some(later)));
        assert_eq!(valve.room(Ordinary, later), 1);
        let probe = valve.take(Ordinary, later).unwrap();
        assert_eq!((valve.room(Offer, later), valve.opens_at(Offer, later)), (0, None));
        valve.give_back(&probe, later);
        send(&mut valve, Ordinary, &Sending::accepted(None), later);
        assert!(valve.room(Ordinary, later) > 50);
    }

    #[test]
    fn what_was_under_way_does_not_open_it_before_the_provider_said() {
        let (mut valve, now) = valve(1_000.0, 100);
        let mut late = valve.take(Offer, now).unwrap();
        late.begin();
        let busy = Sending::Again { after: Some(Duration::from_secs(40)), detail: "http_429".to_owned() };
        send(&mut valve, Offer, &busy, now);
        valve.note(&Sending::accepted(None), now);
        late.settle();
        valve.give_back(&late, now);
        assert_eq!(valve.room(Offer, now + Duration::from_secs(39)), 0);
        assert_eq!(valve.room(Offer, now + Duration::from_secs(40)), 1);
    }
}
