//! What the machine promises to those who use it, through its front door only.
//!
//! Everything here goes through the public interface; tables of single commands stand beside the commands,
//! random runs in `tests/random`.

mod bytes;
mod club;
mod deadlines;
mod defects;
mod payments;
#[path = "../records/mod.rs"]
mod records;
mod retries;
