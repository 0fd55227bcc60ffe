//! Where a day comes from: the tables of a D1 database over its HTTP API, or of an SQLite file.
//!
//! Only ever read. A row's start is a text in any of four spellings, so a query asks for the dates
//! around the day and the caller looks closely.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::NaiveDate;
use machine::FacilityId;
use reqwest::{Client, redirect};
use rusqlite::{Connection, OpenFlags};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::auth::Secret;
use crate::original::Record;

/// For one query: a request as a whole has ten seconds (`api.md` 1).
const QUERY_TIMEOUT: Duration = Duration::from_secs(6);

/// Both ends are compared as texts of equal length, so the order is that of the dates.
const QUERY: &str = "SELECT * FROM reservations WHERE facility_id = ?1 AND substr(start_time, 1, 10) BETWEEN ?2 AND ?3";

/// A system of record.
pub enum Source {
    /// An SQLite file with the original's tables.
    Sqlite(PathBuf),
    /// A D1 database.
    D1(D1),
}

/// A Cloudflare D1 database.
pub struct D1 {
    client: Client,
    query_url: String,
    token: Secret,
}

/// Why a system of record did not answer.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The file cannot be read, or has no such table.
    #[error("failed to read the SQLite file: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The database could not be asked.
    #[error("failed to ask the D1 database: {0}")]
    Unreachable(#[from] reqwest::Error),
    /// The database would not answer.
    #[error("the D1 database refused with status {status}: {codes}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The numbers of its errors: its words may repeat what it was shown.
        codes: String,
    },
}

impl Source {
    /// The reservations of a facility that may begin on the dates `from` to `to`, both included.
    pub(crate) async fn reservations(
        &self,
        facility: &FacilityId,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Vec<Record>, SourceError> {
        let params = [facility.to_string(), from.to_string(), to.to_string()];
        match self {
            Self::D1(database) => database.query(&params).await,
            Self::Sqlite(file) => {
                let file = file.clone();
                let read = tokio::task::spawn_blocking(move || query_file(&file, &params));
                read.await.expect("reading a file does not panic, and is not cancelled").map_err(SourceError::from)
            }
        }
    }
}

fn query_file(file: &Path, [facility, from, to]: &[String; 3]) -> rusqlite::Result<Vec<Record>> {
    let db = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    db.busy_timeout(QUERY_TIMEOUT)?;
    Record::query(&db, QUERY, &[facility, from, to])
}

/// An answer of the D1 API; fields it may leave out are not needed for a good one.
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    success: bool,
    #[serde(default)]
    errors: Vec<Value>,
    #[serde(default)]
    result: Vec<Rows>,
}

/// The rows of one statement.
#[derive(Deserialize)]
struct Rows {
    #[serde(default)]
    results: Vec<Map<String, Value>>,
}

impl D1 {
    /// The database of an account, at the API that `base` is, with a token that may read it.
    pub fn new(base: &str, account: &str, database: &str, token: Secret) -> Result<Self, SourceError> {
        // A redirect would carry the token to wherever it leads.
        let client = Client::builder().timeout(QUERY_TIMEOUT).redirect(redirect::Policy::none()).build()?;
        let base = base.trim_end_matches('/');
        Ok(Self { client, query_url: format!("{base}/accounts/{account}/d1/database/{database}/query"), token })
    }

