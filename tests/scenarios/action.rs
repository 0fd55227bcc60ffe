//! What somebody can do, with every name and time of the line resolved.
//!
//! It knows neither the machine's commands nor the paths of HTTP: each world finds its own way to do it.

use machine::{BlockKind, Court, CourtId, Instant, Interval, LocalDate, Medium, Member, MemberId, Settings};

/// Who does something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// A person, for itself.
    Member(MemberId),
    /// The club's people.
    Staff,
    /// The club's own back end.
    Club,
    /// Whoever runs the cluster.
    Operator,
}

/// A hold or reservation, named by what people know of it.
#[derive(Clone, Debug)]
pub struct Spot {
    /// Which court.
    pub court: CourtId,
    /// When it begins.
    pub start: Instant,
    /// Whose, if there is a choice; whoever acts if nobody is named.
    pub of: Option<MemberId>,
}

/// Rules that staff set aside.
#[derive(Clone, Debug, Default)]
pub struct Aside {
    /// Their codes.
    pub rules: Vec<String>,
    /// Why.
    pub reason: String,
}

/// How often something comes again.
#[derive(Clone, Debug)]
pub struct Recurrence {
    /// As a rule of RFC 5545.
    pub rule: String,
    /// How often in all.
    pub times: u32,
    /// Days from one to the next.
    pub every_days: u32,
}

/// What somebody waits for.
#[derive(Clone, Debug)]
pub struct Wait {
    /// Which court; `None` for any that fits.
    pub court: Option<CourtId>,
    /// Which type of court.
    pub court_type: Option<String>,
    /// On which day.
    pub day: LocalDate,
    /// When it may begin.
    pub window: Interval,
    /// For how long.
    pub minutes: u32,
    /// Booked without asking.
    pub at_once: bool,
    /// Before those of a lower one.
    pub priority: u32,
}

/// What becomes of bookings where a block comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clash {
    /// They refuse it.
    Reject,
    /// They are left out.
    Skip,
    /// They give way.
    Displace,
}

/// What somebody does.
#[derive(Clone, Debug)]
pub enum Action {
    Hold { court: CourtId, member: MemberId, slot: Interval, aside: Option<Aside> },
    Confirm { spot: Spot, with_credits: bool },
    Release(Spot),
    Cancel { spot: Spot, naming: Option<Spot> },
    Book { court: CourtId, member: MemberId, slot: Interval, with_credits: bool, aside: Option<Aside> },
    BookSeries { court: CourtId, member: MemberId, slot: Interval, recurrence: Recurrence, clash: Clash },
    CancelSeries { spot: Spot, from_here: bool },
    Move { spot: Spot, court: CourtId, slot: Interval, aside: Option<Aside> },
    CheckIn(Spot),
    Complete(Spot),
    Miss(Spot),
    TakeBackNoShow(Spot),
    BeginPayment(Spot),
    Pay { spot: Spot, cents: u64 },
    Join { member: MemberId, wait: Wait },
    Leave(MemberId),
    Accept(MemberId),
    Decline(MemberId),
    Block { court: Option<CourtId>, slot: Interval, kind: BlockKind, recurrence: Option<Recurrence>, clash: Clash },
    Unblock { court: Option<CourtId>, start: Instant },
    Set(Box<Settings>),
    AddCourt(Court),
    OpenCourt { court: CourtId, open: bool },
    RemoveCourt(CourtId),
    AddMember(Box<Member>),
    Suspend { member: MemberId, until: Option<Instant> },
    Reinstate(MemberId),
    Erase(MemberId),
    Credit { member: MemberId, amount: i64, reason: String },
    Import { court: CourtId, member: MemberId, slot: Interval },
    Want { member: MemberId, email: bool, text: bool },
    Readdress { member: MemberId, medium: Medium },
    Text { member: MemberId, words: String },
}

/// What somebody looks at.
#[derive(Clone, Debug)]
pub enum Check {
    /// What is taken on a court on a day.
    Taken { court: CourtId, day: LocalDate },
    /// Where the slots of a court begin on a day.
    Slots { court: CourtId, day: LocalDate },
    /// How a member stands.
    Member(MemberId),
    /// Where a reservation stands.
    Standing(Spot),
    /// Who waits.
    Waitlist,
    /// Who would get a slot from the waitlist, and why not the others.
    WhoGets { court: CourtId, slot: Interval },
    /// What would be in the way.
    WhyNot { member: MemberId, court: CourtId, slot: Interval },
    /// What has been told since the last look.
    Told,
    /// Whether the last message to a member says something.
    Says { member: MemberId, medium: Medium, words: String },
    /// What the notification log has of a member.
    Log(MemberId),
}
