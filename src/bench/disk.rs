//! The disk itself: how many 4 KiB appends it makes durable a second, one after the other.
//!
//! Everything that courtd answers waits for such a write on a majority of nodes, so this is the
//! yardstick of every other figure, and is taken in the same run because disks drift.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::measure::{Latency, rate};

/// Of one append: what a page of a log is.
const APPEND_BYTES: usize = 4096;

/// The raw disk.
pub(super) struct Disk {
    /// Appends a second: F of the targets.
    pub(super) per_second: f64,
    /// Of one append; its p50 is L of the targets.
    pub(super) latency: Latency,
}

/// Appends and syncs to a file in `folder` for a while. Blocks.
pub(super) fn measure(folder: &Path, lasting: Duration) -> Result<Disk> {
    let file = folder.join("disk");
    let mut out = File::create(&file).with_context(|| format!("failed to write to {}", folder.display()))?;
    let page = [0x5a; APPEND_BYTES];
    let mut latency = Latency::new();
    let begun = Instant::now();
    while begun.elapsed() < lasting {
        let append = Instant::now();
        out.write_all(&page)?;
        // fdatasync: the data and the length, not the times.
        out.sync_data()?;
        latency.record(append.elapsed());
    }
    let per_second = rate(latency.count(), begun.elapsed());
    drop(out);
    std::fs::remove_file(&file)?;
    Ok(Disk { per_second, latency })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_has_a_speed_and_keeps_no_litter() {
        let folder = tempfile::tempdir().unwrap();
        let disk = measure(folder.path(), Duration::from_millis(20)).unwrap();
        assert!(disk.per_second > 0.0 && disk.latency.count() > 0);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
