//! What the system lets this process use, and what it has used.

use std::io;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Ticks of a second in `/proc`: the same on every Linux this runs on.
const TICKS_PER_SECOND: f64 = 100.0;

/// What this process has used so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Usage {
    /// Of all its threads, in the kernel as well.
    pub(crate) cpu_seconds: f64,
    /// Memory that is its own now.
    pub(crate) resident_bytes: u64,
}

/// What this process has used so far; `None` where the system does not tell.
pub(crate) fn usage() -> Option<Usage> {
    let read = |name| std::fs::read_to_string(format!("/proc/self/{name}")).ok();
    Some(Usage { cpu_seconds: cpu_seconds(&read("stat")?)?, resident_bytes: resident_bytes(&read("status")?)? })
}

/// Raises the limit on open files to `wanted`, or as far as it goes without rights; the limit then.
pub(crate) fn open_files(wanted: u64) -> io::Result<u64> {
    let limit = getrlimit(Resource::Nofile);
    let possible = limit.maximum.map_or(wanted, |most| most.min(wanted));
    match limit.current {
        Some(current) if current < possible => {
            setrlimit(Resource::Nofile, Rlimit { current: Some(possible), ..limit })?;
            Ok(possible)
        }
        Some(current) => Ok(current),
        None => Ok(wanted),
    }
}

fn cpu_seconds(stat: &str) -> Option<f64> {
    // The name of the program is in brackets and may have anything in it. After it come the third
    // field and so on: the 14th and 15th are the time outside and inside the kernel.
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / TICKS_PER_SECOND)
}

fn resident_bytes(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_is_read_from_what_the_kernel_writes() {
        let stat = "42 (a) b (c) S 1 42 42 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 9 0 1000 0 0";
        assert_eq!(cpu_seconds(stat), Some(3.0));
        assert_eq!(cpu_seconds("42 (short) S 1"), None);
        assert_eq!(resident_bytes("VmPeak:\t 9 kB\nVmRSS:\t  2048 kB\n"), Some(2 << 20));
        assert_eq!(resident_bytes("VmPeak:\t 9 kB\n"), None);
    }

    #[test]
    fn a_limit_that_is_high_enough_stays() {
        let before = open_files(1).unwrap();
        assert_eq!((open_files(before).unwrap(), open_files(1).unwrap()), (before, before));
    }
}
