//! Deadlines: one ordered set of everything that is over at an instant.
