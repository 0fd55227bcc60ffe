//! What a run is made of: a seed and a few sizes, from the environment where somebody asks for others.

use std::env;
use std::fmt;

/// One run. The same plan is the same run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Everything that is left to chance follows from it.
    pub seed: u64,
    /// Simulated days.
    pub days: u32,
    /// Clubs.
    pub facilities: u32,
    /// Reservations that are made in all of them.
    pub reservations: u32,
    /// Changes of leader in all of them.
    pub changes: u32,
    /// The day on which the whole cluster is down, where it is.
    pub down_on: Option<u32>,
}

impl Plan {
    /// A slice that is played in every run of the tests.
    pub fn slice() -> Self {
        let seed = fastrand::u64(1..1_000_000);
        Self { seed, days: 4, facilities: 5, reservations: 800, changes: 40, down_on: None }.asked_for()
    }

    /// A slice in which the cluster is down for its second day.
    pub fn down() -> Self {
        Self { down_on: Some(1), ..Self::slice() }
    }

    /// This plan with what the environment asks for.
    fn asked_for(self) -> Self {
        Self {
            seed: number("SEED").unwrap_or(self.seed),
            days: small("DAYS").unwrap_or(self.days),
            facilities: small("FACILITIES").unwrap_or(self.facilities),
            reservations: small("RESERVATIONS").unwrap_or(self.reservations),
            changes: small("CHANGES").unwrap_or(self.changes),
            ..self
        }
    }

    /// The plans of as many seeds as `COURTD_SIM_SEEDS` asks for, from this one on.
    pub fn seeds(self) -> impl Iterator<Item = Self> {
        let seeds = number("SEEDS").unwrap_or(1);
        (0..seeds).map(move |more| Self { seed: self.seed + more, ..self.clone() })
    }
}

/// The command that plays it again, but for the name of the test.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, days, facilities, reservations, changes, .. } = self;
        write!(
            f,
            "COURTD_SIM_SEED={seed} COURTD_SIM_DAYS={days} COURTD_SIM_FACILITIES={facilities} \
             COURTD_SIM_RESERVATIONS={reservations} COURTD_SIM_CHANGES={changes} cargo test --test sim"
        )
    }
}

fn number(name: &str) -> Option<u64> {
    let said = env::var(format!("COURTD_SIM_{name}")).ok()?;
    Some(said.parse().unwrap_or_else(|_| panic!("COURTD_SIM_{name} is a number, not {said}")))
}

fn small(name: &str) -> Option<u32> {
    number(name).map(|number| u32::try_from(number).expect("so many take longer than anybody waits"))
}
