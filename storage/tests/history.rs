//! History: the same rows whoever asks and whenever, through restarts, kills, replays and erasure.
#![allow(clippy::unwrap_used, reason = "a test that unwraps says where it failed")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, ErrorKind};
use std::process::{Command, Stdio};

use bytes::Bytes;
use raft::{Cursor, Ended, Family, HistoryStore, Listing, Row, RowLimit, SnapshotStore, Told};
use storage::{Engine, GroupHistory, Store};
use support::{database, identity, open, snapshot};

const ALL: RowLimit = RowLimit { rows: usize::MAX, bytes: usize::MAX };
const FAMILY: Family = Family(1);
const DAY: i64 = 24 * 60 * 60 * 1000;

fn row(index: u64, ordinal: u32, told: Told) -> Row {
    Row { cursor: Cursor { index, ordinal }, told }
}

/// An event of one of five members, with a text; every third ends a reservation.
fn event(index: u64, ordinal: u32, rng: &mut fastrand::Rng) -> Row {
    let member = format!("mbr_{}", rng.u8(..5));
    let size = if rng.u8(..60) == 0 { rng.usize(7_000..20_000) } else { rng.usize(100..500) };
    let ended = rng.u8(..3) == 0;
    // Now and then a reservation that has ended before, perhaps at another time.
    let id = format!("rsv_{}", rng.u16(..800));
    // Whose a record is follows from its id, as it never changes.
    let owner = Some(owner_of(&id));
    let sort = rng.i64(-10 * DAY..10 * DAY) / 3_600_000 * 3_600_000;
    let ended = ended.then_some(Ended { family: FAMILY, id, sort, owner });
    let text = rng.bool().then(|| Bytes::from(format!("{member} is ill")));
    row(
        index,
        ordinal,
        Told {
            open: vec![rng.u8(..); size].into(),
            subject: text.is_some().then_some(member),
            personal: text.unwrap_or_default(),
            ends: ended.into_iter().collect(),
            erases: None,
        },
    )
}

/// One of seven, some of whose names begin with another's.
fn owner_of(id: &str) -> String {
    format!("mbr_{}", 1 << (id.bytes().map(u32::from).sum::<u32>() % 7))
}

fn erasure(index: u64, member: &str) -> Row {
    row(index, 0, Told { open: Bytes::from_static(b"erased"), erases: Some(member.to_owned()), ..Told::default() })
}

/// The slow, obvious twin.
#[derive(Default)]
struct Twin(Vec<Row>);

impl Twin {
    fn append(&mut self, row: Row) {
        if let Some(member) = &row.told.erases {
            for earlier in self.0.iter_mut().filter(|earlier| earlier.told.subject.as_ref() == Some(member)) {
                (earlier.told.personal, earlier.told.subject) = (Bytes::new(), None);
            }
        }
        self.0.push(row);
    }

    fn latest(&self) -> BTreeMap<&str, (i64, &Row)> {
        let ends = self.0.iter().flat_map(|row| row.told.ends.iter().map(move |ended| (ended, row)));
        ends.map(|(ended, row)| (ended.id.as_str(), (ended.sort, row))).collect()
    }
}

async fn all(history: &GroupHistory) -> Vec<Row> {
    history.rows(Cursor::default(), u64::MAX, ALL).await.unwrap()
}

/// All rows, page by page.
async fn paged(history: &GroupHistory, limit: RowLimit) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    loop {
        let after = rows.last().map_or(Cursor::default(), |row| row.cursor);
        let page = history.rows(after, u64::MAX, limit).await.unwrap();
        assert!(page.len() <= limit.rows);
        if page.is_empty() {
            return rows;
        }
        rows.extend(page);
    }
}

async fn assert_equal(history: &GroupHistory, twin: &Twin, rng: &mut fastrand::Rng, when: &str) {
    assert!(all(history).await == twin.0, "rows {when}");
    assert_eq!(history.count(), twin.0.len() as u64, "{when}");
    let limit = RowLimit { rows: rng.usize(1..200), bytes: rng.usize(1..100_000) };
    assert!(paged(history, limit).await == twin.0, "pages of {limit:?} {when}");
    if let Some(upto) = twin.0.get(twin.0.len() / 2).map(|row| row.cursor.index) {
        let rows = history.rows(Cursor::default(), upto, ALL).await.unwrap();
        assert!(rows.iter().eq(twin.0.iter().filter(|row| row.cursor.index <= upto)), "up to {upto} {when}");
    }
    let latest = twin.latest();
    for id in (0..800).step_by(37).map(|n| format!("rsv_{n}")) {
        let found = history.ended(FAMILY, id.clone()).await.unwrap();
        assert_eq!(found.as_ref(), latest.get(id.as_str()).map(|(_, row)| *row), "{id} {when}");
    }
    assert_eq!(history.ended(Family(2), "rsv_1".into()).await.unwrap(), None);
    assert_listed(history, &latest, rng, when).await;
}

