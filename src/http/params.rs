//! The parameters of a query, each read as what it has to be.

use std::collections::HashMap;

use axum::extract::Query;
use axum::http::request::Parts;
use machine::{Instant, LocalDate};
use serde::de::DeserializeOwned;

use super::check::Id;
use super::problem::Problem;
use crate::time::{parse_date, parse_instant};

/// Items of a page if the client does not say.
const PAGE_ITEMS: usize = 50;
/// The most items of a page.
const PAGE_ITEMS_MAX: usize = 200;

/// The parameters of a query.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params(HashMap<String, String>);

/// How fresh a read must be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Freshness {
    pub(crate) min_index: Option<u64>,
    pub(crate) linearizable: bool,
}

impl Params {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// An id that may be left out.
    pub(crate) fn id<T: Id>(&self, name: &str) -> Result<Option<T>, Problem> {
        let parsed = self.get(name).map(T::of).transpose();
        parsed.map_err(|error| Problem::malformed_at(format!("?{name}"), error.to_string()))
    }

    /// A parameter that must be there.
    pub(crate) fn required(&self, name: &str) -> Result<&str, Problem> {
        self.get(name).ok_or_else(|| Problem::malformed_at(format!("?{name}"), "is required"))
    }

    /// A time that must be there. A plus sign that the query turned into a space is one again.
    pub(crate) fn time(&self, name: &str) -> Result<Instant, Problem> {
        let text = self.required(name)?.replace(' ', "+");
        parse_instant(&text).map_err(|error| Problem::malformed_at(format!("?{name}"), error.to_string()))
    }

    /// The same with one more.
    pub(crate) fn with(&self, name: &str, text: &str) -> Self {
        let mut params = self.clone();
        params.0.insert(name.to_owned(), text.to_owned());
        params
    }

    /// A local date that may be left out.
    pub(crate) fn date(&self, name: &str) -> Result<Option<LocalDate>, Problem> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let detail = "must be a date, YYYY-MM-DD";
        parse_date(text).map(Some).ok_or_else(|| Problem::malformed_at(format!("?{name}"), detail))
    }

    /// A number within bounds that may be left out.
    pub(crate) fn number(&self, name: &str, min: u32, max: u32) -> Result<Option<u32>, Problem> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let number = text.parse().ok().filter(|number| (min..=max).contains(number));
        number.map(Some).ok_or_else(|| Problem::malformed_at(format!("?{name}"), format!("must be {min} to {max}")))
    }

    /// A word out of those that `T` knows, which may be left out.
    pub(crate) fn word<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Problem> {
        self.get(name).map(|text| word(name, text)).transpose()
    }

    /// Words separated by commas; none if left out.
    pub(crate) fn words<T: DeserializeOwned>(&self, name: &str) -> Result<Vec<T>, Problem> {
        self.get(name).map_or_else(|| Ok(Vec::new()), |text| text.split(',').map(|one| word(name, one)).collect())
    }

    /// How many items a page has.
    pub(crate) fn limit(&self) -> Result<usize, Problem> {
        let Some(text) = self.get("limit") else { return Ok(PAGE_ITEMS) };
        let limit = text.parse().ok().filter(|limit| (1..=PAGE_ITEMS_MAX).contains(limit));
        limit.ok_or_else(|| Problem::malformed_at("?limit", format!("must be 1 to {PAGE_ITEMS_MAX}")))
    }

    pub(super) fn of(parts: &Parts) -> Result<Self, Problem> {
        if parts.uri.query().is_none_or(str::is_empty) {
            return Ok(Self::default());
        }
        match Query::try_from_uri(&parts.uri) {
            Ok(Query(params)) => Ok(Self(params)),
            Err(_) => Err(Problem::malformed_at("?", "the query is not application/x-www-form-urlencoded")),
        }
    }
}

impl Freshness {
    pub(crate) fn of(params: &Params) -> Result<Self, Problem> {
        let min_index = params.get("minIndex").map(str::parse).transpose();
        let min_index = min_index.map_err(|_| Problem::malformed_at("?minIndex", "must be a log index"))?;
        let linearizable = match params.get("consistency") {
            None | Some("local") => false,
            Some("linearizable") => true,
            Some(_) => return Err(Problem::malformed_at("?consistency", "must be local or linearizable")),
        };
        Ok(Self { min_index, linearizable })
    }
}

fn word<T: DeserializeOwned>(name: &str, text: &str) -> Result<T, Problem> {
    let word = T::deserialize(serde::de::value::StrDeserializer::<serde::de::value::Error>::new(text));
    word.map_err(|error| Problem::malformed_at(format!("?{name}"), error.to_string()))
}
