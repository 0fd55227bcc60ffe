//! No secret of the configuration is ever shown: not in a log, a metric, an answer, a page, the OpenAPI
//! document, the store or the list of processes, also not after a provider has said it back to us.

use std::fs::{OpenOptions, read, read_dir, read_to_string};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::harness::{Club, Cluster, MailServer, Mood, Process, Provider, Request, eventually, free_ports, now_millis};

/// For a provider to be asked as often as it takes to hear everything it has to say.
const ASKED_WITHIN: Duration = Duration::from_secs(30);
const STOP_WITHIN: Duration = Duration::from_secs(20);
const ACCOUNT: &str = "AC00000000000000000000000000000000";
/// Every setting that is a secret, and what such a secret begins with.
const SECRETS: [(&str, &str); 9] = [
    ("email.api_key", "SG."),
    ("email.smtp.password", "smtp"),
    ("sms.auth_token", ""),
    ("payment.secret_key", "sk_live_"),
    ("payment.webhook_secret", "whsec_"),
    ("links.key", "links"),
    ("bootstrap_key", "boot"),
    ("jwt.hs256_secret", "jwt"),
    ("sync.d1.api_token", "d1"),
];

/// The secrets of one test.
struct Planted(Vec<(&'static str, String)>);

impl Planted {
    fn new() -> Self {
        let letters = || std::iter::repeat_with(fastrand::alphanumeric).take(40).collect::<String>();
        Self(SECRETS.iter().map(|(name, head)| (*name, format!("{head}{}", letters()))).collect())
    }

    fn of(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| *known == name);
        &found.unwrap_or_else(|| panic!("no secret {name}")).1
    }

    /// All of them in one sentence, as a provider that says everything back.
    fn said_back(&self) -> String {
        self.0.iter().map(|(_, secret)| format!("{secret} is no key of ours. ")).collect()
    }

    /// A section of a configuration for each name of a secret.
    fn sections(&self, provider: &str, echo: &str) -> String {
        format!(
            "[email]\nfrom = \"courts@club.example\"\napi_key = \"{}\"\napi_base = \"{provider}\"\n\n\
             [sms]\naccount_sid = \"{ACCOUNT}\"\nfrom = \"+12065550100\"\nauth_token = \"{}\"\napi_base = \"{provider}\"\n\n\
             [payment]\nsecret_key = \"{}\"\nwebhook_secret = \"{}\"\napi_base = \"{echo}\"\n\n\
             [links]\nkey = \"{}\"\n\n[jwt]\nhs256_secret = \"{}\"\n\n\
             [sync.d1]\naccount_id = \"a1\"\ndatabase_id = \"d1\"\napi_token = \"{}\"\napi_base = \"{echo}\"\n",
            self.of("email.api_key"),
            self.of("sms.auth_token"),
            self.of("payment.secret_key"),
            self.of("payment.webhook_secret"),
            self.of("links.key"),
            self.of("jwt.hs256_secret"),
            self.of("sync.d1.api_token"),
        )
    }

    /// Fails if a secret, or what is made of it for a header, stands in `text`.
    #[track_caller]
    fn must_not_be_in(&self, text: &[u8], place: &str) {
        for (name, secret) in &self.0 {
            let basic = BASE64_STANDARD.encode(format!("{ACCOUNT}:{secret}"));
            // A part of a secret is one too, but the end of a Base64 text depends on what follows.
            for part in [&secret[secret.len() - 30..], &BASE64_STANDARD.encode(secret)[..40], &basic[..60]] {
                let found = text.windows(part.len()).position(|window| window == part.as_bytes());
                if let Some(at) = found {
                    let around = &text[at.saturating_sub(200)..(at + part.len()).min(text.len())];
                    panic!("{place} shows {name}: {}", String::from_utf8_lossy(around));
                }
            }
        }
    }

    /// Neither what a folder holds, logs and stores among it, nor the list of processes shows a secret.
    fn must_not_be_below(&self, folder: &Path, but: &[&str]) {
        for entry in read_dir(folder).expect("it is there").flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            if path.is_dir() {
                self.must_not_be_below(&path, but);
            } else if !but.iter().any(|but| name == *but) {
                self.must_not_be_in(&read(&path).unwrap_or_default(), &path.display().to_string());
            }
        }
    }

    fn must_not_be_listed(&self, process: u32) {
        for file in ["cmdline", "comm", "stat", "status"] {
            let path = format!("/proc/{process}/{file}");
            self.must_not_be_in(&read(&path).expect("it runs"), &path);
        }
    }
}