async fn assert_listed(
    history: &GroupHistory,
    latest: &BTreeMap<&str, (i64, &Row)>,
    rng: &mut fastrand::Rng,
    when: &str,
) {
    let from = rng.i64(-11 * DAY..9 * DAY);
    let to = rng.i64(from..11 * DAY);
    let mut expected: Vec<_> = latest.iter().map(|(id, (sort, row))| (*sort, *id, *row)).collect();
    expected.retain(|(sort, ..)| (from..to).contains(sort));
    let owner = rng.bool().then(|| format!("mbr_{}", 1 << rng.u32(..7)));
    expected.retain(|(_, id, _)| owner.as_ref().is_none_or(|owner| owner_of(id) == *owner));
    expected.sort_by(|one, other| (other.0, one.1).cmp(&(one.0, other.1)));
    let mut listed = Vec::new();
    loop {
        let after = listed.last().map(|last: &raft::Listed| (last.sort, last.id.clone()));
        let limit = rng.usize(1..60);
        let listing = Listing { family: FAMILY, owner: owner.clone(), from, to, after, limit };
        let page = history.list_ended(listing).await.unwrap();
        assert!(page.len() <= limit);
        if page.is_empty() {
            break;
        }
        listed.extend(page);
    }
    let listed: Vec<_> = listed.iter().map(|it| (it.sort, it.id.as_str(), &it.row)).collect();
    assert!(listed == expected, "the list of {owner:?} from {from} to {to} {when}");
}

/// Random rows to two groups, some of them flushed, through restarts that replay what was lost.
async fn comes_back(engine: Engine, seed: u64) {
    let dir = tempfile::tempdir().unwrap();
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut twins = [Twin::default(), Twin::default()];
    let mut index = 0;
    for round in 0..25 {
        let store = open(dir.path(), engine);
        for (group, twin) in (7..).zip(&mut twins) {
            let history = store.history(group).unwrap();
            let durable = usize::try_from(history.count()).unwrap();
            assert!(durable <= twin.0.len());
            // The log is replayed from somewhere before: what is there already is left out.
            let from = rng.usize(..=durable);
            history.append(twin.0[from..].to_vec());
            assert_equal(&history, twin, &mut rng, &format!("replayed in round {round} of seed {seed}")).await;
            for _ in 0..rng.u32(..40) {
                index += 1;
                let rows: Vec<Row> = match rng.u8(..50) {
                    0 => vec![erasure(index, &format!("mbr_{}", rng.u8(..5)))],
                    _ => (0..rng.u32(1..12)).map(|ordinal| event(index, ordinal, &mut rng)).collect(),
                };
                rows.iter().for_each(|row| twin.append(row.clone()));
                history.append(rows);
                if history.offer() {
                    history.flush(u64::MAX).await.unwrap();
                }
            }
            if rng.bool() {
                history.flush(index - rng.u64(..5).min(index)).await.unwrap();
            }
            assert_equal(&history, twin, &mut rng, &format!("in round {round} of seed {seed}")).await;
        }
        for id in (0..800).step_by(41).map(|n| format!("rsv_{n}")) {
            let holds = (7..).zip(&twins).filter(|(_, twin)| twin.latest().contains_key(id.as_str()));
            let expected: BTreeSet<u64> = holds.map(|(group, _)| group).collect();
            assert_eq!(store.groups_with_ended(FAMILY, &id).await.unwrap(), expected, "{id} in round {round}");
        }
        assert!(store.groups_with_ended(Family(2), "rsv_1").await.unwrap().is_empty());
        store.close().await;
    }
    let rows: usize = twins.iter().map(|twin| twin.0.len()).sum();
    assert!(rows > 3_000, "{rows} rows are not much of a test");
}

