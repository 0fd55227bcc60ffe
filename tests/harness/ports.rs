//! Ports that nobody uses and that nobody is given by chance.
//!
//! A killed node must come back on its port. Ports of the range from which the kernel gives
//! outgoing connections theirs would be taken in between, so these are from below it.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::sync::Mutex;

/// Below Linux's default range of outgoing ports, above what services use.
const RANGE: std::ops::Range<u16> = 12_000..32_000;

/// What this process has already handed out.
static TAKEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());

/// `count` ports in a row on 127.0.0.1, free now and never handed out twice by this process.
pub fn free_ports(count: u16) -> Vec<u16> {
    let mut taken = TAKEN.lock().expect("nobody panics while holding it");
    for _ in 0..1_000 {
        let first = fastrand::u16(RANGE.start..RANGE.end - count);
        let row: Vec<u16> = (first..first + count).collect();
        let free = row.iter().all(|port| !taken.contains(port) && TcpListener::bind(("127.0.0.1", *port)).is_ok());
        if free {
            taken.extend(&row);
            return row;
        }
    }
    panic!("no {count} free ports in {RANGE:?}");
}