/// A server that answers everything with every secret in every place, and another status each time.
async fn echo(said: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("it listens"));
    let statuses = [401, 402, 500, 400, 404].into_iter().cycle();
    let statuses = std::sync::Arc::new(std::sync::Mutex::new(statuses));
    let answer = move || {
        let status = statuses.lock().expect("nobody panics").next().expect("they go round");
        let one = said.split(' ').next().unwrap_or_default();
        let error = json!({"type": one, "code": one, "message": said, "param": said});
        let body = json!({"error": error, "errors": [error], "success": false, "messages": [said]});
        std::future::ready((StatusCode::from_u16(status).expect("a status"), axum::Json(body)))
    };
    let router = Router::new().fallback(answer);
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_shown_anywhere_whatever_a_provider_says_back() {
    let planted = Planted::new();
    let (provider, echo) = (Provider::start().await, echo(planted.said_back()).await);
    let bootstrap = planted.of("bootstrap_key");
    let env = [
        ("COURTD_LOG", "trace"),
        ("COURTD_OPEN", "false"),
        ("COURTD_BOOTSTRAP_KEY", bootstrap),
        ("COURTD_PUBLIC_URL", "https://courts.example.org"),
    ];
    let mut cluster = Cluster::prepare(|folder, id| folder.join(format!("data{id}")), &env);
    for id in 1..=3 {
        let file = cluster.folder().join(format!("node{id}.toml"));
        let mut file = OpenOptions::new().append(true).open(file).expect("it was written");
        write!(file, "\n{}", planted.sections(provider.url(), &echo)).expect("the folder is ours");
        cluster.spawn(id);
    }
    cluster.ready().await;
    let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().expect("a client");
    let desk = Desk { api: cluster.api(), http, operator: String::new() };
    let made = json!({"role": "operator", "name": "ops"});
    let made = desk.api.insist(1, &Request::post("/api/keys", made).by(bootstrap)).await.expect(201);
    let desk = Desk { operator: made.text("token"), ..desk };
    for node in 1..=3 {
        eventually(ASKED_WITHIN, "every node knows the operator", async || {
            let listed = desk.api.ask(node, &Request::get("/api/keys").by(&desk.operator)).await?;
            if listed.status == 200 { Ok(()) } else { Err(listed.body.to_string()) }
        })
        .await;
    }

    let club = desk.found().await;
    desk.have_providers_say_back(&club, &provider, &planted).await;
    for (what, shown) in desk.pages(&club, &planted).await {
        planted.must_not_be_in(shown.as_bytes(), &what);
    }
    for id in 1..=3 {
        planted.must_not_be_listed(cluster.process(id).id());
        cluster.kill(id);
    }
    let log = |id: u64| read_to_string(cluster.folder().join(format!("node{id}.log"))).expect("it said something");
    let logs: String = (1..=3).map(log).collect();
    for part in ["TRACE", "the provider refuses our settings", "the payment provider opened no page"] {
        assert!(logs.contains(part), "the log was to have {part} in it");
    }
    planted.must_not_be_below(cluster.folder(), &["node1.toml", "node2.toml", "node3.toml"]);
}

/// An operator who asks for everything.
struct Desk {
    api: crate::harness::Api,
    http: reqwest::Client,
    operator: String,
}

impl Desk {
    async fn ask(&self, request: Request) -> crate::harness::Answer {
        self.api.insist(2, &request.by(&self.operator)).await
    }

    async fn found(&self) -> String {
        let day = json!([{"open": "00:00", "close": "24:00"}]);
        let facility = json!({"id": "fac_1", "name": "The Vault", "slug": "vault", "timezone": "UTC",
            "openingHours": {"mon": day, "tue": day, "wed": day, "thu": day, "fri": day, "sat": day, "sun": day},
            "limits": {"maxActiveReservations": null, "maxHolds": null}});
        self.ask(Request::post("/api/facilities", facility)).await.expect(201);
        for (court, price) in [("crt_1", 0), ("crt_2", 2000)] {
            let court = json!({"id": court, "name": court, "courtType": "tennis", "pricePerSlotCents": price});
            self.ask(Request::post("/api/facilities/fac_1/courts", court)).await.expect(201);
        }
        let member = json!({"id": "mbr_1", "name": "Ana", "email": "ana@example.org", "phone": "+12065550101",
            "preferences": {"notificationSms": true}});
        self.ask(Request::post("/api/facilities/fac_1/members", member)).await.expect(201);
        "fac_1".to_owned()
    }