#[tokio::test(flavor = "multi_thread")]
async fn sled_comes_back_with_its_history() {
    comes_back(Engine::Sled, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_come_back_with_their_history() {
    comes_back(Engine::File, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_flushed_is_durable_and_all_that_went_before_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut rng = fastrand::Rng::with_seed(4);
    let store = open(dir.path(), Engine::Sled);
    let history = store.history(7).unwrap();
    let rows: Vec<Row> = (1..=500).map(|index| event(index, 0, &mut rng)).collect();
    history.append(rows.clone());
    history.flush(400).await.unwrap();
    store.close().await;
    assert!(history.flush(500).await.is_err(), "a closed store takes nothing");
    let store = open(dir.path(), Engine::Sled);
    assert!(all(&store.history(7).unwrap()).await == rows[..400]);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_written_along_with_the_log_and_memory_stays_bounded() {
    let store = Store::in_memory(&identity());
    let history = store.history(7).unwrap();
    let mut rng = fastrand::Rng::with_seed(5);
    let before = store.stats().commits;
    for index in 1..=20_000 {
        history.append(vec![event(index, 0, &mut rng)]);
        if history.offer() {
            history.flush(u64::MAX).await.unwrap();
        }
    }
    assert!(store.stats().commits > before + 10, "pages were written with nobody waiting for them");
    assert_eq!(all(&history).await.len(), 20_000);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_members_text_is_gone_from_everything_at_once_and_from_the_disk_when_flushed() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path(), Engine::Sled);
    let history = store.history(7).unwrap();
    let mut rng = fastrand::Rng::with_seed(6);
    let mut twin = Twin::default();
    for index in 1..=2_000 {
        twin.append(event(index, 0, &mut rng));
    }
    history.append(twin.0[..1_500].to_vec());
    history.flush(u64::MAX).await.unwrap();
    history.append(twin.0[1_500..].to_vec());
    twin.append(erasure(2_001, "mbr_3"));
    history.append(vec![erasure(2_001, "mbr_3")]);
    assert!(twin.0.iter().all(|row| row.told.subject.as_deref() != Some("mbr_3")));
    assert_equal(&history, &twin, &mut rng, "before it is durable").await;
    history.flush(u64::MAX).await.unwrap();
    assert_equal(&history, &twin, &mut rng, "once it is durable").await;
    store.close().await;
    // What is left is what the pages say by themselves: no memory of the erasure is needed.
    let mut pages = 0;
    for (_, value) in database(dir.path()).open_tree("history").unwrap().iter().map(Result::unwrap) {
        assert!(!value.windows(12).any(|part| part == b"mbr_3 is ill"), "a page still has the text");
        pages += 1;
    }
    assert!(pages > 100);
    let store = open(dir.path(), Engine::Sled);
    assert_equal(&store.history(7).unwrap(), &twin, &mut rng, "after a restart").await;
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_or_missing_page_is_an_error_and_never_a_gap() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path(), Engine::Sled);
    let history = store.history(7).unwrap();
    let mut rng = fastrand::Rng::with_seed(8);
    history.append((1..=400).map(|index| event(index, 0, &mut rng)).collect());
    history.flush(u64::MAX).await.unwrap();
    store.close().await;
    drop(history);
    let keys: Vec<_> = database(dir.path()).open_tree("history").unwrap().iter().keys().map(Result::unwrap).collect();
    let pages: Vec<_> = keys.into_iter().filter(|key| key[8] == 0).collect();
    let victim = pages[pages.len() / 2].clone();
    let good = database(dir.path()).open_tree("history").unwrap().get(&victim).unwrap().unwrap();
    for bad in [None, Some([&good[..60], &[good[60] ^ 1], &good[61..]].concat()), Some(good[..80].to_vec())] {
        let history = database(dir.path()).open_tree("history").unwrap();
        match bad {
            None => history.remove(&victim).unwrap(),
            Some(bad) => history.insert(&victim, bad).unwrap(),
        };
        history.flush().unwrap();
        drop(history);
        let store = open(dir.path(), Engine::Sled);
        let history = store.history(7).unwrap();
        let error = history.rows(Cursor::default(), u64::MAX, ALL).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData, "{error}");
        assert!(error.to_string().contains("the history of group 7 is damaged"), "{error}");
        store.close().await;
    }
}

/// Not a test by itself: what [`no_snapshot_is_published_before_its_history`] runs and kills.
#[tokio::test(flavor = "multi_thread")]
async fn child_writes_history_until_killed() {
    let Some(dir) = std::env::var_os("STORAGE_TEST_HISTORY") else { return };
    let store = open(dir.as_ref(), Engine::Sled);
    let history = store.history(5).unwrap();
    let mut rng = fastrand::Rng::new();
    for index in history.end().index + 1.. {
        history.append((0..3).map(|ordinal| event(index, ordinal, &mut rng)).collect());
        history.offer();
        if index % 20 == 0 {
            // As a group does it; the kill may come between the two, or within each.
            history.flush(index).await.unwrap();
            store.snapshots(5).save(snapshot(1, index, vec![1; 20_000])).await.unwrap();
            println!("covered {index}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_snapshot_is_published_before_its_history() {
    let dir = tempfile::tempdir().unwrap();
    let mut rng = fastrand::Rng::with_seed(3);
    let mut covered = 0;
    for _ in 0..8 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child_writes_history_until_killed", "--nocapture"])
            .env("STORAGE_TEST_HISTORY", dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut left = rng.u32(3..30);
        for line in BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok) {
            let Some(index) = line.split("covered ").nth(1) else { continue };
            covered = index.trim().parse::<u64>().unwrap();
            left = left.saturating_sub(1);
            if left == 0 {
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        assert_eq!(left, 0, "the child ended by itself");
        let store = open(dir.path(), Engine::Sled);
        let history = store.history(5).unwrap();
        let published = store.snapshots(5).load().await.unwrap().unwrap().meta.last_log_id.unwrap().index;
        assert!(published >= covered, "{covered} was answered, {published} is there");
        let rows = all(&history).await;
        assert!(rows.len() as u64 >= 3 * published, "{} rows behind a snapshot at {published}", rows.len());
        // A prefix, without a gap: what follows from the log can be replayed behind it.
        let cursors = (1..).flat_map(|index| (0..3).map(move |ordinal| Cursor { index, ordinal }));
        assert!(rows.iter().map(|row| row.cursor).eq(cursors.take(rows.len())));
        store.close().await;
    }
}
