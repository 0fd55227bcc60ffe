//! How a cluster comes to be, who is kept out of it, and how a node leaves and comes back.

use std::fs::read_to_string;
use std::time::Duration;

use crate::harness::{Club, Cluster, bookings_on, eventually, replicas_agree};

/// The contract gives a node 20 s to stop.
const STOP_WITHIN: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_processes_form_one_cluster_and_a_restart_of_all_keeps_everything() {
    let mut cluster = Cluster::start().await;
    let api = cluster.api();
    for node in 1..=3 {
        eventually(Duration::from_secs(10), "every node knows all three", async || {
            let shown = api.get(node, "/api/cluster").await;
            let known =
                (shown["clusterId"].as_str(), shown["canLose"].as_u64(), shown["nodes"].as_array().map(Vec::len));
            if known == (Some("northside"), Some(1), Some(3)) { Ok(()) } else { Err(shown) }
        })
        .await;
    }
    let club = Club::found(&api, "fac_form", 1, 1, 15).await;
    let slot = club.slot(0, 8, 3);
    let held = api.insist(2, &club.attempt(&club.members[0], &slot)).await.expect(200);
    api.insist(3, &club.confirm(&held.text("holdId"))).await.expect(200);

    for id in 1..=3 {
        cluster.kill(id);
    }
    for id in 1..=3 {
        cluster.spawn(id);
    }
    cluster.ready().await;
    let index = replicas_agree(&api, &club.facility).await;
    for node in 1..=3 {
        let bookings = bookings_on(&api, node, &club.facility, index).await;
        assert_eq!(
            bookings.into_iter().collect::<Vec<_>>(),
            [(held.text("reservationId"), slot.clone())],
            "on node {node}"
        );
    }
    api.insist(1, &club.attempt(&club.members[0], &slot)).await.expect(409);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_of_three_serve_and_one_alone_refuses() {
    let mut cluster = Cluster::prepare(|folder, id| folder.join(format!("data{id}")), &[]);
    cluster.spawn(1);
    let api = cluster.api();
    eventually(Duration::from_secs(20), "it is alive", async || {
        api.ask(1, &crate::harness::Request::get("/livez")).await.map(|answer| answer.expect(200))
    })
    .await;
    let alone = api.ask(1, &crate::harness::Request::get("/readyz")).await.expect("it answers").status;
    assert_eq!(alone, 503, "one of three is no majority");
    cluster.spawn(2);
    cluster.ready().await;
    let club = Club::found_through(&api, &[1, 2], "fac_two", 1, 1, 15).await;
    api.insist(1, &club.attempt(&club.members[0], &club.slot(0, 0, 2))).await.expect(200);
    cluster.spawn(3);
    cluster.ready().await;
    replicas_agree(&api, &club.facility).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_of_another_cluster_is_kept_out() {
    let mut cluster = Cluster::start().await;
    let api = cluster.api();
    cluster.kill(3);

    // With the store of this cluster, under another name: it must not even start.
    let data = cluster.node(3).data.clone();
    cluster.reconfigure(3, "southside", &data);
    cluster.spawn(3);
    let mut stranger = cluster.take(3);
    assert_eq!(stranger.exit(STOP_WITHIN).await.code(), Some(1));
    let said = read_to_string(&stranger.stderr).expect("it said something");
    assert!(said.contains("northside") && said.contains("southside"), "{said}");

    // With an empty store: it may start, and nobody talks to it.
    let empty = cluster.folder().join("empty");
    cluster.reconfigure(3, "southside", &empty);
    cluster.spawn(3);
    eventually(Duration::from_secs(20), "the stranger is refused", async || {
        let said = read_to_string(&cluster.process(3).stderr).unwrap_or_default();
        let refused = said.lines().any(|line| line.contains("northside") && line.contains("southside"));
        if refused { Ok(()) } else { Err(said.lines().last().unwrap_or_default().to_owned()) }
    })
    .await;
    api.ready(3).await.expect_err("it has no majority");
    eventually(Duration::from_secs(10), "the others do not count it", async || {
        let shown = api.get(1, "/api/cluster").await;
        let third = shown["nodes"].as_array().expect("nodes").iter().find(|node| node["id"] == 3).cloned();
        if third.is_some_and(|node| node["state"] == "unreachable") { Ok(()) } else { Err(shown) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_asked_to_stop_hands_its_leaders_over_and_leaves() {
    let mut cluster = Cluster::start().await;
    let api = cluster.api();
    let club = Club::found(&api, "fac_stop", 1, 1, 15).await;
    replicas_agree(&api, &club.facility).await;
    let leader = api.leader(&[1, 2, 3], &club.facility).await;
    let others: Vec<u64> = (1..=3).filter(|node| *node != leader).collect();

    let mut leaving = cluster.take(leader);
    leaving.signal("TERM");
    assert_eq!(leaving.exit(STOP_WITHIN).await.code(), Some(0));
    // Handed over before it left: the others need no election to know their leader.
    let group = api.group(others[0], &club.facility).await.expect("the others answer");
    assert!(others.contains(&group["leader"].as_u64().unwrap_or_default()), "{group}");
    let slot = club.slot(0, 0, 2);
    let attempt = club.attempt(&club.members[0], &slot);
    let held = api.ask(others[1], &attempt).await.expect("at once").expect(200);

    cluster.restart(leader).await;
    let again = api.insist(leader, &attempt).await;
    assert_eq!((again.status, again.body), (held.status, held.body));
    replicas_agree(&api, &club.facility).await;
}

#[tokio::test]
async fn a_configuration_that_cannot_work_is_refused_in_one_sentence() {
    use crate::harness::Process;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut process = Process::courtd("lost", folder.path(), &["serve", "--config", "nowhere.toml"], &[]);
    assert_eq!(process.exit(STOP_WITHIN).await.code(), Some(1));
    let said = read_to_string(&process.stderr).expect("it said something");
    assert!(said.contains("nowhere.toml") && said.lines().count() <= 2, "{said}");
}