    /// Each provider is asked, and says all secrets back with every kind of error.
    async fn have_providers_say_back(&self, facility: &str, provider: &Provider, planted: &Planted) {
        let said = planted.said_back();
        let body = json!({"errors": [{"message": said, "field": said}], "code": said, "message": said});
        // An error of its own, a refusal for good, a redirect, and settings that are wrong, which ends it for a while.
        let moods =
            [500, 400, 302, 401].map(|status| [Mood::Say(status, body.clone()), Mood::Say(status, body.clone())]);
        provider.next(moods.into_iter().flatten());
        for day in 2..6 {
            self.book(facility, "crt_1", day).await;
        }
        eventually(ASKED_WITHIN, "the providers have said it", async || {
            if provider.asked() >= 6 { Ok(()) } else { Err(provider.asked()) }
        })
        .await;
        provider.always(Mood::Say(401, body));
    }

    async fn book(&self, facility: &str, court: &str, day: i64) {
        let start = (now_millis() / 86_400_000 + day) * 86_400_000 + 36_000_000;
        let start = chrono::DateTime::from_timestamp_millis(start).expect("a time").to_rfc3339();
        let body = json!({"facilityId": facility, "courtId": court, "memberId": "mbr_1", "startTime": start,
            "durationMinutes": 60, "pay": "waived"});
        self.ask(Request::post("/api/reservations", body)).await.expect(201);
    }

    /// What every page and every refusal shows, headers and all.
    async fn pages(&self, facility: &str, planted: &Planted) -> Vec<(String, String)> {
        let here = format!("/api/facilities/{facility}");
        let calls = [
            self.call(Method::POST, "/sync", json!({"facilityId": facility, "date": "2026-12-01"})),
            self.call(Method::POST, "/sync", json!({"facilityId": facility, "date": "2026-12-02"})),
            self.call(Method::POST, "/api/stripe/webhook", json!({"id": "evt_1"}))
                .header("stripe-signature", "t=1,v1=00"),
            self.call(Method::POST, "/api/twilio/inbound", json!({})).header("x-twilio-signature", "AAAA"),
            self.call(Method::POST, "/api/sendgrid/events", json!([])),
            self.call(Method::POST, "/api/keys", json!({"role": "nobody"})),
            self.call(Method::POST, &here, json!({})),
        ];
        let mut asked: Vec<RequestBuilder> = calls.into();
        for _ in 0..3 {
            asked.push(self.checkout(facility).await);
        }
        for path in [
            "/",
            "/docs",
            "/docs/",
            "/openapi.json",
            "/metrics",
            "/livez",
            "/readyz",
            "/api/cluster",
            "/api/keys",
            "/api/facilities",
            "/waitlist/accept/forged",
            "/calendar/forged",
            "/dev/inbox",
            "/nowhere",
        ] {
            asked.push(self.call(Method::GET, path, Value::Null));
        }
        for part in ["", "/members", "/members/mbr_1", "/notifications?limit=200", "/history?limit=200"] {
            asked.push(self.call(Method::GET, &format!("{here}{part}"), Value::Null));
        }
        // Whoever shows a secret in the wrong place hears no echo either.
        for (_, secret) in &planted.0 {
            asked.push(self.http.get(format!("{}/api/keys", self.api.url(3))).bearer_auth(secret));
            asked.push(self.http.get(format!("{}/metrics", self.api.url(3))).basic_auth("courtd", Some(secret)));
        }
        let mut shown = Vec::new();
        for request in asked {
            let request = request.build().expect("a request");
            let what = format!("{} {}", request.method(), request.url());
            let answer = self.http.execute(request).await.expect("it is answered");
            let (status, headers) = (answer.status(), format!("{:?}", answer.headers()));
            let body = answer.text().await.expect("a text");
            shown.push((what, format!("{status} {headers} {body}")));
        }
        shown
    }

    /// Goes to pay for a slot of its own.
    async fn checkout(&self, facility: &str) -> RequestBuilder {
        let start = (now_millis() / 86_400_000 + 6) * 86_400_000 + fastrand::i64(0..20) * 3_600_000;
        let time = |millis| chrono::DateTime::from_timestamp_millis(millis).expect("a time").to_rfc3339();
        let hold = json!({"facilityId": facility, "courtId": "crt_2", "memberId": "mbr_1",
            "startTime": time(start), "endTime": time(start + 3_600_000)});
        let held = self.ask(Request::post("/attempt", hold)).await;
        let hold_id = held.body["holdId"].as_str().unwrap_or("hld_none");
        let body = json!({"facilityId": facility, "holdId": hold_id, "successUrl": "https://club.example.org/paid"});
        self.call(Method::POST, "/api/checkout", body)
    }

