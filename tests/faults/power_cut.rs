//! The power goes: all three writers stop at once, and only their platters remain.

use std::fs::{read_dir, read_to_string};
use std::io::Write;
#[cfg(feature = "planted-bugs")]
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use fastrand::Rng;
#[cfg(feature = "planted-bugs")]
use futures_util::FutureExt;
use tempfile::TempDir;

use crate::harness::{Api, Club, Cluster, Journal, Load, bookings_on, eventually, look_until, replicas_agree};
use crate::platter::Platter;

/// Where nothing else is asked for: enough to see it, few enough for every run of all tests.
const CUTS: u64 = 3;
/// How many cuts may pass before the planted bug is found.
#[cfg(feature = "planted-bugs")]
const PLANTED_CUTS: u64 = 5;
const CLIENTS: usize = 16;
/// Changes answered before a cut falls, at least and at most.
const CHANGES: std::ops::Range<u64> = 50..400;
/// How long the replicas may take to elect and to replay.
const CATCH_UP_WITHIN: Duration = Duration::from_secs(20);
/// How many answered requests of each round are sent again after the cut.
const REPEATS: usize = 20;

/// A cluster on three disks, and what its clients were told since the beginning.
struct Rig {
    // Order: processes end before their disks are unmounted, and those before their folder goes.
    cluster: Cluster,
    platters: Vec<Platter>,
    club: Club,
    told: Journal,
    dice: Rng,
    _folder: TempDir,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_is_there_after_the_power_went() {
    if let Err(why) = Platter::available() {
        return skipped(&why);
    }
    let cuts = std::env::var("COURTD_TEST_CUTS").map_or(CUTS, |cuts| cuts.parse().expect("a number of cuts"));
    let mut rig = Rig::start(&[]).await;
    for cut in 1..=cuts {
        rig.cut().await;
        rig.recover().await.unwrap_or_else(|lost| panic!("cut {cut} of {cuts}: {lost}"));
        say(&format!("cut {cut} of {cuts}: {} changes answered so far, nothing lost", rig.told.kept().len()));
    }
}

#[cfg(feature = "planted-bugs")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_fdatasync_the_same_cut_loses_what_was_answered() {
    if let Err(why) = Platter::available() {
        return skipped(&why);
    }
    let mut rig = Rig::start(&[("COURTD_TEST_SKIP_FDATASYNC", "1")]).await;
    // The file system writes back by itself now and then, and may by chance have done so just before a cut.
    for cut in 1..=PLANTED_CUTS {
        rig.cut().await;
        // A node that refuses its store panics there, as it does in the test above: a find as well.
        let lost = match AssertUnwindSafe(rig.recover()).catch_unwind().await {
            Ok(Ok(())) => continue,
            Ok(Err(lost)) => lost,
            Err(_) => "the cluster did not come back".to_owned(),
        };
        return say(&format!("cut {cut} without fdatasync: {lost}"));
    }
    panic!("the flush was left out and {PLANTED_CUTS} cuts lost nothing: they show nothing");
}

impl Rig {
    /// Three nodes on new disks, and a club in them.
    async fn start(env: &[(&str, &str)]) -> Self {
        let folder = tempfile::Builder::new().prefix("courtd-platter-").tempdir().expect("a temporary folder");
        let platters: Vec<Platter> = (1..=3).map(|id| Platter::format(folder.path(), &format!("disk{id}"))).collect();
        let data = |id: u64| platters[usize::try_from(id - 1).expect("three")].path().join("data");
        let mut cluster = Cluster::prepare(|_, id| data(id), env);
        for id in 1..=3 {
            cluster.spawn(id);
        }
        cluster.ready().await;
        let club = Club::found(&cluster.api(), "fac_power", 3, CLIENTS, 15).await;
        Self { cluster, platters, club, told: Journal::default(), dice: Rng::with_seed(7), _folder: folder }
    }

