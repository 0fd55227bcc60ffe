//! Figures for Prometheus: one recorder a process, labelled by node.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use axum::http::StatusCode;
use cluster::StorageStats;
use metrics::{Counter, Gauge, Histogram, Label, SharedString, counter, gauge, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use crate::process;

/// Seconds: from a read in memory to a request that runs out.
const LATENCY_BUCKETS: [f64; 12] = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0];

static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// The figures of one node's edge.
pub(crate) struct Metrics {
    node: Arc<str>,
    /// Handles by route, so that a request costs a look-up and no allocation.
    routes: RwLock<HashMap<String, RouteFigures>>,
}

/// The figures of one route.
struct RouteFigures {
    /// By the first digit of the status, 1 to 5.
    responses: [Counter; 5],
    seconds: Histogram,
}

/// One viewer, as long as it watches.
pub(crate) struct Watching(Gauge);

impl Drop for Watching {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

impl Metrics {
    pub(crate) fn new(node: u64) -> Self {
        recorder();
        Self { node: node.to_string().into(), routes: RwLock::default() }
    }

    /// One request has its response.
    pub(crate) fn request(&self, route: &str, status: StatusCode, took: Duration) {
        let class = usize::from(status.as_u16() / 100).clamp(1, 5) - 1;
        let note = |figures: &RouteFigures| {
            figures.responses[class].increment(1);
            figures.seconds.record(took.as_secs_f64());
        };
        if let Some(figures) = self.routes.read().unwrap_or_else(PoisonError::into_inner).get(route) {
            return note(figures);
        }
        let mut routes = self.routes.write().unwrap_or_else(PoisonError::into_inner);
        note(routes.entry(route.to_owned()).or_insert_with(|| self.figures(route)));
    }

    fn figures(&self, route: &str) -> RouteFigures {
        let labels = || vec![self.node_label(), Label::new("route", route.to_owned())];
        let responses = ["1xx", "2xx", "3xx", "4xx", "5xx"].map(|class| {
            let labels = [labels(), vec![Label::from_static_parts("status", class)]].concat();
            counter!("courtd_http_requests_total", labels)
        });
        RouteFigures { responses, seconds: histogram!("courtd_http_request_seconds", labels()) }
    }

    /// A viewer has come; it is counted until what this returns is dropped.
    pub(crate) fn watching(&self) -> Watching {
        let viewers = gauge!("courtd_viewers", vec![self.node_label()]);
        viewers.increment(1.0);
        Watching(viewers)
    }

    /// What the node's store has done since it was opened.
    pub(crate) fn store(&self, stats: &StorageStats) {
        counter!("courtd_store_commits_total", vec![self.node_label()]).absolute(stats.commits);
        counter!("courtd_store_frames_total", vec![self.node_label()]).absolute(stats.frames);
        counter!("courtd_store_entries_total", vec![self.node_label()]).absolute(stats.entries);
        counter!("courtd_store_bytes_total", vec![self.node_label()]).absolute(stats.payload_bytes);
    }

    fn node_label(&self) -> Label {
        Label::new("node", SharedString::from_shared(Arc::clone(&self.node)))
    }
}

/// All figures of the process as text.
pub(crate) fn render() -> String {
    if let Some(usage) = process::usage() {
        gauge!("process_cpu_seconds_total").set(usage.cpu_seconds);
        gauge!("process_resident_memory_bytes").set(usage.resident_bytes as f64);
    }
    recorder().map(PrometheusHandle::render).unwrap_or_default()
}

/// Folds what was recorded into the buckets; to be called every few seconds.
pub(crate) fn upkeep() {
    if let Some(handle) = recorder() {
        handle.run_upkeep();
    }
}

/// The process's recorder; `None` where another one was installed before.
fn recorder() -> Option<&'static PrometheusHandle> {
    let install = || PrometheusBuilder::new().set_buckets(&LATENCY_BUCKETS).ok()?.install_recorder().ok();
    RECORDER.get_or_init(install).as_ref()
}
