//! The head of a script: what the club is like before anything happens.
//!
//! A line is `name: value`. What is not said is as the original system made it. The same lines, said by staff
//! later, change the club: `staff sets hold: 30 seconds`.

use machine::{CancellationPolicy, Court, CourtId, LocalHours, Member, MemberId, MemberStatus, PeakHours, Settings};

use crate::phrase::{Phrase, list, with_particulars};
use crate::when::Wall;

const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// A club before anything happens.
#[derive(Clone, Debug)]
pub struct Founding {
    /// What it has decided about itself.
    pub settings: Settings,
    /// Its courts, in order.
    pub courts: Vec<Court>,
    /// Its people.
    pub members: Vec<Member>,
}

impl Founding {
    /// Reads the lines of a head.
    pub fn read<'a>(lines: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let mut settings = Settings::new("The Club", "the-club", "Etc/UTC");
        settings.opening_exceptions.clear();
        let (mut courts, mut members) = (Vec::new(), Vec::new());
        for line in lines {
            match line.split_once(':') {
                Some(("courts", names)) => courts.extend(list(names)),
                Some(("members", names)) => members.extend(list(names)),
                _ => set(&mut settings, line)?,
            }
        }
        let wall = Wall::new(&settings.timezone)?;
        Ok(Self {
            courts: courts.into_iter().map(court).collect::<Result<_, _>>()?,
            members: members.into_iter().map(|text| member(text, &wall)).collect::<Result<_, _>>()?,
            settings,
        })
    }
}

/// Changes what one line says.
pub fn set(settings: &mut Settings, line: &str) -> Result<(), String> {
    let (name, value) = line.split_once(':').ok_or_else(|| format!("\"{line}\" is not like \"hold: 15 seconds\""))?;
    let mut value = Phrase::new(value);
    match name.trim() {
        "zone" => settings.timezone = value.word()?.to_owned(),
        "club" => {
            settings.active = value.eat("open");
            if !settings.active {
                value.expect("closed")?;
            }
        }
        "slot" => {
            settings.slot_minutes = value.count("minute")?;
            settings.min_duration_minutes = settings.slot_minutes;
            settings.max_duration_minutes = settings.slot_minutes * 2;
        }
        "book" => {
            settings.min_duration_minutes = value.number()?;
            value.expect("to")?;
            settings.max_duration_minutes = value.count("minute")?;
        }
        "ahead" => settings.advance_booking_days = value.count("day")?,
        "hold" => settings.hold_seconds = value.count("second")?,
        "reminders" => settings.reminder_minutes_before = reminders(&mut value)?,
        "offer" => settings.offer_minutes = value.count("minute")?,
        "buffer" => settings.buffer_minutes = value.count("minute")?,
        "check-in" => {
            settings.check_in_minutes_before = value.count("minute")?;
            value.expect("before")?;
        }
        "cancel" => settings.cancellation = cancellation(&mut value)?,
        "no-show" => no_show(settings, &mut value)?,
        "limit" => limits(settings, &mut value)?,
        "peak" => {
            let days = weekdays(value.word()?)?;
            settings.peak_hours.push(PeakHours { days, hours: hours(value.word()?)? });
        }
        name if name == "open" || name.starts_with("open ") => return open(settings, name, value.rest()),
        other => return Err(format!("\"{other}\" is nothing that a club can set")),
    }
    value.end()
}

/// A court: `Court 1 (tennis, 20.00, peak 30.00, closed)`.
pub fn court(text: &str) -> Result<Court, String> {
    let (name, particulars) = with_particulars(text)?;
    let mut court = Court { sort_order: 1, ..Court::new(court_id(name)?, name, "tennis") };
    for particular in particulars {
        match particular.strip_prefix("peak ") {
            Some(price) => court.peak_price_cents = Some(cents(price)?),
            None if particular == "closed" => court.active = false,
            None if particular.contains('.') => court.price_per_slot_cents = Some(cents(particular)?),
            None => particular.clone_into(&mut court.court_type),
        }
    }
    Ok(court)
}

