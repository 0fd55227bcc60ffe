//! What comes of a line, in the few words that a script expects.
//!
//! Both worlds say it through this one file, so that the same outcome has the same words.

use machine::{Instant, Interval, LocalDate, MemberId};

use crate::when::Wall;

/// Refusals of who asks, not of what is asked. Whether a role or the state has the last word is not a
/// matter between a club and its manager.
const NOT_ALLOWED: [&str; 4] = ["forbidden", "not_yours", "staff_only", "override_not_allowed"];

/// What comes of doing something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is done: a word for what it is now.
    Done(&'static str),
    /// A slot is booked.
    Booked {
        /// Codes of what should be known.
        warnings: Vec<String>,
    },
    /// A reservation is called off.
    Cancelled {
        /// Too late to be free.
        late: bool,
        /// Credits that it costs.
        credits: u32,
        /// Fee that it costs.
        fee_cents: u32,
        /// Who got the slot, and whether it is only offered.
        to: Option<(MemberId, Promoted)>,
    },
    /// A series is booked.
    Series {
        /// How many.
        booked: usize,
        /// On which dates it is not.
        skipped: Vec<LocalDate>,
    },
    /// A series is called off: how many of it.
    SeriesCancelled(usize),
    /// Somebody waits: as what.
    Waits(String),
    /// Courts are blocked.
    Blocked {
        /// On which dates they are not.
        skipped: Vec<LocalDate>,
    },
    /// A balance has changed to this.
    Balance(i64),
    /// A payment goes back.
    Refunded {
        /// How much of it.
        cents: u64,
    },
    /// No: every code.
    Refused(Vec<String>),
    /// The same request got an answer that it should not have got.
    Differs(Box<Outcome>),
}

/// How a slot was passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promoted {
    /// Held for an answer.
    Offered,
    /// Booked at once.
    Booked,
}

impl Outcome {
    /// In words.
    pub fn show(&self) -> String {
        match self {
            Self::Done(word) => (*word).to_owned(),
            Self::Booked { warnings } if warnings.is_empty() => "booked".to_owned(),
            Self::Booked { warnings } => format!("booked, {}", warnings.join(", ")),
            Self::Cancelled { late, credits, fee_cents, to } => cancelled(*late, *credits, *fee_cents, to.as_ref()),
            Self::Series { booked, skipped } => format!("booked {booked}{}", but(skipped)),
            Self::SeriesCancelled(count) => format!("cancelled {count}"),
            Self::Waits(how) => how.clone(),
            Self::Blocked { skipped } => format!("blocked{}", but(skipped)),
            Self::Balance(balance) => credits(*balance),
            Self::Refunded { cents } => format!("refunded {}", money(*cents)),
            Self::Refused(codes) if codes.iter().any(|code| NOT_ALLOWED.contains(&code.as_str())) => {
                "not allowed".to_owned()
            }
            Self::Refused(codes) => format!("refused: {}", codes.join(", ")),
            Self::Differs(other) => format!("{}, but not the same answer", other.show()),
        }
    }
}

/// A court that is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// When.
    pub slot: Interval,
    /// `held`, `offered`, `booked`, `in use`, or what it is blocked for.
    pub how: String,
    /// By whom.
    pub by: Option<MemberId>,
}

/// What is taken, in words.
pub fn taken(all: &[Taken], wall: &Wall) -> String {
    let one = |taken: &Taken| {
        let by = match &taken.by {
            Some(by) if taken.how == "offered" => format!(" to {}", name_of(by.as_str())),
            Some(by) => format!(" by {}", name_of(by.as_str())),
            None => String::new(),
        };
        format!("{} {}{by}", wall.show_slot(taken.slot), taken.how)
    };
    if all.is_empty() { "free".to_owned() } else { all.iter().map(one).collect::<Vec<_>>().join(", ") }
}

/// Where slots begin, in words.
pub fn starts(all: &[Instant], wall: &Wall) -> String {
    if all.is_empty() { "none".to_owned() } else { all.iter().map(|at| wall.show(*at)).collect::<Vec<_>>().join(" ") }
}

