//! CPU time for each write: what a figure would be on a machine with more or fewer cores.
//!
//! Read from `/proc`; where there is none, nothing is told. The load generator's own share is told
//! beside that of the nodes, since both share the machine.

use std::time::Duration;

/// Ticks a second in `/proc`, the same on every Linux whatever its clock does.
const TICKS_PER_SECOND: u32 = 100;

/// CPU time of the nodes and of this process since [`Meter::start`].
pub(super) struct Meter {
    nodes: Vec<u32>,
    begun: (Option<Duration>, Option<Duration>),
}

/// Microseconds of CPU time for each of something.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spent {
    /// All nodes together; `None` where their processes are not known.
    pub(super) nodes: Option<f64>,
    /// This process.
    pub(super) own: Option<f64>,
}

impl Meter {
    /// Of nodes with these process ids, or of none.
    pub(super) fn start(nodes: &[u32]) -> Self {
        Self { nodes: nodes.to_vec(), begun: read(nodes) }
    }

    /// For each of `count`.
    pub(super) fn spent(&self, count: u64) -> Spent {
        let (nodes, own) = read(&self.nodes);
        Spent { nodes: each(self.begun.0, nodes, count), own: each(self.begun.1, own, count) }
    }
}

fn each(before: Option<Duration>, after: Option<Duration>, count: u64) -> Option<f64> {
    let spent = after?.checked_sub(before?)?;
    (count > 0).then(|| (spent.as_secs_f64() * 1e7 / count as f64).round() / 10.0)
}

fn read(nodes: &[u32]) -> (Option<Duration>, Option<Duration>) {
    let all = (!nodes.is_empty()).then(|| nodes.iter().map(|node| of(&node.to_string())).sum()).flatten();
    (all, of("self"))
}

fn of(process: &str) -> Option<Duration> {
    parse(&std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?)
}

/// `utime` and `stime`. The name before them is in brackets and may itself have some.
fn parse(stat: &str) -> Option<Duration> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields.split_ascii_whitespace().skip(11).map(str::parse::<u32>);
    let (user, system) = (times.next()?.ok()?, times.next()?.ok()?);
    Some(Duration::from_secs(1) * user.checked_add(system)? / TICKS_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_and_system_time_are_found_behind_any_name() {
        let stat = "7 (a (b) c) S 1 7 7 0 -1 4194560 9 0 0 0 150 50 0 0 20 0 1 0 5 6 7";
        assert_eq!(parse(stat), Some(Duration::from_secs(2)));
        assert_eq!(parse("7 (cut) S 1"), None);
    }

    #[test]
    fn time_is_shared_out_and_nothing_is_told_of_nothing() {
        let second = |second| Some(Duration::from_secs(second));
        assert_eq!(each(second(1), second(3), 1_000), Some(2_000.0));
        assert_eq!(each(second(1), second(3), 0), None);
        assert_eq!(each(None, second(3), 1), None);
        assert!(Meter::start(&[]).spent(1).nodes.is_none());
    }
}
