//! `courtd key`: makes, lists and revokes API keys, through any node.

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use comfy_table::{ContentArrangement, Table, presets};
use reqwest::Method;
use serde_json::{Value, json};

use super::ask::{AskArgs, Asker, Output};

/// Keys asked for at once.
const PAGE_KEYS: usize = 200;

/// Which cluster, and what to do.
#[derive(Debug, Args)]
pub(super) struct KeyArgs {
    #[command(flatten)]
    ask: AskArgs,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make a key; its token is shown once
    Create(CreateArgs),
    /// List the keys
    List,
    /// Let a key work no more
    Revoke {
        /// The key
        id: String,
    },
}

#[derive(Debug, Args)]
struct CreateArgs {
    /// What its holder may do
    #[arg(long, value_enum)]
    role: Role,
    /// A facility that it is for; may be repeated. All roles but operator need one
    #[arg(long = "facility", value_name = "ID", required_if_eq_any([("role", "member"), ("role", "service"), ("role", "staff")]))]
    facilities: Vec<String>,
    /// The member that a key of role member acts for
    #[arg(long, value_name = "ID", required_if_eq("role", "member"))]
    member: Option<String>,
    /// What people call it
    #[arg(long)]
    name: Option<String>,
    /// When it stops to work by itself, such as 2027-01-01T00:00:00Z
    #[arg(long, value_name = "TIME")]
    expires: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Role {
    /// Acts for one member
    Member,
    /// Acts for any member of its facilities: the club's own back end
    Service,
    /// Runs its facilities
    Staff,
    /// Runs the cluster
    Operator,
}

impl Role {
    fn word(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Service => "service",
            Self::Staff => "staff",
            Self::Operator => "operator",
        }
    }
}

pub(super) async fn run(args: &KeyArgs) -> Result<()> {
    let asker = Asker::new(&args.ask)?;
    match &args.verb {
        Verb::Create(wanted) => {
            let key = asker.ask(Method::POST, "/api/keys", Some(&body(wanted))).await?;
            print_token(&key, args.ask.output);
        }
        Verb::List => print_keys(&all(&asker).await?, args.ask.output),
        Verb::Revoke { id } => {
            asker.ask(Method::DELETE, &format!("/api/keys/{id}"), None).await?;
            print_revoked(id, args.ask.output);
        }
    }
    Ok(())
}

fn body(wanted: &CreateArgs) -> Value {
    let mut body = json!({"role": wanted.role.word(), "facilities": wanted.facilities});
    let fields = [("memberId", &wanted.member), ("name", &wanted.name), ("expiresAt", &wanted.expires)];
    for (field, value) in fields.into_iter().filter_map(|(field, value)| Some((field, value.as_ref()?))) {
        body[field] = json!(value);
    }
    body
}

async fn all(asker: &Asker) -> Result<Vec<Value>> {
    let (mut keys, mut from) = (Vec::new(), String::new());
    loop {
        let mut page = asker.ask(Method::GET, &format!("/api/keys?limit={PAGE_KEYS}{from}"), None).await?;
        if let Value::Array(items) = page["items"].take() {
            keys.extend(items);
        }
        match page["nextCursor"].as_str() {
            Some(cursor) => from = format!("&cursor={cursor}"),
            None => return Ok(keys),
        }
    }
}

#[expect(clippy::print_stdout, reason = "the token is this command's output")]
fn print_token(key: &Value, output: Output) {
    match output {
        Output::Json => println!("{key}"),
        // The token alone, so that a script can put it where it belongs.
        Output::Table => println!("{}", text(&key["token"])),
    }
    tracing::info!(id = text(&key["id"]), role = text(&key["role"]), "made a key; its token is shown only this once");
}

#[expect(clippy::print_stdout, reason = "the list is this command's output")]
fn print_keys(keys: &[Value], output: Output) {
    if output == Output::Json {
        return println!("{}", json!(keys));
    }
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["ID", "ROLE", "FACILITIES", "MEMBER", "NAME", "CREATED", "EXPIRES", "REVOKED"]);
    for key in keys {
        let facilities: Vec<String> = key["facilities"].as_array().into_iter().flatten().map(text).collect();
        let mut row = vec![text(&key["id"]), text(&key["role"]), facilities.join(" ")];
        row.extend(["memberId", "name", "createdAt", "expiresAt", "revokedAt"].map(|field| text(&key[field])));
        table.add_row(row);
    }
    println!("{table}");
}

#[expect(clippy::print_stdout, reason = "the answer is this command's output")]
fn print_revoked(id: &str, output: Output) {
    match output {
        Output::Json => println!("{}", json!({"id": id, "revoked": true})),
        Output::Table => println!("{id} works no more"),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
