//! A line of a script, read into what is done or looked at.
//!
//! Read when its turn comes, because `tomorrow` depends on the time of the line before and `staff sets …` on
//! how the club is by then.

use machine::{BlockKind, Instant, Medium, Settings};

use crate::action::{Action, Aside, Check, Clash, Recurrence, Spot, Wait, Who};
use crate::founding::{self, cents, court_id, member_id};
use crate::phrase::Phrase;
use crate::telling::{self, Carrier};
use crate::when::Wall;

/// A line of a script.
#[derive(Clone, Debug)]
pub enum Step {
    /// It is this late now.
    At(Instant),
    /// All nodes stop and come back.
    Restart,
    /// The last request is sent once more.
    Again,
    /// A provider does something.
    Carrier(Medium, Carrier),
    /// Somebody does something.
    Act(Who, Box<Action>),
    /// Somebody looks.
    Check(Check),
}

/// Reads a line, without what is expected of it.
pub fn read(line: &str, wall: &Wall, settings: &Settings) -> Result<Step, String> {
    let mut phrase = Phrase::new(line);
    let step = match phrase.eat_any(&[
        "at",
        "after",
        "everybody restarts",
        "again",
        "check",
        "staff",
        "the club",
        "the operator",
        "the email provider",
        "the text provider",
    ]) {
        Some(0) => Step::At(wall.instant(&mut phrase)?),
        Some(1) => Step::At(wall.now.plus(duration(&mut phrase)?)),
        Some(2) => Step::Restart,
        Some(3) => Step::Again,
        Some(4) => Step::Check(check(&mut phrase, wall)?),
        Some(5) => act(Who::Staff, &mut phrase, wall, settings)?,
        Some(6) => act(Who::Club, &mut phrase, wall, settings)?,
        Some(7) => act(Who::Operator, &mut phrase, wall, settings)?,
        Some(8) => Step::Carrier(Medium::Email, telling::carrier(&mut phrase)?),
        Some(_) => Step::Carrier(Medium::Sms, telling::carrier(&mut phrase)?),
        None => act(Who::Member(member_id(phrase.word()?)?), &mut phrase, wall, settings)?,
    };
    phrase.end()?;
    Ok(step)
}

/// `15 seconds`, `1 hour 30 minutes`: in milliseconds.
fn duration(phrase: &mut Phrase<'_>) -> Result<i64, String> {
    let mut millis = 0;
    while !phrase.rest().is_empty() {
        let number = i64::from(phrase.number()?);
        let units =
            ["milliseconds", "millisecond", "seconds", "second", "minutes", "minute", "hours", "hour", "days", "day"];
        let unit =
            phrase.eat_any(&units).ok_or_else(|| format!("expected a unit of time before \"{}\"", phrase.rest()))?;
        millis += number * [1, 1_000, 60_000, 3_600_000, 86_400_000][unit / 2];
    }
    Ok(millis)
}

fn check(phrase: &mut Phrase<'_>, wall: &Wall) -> Result<Check, String> {
    if let Some(check) = telling::check(phrase)? {
        return Ok(check);
    }
    if phrase.eat("waitlist") {
        return Ok(Check::Waitlist);
    }
    if phrase.eat("slots of") {
        return Ok(Check::Slots { court: court_id(phrase.until_comma())?, day: wall.day(phrase)? });
    }
    if phrase.eat("who gets") {
        return Ok(Check::WhoGets { court: court_id(phrase.until_comma())?, slot: wall.slot(phrase)? });
    }
    if phrase.eat("why") {
        let member = member_id(phrase.word()?)?;
        phrase.expect("cannot have")?;
        return Ok(Check::WhyNot { member, court: court_id(phrase.until_comma())?, slot: wall.slot(phrase)? });
    }
    if phrase.rest().contains("'s ") {
        return Ok(Check::Standing(spot(phrase, wall)?));
    }
    if phrase.rest().contains(',') {
        return Ok(Check::Taken { court: court_id(phrase.until_comma())?, day: wall.day(phrase)? });
    }
    Ok(Check::Member(member_id(phrase.word()?)?))
}

/// What somebody does, by its verb.
fn act(who: Who, phrase: &mut Phrase<'_>, wall: &Wall, settings: &Settings) -> Result<Step, String> {
    let action = match booking(&who, phrase, wall)? {
        Some(action) => action,
        None => match life(phrase, wall)? {
            Some(action) => action,
            None => match waiting(&who, phrase, wall)? {
                Some(action) => action,
                None => match telling::act(&who, phrase)? {
                    Some(action) => action,
                    None => ruling(phrase, wall, settings)?,
                },
            },
        },
    };
    Ok(Step::Act(who, Box::new(action)))
}

