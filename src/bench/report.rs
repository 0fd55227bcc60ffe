//! What a bench found: one JSON line for programs, a table for people.

use std::time::Duration;

use comfy_table::{CellAlignment, Table, presets};
use indicatif::ProgressBar;
use serde_json::{Map, Value, json};

use super::args::Output;
use super::measure::Latency;

/// At most so many violations are spelled out; all are counted.
const VIOLATIONS_SHOWN: usize = 20;

/// Between two movements of the spinner.
const TICK: Duration = Duration::from_millis(200);

/// One kind of request or delivery.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) per_second: f64,
    pub(super) latency: Latency,
}

/// The outcome of one bench.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) bench: &'static str,
    /// What was asked for, and counts beside the steps.
    pub(super) facts: Map<String, Value>,
    pub(super) steps: Vec<Step>,
    /// What the checks found untrue, in words; empty is what a bench is for.
    pub(super) violations: Vec<String>,
}

impl Outcome {
    pub(super) fn step(&self, name: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.name == name)
    }

    /// As one JSON object.
    pub(super) fn to_json(&self) -> Value {
        let mut object = Map::new();
        object.insert("bench".into(), json!(self.bench));
        object.extend(self.facts.clone());
        for step in &self.steps {
            let mut figures = step.latency.to_json();
            figures["perSecond"] = json!(step.per_second);
            figures["count"] = json!(step.latency.count());
            object.insert(step.name.into(), figures);
        }
        object.insert("violations".into(), json!(self.violations.len()));
        let shown = &self.violations[..self.violations.len().min(VIOLATIONS_SHOWN)];
        object.insert("violationsShown".into(), json!(shown));
        object.into()
    }

    /// As a table and a few words.
    pub(super) fn to_text(&self) -> String {
        let mut table = table(["", "count", "per second", "p50 ms", "p95 ms", "p99 ms", "max ms"]);
        for Step { name, per_second, latency } in &self.steps {
            let quantiles = [0.5, 0.95, 0.99].map(|quantile| format!("{:.2}", latency.quantile(quantile)));
            let mut cells = vec![(*name).to_owned(), latency.count().to_string(), format!("{per_second:.0}")];
            cells.extend(quantiles);
            cells.push(format!("{:.1}", latency.max()));
            table.add_row(cells);
        }
        let facts: Vec<String> = self.facts.iter().map(|(name, value)| format!("{name} {value}")).collect();
        let mut text = format!("{}: {}\n{table}\n", self.bench, facts.join(", "));
        if self.violations.is_empty() {
            text.push_str("checked: nothing is wrong\n");
        }
        for violation in self.violations.iter().take(VIOLATIONS_SHOWN) {
            text.push_str(&format!("VIOLATED: {violation}\n"));
        }
        text
    }
}

/// A table with numbers to the right.
pub(super) fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY).set_header(header);
    for at in 1..N {
        if let Some(column) = table.column_mut(at) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// Prints the table, unless JSON alone is wanted, and the JSON line.
#[expect(clippy::print_stdout, reason = "the result is this command's output")]
pub(super) fn print(output: Output, text: &str, json: &Value) {
    if output == Output::Table {
        println!("{text}");
    }
    println!("{json}");
}

/// Says on stderr what goes on; says nothing where that is no terminal.
pub(super) fn progress(what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_message(what);
    bar.enable_steady_tick(TICK);
    bar
}
