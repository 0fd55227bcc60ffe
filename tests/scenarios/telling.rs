//! What is told outside: how a script speaks of it, and how it is shown.
//!
//! In both worlds a message is told when a provider has taken it, whatever that says about it. After every line
//! all that is due by then has left, so what a line has told does not depend on how fast anything is.

use machine::{DeliveryKind, Instant, Medium, MemberId};

use crate::action::{Action, Check, Who};
use crate::founding::member_id;
use crate::outcome::name_of;
use crate::phrase::Phrase;

/// The media of messages.
pub const MEDIA: [Medium; 2] = [Medium::Email, Medium::Sms];

/// Words by which people end a subscription to texts, and those by which they begin it again: the provider of
/// texts tells of them, and answers itself.
const STOPS: [&str; 8] = ["STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"];
const STARTS: [&str; 3] = ["START", "YES", "UNSTOP"];

/// How a provider does what it is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    /// It takes everything and says so.
    #[default]
    Well,
    /// It takes nothing: there is too much.
    Busy,
    /// It takes nothing: it does not work.
    Down,
    /// It takes everything and says nothing.
    Silent,
    /// It takes nothing, and never will.
    Refusing,
}

impl Mood {
    /// Whether a message reaches its member.
    pub fn takes(self) -> bool {
        matches!(self, Self::Well | Self::Silent)
    }
}

/// What a provider does.
#[derive(Clone, Debug)]
pub enum Carrier {
    /// It does what it is asked for so from now on.
    Is(Mood),
    /// It tells that the last message to a member has come back.
    Returns(MemberId),
}

/// What somebody says in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// It wants no more.
    Stop,
    /// It wants some again.
    Start,
    /// Anything else.
    Other,
}

impl Said {
    /// What the provider of texts makes of a text.
    pub fn of(words: &str) -> Self {
        if STOPS.contains(&words) {
            Self::Stop
        } else if STARTS.contains(&words) {
            Self::Start
        } else {
            Self::Other
        }
    }
}

/// A message that a provider has taken.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Told {
    /// Who is told.
    pub member: MemberId,
    /// By what way.
    pub medium: Medium,
    /// What it tells.
    pub kind: String,
    /// Which delivery it was.
    pub delivery: String,
    /// All its words.
    pub words: String,
}

/// A line of the notification log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Logged {
    /// When it was decided.
    pub at: Instant,
    /// What it tells.
    pub kind: String,
    /// By what way.
    pub medium: Medium,
    /// The API's word for where it stands.
    pub state: String,
    /// Why, as a code.
    pub detail: Option<String>,
    /// How often it was tried.
    pub tries: usize,
}

/// What a provider does, after `the email provider` or `the text provider`.
pub fn carrier(phrase: &mut Phrase<'_>) -> Result<Carrier, String> {
    let moods = ["works again", "is busy", "is down", "falls silent", "refuses everything"];
    Ok(match phrase.eat_any(&moods) {
        Some(0) => Carrier::Is(Mood::Well),
        Some(1) => Carrier::Is(Mood::Busy),
        Some(2) => Carrier::Is(Mood::Down),
        Some(3) => Carrier::Is(Mood::Silent),
        Some(_) => Carrier::Is(Mood::Refusing),
        None => {
            phrase.expect("returns the last to")?;
            Carrier::Returns(member_id(phrase.word()?)?)
        }
    })
}

/// Verbs by which members say how they are to be told, and what they text.
pub fn act(who: &Who, phrase: &mut Phrase<'_>) -> Result<Option<Action>, String> {
    let Who::Member(member) = who else { return Ok(None) };
    let member = member.clone();
    let verbs = ["wants emails and texts", "wants emails", "wants texts", "wants no messages", "texts", "gets a new"];
    Ok(Some(match phrase.eat_any(&verbs) {
        Some(wants @ 0..=3) => Action::Want { member, email: wants <= 1, text: wants == 0 || wants == 2 },
        Some(4) => Action::Text { member, words: phrase.quoted()?.to_owned() },
        Some(_) => Action::Readdress { member, medium: medium(phrase)? },
        None => return Ok(None),
    }))
}

/// What can be looked at, after `check`.
pub fn check(phrase: &mut Phrase<'_>) -> Result<Option<Check>, String> {
    Ok(Some(match phrase.eat_any(&["told", "log of", "the last"]) {
        Some(0) => Check::Told,
        Some(1) => Check::Log(member_id(phrase.word()?)?),
        Some(_) => {
            let medium = medium(phrase)?;
            phrase.expect("to")?;
            let member = member_id(phrase.word()?)?;
            phrase.expect("says")?;
            Check::Says { member, medium, words: phrase.quoted()?.to_owned() }
        }
        None => return Ok(None),
    }))
}

fn medium(phrase: &mut Phrase<'_>) -> Result<Medium, String> {
    match phrase.eat_any(&["email", "text", "number"]) {
        Some(0) => Ok(Medium::Email),
        Some(_) => Ok(Medium::Sms),
        None => Err(format!("expected email or text before \"{}\"", phrase.rest())),
    }
}

/// What is told, in a script's words: `reminder 2 hours before`.
pub fn kind(word: &str, minutes_before: Option<u64>) -> String {
    let word = word.replace('_', " ");
    match minutes_before {
        None => word,
        Some(minutes) if minutes.is_multiple_of(60) => {
            format!("{word} {} hour{} before", minutes / 60, if minutes == 60 { "" } else { "s" })
        }
        Some(minutes) => format!("{word} {minutes} minutes before"),
    }
}

/// What a delivery tells, in a script's words.
pub fn kind_of(delivery: DeliveryKind) -> String {
    match delivery {
        DeliveryKind::Reminder { minutes_before } => kind(delivery.word(), Some(u64::from(minutes_before))),
        _ => kind(delivery.word(), None),
    }
}

/// What has been told, in words.
pub fn told(all: &[Told]) -> String {
    let one = |it: &Told| format!("{} by {}: {}", name_of(it.member.as_str()), medium_word(it.medium), it.kind);
    if all.is_empty() { "nobody".to_owned() } else { all.iter().map(one).collect::<Vec<_>>().join(", ") }
}

/// Lines of the notification log, in words.
pub fn log(all: &[Logged]) -> String {
    let one = |it: &Logged| {
        let tries = (it.tries > 1).then(|| format!("{} tries", it.tries));
        let more: Vec<String> = it.detail.iter().cloned().chain(tries).collect();
        let more = if more.is_empty() { String::new() } else { format!(" ({})", more.join(", ")) };
        format!("{} by {} {}{more}", it.kind, medium_word(it.medium), it.state)
    };
    if all.is_empty() { "nothing".to_owned() } else { all.iter().map(one).collect::<Vec<_>>().join(", ") }
}

/// Why a delivery stands as it does: why it was dropped, what was told of it, or what its last try came to. How it
/// came that nobody knows is no matter of the script.
pub fn why(state: &str, reasons: [Option<String>; 3]) -> Option<String> {
    reasons.into_iter().flatten().next().filter(|_| state != "unknown")
}

/// Whether a message says something.
pub fn says(message: Option<&str>, words: &str) -> String {
    match message {
        None => "there was none",
        Some(message) if message.contains(words) => "yes",
        Some(_) => "no",
    }
    .to_owned()
}

fn medium_word(medium: Medium) -> &'static str {
    match medium {
        Medium::Sms => "text",
        other => other.word(),
    }
}
