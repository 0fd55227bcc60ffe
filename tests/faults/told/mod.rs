//! Everybody is told, although providers misbehave and leaders die at every step of claim, send and settle.
//!
//! `COURTD_TEST_FOR=600 cargo test --test faults told` plays all scenes on one cluster, again and again for ten
//! minutes; without it once. With the feature `planted-bugs` couriers that settle too early, or send a text again,
//! must be found.

mod club;
mod judge;
mod rig;
mod scenes;
mod teller;

use std::time::{Duration, Instant};

use judge::Seen;
use rig::Rig;
use scenes::{Reminders, Scene};

use crate::power_cut::say;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_is_told_once_whatever_fails_and_whoever_dies() {
    let seconds = std::env::var("COURTD_TEST_FOR").map_or(0, |seconds| seconds.parse().expect("a number of seconds"));
    let seed = fastrand::u64(..);
    say(&format!("the dice of this run: {seed}"));
    let (mut rig, begun) = (Rig::start(seed, &[]).await, Instant::now());
    loop {
        play_all(&mut rig).await;
        say(&format!("{} sendings and {} kills so far", rig.provider.taken().len(), rig.kills.len()));
        if begun.elapsed() >= Duration::from_secs(seconds) {
            break;
        }
    }
    let wrong = judged(&mut rig).await;
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Every scene, and between them the reminders when their minute comes.
async fn play_all(rig: &mut Rig) {
    let mut reminders = Some(Reminders::book(rig).await);
    for scene in Scene::ALL {
        if reminders.as_ref().is_some_and(Reminders::are_near) {
            reminders.take().expect("just seen").play(rig).await;
        }
        say(&format!("{scene:?}"));
        scene.play(rig).await;
    }
    if let Some(reminders) = reminders {
        reminders.play(rig).await;
    }
}

/// Everything that is wrong once everything is at rest.
async fn judged(rig: &mut Rig) -> Vec<String> {
    rig.come_to_rest().await;
    let (log, taken) = (rig.club.log().await, rig.provider.taken());
    let told = rig.club.told();
    let seen = Seen { log: &log, taken: &taken, kills: &rig.kills, told: &told, stripe: &rig.stripe };
    let (intents, again) = (told.intents.len(), seen.second_sendings());
    say(&format!("{intents} intents, {} deliveries, {} sendings, {again} of them again", log.len(), taken.len()));
    seen.judge()
}

#[cfg(feature = "planted-bugs")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_planted_courier_that_settles_before_it_sends_is_found() {
    let mut rig = Rig::start(1, &[("COURTD_TEST_SETTLE_UNSENT", "1")]).await;
    for _ in 0..3 {
        Scene::BadDay.play(&mut rig).await;
    }
    let wrong = judged(&mut rig).await;
    assert!(wrong.iter().any(|why| why.contains("nobody took it")), "nothing was found: {wrong:?}");
    say(&format!("settled before it was sent: {} are wrong, such as {}", wrong.len(), wrong[0]));
}

#[cfg(feature = "planted-bugs")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_planted_leader_that_sends_again_what_another_had_claimed_is_found() {
    let mut rig = Rig::start(1, &[("COURTD_TEST_GIVE_CLAIMS_BACK", "1")]).await;
    Reminders::book(&rig).await.play(&mut rig).await;
    let wrong = judged(&mut rig).await;
    assert!(wrong.iter().any(|why| why.contains("a text that is no offer")), "nothing was found: {wrong:?}");
    say(&format!("claims given back: {} are wrong, such as {}", wrong.len(), wrong[0]));
}
