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
# The address at which the world sees the cluster: links in messages and callbacks of providers begin with it.
# Twilio signs what it asks for there, so without it nothing that Twilio tells is believed.
# public_url = "https://book.example.org"
# Proxies whose X-Forwarded-For is believed: addresses and networks. None unless set.
# trusted_proxies = ["10.0.0.0/8"]
# A folder with templates of your own in place of the built-in ones, by their names: en/reminder.txt.
# templates_dir = "/etc/courtd/templates"

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

# By what way members are told. What is not set up is parked: its deliveries wait, or are dropped once they
# are of no use any more. The original's names in the environment (SENDGRID_API_KEY, SENDGRID_API_BASE,
# TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_FROM_NUMBER, TWILIO_API_BASE) are read as well.
# [email]
# sendgrid or smtp; smtp where [email.smtp] is there.
# provider     = "sendgrid"
# The address that emails come from, and what the writer is called where the club has no name.
# from         = "courts@club.example"
# from_name    = "Courts"
# Emails a second that this node hands over at most; 50 by default, 10 with smtp.
# rate         = 50
# api_key_file = "/etc/courtd/sendgrid-key"
# api_base     = "https://api.sendgrid.com"
# The verification key that SendGrid shows for its signed event webhook; without it no event is believed.
# event_public_key = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g=="
# A server that takes emails. tls: starttls (port 587), tls from the first byte (465), or none (25).
# [email.smtp]
# host          = "mail.club.example"
# port          = 587
# tls           = "starttls"
# user          = "courts"
# password_file = "/etc/courtd/smtp-password"
# Texts go by Twilio: from a number, or by a messaging service with numbers of its own.
# [sms]
# account_sid           = "AC…"
# auth_token_file       = "/etc/courtd/twilio-token"
# from                  = "+12065550100"
# messaging_service_sid = "MG…"
# Texts a second that this node hands over at most.
# rate                  = 10
# api_base              = "https://api.twilio.com"

# Payment by card for courts with a price, at Stripe. Or STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET in the
# environment; its webhook is /api/stripe/webhook of any node.
# [payment]
# secret_key_file     = "/etc/courtd/stripe-key"
# webhook_secret_file = "/etc/courtd/stripe-webhook-secret"
# api_base     = "https://api.stripe.com"
# Where a member comes back to after paying, or without, unless the request for the page says another.
# success_url  = "https://club.example.org/paid"
# cancel_url   = "https://club.example.org/courts"
# How long a slot is kept for whoever pays for it.
# hold_minutes = 10

# The key that signs links: offers on the waitlist, calendars. A secret of 32 characters or more, the same on
# every node. Without it, or without public_url, members are told of offers without a link.
# [links]
# key_file = "/etc/courtd/link-key"
# Keys that signed before: their links stay good.
# previous_key_files = ["/etc/courtd/link-key-before"]

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
