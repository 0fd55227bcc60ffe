//! Runs what was asked for, prints it, and fails where something untrue was found.

use anyhow::{Result, bail};

use super::args::{Bench, BenchArgs, Output};
use super::report::{Outcome, print};
use super::{book, contend, offers, suite, watch};

/// Runs `courtd bench`.
pub async fn run(args: BenchArgs) -> Result<()> {
    match args.what {
        Bench::Book(load) => finish(load.output, &book::book(&load).await?),
        Bench::Contend(load) => finish(load.output, &contend::contend(&load).await?),
        Bench::Watch(args) => finish(args.load.output, &watch::watch(&args).await?),
        Bench::Offers(args) => finish(args.output, &offers::offers(&args).await?),
        Bench::Suite(args) => suite::suite(&args).await,
    }
}

fn finish(output: Output, outcome: &Outcome) -> Result<()> {
    print(output, &outcome.to_text(), &outcome.to_json());
    match outcome.violations.len() {
        0 => Ok(()),
        count => bail!("{count} violations of what must hold"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use cluster::SystemClock;

    use crate::auth::{Access, Secret};
    use crate::bench::provider::Provider;
    use crate::bench::{Load, OffersArgs, WatchArgs};
    use crate::dev::DevCluster;
    use crate::notify::{Author, Gate, Pace, Patience, Post, SendGrid, Way};
    use crate::outside::Outside;

    /// All three loads against three real nodes: each gets figures, and finds nothing wrong.
    #[tokio::test(flavor = "multi_thread")]
    async fn every_load_finds_three_nodes_truthful() {
        let cluster = DevCluster::start(None, 0).await.unwrap();
        let urls = cluster.addresses().iter().map(|address| format!("http://{address}")).collect();
        let load = Load { urls, clients: 6, seconds: 1, facilities: 2, output: Output::Json, processes: vec![] };
        let outcomes = [
            book::book(&load).await.unwrap(),
            contend::contend(&load).await.unwrap(),
            watch::watch(&WatchArgs { load: load.clone(), changes: 40, saturate: false }).await.unwrap(),
            watch::watch(&WatchArgs { load, changes: 1, saturate: true }).await.unwrap(),
        ];
        for (outcome, step) in outcomes.iter().zip(["pair", "refused", "delivery", "delivery"]) {
            assert_eq!(outcome.violations, [""; 0], "{}", outcome.bench);
            assert!(outcome.step(step).is_some_and(|step| step.latency.count() > 0), "{outcome:?}");
            assert_eq!(outcome.to_json()["violations"], 0);
        }
        assert!(outcomes[0].facts["writesPerCommit"].as_f64().is_some_and(|writes| writes > 0.0), "{outcomes:?}");
        cluster.stop().await;
    }

    /// Offers are measured at rest and before what waits, which is not gone by then.
    #[tokio::test(flavor = "multi_thread")]
    async fn offers_are_measured_from_the_cancellation_to_the_provider() {
        let provider = Provider::start().await.unwrap();
        let author = Author::new("bench@example.org", "Bench").unwrap();
        let sender = SendGrid::new(&provider.url, Secret::new("SG.bench"), author, Patience::default()).unwrap();
        let email = Some(Way { sender: Arc::new(sender), gate: Gate::new("sendgrid", Pace::new(5.0, 50)) });
        let outside = Outside { post: Post { email, ..Post::default() }, ..Outside::default() };
        let access = Access::open();
        let cluster = DevCluster::start_in(Arc::new(SystemClock), None, 0, access, outside).await.unwrap();
        let urls: Vec<String> = cluster.addresses().iter().map(|address| format!("http://{address}")).collect();
        let args = OffersArgs { data_dir: None, samples: 3, waiting: 100, output: Output::Json };
        let outcome = offers::measure(&urls, &provider, &args).await.unwrap();
        assert_eq!(outcome.violations, [""; 0]);
        for step in ["idle", "waiting"] {
            assert_eq!(outcome.step(step).map(|step| step.latency.count()), Some(3), "{step}");
        }
        let waiting = |name: &str| outcome.facts[name].as_u64().unwrap();
        assert!(waiting("waitingBefore") >= 50 && waiting("waitingAfter") > 0, "{outcome:?}");
        cluster.stop().await;
    }
}