/// A member: `Ben (10 credits, suspended until 2026-03-09 00:00, limit 5, ahead 7 days, until 2026-03-20 00:00)`.
pub fn member(text: &str, wall: &Wall) -> Result<Member, String> {
    let (name, particulars) = with_particulars(text)?;
    let mut member = Member { email: email(name), phone: Some(phone(name)), ..Member::new(member_id(name)?, name) };
    for particular in particulars {
        be(&mut member, particular, wall)?;
    }
    Ok(member)
}

/// Changes one thing about a member.
pub fn be(member: &mut Member, particular: &str, wall: &Wall) -> Result<(), String> {
    let mut words = Phrase::new(particular);
    match words.eat_any(&["suspended", "active", "left", "limit", "ahead", "until", "by"]) {
        Some(0) => {
            member.status = MemberStatus::Suspended;
            member.suspended_until = if words.eat("until") { Some(wall.instant(&mut words)?) } else { None };
        }
        Some(1) => (member.status, member.suspended_until) = (MemberStatus::Active, None),
        Some(2) => member.status = MemberStatus::Inactive,
        Some(3) => member.max_active_reservations = Some(words.number()?),
        Some(4) => member.advance_booking_days = Some(words.count("day")?),
        Some(5) => member.membership_expires_at = Some(wall.instant(&mut words)?),
        Some(_) => {
            let how = words.eat_any(&["email and text", "email", "text", "nothing"]);
            let how = how.ok_or_else(|| format!("nobody is told by \"{}\"", words.rest()))?;
            member.preferences.notification_email = how <= 1;
            member.preferences.notification_sms = how == 0 || how == 2;
        }
        None => member.credits_balance = i64::from(words.count("credit")?),
    }
    words.end()
}

/// The id of a court of that name: readable, and the other way round.
pub fn court_id(name: &str) -> Result<CourtId, String> {
    CourtId::parse(&name.trim().replace(' ', "_")).map_err(|error| format!("\"{name}\": {error}"))
}

/// The id of a member of that name.
pub fn member_id(name: &str) -> Result<MemberId, String> {
    let capital = name.starts_with(|c: char| c.is_ascii_uppercase());
    if !capital {
        return Err(format!("\"{name}\" is nobody: people begin with a capital"));
    }
    MemberId::parse(&name.trim().replace(' ', "_")).map_err(|error| format!("\"{name}\": {error}"))
}

/// The email address of somebody of that name.
pub fn email(name: &str) -> String {
    format!("{}@example.org", name.replace(' ', ".").to_lowercase())
}

/// The telephone of somebody of that name.
pub fn phone(name: &str) -> String {
    let number = name.bytes().fold(0_u64, |number, byte| (number * 31 + u64::from(byte)) % 10_000);
    format!("+1206555{number:04}")
}

/// An amount of money as people write it.
pub fn cents(text: &str) -> Result<u32, String> {
    let wrong = || format!("\"{text}\" is not like 20.00");
    let (whole, part) = text.trim().split_once('.').filter(|(_, part)| part.len() == 2).ok_or_else(wrong)?;
    let (whole, part): (u32, u32) = (whole.parse().map_err(|_| wrong())?, part.parse().map_err(|_| wrong())?);
    Ok(whole * 100 + part)
}

fn open(settings: &mut Settings, name: &str, value: &str) -> Result<(), String> {
    let openings = match value {
        "closed" => Vec::new(),
        times => list(times).into_iter().map(hours).collect::<Result<_, _>>()?,
    };
    let when = name.trim_start_matches("open").trim();
    if let Some(date) = when.strip_prefix("on ") {
        let date = Wall::new("Etc/UTC")?.day(&mut Phrase::new(date))?;
        settings.opening_exceptions.insert(date, openings);
        return Ok(());
    }
    for day in weekdays(if when.is_empty() { "mon-sun" } else { when })? {
        settings.opening_hours[usize::from(day)].clone_from(&openings);
    }
    Ok(())
}