    /// Lets clients book, and cuts the power in the middle of it.
    async fn cut(&mut self) {
        let load = Load::start(&self.api(), &self.club, self.dice.u64(..));
        let enough = self.dice.u64(CHANGES);
        eventually(Duration::from_secs(60), "the clients are answered", async || {
            let so_far = load.answered();
            if so_far >= enough { Ok(()) } else { Err(so_far) }
        })
        .await;
        for id in 1..=3 {
            self.cluster.process(id).signal("STOP");
        }
        for id in 1..=3 {
            let process = self.cluster.process(id).id();
            eventually(Duration::from_secs(10), "every thread stands still", async || stands_still(process)).await;
        }
        self.platters.iter().for_each(Platter::copy);
        self.told.add(load.cut().await);
        for id in 1..=3 {
            self.cluster.kill(id);
        }
        self.platters.iter_mut().for_each(Platter::power_on);
    }

    /// Starts the nodes from their platters, and compares with what the clients were told.
    async fn recover(&mut self) -> Result<(), String> {
        for id in 1..=3 {
            self.cluster.spawn(id);
        }
        self.cluster.ready().await;
        let (api, facility) = (self.api(), &self.club.facility);
        self.reaches_what_was_answered(&api).await?;
        let index = replicas_agree(&api, facility).await;
        let mut found = bookings_on(&api, 1, facility, index).await;
        for node in 1..=3 {
            found = bookings_on(&api, node, facility, index).await;
            self.told.judge(&found).map_err(|wrong| format!("node {node}: {wrong}"))?;
        }
        self.told.settle(found);
        let doubles = self.told.double_bookings();
        if !doubles.is_empty() {
            return Err(format!("two had one court: {doubles:?}"));
        }
        self.answers_stay_the_same(&api).await
    }

    /// Every node gets as far as the furthest answer: an index that was answered is not taken back.
    async fn reaches_what_was_answered(&self, api: &Api) -> Result<(), String> {
        let answered = self.told.kept().iter().filter_map(|(_, answer)| answer.index).max().unwrap_or_default();
        look_until(CATCH_UP_WITHIN, async || {
            for node in 1..=3 {
                let group = api.group(node, &self.club.facility).await?;
                if group["appliedIndex"].as_u64() < Some(answered) {
                    return Err(format!(
                        "index {answered} was answered, and node {node} is at {}",
                        group["appliedIndex"]
                    ));
                }
            }
            Ok(())
        })
        .await
    }

    /// What was answered before the cut is answered the same after it.
    async fn answers_stay_the_same(&mut self, api: &Api) -> Result<(), String> {
        for _ in 0..REPEATS {
            let (request, answer) = &self.told.kept()[self.dice.usize(0..self.told.kept().len())];
            let again = api.insist(self.dice.u64(1..=3), request).await;
            if (again.status, &again.body) != (answer.status, &answer.body) {
                return Err(format!("{request:?} was answered {answer:?} and now {again:?}"));
            }
        }
        Ok(())
    }

    fn api(&self) -> Api {
        self.cluster.api()
    }
}

/// Whether every thread of a process is stopped: a signal is on its way for a while.
fn stands_still(process: u32) -> Result<(), String> {
    for thread in read_dir(format!("/proc/{process}/task")).map_err(|error| error.to_string())?.flatten() {
        let stat = read_to_string(thread.path().join("stat")).unwrap_or_default();
        let state = stat.rsplit_once(')').and_then(|(_, rest)| rest.trim_start().chars().next());
        if state.is_some_and(|state| state != 'T') {
            return Err(stat);
        }
    }
    Ok(())
}

/// Says that nothing was shown here.
pub fn skipped(why: &str) {
    say(&format!("SKIPPED, AND NOTHING SHOWN ABOUT POWER CUTS: {why}"));
}

/// Past the capture of test output, which would keep it from whoever runs this.
pub fn say(words: &str) {
    writeln!(std::io::stderr(), "{words}").expect("stderr can be written");
}
