//! What `courtd init` writes: every setting, its default, and what it means.

/// A commented configuration of the first node of three on one machine.
pub const TEMPLATE: &str = r#"# courtd.toml: one node of a cluster. Every setting can also come from the environment:
# COURTD_NODE_ID=2, COURTD_LISTEN__CLIENT=…, and COURTD_…_FILE=/path reads the value from a file.

# Which node this is: a number that no other node of the cluster has or ever had.
node_id  = 1
# Where it stands.
region   = "us-west"
# Where its store is; made if missing. It belongs to this node alone.
data_dir = "/var/lib/courtd"
# true: nobody is asked for a key; refused unless every listener is on loopback.
open     = false

[listen]
# HTTP and sockets.
client = "127.0.0.1:8787"
# Nodes among themselves.
peer   = "127.0.0.1:9787"

[cluster]
# The name of the cluster: a node of another one is refused.
id      = "northside"
# The nodes that form it the first time, the same list on each; ignored once a store exists.
initial = [
  { id = 1, region = "us-west", peer = "127.0.0.1:9787", client = "127.0.0.1:8787" },
  { id = 2, region = "us-west", peer = "127.0.0.1:9788", client = "127.0.0.1:8788" },
  { id = 3, region = "us-east", peer = "127.0.0.1:9789", client = "127.0.0.1:8789" },
]
"#;
