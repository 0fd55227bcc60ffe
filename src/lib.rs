//! courtd: courts that cannot be double-booked. The rooms of the program around the cluster.

pub mod bench;
pub mod import;