    fn call(&self, method: Method, path: &str, body: Value) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.api.url(2))).bearer_auth(&self.operator);
        if body.is_null() { request } else { request.json(&body) }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_server_that_says_the_password_back_is_not_quoted() {
    let planted = Planted::new();
    let password = planted.of("email.smtp.password");
    let (refusal, tried) = (format!("535 5.7.8 {password} is wrong"), format!("451 4.3.0 {password} again"));
    let server = MailServer::start(&[("AUTH", &refusal), ("MAIL", &tried), ("NOOP", &tried)]).await;
    let port = server.port.to_string();
    let env = [
        ("COURTD_LOG", "trace"),
        ("COURTD_EMAIL__FROM", "courts@club.example"),
        ("COURTD_EMAIL__SMTP__HOST", "127.0.0.1"),
        ("COURTD_EMAIL__SMTP__PORT", port.as_str()),
        ("COURTD_EMAIL__SMTP__TLS", "none"),
        ("COURTD_EMAIL__SMTP__USER", "courts"),
        ("COURTD_EMAIL__SMTP__PASSWORD", password),
    ];
    let mut cluster = Cluster::prepare(|folder, id| folder.join(format!("data{id}")), &env);
    for id in 1..=3 {
        cluster.spawn(id);
    }
    cluster.ready().await;
    let api = cluster.api();
    let club = Club::found(&api, "fac_mail", 1, 1, 15).await;
    let held = api.insist(1, &club.attempt(&club.members[0], &club.slot(0, 0, 2))).await.expect(200);
    api.insist(2, &club.confirm(&held.text("holdId"))).await.expect(200);
    eventually(ASKED_WITHIN, "the server has refused the password", async || {
        let metrics = api.get(1, "/metrics").await.to_string() + &api.get(2, "/metrics").await.to_string();
        let metrics = metrics + &api.get(3, "/metrics").await.to_string();
        planted.must_not_be_in(metrics.as_bytes(), "/metrics");
        let heard = server.heard().commands.iter().any(|command| command.starts_with("AUTH"));
        if heard && metrics.contains("courtd_sendings_total") { Ok(()) } else { Err(heard) }
    })
    .await;
    let log = api.get(1, "/api/facilities/fac_mail/notifications?consistency=linearizable").await.to_string();
    planted.must_not_be_in(log.as_bytes(), "the notification log");
    for id in 1..=3 {
        planted.must_not_be_listed(cluster.process(id).id());
        cluster.kill(id);
    }
    planted.must_not_be_below(cluster.folder(), &[]);
}

#[tokio::test]
async fn a_mistake_beside_a_secret_is_told_without_it() {
    let planted = Planted::new();
    let key = planted.of("email.api_key");
    let ports = free_ports(2);
    let head = format!(
        "node_id = 1\nregion = \"r1\"\ndata_dir = \"data\"\nopen = true\n[listen]\nclient = \"127.0.0.1:{}\"\n\
         peer = \"127.0.0.1:{}\"\n[cluster]\nid = \"x\"\ninitial = []\n",
        ports[0], ports[1]
    );
    let files = [
        format!("{head}[email]\napi_key = \"{key}\n"),
        format!("{head}[email]\napi_key = {key}\n"),
        format!("{head}[email]\napi_key = [\"{key}\"]\n"),
        format!("{head}[email]\napi_kee = \"{key}\"\n"),
        format!("{head}[email]\nrate = \"{key}\"\n"),
        format!("{head}[email]\nprovider = \"{key}\"\n"),
        format!("email = \"{key}\"\n{head}"),
        format!("open = \"{key}\"\n{head}"),
    ];
    let environments =
        [("COURTD_EMAIL", key), ("COURTD_OPEN", key), ("COURTD_EMAIL__PROVIDER", key), ("COURTD_NODE_ID", key)];
    let files = files.iter().map(|file| (file.as_str(), ("COURTD_LOG", "trace")));
    for (file, env) in files.chain(environments.map(|env| (head.as_str(), env))) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("courtd.toml"), file).expect("the folder is ours");
        let mut process = Process::courtd("wrong", folder.path(), &["serve"], &[env]);
        assert_eq!(process.exit(STOP_WITHIN).await.code(), Some(1), "{file} with {env:?}");
        let said = read_to_string(&process.stderr).expect("it said something");
        planted.must_not_be_in(said.as_bytes(), "what it says of a mistake");
        assert!(said.lines().count() <= 2 && said.contains("failed to read the settings"), "{said}");
    }
}
