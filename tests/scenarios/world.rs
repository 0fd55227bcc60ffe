//! Where a script is played: the pure machine, or three nodes over HTTP.
//!
//! A world does what it is told and says what came of it; what was expected it does not know. An `Err` is
//! never an outcome: it says that the world itself failed.

use machine::{CourtId, Instant, Interval, LocalDate, Medium, MemberId};

use crate::action::{Action, Spot, Who};
use crate::outcome::{Candidate, Outcome, Standing, Taken, Waiting};
use crate::telling::{Carrier, Logged, Told};

/// Where a script is played.
pub trait World {
    /// It is this late now.
    fn at(&mut self, now: Instant) -> Result<(), String>;

    /// Everything stops and comes back from what it has kept.
    fn restart(&mut self) -> Result<(), String>;

    /// Somebody does something.
    fn act(&mut self, who: &Who, action: &Action) -> Result<Outcome, String>;

    /// The last request once more, as if its answer had been lost.
    fn again(&mut self) -> Result<Outcome, String>;

    /// A provider does something.
    fn carrier(&mut self, medium: Medium, what: &Carrier) -> Result<(), String>;

    /// All that is due by now leaves, as far as the providers take it.
    fn deliver(&mut self) -> Result<(), String>;

    /// What has been told so far, in order.
    fn told(&self) -> &[Told];

    /// What the notification log has of a member, in order.
    fn log(&mut self, member: &MemberId) -> Result<Vec<Logged>, String>;

    /// What is taken on a court on a day, whose midnights are `span`.
    fn taken(&mut self, court: &CourtId, day: LocalDate, span: Interval) -> Result<Vec<Taken>, String>;

    /// Where the slots of a court begin on a day.
    fn starts(&mut self, court: &CourtId, day: LocalDate) -> Result<Vec<Instant>, String>;

    /// How a member stands.
    fn member(&mut self, member: &MemberId) -> Result<Standing, String>;

    /// Where a reservation stands, in the words of the API.
    fn standing(&mut self, spot: &Spot) -> Result<String, String>;

    /// Who waits, in order of joining.
    fn waiting(&mut self) -> Result<Vec<Waiting>, String>;

    /// Who would get a slot from the waitlist if it were free, best first.
    fn ranked(&mut self, court: &CourtId, slot: Interval) -> Result<Vec<Candidate>, String>;

    /// What would be in the way of booking.
    fn why_not(&mut self, member: &MemberId, court: &CourtId, slot: Interval) -> Result<Vec<String>, String>;
}