/// How a member stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Credits left.
    pub credits: i64,
    /// How often it stayed away.
    pub no_shows: u32,
    /// `active`, `suspended`, `inactive`, `erased`.
    pub status: String,
    /// When a suspension ends.
    pub until: Option<Instant>,
}

/// How a member stands, in words.
pub fn standing(member: &Standing, wall: &Wall) -> String {
    let shows = if member.no_shows == 1 { "1 no-show".to_owned() } else { format!("{} no-shows", member.no_shows) };
    let status = match (member.status.as_str(), member.until) {
        ("active", _) => String::new(),
        (status, Some(until)) => format!(", {status} until {} {}", wall.date_of(until), wall.show(until)),
        (status, None) => format!(", {status}"),
    };
    format!("{}, {shows}{status}", credits(member.credits))
}

/// Somebody who waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Who.
    pub member: MemberId,
    /// `active`, `offered`, `converted`, `expired`, `cancelled`.
    pub status: String,
    /// Until when an offer stands.
    pub until: Option<Instant>,
}

/// Who waits, in words; those who do no longer are left out.
pub fn waiting(all: &[Waiting], wall: &Wall) -> String {
    let open = all.iter().filter(|one| matches!(one.status.as_str(), "active" | "offered"));
    let one = |one: &Waiting| {
        let name = name_of(one.member.as_str());
        one.until.map_or(name.clone(), |until| format!("{name} (offered until {})", wall.show(until)))
    };
    let shown: Vec<String> = open.map(one).collect();
    if shown.is_empty() { "nobody".to_owned() } else { shown.join(", ") }
}

/// Somebody who would take a slot.
pub struct Candidate {
    /// Who.
    pub member: MemberId,
    /// The API's word for what speaks against it; `given` where nothing does.
    pub fate: String,
    /// The rules against it.
    pub codes: Vec<String>,
}

/// Who would get a slot if it were free, in words; that it is taken now is no part of the question.
pub fn ranked(all: &[Candidate]) -> String {
    let one = |one: &Candidate| {
        let name = name_of(one.member.as_str());
        let codes: Vec<&str> = one.codes.iter().map(String::as_str).filter(|code| *code != "time_overlap").collect();
        match (one.fate.as_str(), codes.is_empty()) {
            ("let_go", _) => format!("{name} (let it go)"),
            ("given" | "refused", true) => name,
            ("refused", false) => format!("{name} ({})", codes.join(", ")),
            (fate, _) => format!("{name} ({fate})"),
        }
    };
    let shown: Vec<String> = all.iter().map(one).collect();
    if shown.is_empty() { "nobody".to_owned() } else { shown.join(", ") }
}

/// Codes of what would be in the way, in words.
pub fn why_not(codes: &[String]) -> String {
    if codes.is_empty() { "nothing is in the way".to_owned() } else { codes.join(", ") }
}

/// The name that an id was made of.
pub fn name_of(id: &str) -> String {
    id.replace('_', " ")
}

fn cancelled(late: bool, count: u32, fee_cents: u32, to: Option<&(MemberId, Promoted)>) -> String {
    let mut costs = Vec::new();
    if count > 0 {
        costs.push(credits(i64::from(count)));
    }
    if fee_cents > 0 {
        costs.push(money(u64::from(fee_cents)));
    }
    let how = match (late, costs.is_empty()) {
        (false, true) => "cancelled".to_owned(),
        (true, true) => "cancelled late for nothing".to_owned(),
        (true, false) => format!("cancelled late for {}", costs.join(" and ")),
        (false, false) => format!("cancelled in time for {}", costs.join(" and ")),
    };
    match to {
        None => how,
        Some((member, Promoted::Offered)) => format!("{how}, offered to {}", name_of(member.as_str())),
        Some((member, Promoted::Booked)) => format!("{how}, booked for {}", name_of(member.as_str())),
    }
}

fn credits(count: i64) -> String {
    if count == 1 { "1 credit".to_owned() } else { format!("{count} credits") }
}

fn money(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

fn but(skipped: &[LocalDate]) -> String {
    let dates: Vec<String> = skipped.iter().map(ToString::to_string).collect();
    if dates.is_empty() { String::new() } else { format!(", not {}", dates.join(", ")) }
}
