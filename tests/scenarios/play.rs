//! Plays a script in a world, line by line, and says what came of each.

use machine::Settings;

use crate::action::{Action, Check};
use crate::founding::Founding;
use crate::outcome;
use crate::script::{Line, Script};
use crate::step::{self, Step};
use crate::telling::{self, Told};
use crate::when::Wall;
use crate::world::World;

/// What came of a script.
#[derive(Debug, Default)]
pub struct Played {
    /// What came of each line of which something is expected: its number, and what.
    pub came: Vec<(usize, String)>,
    /// What was expected otherwise, or could not be played: with its place.
    pub complaints: Vec<String>,
}

/// The club of a script, and the wall clock as it begins.
pub fn found(script: &Script) -> Result<(Founding, Wall), String> {
    let founding = Founding::read(script.head.iter().map(|line| line.text.as_str()))
        .map_err(|error| format!("{}: {error}", script.path.display()))?;
    let mut wall = Wall::new(&founding.settings.timezone)?;
    let first =
        script.lines.first().ok_or_else(|| format!("{}: nothing happens at any time", script.path.display()))?;
    if let Step::At(now) = step::read(&first.text, &wall, &founding.settings)? {
        wall.now = now;
    }
    Ok((founding, wall))
}

/// Plays all lines. What differs from what was expected does not stop it; what cannot be played does.
pub fn play(script: &Script, world: &mut dyn World, settings: Settings, wall: Wall) -> Played {
    let mut played = Played::default();
    let mut player = Player { world, settings, wall, listens: script.listens(), heard: 0 };
    for line in &script.lines {
        let place = format!("tests/scenarios/{}:{}", script.path.display(), line.number);
        match player.line(line) {
            Ok(None) => {}
            Ok(Some(came)) => {
                let expected = line.expected.as_deref().unwrap_or_default();
                if normal(expected) != normal(&came) {
                    played
                        .complaints
                        .push(format!("{place}: {}\n    expected: {expected}\n    got:      {came}", line.text));
                }
                played.came.push((line.number, came));
            }
            Err(error) => {
                played.complaints.push(format!("{place}: {}\n    {error}", line.text));
                break;
            }
        }
    }
    played
}

struct Player<'a> {
    world: &'a mut dyn World,
    settings: Settings,
    wall: Wall,
    /// Whether what is told outside is of interest.
    listens: bool,
    /// How much of it was looked at.
    heard: usize,
}

impl Player<'_> {
    /// Plays one line; what came of it, if anything does.
    fn line(&mut self, line: &Line) -> Result<Option<String>, String> {
        let came = self.step(line)?;
        if self.listens {
            self.world.deliver()?;
        }
        Ok(came)
    }

    fn step(&mut self, line: &Line) -> Result<Option<String>, String> {
        match step::read(&line.text, &self.wall, &self.settings)? {
            Step::At(now) if now < self.wall.now => Err("time does not go back".to_owned()),
            Step::At(now) => {
                self.wall.now = now;
                self.world.at(now).map(|()| None)
            }
            Step::Restart => self.world.restart().map(|()| None),
            Step::Again => self.world.again().map(|outcome| Some(outcome.show())),
            Step::Carrier(medium, what) => self.world.carrier(medium, &what).map(|()| None),
            Step::Check(check) => self.check(&check).map(Some),
            Step::Act(who, action) => {
                let outcome = self.world.act(&who, &action)?;
                if let (Action::Set(settings), false) = (*action, matches!(outcome, outcome::Outcome::Refused(_))) {
                    self.settings = *settings;
                }
                Ok(Some(outcome.show()))
            }
        }
    }

    fn check(&mut self, check: &Check) -> Result<String, String> {
        let wall = &self.wall;
        Ok(match check {
            Check::Taken { court, day } => outcome::taken(&self.world.taken(court, *day, wall.whole(*day)?)?, wall),
            Check::Slots { court, day } => outcome::starts(&self.world.starts(court, *day)?, wall),
            Check::Member(member) => outcome::standing(&self.world.member(member)?, wall),
            Check::Standing(spot) => self.world.standing(spot)?,
            Check::Waitlist => outcome::waiting(&self.world.waiting()?, wall),
            Check::WhoGets { court, slot } => outcome::ranked(&self.world.ranked(court, *slot)?),
            Check::WhyNot { member, court, slot } => outcome::why_not(&self.world.why_not(member, court, *slot)?),
            Check::Told => {
                let told = self.world.told();
                telling::told(&told[std::mem::replace(&mut self.heard, told.len())..])
            }
            Check::Says { member, medium, words } => {
                let to = |told: &&Told| told.member == *member && told.medium == *medium;
                let last = self.world.told().iter().rfind(to);
                telling::says(last.map(|told| told.words.as_str()), words)
            }
            Check::Log(member) => telling::log(&self.world.log(member)?),
        })
    }
}

/// Spaces are for the eye.
fn normal(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
