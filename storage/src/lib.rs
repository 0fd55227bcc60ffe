//! How it is kept: the log of all groups of a node, votes and snapshots, on one store.
