//! What a node has used, by what it publishes: robust where rates are not, on a machine that others
//! use as well.

use super::wire::Wire;
use crate::process::Usage;

/// What the process of a node has used so far; `None` where it does not tell.
pub(super) async fn ask(wire: &mut Wire) -> Option<Usage> {
    let answer = wire.get("/metrics").await.ok()?;
    read(&String::from_utf8_lossy(&answer.body))
}

fn read(figures: &str) -> Option<Usage> {
    let figure = |name| figures.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<f64>().ok());
    let resident_bytes = figure("process_resident_memory_bytes ")?;
    // Exact: memory is far below 2^53 bytes, and never negative.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count that was an integer")]
    let resident_bytes = resident_bytes as u64;
    Some(Usage { cpu_seconds: figure("process_cpu_seconds_total ")?, resident_bytes })
}

/// Microseconds of processor time for each of `count`; `None` where either is not known.
pub(super) fn micros_each(before: Option<Usage>, after: Option<Usage>, count: u64) -> Option<f64> {
    let spent = after?.cpu_seconds - before?.cpu_seconds;
    (count > 0).then(|| (spent * 1e8 / count as f64).round() / 100.0)
}

/// Bytes of memory more for each of `count`; `None` where either is not known.
pub(super) fn bytes_each(before: Option<Usage>, after: Option<Usage>, count: u64) -> Option<u64> {
    after?.resident_bytes.saturating_sub(before?.resident_bytes).checked_div(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_those_that_a_node_publishes() {
        let text = "# TYPE process_cpu_seconds_total gauge\nprocess_cpu_seconds_total 1.5\n\n\
                    process_resident_memory_bytes 1048576\n";
        let before = read(text);
        assert_eq!(before, Some(Usage { cpu_seconds: 1.5, resident_bytes: 1 << 20 }));
        assert_eq!(read("process_cpu_seconds_total 1.5\n"), None);
        let after = Some(Usage { cpu_seconds: 2.5, resident_bytes: 3 << 20 });
        assert_eq!(micros_each(before, after, 100_000), Some(10.0));
        assert_eq!(bytes_each(before, after, 1024), Some(2048));
        assert_eq!((micros_each(None, after, 1), bytes_each(before, after, 0)), (None, None));
    }
}
