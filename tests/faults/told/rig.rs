//! Three nodes whose providers and payment are fakes, and the blows that fall on their leader.

use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;

use super::club::{Club, FACILITY};
use super::teller::{PUBLIC_URL, TOKEN, Teller, Voice};
use crate::harness::stripe::{FakeStripe, SECRET_KEY, WEBHOOK_SECRET};
use crate::harness::{Api, Cluster, Mood, Provider, Taken, eventually, now_millis};

/// How long the outbox may take to come to rest: the providers' patience, and a few tries after it.
const REST_WITHIN: Duration = Duration::from_secs(90);
/// How long something may take that a blow waits for.
const HAPPENS_WITHIN: Duration = Duration::from_secs(30);

/// Everything that a run needs, and what was seen in it.
pub struct Rig {
    pub cluster: Cluster,
    pub club: Club,
    pub provider: Arc<Provider>,
    pub stripe: FakeStripe,
    pub dice: Rng,
    /// When a leader was killed.
    pub kills: Vec<i64>,
    teller: Option<Teller>,
}

impl Rig {
    /// Three new nodes and a club in them.
    pub async fn start(seed: u64, env: &[(&str, &str)]) -> Self {
        let (provider, stripe) = (Arc::new(Provider::start().await), FakeStripe::start().await.expect("a port"));
        let voice = Voice::new();
        let (url, base, event_key) = (provider.url().to_owned(), stripe.base(), voice.public_key());
        let outside = [
            ("COURTD_PUBLIC_URL", PUBLIC_URL),
            ("COURTD_LINKS__KEY", "a key of links for the faults of the telling"),
            ("COURTD_EMAIL__FROM", "courts@club.example"),
            ("COURTD_EMAIL__API_KEY", "SG.of-the-faults"),
            ("COURTD_EMAIL__API_BASE", &url),
            ("COURTD_EMAIL__EVENT_PUBLIC_KEY", &event_key),
            ("COURTD_SMS__ACCOUNT_SID", "AC00000000000000000000000000000000"),
            ("COURTD_SMS__AUTH_TOKEN", TOKEN),
            ("COURTD_SMS__FROM", "+12065550100"),
            ("COURTD_SMS__API_BASE", &url),
            ("COURTD_PAYMENT__SECRET_KEY", SECRET_KEY),
            ("COURTD_PAYMENT__WEBHOOK_SECRET", WEBHOOK_SECRET),
            ("COURTD_PAYMENT__API_BASE", &base),
        ];
        let env: Vec<(&str, &str)> = outside.iter().chain(env).copied().collect();
        let mut cluster = Cluster::prepare(|folder, id| folder.join(format!("data{id}")), &env);
        for id in 1..=3 {
            cluster.spawn(id);
        }
        cluster.ready().await;
        let api = cluster.api();
        let club = Club::found(&api, &stripe).await;
        let urls = (1..=3).map(|node| api.url(node).to_owned()).collect();
        let teller = Some(Teller::start(&provider, voice, urls));
        Self { cluster, club, provider, stripe, dice: Rng::with_seed(seed), kills: Vec::new(), teller }
    }

    /// A client of all nodes.
    pub fn api(&self) -> Api {
        self.cluster.api()
    }

    /// Who leads the club.
    pub async fn leader(&self) -> u64 {
        self.api().leader(&[1, 2, 3], FACILITY).await
    }

    /// Kills a node, now.
    pub fn kill(&mut self, node: u64) {
        self.cluster.kill(node);
        self.kills.push(now_millis());
    }

    /// The provider has a bad day, as these dice fall.
    pub fn bad_day(&mut self) {
        let mut dice = self.dice.fork();
        self.provider.by_whim(move |_| mood(&mut dice));
    }

    /// The provider takes what is of these kinds and answers nothing; everything else it takes.
    pub fn takes_in_silence(&self, kind: &'static str) {
        self.provider.by_whim(move |asked| if is_of(asked, kind) { Mood::AcceptInSilence } else { Mood::Accept });
    }

    /// Waits until the provider has taken so many of a kind, and not said so.
    pub async fn has_in_hand(&self, kind: &str, many: usize) {
        let what = format!("{many} {kind}s are in the provider's hands");
        eventually(HAPPENS_WITHIN, &what, async || {
            let held = self.provider.taken().iter().filter(|taken| is_of(taken, kind) && !taken.said).count();
            if held >= many { Ok(()) } else { Err(held) }
        })
        .await;
    }

    /// How many of a kind the provider took and did not say so.
    pub fn held(&self, kind: &str) -> usize {
        self.provider.taken().iter().filter(|taken| is_of(taken, kind) && !taken.said).count()
    }

    /// The good day after: everything is sent that has to be, and everything told that was taken.
    pub async fn come_to_rest(&mut self) {
        self.provider.always(Mood::Accept);
        let club = self.club.clone();
        eventually(REST_WITHIN, "everything has been told", async || {
            let is_open = |one: &&serde_json::Value| one["state"] == "scheduled" || one["state"] == "claimed";
            let open: Vec<String> = club.log().await.iter().filter(is_open).map(ToString::to_string).collect();
            if open.is_empty() { Ok(()) } else { Err(open) }
        })
        .await;
        if let Some(teller) = self.teller.take() {
            teller.finish().await;
        }
        self.cluster.must_run();
    }
}

/// Whether a sending is of a kind: a delivery's name says so.
pub fn is_of(asked: &Taken, kind: &str) -> bool {
    asked.delivery_id.as_ref().is_some_and(|id| id.strip_prefix("ntf_").is_some_and(|rest| rest.starts_with(kind)))
}

/// Three in four times it is well.
fn mood(dice: &mut Rng) -> Mood {
    match dice.u8(0..40) {
        0..=1 => Mood::HangUp,
        2..=3 => Mood::AcceptAndHangUp,
        4..=5 => Mood::AcceptAndFail,
        6 => Mood::Busy(1),
        7 => Mood::Say(503, serde_json::Value::Null),
        8 => Mood::Babble,
        9 => Mood::AcceptInSilence,
        _ => Mood::Accept,
    }
}
