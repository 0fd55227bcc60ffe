//! Checks the shape of a request, place by place, and remembers every place that is wrong.
//!
//! A body is first read into a struct of optional texts and numbers; a [`Check`] turns each into
//! the machine's own type. Only when nothing was wrong does a handler go on.

use std::borrow::Cow;

use machine::{
    BlockId, CourtId, DeliveryId, FacilityId, HoldId, IdError, Instant, Interval, LogId, MemberId, ReservationId,
    SeriesId, WaitlistId,
};
use serde::Deserialize;

use super::problem::{FieldError, Problem};
use crate::time::{MINUTE_MILLIS, parse_instant};

/// Text of a request, borrowed from its body where it has no escapes.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Text<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

impl Text<'_> {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// An identifier of any kind.
pub(crate) trait Id: Sized {
    fn of(text: &str) -> Result<Self, IdError>;
}

macro_rules! ids {
    ($($id:ty),*) => {
        $(impl Id for $id {
            fn of(text: &str) -> Result<Self, IdError> {
                Self::parse(text)
            }
        })*
    };
}

ids!(FacilityId, CourtId, MemberId, HoldId, ReservationId, WaitlistId, BlockId, SeriesId, LogId, DeliveryId);

/// The places found wrong so far.
#[derive(Debug, Default)]
pub(crate) struct Check {
    errors: Vec<FieldError>,
}

impl Check {
    /// Notes a place.
    pub(crate) fn wrong(&mut self, pointer: impl Into<String>, detail: impl Into<String>) {
        self.errors.push(FieldError { pointer: pointer.into(), detail: detail.into() });
    }

    /// An id that may be left out.
    pub(crate) fn id<T: Id>(&mut self, pointer: &str, text: Option<&Text<'_>>) -> Option<T> {
        match T::of(text?.as_str()) {
            Ok(id) => Some(id),
            Err(error) => {
                self.wrong(pointer, error.to_string());
                None
            }
        }
    }

    /// An id that must be there.
    pub(crate) fn required_id<T: Id>(&mut self, pointer: &str, text: Option<&Text<'_>>) -> Option<T> {
        if text.is_none() {
            self.missing(pointer);
        }
        self.id(pointer, text)
    }

    /// A time that may be left out.
    pub(crate) fn time(&mut self, pointer: &str, text: Option<&Text<'_>>) -> Option<Instant> {
        match parse_instant(text?.as_str()) {
            Ok(at) => Some(at),
            Err(error) => {
                self.wrong(pointer, error.to_string());
                None
            }
        }
    }

    /// A time that must be there.
    pub(crate) fn required_time(&mut self, pointer: &str, text: Option<&Text<'_>>) -> Option<Instant> {
        if text.is_none() {
            self.missing(pointer);
        }
        self.time(pointer, text)
    }

    /// A slot by its start and its end or length; both given must agree.
    pub(crate) fn slot(
        &mut self,
        start: Option<&Text<'_>>,
        end: Option<&Text<'_>>,
        minutes: Option<i64>,
    ) -> Option<Interval> {
        if end.is_none() && minutes.is_none() {
            self.missing("/endTime");
        }
        if minutes.is_some_and(|minutes| minutes <= 0) {
            self.wrong("/durationMinutes", "must be more than 0");
        }
        let start = self.required_time("/startTime", start);
        let end = self.time("/endTime", end);
        let length = minutes.filter(|minutes| *minutes > 0).map(|minutes| minutes.saturating_mul(MINUTE_MILLIS));
        let by_length = start.zip(length).map(|(start, millis)| start.plus(millis));
        if let (Some(end), Some(by_length)) = (end, by_length)
            && end != by_length
        {
            self.wrong("/durationMinutes", "does not agree with startTime and endTime");
        }
        let slot = Interval { start: start?, end: end.or(by_length)? };
        if slot.end <= slot.start {
            self.wrong("/endTime", "must be after startTime");
        }
        Some(slot)
    }

    /// Text of `1..=chars_max` characters that must be there.
    pub(crate) fn required_text(&mut self, pointer: &str, text: Option<&Text<'_>>, chars_max: usize) -> String {
        if text.is_none() {
            self.missing(pointer);
        }
        self.text(pointer, text, chars_max).unwrap_or_default()
    }

    /// Text of `1..=chars_max` characters that may be left out.
    pub(crate) fn text(&mut self, pointer: &str, text: Option<&Text<'_>>, chars_max: usize) -> Option<String> {
        let text = text?.as_str();
        if text.trim().is_empty() || text.chars().count() > chars_max {
            self.wrong(pointer, format!("must have 1 to {chars_max} characters"));
        }
        Some(text.to_owned())
    }

    /// A number within bounds.
    pub(crate) fn number(&mut self, pointer: &str, number: Option<u32>, min: u32, max: u32) -> Option<u32> {
        let number = number?;
        if !(min..=max).contains(&number) {
            self.wrong(pointer, format!("must be {min} to {max}"));
        }
        Some(number)
    }

    /// Notes that something is not there.
    pub(crate) fn missing(&mut self, pointer: &str) {
        self.wrong(pointer, "is required");
    }

    /// Nothing wrong, or everything that is. What was checked is there when nothing was wrong.
    pub(crate) fn finish<T>(self, checked: Option<T>) -> Result<T, Problem> {
        match checked {
            Some(checked) if self.errors.is_empty() => Ok(checked),
            _ => Err(Problem::malformed(self.errors)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Option<Text<'_>> {
        Some(Text(Cow::Borrowed(text)))
    }

    fn slot(start: &str, end: Option<&str>, minutes: Option<i64>) -> Result<Interval, Vec<String>> {
        let mut check = Check::default();
        let slot = check.slot(text(start).as_ref(), end.and_then(text).as_ref(), minutes);
        let pointers = |problem: Problem| problem.facts().errors.iter().map(|error| error.pointer.clone()).collect();
        check.finish(slot).map_err(pointers)
    }

    #[test]
    fn a_slot_is_a_start_and_an_end_or_a_length_that_agree() {
        let (start, end) = ("2026-12-01T18:00:00Z", "2026-12-01T20:00:00+01:00");
        let hour = slot(start, Some(end), None).unwrap();
        assert_eq!(slot(start, None, Some(60)), Ok(hour));
        assert_eq!(slot(start, Some(end), Some(60)), Ok(hour));
        assert_eq!(slot(start, Some(end), Some(90)), Err(vec!["/durationMinutes".to_owned()]));
        assert_eq!(slot(start, None, None), Err(vec!["/endTime".to_owned()]));
        assert_eq!(slot(start, Some("banana"), None), Err(vec!["/endTime".to_owned()]));
        assert_eq!(slot(end, Some(start), None), Err(vec!["/endTime".to_owned()]));
        assert_eq!(slot(start, None, Some(0)), Err(vec!["/durationMinutes".to_owned()]));
        assert_eq!(slot("banana", Some("kiwi"), None), Err(vec!["/startTime".to_owned(), "/endTime".to_owned()]));
    }

    #[test]
    fn every_wrong_place_is_named() {
        let mut check = Check::default();
        let colon = check.required_id::<CourtId>("/courtId", text("crt:1").as_ref());
        let missing = check.required_id::<MemberId>("/memberId", None);
        let problem = check.finish(colon.zip(missing)).unwrap_err();
        let pointers: Vec<&str> = problem.facts().errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, ["/courtId", "/memberId"]);
    }
}
