//! What befalls the cluster: one scene for every step of claim, send and settle at which a leader can die.

use std::time::Duration;

use super::rig::Rig;
use crate::harness::stripe::Mishap;
use crate::harness::{Mood, eventually, now_millis, until};

const MINUTE_MILLIS: i64 = 60_000;
/// The reminders' minute has to be so far away that what they are about can be booked before it.
const AHEAD_MILLIS: i64 = 8_000;
/// From here on nothing else is begun before the reminders are due: a scene takes less.
const NEAR_MILLIS: i64 = 7_000;
/// The latest moment of a blow, counted from when a cancellation is asked for.
const BLOW_MILLIS_MAX: i64 = 120;
/// For the courier to do what a blow waits for.
const HAPPENS_WITHIN: Duration = Duration::from_secs(30);

/// One thing that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scene {
    /// The leader dies before it may claim: the provider wants to be left alone.
    BeforeTheClaim,
    /// The leader dies somewhere between the cancellation and what follows from it.
    OnTheWay,
    /// The leader dies while the provider has the offer and has not said so.
    InTheProvidersHands,
    /// The leader dies at the moment in which the provider says that it has it.
    WhenItIsTaken,
    /// The leader dies while the payment provider has given the money back and not said so.
    WhileMoneyGoesBack,
    /// The payment provider loses its way, and nobody dies.
    MoneyGoesAstray,
    /// The provider has a bad day, and nobody dies.
    BadDay,
}

impl Scene {
    /// Each once.
    pub const ALL: [Self; 7] = [
        Self::BadDay,
        Self::InTheProvidersHands,
        Self::WhileMoneyGoesBack,
        Self::OnTheWay,
        Self::WhenItIsTaken,
        Self::MoneyGoesAstray,
        Self::BeforeTheClaim,
    ];

    /// Plays it; afterwards all nodes run.
    pub async fn play(self, rig: &mut Rig) {
        match self {
            Self::BeforeTheClaim => before_the_claim(rig).await,
            Self::OnTheWay => on_the_way(rig).await,
            Self::InTheProvidersHands => in_the_providers_hands(rig).await,
            Self::WhenItIsTaken => when_it_is_taken(rig).await,
            Self::WhileMoneyGoesBack => while_money_goes_back(rig).await,
            Self::MoneyGoesAstray => money_goes_astray(rig).await,
            Self::BadDay => bad_day(rig).await,
        }
    }
}

/// Reminders that are due at a minute of the clock, booked before it.
pub struct Reminders {
    minute: i64,
}

impl Reminders {
    /// Books what people are reminded of at the next minute that is far enough away.
    pub async fn book(rig: &Rig) -> Self {
        let minute = (now_millis() + AHEAD_MILLIS) / MINUTE_MILLIS * MINUTE_MILLIS + MINUTE_MILLIS;
        rig.club.book_reminded_at(minute).await;
        Self { minute }
    }

    /// Whether nothing else should be begun before them.
    pub fn are_near(&self) -> bool {
        now_millis() + NEAR_MILLIS >= self.minute
    }

    /// The leader dies with all of them in the provider's hands.
    pub async fn play(self, rig: &mut Rig) {
        let (leader, held) = (rig.leader().await, rig.held("reminder"));
        rig.takes_in_silence("reminder");
        until(self.minute).await;
        // One by email and one by text for each court; who is first in line may have changed by now.
        rig.has_in_hand("reminder", held + 8).await;
        rig.kill(leader);
        rig.provider.always(Mood::Accept);
        rig.cluster.restart(leader).await;
    }
}

async fn before_the_claim(rig: &mut Rig) {
    rig.provider.always(Mood::Busy(30));
    let asked = rig.provider.asked();
    let (case, leader) = (rig.club.case().await, rig.leader().await);
    eventually(HAPPENS_WITHIN, "both gates are shut", async || {
        if rig.provider.asked() >= asked + 2 { Ok(()) } else { Err(rig.provider.asked()) }
    })
    .await;
    rig.club.call_off(&case).await;
    rig.kill(leader);
    rig.provider.always(Mood::Accept);
    rig.cluster.restart(leader).await;
}

async fn on_the_way(rig: &mut Rig) {
    rig.provider.always(Mood::Accept);
    let (case, leader) = (rig.club.case().await, rig.leader().await);
    let (blow, club) = (now_millis() + rig.dice.i64(0..=BLOW_MILLIS_MAX), rig.club.clone());
    let falls = async {
        until(blow).await;
        rig.kill(leader);
    };
    tokio::join!(club.call_off(&case), falls);
    rig.cluster.restart(leader).await;
    rig.club.accept(&case).await;
}

async fn in_the_providers_hands(rig: &mut Rig) {
    let (case, leader, held) = (rig.club.case().await, rig.leader().await, rig.held("waitlistoffer"));
    rig.takes_in_silence("waitlistoffer");
    rig.club.call_off(&case).await;
    rig.has_in_hand("waitlistoffer", held + 2).await;
    rig.kill(leader);
    rig.provider.always(Mood::Accept);
    rig.cluster.restart(leader).await;
}

async fn when_it_is_taken(rig: &mut Rig) {
    rig.provider.always(Mood::Accept);
    let (case, leader) = (rig.club.case().await, rig.leader().await);
    let (mut asked, club) = (rig.provider.watch(), rig.club.clone());
    asked.mark_unchanged();
    let falls = async {
        asked.changed().await.expect("the provider is there");
        rig.kill(leader);
    };
    tokio::join!(club.call_off(&case), falls);
    rig.cluster.restart(leader).await;
    rig.club.accept(&case).await;
}

async fn while_money_goes_back(rig: &mut Rig) {
    rig.provider.always(Mood::Accept);
    let leader = rig.leader().await;
    money_goes_back(rig, Mishap::DoneInSilence).await;
    rig.kill(leader);
    rig.cluster.restart(leader).await;
}

async fn money_goes_astray(rig: &mut Rig) {
    for mishap in [Mishap::DoneAndFails, Mishap::Fails, Mishap::Busy] {
        money_goes_back(rig, mishap).await;
    }
}

/// Something that was paid for is called off, and the payment provider has been asked to give the money back.
async fn money_goes_back(rig: &mut Rig, mishap: Mishap) {
    let refunds = |rig: &Rig| rig.stripe.asked().iter().filter(|asked| asked.path == "/v1/refunds").count();
    let (paid, before) = (rig.club.pay().await, refunds(rig));
    rig.stripe.goes_wrong(mishap);
    rig.club.call_off_paid(&paid).await;
    eventually(HAPPENS_WITHIN, "the money is on its way back", async || {
        if refunds(rig) > before { Ok(()) } else { Err("nothing was asked") }
    })
    .await;
}

async fn bad_day(rig: &mut Rig) {
    rig.bad_day();
    for _ in 0..4 {
        let case = rig.club.case().await;
        rig.club.call_off(&case).await;
        rig.club.accept(&case).await;
    }
}
