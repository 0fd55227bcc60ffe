//! What the machine promises to those who use it, through its front door only.

mod bytes;
mod club;
mod deadlines;
mod defects;
mod pace;
#[path = "../records/mod.rs"]
mod records;
mod retries;