fn weekdays(text: &str) -> Result<Vec<u8>, String> {
    let place = |day: &str| {
        let at = WEEKDAYS.iter().position(|known| *known == day).ok_or_else(|| format!("\"{day}\" is no weekday"))?;
        Ok::<u8, String>(u8::try_from(at).expect("seven are few"))
    };
    match text.split_once('-') {
        Some((from, to)) => Ok((place(from)?..=place(to)?).collect()),
        None => Ok(vec![place(text)?]),
    }
}

/// `06:00-22:00`; a close that is not after the open is on the next day.
fn hours(text: &str) -> Result<LocalHours, String> {
    let (open, close) = text.split_once('-').ok_or_else(|| format!("\"{text}\" is not like 06:00-22:00"))?;
    let (open, close) = (Wall::minutes(open)?, Wall::minutes(close)?);
    Ok(LocalHours { open, close: if close <= open { close + 1440 } else { close } })
}

/// `free until 24 hours before, then 5.00 and 1 credit`.
fn cancellation(value: &mut Phrase<'_>) -> Result<CancellationPolicy, String> {
    value.expect("free until")?;
    let hours = value.count("hour")?;
    value.expect("before")?;
    let mut policy = CancellationPolicy { hours, fee_cents: 0, penalty_credits: 0 };
    if value.eat(", then") {
        loop {
            let amount = value.word()?;
            if amount.contains('.') {
                policy.fee_cents = cents(amount)?;
            } else {
                policy.penalty_credits = amount.parse().map_err(|_| format!("\"{amount}\" is no number"))?;
                let _ = value.eat("credits") || value.eat("credit");
            }
            if !value.eat("and") {
                break;
            }
        }
    }
    Ok(policy)
}

/// `24 hours, 2 hours`, or `none`.
fn reminders(value: &mut Phrase<'_>) -> Result<Vec<u32>, String> {
    let hours = |text: &str| Ok(Phrase::new(text).count("hour")? * 60);
    let all = list(value.rest()).into_iter().filter(|part| *part != "none").map(hours).collect();
    *value = Phrase::new("");
    all
}

/// `2 credits, after 15 minutes, suspended after 3 for 14 days`.
fn no_show(settings: &mut Settings, value: &mut Phrase<'_>) -> Result<(), String> {
    let policy = &mut settings.no_show;
    (policy.penalty_credits, policy.grace_minutes, policy.suspend_after) = (0, None, None);
    for part in list(value.rest()) {
        let mut part = Phrase::new(part);
        if part.eat("after") {
            policy.grace_minutes = Some(part.count("minute")?);
        } else if part.eat("suspended after") {
            policy.suspend_after = Some(part.number()?);
            part.expect("for")?;
            policy.suspend_days = part.count("day")?;
        } else {
            policy.penalty_credits = part.count("credit")?;
        }
        part.end()?;
    }
    *value = Phrase::new("");
    Ok(())
}

/// `3 active, 2 a day, 4 holds`; what is not named has no limit.
fn limits(settings: &mut Settings, value: &mut Phrase<'_>) -> Result<(), String> {
    let limits = &mut settings.limits;
    (limits.max_active_reservations, limits.max_per_day, limits.max_holds) = (None, None, None);
    for part in list(value.rest()).into_iter().filter(|part| *part != "none") {
        let mut part = Phrase::new(part);
        let number = Some(part.number()?);
        match part.rest() {
            "active" => limits.max_active_reservations = number,
            "a day" => limits.max_per_day = number,
            "holds" | "hold" => limits.max_holds = number,
            other => return Err(format!("\"{other}\" is nothing to limit")),
        }
    }
    *value = Phrase::new("");
    Ok(())
}
