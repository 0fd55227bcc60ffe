//! The direct path: plain sockets, written to by a few threads.
//!
//! After the upgrade a plain `TcpStream` leaves the runtime and belongs to one [worker](worker),
//! which writes shared frames straight to it. Measured against a task and a library's protocol for
//! each socket, this is what makes a delivery cost little more than its system call, and a silent
//! socket little more than its descriptor. What is not a plain socket goes the library's way.

mod workers;

mod worker;

mod row;

mod backlog;
mod batch;
mod connection;
mod incoming;

pub(crate) use batch::Batch;
pub(crate) use incoming::MESSAGE_BYTES_MAX;
pub(crate) use row::Row;
pub(crate) use workers::{Arrival, Plain, Workers};
