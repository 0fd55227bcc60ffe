//! Figures for Prometheus: one recorder a process, labelled by node.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::http::StatusCode;
use metrics::{Label, SharedString, counter, gauge, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

/// Seconds: from a read in memory to a request that runs out.
const LATENCY_BUCKETS: [f64; 12] = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0];

static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// The figures of one node's edge.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    node: Arc<str>,
}

impl Metrics {
    pub(crate) fn new(node: u64) -> Self {
        recorder();
        Self { node: node.to_string().into() }
    }

    /// One request has its response.
    pub(crate) fn request(&self, route: &str, status: StatusCode, took: Duration) {
        let labels = || vec![self.node_label(), Label::new("route", route.to_owned())];
        let class = match status.as_u16() / 100 {
            1 => "1xx",
            2 => "2xx",
            3 => "3xx",
            4 => "4xx",
            _ => "5xx",
        };
        let with_class = [labels(), vec![Label::from_static_parts("status", class)]].concat();
        counter!("courtd_http_requests_total", with_class).increment(1);
        histogram!("courtd_http_request_seconds", labels()).record(took.as_secs_f64());
    }

    /// A viewer has come (1) or gone (-1).
    pub(crate) fn viewers(&self, change: f64) {
        gauge!("courtd_viewers", vec![self.node_label()]).increment(change);
    }

    fn node_label(&self) -> Label {
        Label::new("node", SharedString::from_shared(Arc::clone(&self.node)))
    }
}

/// All figures of the process as text.
pub(crate) fn render() -> String {
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
