//! Good answers: JSON, with the log index and the node that every answer about a facility carries.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::precondition;
use super::problem::Problem;
use crate::edge::Edge;

/// The log index an answer is of.
pub(crate) const COURT_INDEX: HeaderName = HeaderName::from_static("court-index");
/// The node that answered.
pub(crate) const COURT_NODE: HeaderName = HeaderName::from_static("court-node");

/// What a handler ends in.
pub(crate) type Outcome = Result<Response, Problem>;

/// A page of a list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Page<T> {
    /// The items.
    pub(crate) items: Vec<T>,
    /// Where the next page begins; null where there is none.
    pub(crate) next_cursor: Option<String>,
}

/// An answer about a facility at an index.
pub(crate) fn about(edge: &Edge, index: u64, status: StatusCode, body: &impl Serialize) -> Response {
    let mut response = json(status, body);
    let headers = response.headers_mut();
    headers.insert(COURT_INDEX, HeaderValue::from(index));
    headers.insert(COURT_NODE, edge.node_header.clone());
    response
}

/// An answer about one version of something that is edited.
pub(crate) fn versioned(edge: &Edge, index: u64, status: StatusCode, version: u64, body: &impl Serialize) -> Response {
    let mut response = about(edge, index, status, body);
    response.headers_mut().insert(header::ETAG, precondition::etag(version));
    response
}

/// Done, and there is nothing more to say.
pub(crate) fn done(edge: &Edge, index: u64) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(COURT_INDEX, HeaderValue::from(index));
    headers.insert(COURT_NODE, edge.node_header.clone());
    response
}

/// An answer about no facility.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    let bytes = serde_json::to_vec(body).expect("answers are plain data with text keys");
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Cuts a list that was read one item further than the page to the page.
pub(crate) fn page<T>(mut items: Vec<T>, limit: usize, cursor_of: impl Fn(&T) -> String) -> Page<T> {
    let more = items.len() > limit;
    items.truncate(limit);
    let next_cursor = items.last().filter(|_| more).map(cursor_of);
    Page { items, next_cursor }
}

/// The same of what stands at places, by which the list goes on. Where a page is short for it, it goes on behind
/// `looked_up_to`.
pub(crate) fn page_at<P, T>(
    found: Vec<(P, T)>,
    limit: usize,
    looked_up_to: Option<&P>,
    cursor_of: impl Fn(&P) -> String,
) -> Page<T> {
    let page = page(found, limit, |(place, _)| cursor_of(place));
    let next_cursor = page.next_cursor.or_else(|| looked_up_to.map(cursor_of));
    Page { items: page.items.into_iter().map(|(_, item)| item).collect(), next_cursor }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_page_has_no_cursor() {
        let cut = |items: Vec<u32>, limit| {
            let page = page(items, limit, u32::to_string);
            (page.items, page.next_cursor)
        };
        assert_eq!(cut(vec![1, 2, 3], 2), (vec![1, 2], Some("2".to_owned())));
        assert_eq!(cut(vec![1, 2], 2), (vec![1, 2], None));
        assert_eq!(cut(vec![], 2), (vec![], None));
    }

    #[test]
    fn a_page_that_is_short_for_it_goes_on_behind_what_was_looked_at() {
        let cut = |found: Vec<(u32, char)>, upto: Option<u32>| {
            let page = page_at(found, 2, upto.as_ref(), u32::to_string);
            (page.items, page.next_cursor)
        };
        let all = vec![(1, 'a'), (2, 'b'), (3, 'c')];
        assert_eq!(cut(all.clone(), Some(9)), (vec!['a', 'b'], Some("2".to_owned())));
        assert_eq!(cut(all[..1].to_vec(), Some(9)), (vec!['a'], Some("9".to_owned())));
        assert_eq!(cut(all[..2].to_vec(), None), (vec!['a', 'b'], None));
    }
}
