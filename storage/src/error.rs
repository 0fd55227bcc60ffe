//! Why a store could not be opened.

use std::io;
use std::path::PathBuf;

/// Nothing is served from a store that did not open; nothing in its folder was changed either,
/// beyond what a kill may leave behind.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error("the folder {} is in use by another process", .0.display())]
    Locked(PathBuf),
    /// The folder belongs to somebody else.
    #[error(
        "the folder belongs to node {found_node} of cluster {found_cluster:?}, not to node {node} of cluster {cluster:?}"
    )]
    Foreign {
        /// Whose it is.
        found_cluster: String,
        /// Whose it is.
        found_node: raft::NodeId,
        /// Who asked.
        cluster: String,
        /// Who asked.
        node: raft::NodeId,
    },
    /// Too new, or of no version at all.
    #[error(transparent)]
    Version(#[from] migrations::MigrateError),
    /// Less is there than was once durable, or something is broken. The node must not come back
    /// under this identity: it may have voted and acknowledged what is no longer here.
    #[error(
        "the store in {} is damaged: {what}; keep a copy of the folder and let the node join anew under a new id",
        .folder.display()
    )]
    Damaged {
        /// The folder.
        folder: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The disk, or the file system.
    #[error("failed to open the store in {}: {source}", .folder.display())]
    Io {
        /// The folder.
        folder: PathBuf,
        /// What happened.
        source: io::Error,
    },
}