/// Verbs by which a slot is taken and given back.
fn booking(who: &Who, phrase: &mut Phrase<'_>, wall: &Wall) -> Result<Option<Action>, String> {
    Ok(Some(match phrase.eat_any(&["holds", "books", "imports", "confirms", "releases", "cancels"]) {
        Some(verb @ 0..=2) => {
            let (court, slot) = (court_id(phrase.until_comma())?, wall.slot(phrase)?);
            let recurrence = recurrence(phrase)?;
            let clash = if phrase.eat(", skipping conflicts") { Clash::Skip } else { Clash::Reject };
            let member = for_whom(who, phrase)?;
            let with_credits = phrase.eat("with credits");
            let aside = aside(phrase)?;
            match (verb, recurrence) {
                (0, _) => Action::Hold { court, member, slot, aside },
                (2, _) => Action::Import { court, member, slot },
                (_, Some(recurrence)) => Action::BookSeries { court, member, slot, recurrence, clash },
                (_, None) => Action::Book { court, member, slot, with_credits, aside },
            }
        }
        Some(3) => {
            let spot = spot(phrase, wall)?;
            Action::Confirm { spot, with_credits: phrase.eat("with credits") }
        }
        Some(4) => Action::Release(spot(phrase, wall)?),
        Some(_) => {
            let spot = self::spot(phrase, wall)?;
            match phrase.eat_any(&["and all after it", "and the whole series", "naming"]) {
                Some(0) => Action::CancelSeries { spot, from_here: true },
                Some(1) => Action::CancelSeries { spot, from_here: false },
                Some(_) => Action::Cancel { spot, naming: Some(self::spot(phrase, wall)?) },
                None => Action::Cancel { spot, naming: None },
            }
        }
        None => return Ok(None),
    }))
}

/// Verbs of a reservation's life.
fn life(phrase: &mut Phrase<'_>, wall: &Wall) -> Result<Option<Action>, String> {
    let verbs = [
        "moves",
        "checks in at",
        "completes",
        "marks",
        "takes back the no-show of",
        "goes to pay for",
        "takes a payment of",
    ];
    Ok(Some(match phrase.eat_any(&verbs) {
        Some(0) => {
            let spot = spot(phrase, wall)?;
            phrase.expect("to")?;
            let (court, slot) = (court_id(phrase.until_comma())?, wall.slot(phrase)?);
            Action::Move { spot, court, slot, aside: aside(phrase)? }
        }
        Some(1) => Action::CheckIn(spot(phrase, wall)?),
        Some(2) => Action::Complete(spot(phrase, wall)?),
        Some(3) => {
            let spot = spot(phrase, wall)?;
            phrase.expect("as missed")?;
            Action::Miss(spot)
        }
        Some(4) => Action::TakeBackNoShow(spot(phrase, wall)?),
        Some(5) => Action::BeginPayment(spot(phrase, wall)?),
        Some(_) => {
            let cents = u64::from(cents(phrase.word()?)?);
            phrase.expect("for")?;
            Action::Pay { spot: spot(phrase, wall)?, cents }
        }
        None => return Ok(None),
    }))
}

/// Verbs of those who wait.
fn waiting(who: &Who, phrase: &mut Phrase<'_>, wall: &Wall) -> Result<Option<Action>, String> {
    Ok(Some(match phrase.eat_any(&["joins the waitlist for", "accepts", "declines", "leaves the waitlist"]) {
        Some(0) => {
            let wait = wait(phrase, wall)?;
            Action::Join { member: for_whom(who, phrase)?, wait }
        }
        Some(1) => Action::Accept(for_whom(who, phrase)?),
        Some(2) => Action::Decline(for_whom(who, phrase)?),
        Some(_) => Action::Leave(for_whom(who, phrase)?),
        None => return Ok(None),
    }))
}

/// Verbs by which the club is run.
fn ruling(phrase: &mut Phrase<'_>, wall: &Wall, settings: &Settings) -> Result<Action, String> {
    let verbs = [
        "blocks",
        "unblocks",
        "sets",
        "adds court",
        "closes",
        "opens",
        "removes",
        "adds member",
        "suspends",
        "reinstates",
        "erases",
        "gives",
        "takes",
    ];
    let verb = phrase.eat_any(&verbs).ok_or_else(|| format!("nobody can \"{}\"", phrase.rest()))?;
    Ok(match verb {
        0 => return block(phrase, wall),
        1 => Action::Unblock { court: court_or_all(phrase)?, start: wall.instant(phrase)? },
        2 => {
            let mut settings = settings.clone();
            founding::set(&mut settings, take_rest(phrase))?;
            Action::Set(Box::new(settings))
        }
        3 => Action::AddCourt(founding::court(take_rest(phrase))?),
        4 => Action::OpenCourt { court: court_id(take_rest(phrase))?, open: false },
        5 => Action::OpenCourt { court: court_id(take_rest(phrase))?, open: true },
        6 => Action::RemoveCourt(court_id(take_rest(phrase))?),
        7 => Action::AddMember(Box::new(founding::member(take_rest(phrase), wall)?)),
        8 => {
            let member = member_id(phrase.word()?)?;
            Action::Suspend { member, until: if phrase.eat("until") { Some(wall.instant(phrase)?) } else { None } }
        }
        9 => Action::Reinstate(member_id(phrase.word()?)?),
        10 => Action::Erase(member_id(phrase.word()?)?),
        verb => {
            let member = member_id(phrase.word()?)?;
            let amount = i64::from(phrase.count("credit")?) * if verb == 11 { 1 } else { -1 };
            Action::Credit { member, amount, reason: reason(phrase)? }
        }
    })
}

