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
# A secret of 32 characters or more that makes its holder an operator, but only while the cluster has no
# operator's key that works: it makes the first one. Or COURTD_BOOTSTRAP_KEY_FILE in the environment.
# bootstrap_key_file = "/etc/courtd/bootstrap-key"
# Proxies whose X-Forwarded-For is believed: addresses and networks. None unless set.
# trusted_proxies = ["10.0.0.0/8"]
# Where the outside world finds the cluster. Twilio signs what it asks for there, so without it nothing that it
# tells is believed; its secret is TWILIO_AUTH_TOKEN in the environment, or TWILIO_AUTH_TOKEN_FILE.
# public_url = "https://courts.example.org"

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

# The club's system of record, from which POST /sync brings in a day: an SQLite file with the original's
# tables, or a Cloudflare D1 database over its HTTP API. It is only ever read.
# [sync]
# sqlite = "/var/lib/club/club.sqlite"
# [sync.d1]
# account_id     = "…"
# database_id    = "…"
# api_token_file = "/etc/courtd/d1-token"
# api_base       = "https://api.cloudflare.com/client/v4"

# [email]
# The verification key that SendGrid shows for its signed event webhook; without it no event is believed.
# event_public_key = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g=="

# Tokens that somebody else signs for the club's members and people, believed if signed by one of these keys.
# [jwt]
# A secret shared with whoever signs, 32 characters or more (HS256).
# hs256_secret_file = "/etc/courtd/jwt-secret"
# An Ed25519 public key, as PEM or as the x of a JWK (EdDSA).
# eddsa_public_key = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="
# A set of public keys, behind an address or in a file, read every refresh_seconds and, but after
# refresh_rest_seconds at the soonest, when a token names a key that is not in it.
# jwks_url = "https://club.example.org/.well-known/jwks.json"
# jwks_path = "/etc/courtd/jwks.json"
# refresh_seconds      = 600
# refresh_rest_seconds = 10
# What iss and aud must be. A token for an audience is refused where none is set here.
# issuer   = "https://club.example.org/"
# audience = "courtd"
# Seconds by which the clock of whoever signs may be off.
# leeway_seconds = 30
# What the claims are called.
# [jwt.claims]
# role       = "courtd_role"
# facilities = "courtd_facilities"
# member     = "courtd_member"

# How much one caller may ask of this node: requests in seconds, 0 requests for no limit. By address for
# who shows no token. An open node limits nobody unless this is set.
# [rate_limits]
# public   = { requests = 600, seconds = 60 }
# member   = { requests = 600, seconds = 60 }
# service  = { requests = 60000, seconds = 60 }
# staff    = { requests = 6000, seconds = 60 }
# operator = { requests = 60000, seconds = 60 }
"#;