    async fn query(&self, params: &[String]) -> Result<Vec<Record>, SourceError> {
        let request = self.client.post(&self.query_url).bearer_auth(self.token.reveal());
        let response = request.json(&json!({"sql": QUERY, "params": params})).send().await?;
        let status = response.status();
        let answer: Option<Answer> = serde_json::from_slice(&response.bytes().await?).ok();
        match answer {
            Some(answer) if status.is_success() && answer.success => {
                Ok(answer.result.into_iter().flat_map(|rows| rows.results).map(Record::of_json).collect())
            }
            answer => {
                let errors = answer.map(|answer| answer.errors).unwrap_or_default();
                let codes = errors.iter().filter_map(|error| error["code"].as_u64());
                let codes: Vec<String> = codes.map(|code| format!("error {code}")).collect();
                let codes = if codes.is_empty() { "no reason given".to_owned() } else { codes.join(", ") };
                Err(SourceError::Refused { status: status.as_u16(), codes })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn a_file_gives_the_rows_around_the_day_in_every_spelling() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("club.sqlite");
        Connection::open(&file)
            .unwrap()
            .execute_batch(
                "CREATE TABLE reservations (id, facility_id, start_time);
                 INSERT INTO reservations VALUES ('a', 'f', '2026-12-01T18:00:00Z'), ('b', 'f', '2026-12-02 01:00:00'),
                    ('c', 'f', '2026-11-30T23:30:00-08:00'), ('d', 'f', '2026-12-05T10:00:00Z'),
                    ('e', 'g', '2026-12-01T18:00:00Z'), ('x', 'f', 'banana');",
            )
            .unwrap();
        let facility = FacilityId::parse("f").unwrap();
        let rows = Source::Sqlite(file).reservations(&facility, day("2026-11-30"), day("2026-12-02")).await.unwrap();
        let ids: Vec<_> = rows.iter().filter_map(|row| row.text("id")).collect();
        assert_eq!(ids, ["a", "b", "c"]);
    }

    #[tokio::test]
    async fn a_missing_file_is_an_error_and_no_file_is_made() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("none.sqlite");
        let facility = FacilityId::parse("f").unwrap();
        let read = Source::Sqlite(file.clone()).reservations(&facility, day("2026-12-01"), day("2026-12-01")).await;
        assert!(matches!(read, Err(SourceError::Sqlite(_))) && !file.exists());
    }

    /// A D1 database behind its HTTP API, which runs the query that it is sent.
    async fn database() -> (String, tokio::task::JoinHandle<()>) {
        use axum::extract::Json;
        use axum::http::{HeaderMap, StatusCode};
        let answer = async |headers: HeaderMap, Json(asked): Json<Value>| {
            if headers.get("authorization").is_none_or(|key| key != "Bearer right") {
                let refused = json!({"success": false, "errors": [{"code": 10000, "message": "Authentication error"}]});
                return (StatusCode::FORBIDDEN, Json(refused));
            }
            let db = Connection::open_in_memory().unwrap();
            let rows = "CREATE TABLE reservations (id, facility_id, start_time, notes, fee);
                        INSERT INTO reservations VALUES ('a', 'f', '2026-12-01T18:00:00Z', NULL, 7);";
            db.execute_batch(rows).unwrap();
            let params: [String; 3] = serde_json::from_value(asked["params"].clone()).unwrap();
            let found = Record::query(&db, asked["sql"].as_str().unwrap(), &[&params[0], &params[1], &params[2]]);
            let found = found.unwrap();
            let rows = found
                .iter()
                .map(|row| json!({"id": row.text("id"), "notes": row.text("notes"), "fee": row.int("fee")}));
            let result = json!([{"success": true, "meta": {}, "results": rows.collect::<Vec<_>>()}]);
            (StatusCode::OK, Json(json!({"success": true, "errors": [], "result": result})))
        };
        let router = axum::Router::new().route("/v4/accounts/acc/d1/database/base/query", axum::routing::post(answer));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}/v4/", listener.local_addr().unwrap());
        (base, tokio::spawn(async { axum::serve(listener, router).await.unwrap() }))
    }

    #[tokio::test]
    async fn a_database_is_asked_over_http_with_its_token() {
        let (base, serving) = database().await;
        let facility = FacilityId::parse("f").unwrap();
        let ask = async |token: &str| {
            let database = D1::new(&base, "acc", "base", Secret::new(token)).unwrap();
            Source::D1(database).reservations(&facility, day("2026-11-30"), day("2026-12-02")).await
        };
        let rows = ask("right").await.unwrap();
        let seen: Vec<_> = rows.iter().map(|row| (row.text("id"), row.text("notes"), row.int("fee"))).collect();
        assert_eq!(seen, [(Some("a".to_owned()), None, Some(7))]);
        let refused = ask("wrong").await.unwrap_err().to_string();
        assert_eq!(refused, "the D1 database refused with status 403: error 10000");
        serving.abort();
        assert!(matches!(serving.await, Err(end) if end.is_cancelled()));
        assert!(matches!(ask("right").await, Err(SourceError::Unreachable(_))));
    }
}