fn block(phrase: &mut Phrase<'_>, wall: &Wall) -> Result<Action, String> {
    let (court, slot) = (court_or_all(phrase)?, wall.slot(phrase)?);
    phrase.expect("for")?;
    let kind = match phrase.eat_any(&["maintenance", "blackout", "event", "longer hours"]) {
        Some(0) => BlockKind::Maintenance,
        Some(1) => BlockKind::Blackout,
        Some(2) => BlockKind::Event,
        Some(_) => BlockKind::Extended,
        None => return Err(format!("nothing is blocked for \"{}\"", phrase.rest())),
    };
    let recurrence = recurrence(phrase)?;
    let clash = match phrase.eat_any(&[", skipping bookings", ", displacing bookings"]) {
        Some(0) => Clash::Skip,
        Some(_) => Clash::Displace,
        None => Clash::Reject,
    };
    Ok(Action::Block { court, slot, kind, recurrence, clash })
}

/// `Court 1, tomorrow 10:00`, or `Ben's Court 1, tomorrow 10:00`.
fn spot(phrase: &mut Phrase<'_>, wall: &Wall) -> Result<Spot, String> {
    let named = phrase.until_comma();
    let (of, court) = match named.split_once("'s ") {
        Some((of, court)) => (Some(member_id(of)?), court),
        None => (None, named),
    };
    Ok(Spot { court: court_id(court)?, start: wall.instant(phrase)?, of })
}

/// `Court 1, tomorrow 17:00-20:00, 60 minutes, booked at once, priority 5`; `any tennis court`, `any court`.
fn wait(phrase: &mut Phrase<'_>, wall: &Wall) -> Result<Wait, String> {
    let (mut court, mut court_type) = (None, None);
    match phrase.until_comma() {
        "any court" => {}
        named => match named.strip_prefix("any ").and_then(|rest| rest.strip_suffix(" court")) {
            Some(kind) => court_type = Some(kind.to_owned()),
            None => court = Some(court_id(named)?),
        },
    }
    let window = wall.slot(phrase)?;
    phrase.expect(",")?;
    let minutes = phrase.count("minute")?;
    let at_once = phrase.eat(", booked at once");
    let priority = if phrase.eat(", priority") { phrase.number()? } else { 0 };
    Ok(Wait { court, court_type, day: wall.date_of(window.start), window, minutes, at_once, priority })
}

/// ` every week 4 times`, ` every day 3 times`.
fn recurrence(phrase: &mut Phrase<'_>) -> Result<Option<Recurrence>, String> {
    let (rule, every_days) = match phrase.eat_any(&["every week", "every day"]) {
        Some(0) => ("FREQ=WEEKLY", 7),
        Some(_) => ("FREQ=DAILY", 1),
        None => return Ok(None),
    };
    let times = phrase.count("time")?;
    Ok(Some(Recurrence { rule: format!("{rule};COUNT={times}"), times, every_days }))
}

/// ` setting aside off_grid, buffer because "the league"`.
fn aside(phrase: &mut Phrase<'_>) -> Result<Option<Aside>, String> {
    if !phrase.eat("setting aside") {
        return Ok(None);
    }
    let mut rules = vec![phrase.word()?.to_owned()];
    while phrase.eat(",") {
        rules.push(phrase.word()?.to_owned());
    }
    Ok(Some(Aside { rules, reason: reason(phrase)? }))
}

fn reason(phrase: &mut Phrase<'_>) -> Result<String, String> {
    if phrase.eat("because") { phrase.quoted().map(str::to_owned) } else { Ok(String::new()) }
}

fn for_whom(who: &Who, phrase: &mut Phrase<'_>) -> Result<machine::MemberId, String> {
    match who {
        _ if phrase.eat("for") => member_id(phrase.word()?),
        Who::Member(member) => Ok(member.clone()),
        Who::Staff | Who::Club | Who::Operator => Err("for whom?".to_owned()),
    }
}

fn court_or_all(phrase: &mut Phrase<'_>) -> Result<Option<machine::CourtId>, String> {
    match phrase.until_comma() {
        "all courts" => Ok(None),
        court => court_id(court).map(Some),
    }
}

fn take_rest<'a>(phrase: &mut Phrase<'a>) -> &'a str {
    let rest = phrase.rest();
    *phrase = Phrase::new("");
    rest
}
