//! A row of the original's tables: cells by column, with the types they came with.
//!
//! What a cell should have been is decided where it is used, so that one broken row costs one row.

use std::collections::BTreeMap;

use rusqlite::types::Value;
use rusqlite::{Connection, ToSql};

/// One row: cells by column.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record(BTreeMap<String, Value>);

impl Record {
    /// The cell as text; `None` where it is null or missing.
    pub(crate) fn text(&self, column: &str) -> Option<String> {
        match self.0.get(column)? {
            Value::Null => None,
            Value::Integer(n) => Some(n.to_string()),
            Value::Real(x) => Some(x.to_string()),
            Value::Text(text) => Some(text.clone()),
            Value::Blob(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        }
    }

    /// The cell as text that says something: blank is how the original wrote "none".
    pub(crate) fn words(&self, column: &str) -> Option<String> {
        self.text(column).filter(|text| !text.trim().is_empty())
    }

    /// The cell as a whole number; `None` where it is anything else.
    pub(crate) fn int(&self, column: &str) -> Option<i64> {
        match self.0.get(column)? {
            Value::Integer(n) => Some(*n),
            Value::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// The rows that a query finds.
    pub(crate) fn query(db: &Connection, sql: &str, params: &[&dyn ToSql]) -> rusqlite::Result<Vec<Self>> {
        let mut statement = db.prepare(sql)?;
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let rows = statement.query_map(params, |row| {
            let cell = |(at, name): (usize, &String)| Ok((name.clone(), row.get::<_, Value>(at)?));
            columns.iter().enumerate().map(cell).collect::<Result<_, _>>().map(Self)
        })?;
        rows.collect()
    }

    /// A row as JSON, which is how it comes over HTTP; what is nested has no place in a cell.
    pub(crate) fn of_json(cells: serde_json::Map<String, serde_json::Value>) -> Self {
        use serde_json::Value as Json;
        let value = |cell: Json| match cell {
            Json::Null => Value::Null,
            Json::Bool(flag) => Value::Integer(flag.into()),
            Json::Number(number) => match number.as_i64() {
                Some(whole) => Value::Integer(whole),
                None => number.as_f64().map_or(Value::Null, Value::Real),
            },
            Json::String(text) => Value::Text(text),
            nested @ (Json::Array(_) | Json::Object(_)) => Value::Text(nested.to_string()),
        };
        Self(cells.into_iter().map(|(column, cell)| (column, value(cell))).collect())
    }
}
