//! Facilities come into being from every node, once, with their leaders spread.

use std::collections::BTreeMap;

use cluster::{CreateError, Lookup, Readiness, RenameError};
use machine::{FacilityId, RequestId};

use crate::crew::{Crew, eventually, soon};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_facility_is_created_from_every_node_and_found_on_all() {
    let crew = Crew::start("creation", 3).await;
    for (id, name) in [(3, "north"), (1, "south"), (2, "west")] {
        let created = crew.create(id, name).await;
        assert_eq!(created.id().as_str(), format!("fac_{name}"));
        for other in 1..=3 {
            assert_eq!(crew.facility(other, name).await.id(), created.id());
            assert_eq!(crew.facility(other, &format!("fac_{name}")).await.id(), created.id());
        }
    }
    assert!(matches!(crew.node(1).facility("nowhere"), Lookup::Unknown));
    let names = |after| crew.node(2).facilities(after, 2).into_iter().map(|record| record.slug).collect::<Vec<_>>();
    assert_eq!(names(None), ["north", "south"]);
    assert_eq!(names(Some(&FacilityId::parse("fac_south").unwrap())), ["west"]);
    for id in 1..=3 {
        eventually("the node is ready", || (crew.node(id).readiness() == Readiness::Ready).then_some(())).await;
        eventually("all peers are seen", || {
            let peers = crew.node(id).peers();
            (peers.len() == 3 && peers.iter().all(|peer| peer.reachable && !peer.version.is_empty())).then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_facility_is_given_again_and_another_one_is_refused() {
    let crew = Crew::start("identity", 3).await;
    let first = crew.create(1, "club").await;
    let create = async |id: &str, slug: &str, key: &str| {
        let request = RequestId { principal: "test".into(), key: key.into() };
        crew.node(2).create_facility(FacilityId::parse(id).unwrap(), slug.into(), request, soon()).await
    };
    assert_eq!(
        create("fac_club", "club", "other key").await.map(|facility| facility.id().clone()).ok().as_ref(),
        Some(first.id())
    );
    let same_request = create("fac_other", "other", "create club").await;
    assert_eq!(same_request.map(|facility| facility.id().clone()).ok().as_ref(), Some(first.id()));
    let refused = create("fac_other", "club", "k2").await.err();
    assert!(matches!(&refused, Some(CreateError::SlugTaken { by }) if by == first.id()), "{refused:?}");
    let refused = create("fac_club", "other", "k3").await.err();
    assert!(matches!(refused, Some(CreateError::IdTaken)), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_facility_gets_another_name_on_every_node() {
    let crew = Crew::start("renamed", 3).await;
    let (club, other) = (crew.create(1, "club").await, crew.create(2, "other").await);
    crew.node(2).rename_facility(club.id(), "house", soon()).await.unwrap();
    assert_eq!(crew.node(2).slug_of(club.id()).as_deref(), Some("house"));
    for node in 1..=3 {
        assert_eq!(crew.facility(node, "house").await.id(), club.id());
        assert_eq!(crew.facility(node, "club").await.id(), club.id(), "addresses that people have live on");
    }
    let refused = crew.node(3).rename_facility(other.id(), "house", soon()).await.err();
    assert!(matches!(&refused, Some(RenameError::SlugTaken { by }) if by == club.id()), "{refused:?}");
    let unknown = FacilityId::parse("fac_none").unwrap();
    let refused = crew.node(1).rename_facility(&unknown, "none", soon()).await.err();
    assert!(matches!(refused, Some(RenameError::Unknown)), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_leaders_of_twenty_facilities_are_spread_over_the_nodes() {
    let crew = Crew::start("spread", 3).await;
    for at in 0..20 {
        crew.create(at % 3 + 1, &format!("club{at:02}")).await;
    }
    eventually("six or seven are led by each", || {
        let mut led = BTreeMap::new();
        for group in crew.node(1).groups(None, 100) {
            *led.entry(group.status?.leader?).or_insert(0) += 1;
        }
        let spread: Vec<i32> = led.into_values().collect();
        (spread == [7, 7, 6]).then_some(())
    })
    .await;
}
