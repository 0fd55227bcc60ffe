//! How many writes shared a commit of the disk, from the figures that each node publishes.
//!
//! A commit is one flush and one `fdatasync` for everything that waits on a node, whichever
//! facility it is of: the more writes share one, the less each costs.

use std::collections::BTreeMap;

use super::wire::Wire;

/// The figure of a node's commits since it started.
const FIGURE: &str = "courtd_store_commits_total";

/// Commits so far, by node.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Commits(BTreeMap<String, u64>);

impl Commits {
    /// Asks every node. One that does not answer is left out: a ratio is not worth a failed bench.
    pub(super) async fn ask(wires: &mut [Wire]) -> Self {
        let mut commits = Self::default();
        for wire in wires {
            if let Ok(answer) = wire.get("/metrics").await {
                commits.read(&String::from_utf8_lossy(&answer.body));
            }
        }
        commits
    }

    /// Nodes that share a process publish each other's figures too, of the last time they were asked.
    fn read(&mut self, figures: &str) {
        for line in figures.lines() {
            let Some((labels, count)) = line.strip_prefix(FIGURE).and_then(|rest| rest.rsplit_once(' ')) else {
                continue;
            };
            if let Ok(count) = count.parse::<u64>() {
                let known = self.0.entry(labels.to_owned()).or_default();
                *known = count.max(*known);
            }
        }
    }

    /// Of `writes` that every node made durable since `before`; `None` where no node told.
    pub(super) fn writes_each(&self, before: &Self, writes: u64) -> Option<f64> {
        let made = |(node, count): (&String, &u64)| count.saturating_sub(before.0.get(node).copied().unwrap_or(0));
        let commits: u64 = self.0.iter().map(made).sum();
        writes_per_commit(writes, self.0.len() as u64, commits)
    }
}

/// Of `writes` that each of `nodes` made durable with `commits` all in all.
pub(super) fn writes_per_commit(writes: u64, nodes: u64, commits: u64) -> Option<f64> {
    (commits > 0).then(|| (writes * nodes) as f64 / commits as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits_are_counted_once_however_many_nodes_tell_of_them() {
        let (mut before, mut after) = (Commits::default(), Commits::default());
        before.read("# TYPE courtd_store_commits_total counter\ncourtd_store_commits_total{node=\"1\"} 10\nother 3\n");
        after.read("courtd_store_commits_total{node=\"1\"} 10\ncourtd_store_commits_total{node=\"2\"} 30\n");
        after.read("courtd_store_commits_total{node=\"1\"} 40\ncourtd_store_commits_total{node=\"2\"} 0\n");
        assert_eq!(after.writes_each(&before, 300), Some(10.0), "600 on two nodes, in 30 and 30 commits");
        assert_eq!(before.writes_each(&before, 300), None);
        assert_eq!(Commits::default().writes_each(&before, 300), None);
    }
}
