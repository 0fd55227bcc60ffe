//! What a viewer wants to see of a facility: one court, one day, both, or everything.

use machine::{CourtId, Interval};

/// What a viewer wants to see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    /// Only this court.
    pub(crate) court: Option<CourtId>,
    /// Only slots that share an instant with this day.
    pub(crate) span: Option<Interval>,
}

impl Filter {
    /// Whether a slot is to be seen.
    pub(crate) fn admits(&self, court: &CourtId, slot: &Interval) -> bool {
        self.court.as_ref().is_none_or(|wanted| wanted == court) && self.span.is_none_or(|span| span.overlaps(slot))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use machine::Instant;

    #[test]
    fn a_filter_admits_its_court_on_its_day() {
        let interval = |start, end| Interval { start: Instant(start), end: Instant(end) };
        let court = |id| CourtId::parse(id).unwrap();
        let all = Filter::default();
        let one = Filter { court: Some(court("a")), span: Some(interval(100, 200)) };
        assert!(all.admits(&court("b"), &interval(0, 1)));
        for (id, slot, seen) in [
            ("a", interval(150, 160), true),
            ("a", interval(50, 101), true),
            ("a", interval(50, 100), false),
            ("a", interval(200, 210), false),
            ("b", interval(150, 160), false),
        ] {
            assert_eq!(one.admits(&court(id), &slot), seen, "{id} {slot:?}");
        }
    }
}
