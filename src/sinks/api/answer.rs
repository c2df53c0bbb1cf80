//! What goes back to a client.

use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame};
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};
use serde::Serialize;
use tokio::sync::mpsc;

pub(super) type HttpResponse = Response<Payload>;

/// The body of an answer: whole, or in pieces as they come.
#[derive(Debug)]
pub(super) enum Payload {
    Whole(Option<Bytes>),
    /// One after another.
    Pieces(mpsc::Receiver<Result<Bytes, CutShort>>),
}

/// The rest of an answer cannot be had. The connection is cut, so that the client does not take a part for the whole.
#[derive(Debug, thiserror::Error)]
#[error("the service could not finish its answer")]
pub(super) struct CutShort;

#[derive(Serialize)]
struct ErrorBody<'a> {
    error: &'a str,
}

/// 200 with a JSON object.
pub(super) fn json<T: Serialize>(value: &T) -> HttpResponse {
    match serde_json::to_vec(value) {
        Ok(mut text) => {
            text.push(b'\n');
            with(StatusCode::OK, "application/json", Payload::Whole(Some(text.into())))
        }
        Err(error) => failed(StatusCode::INTERNAL_SERVER_ERROR, &format!("the answer cannot be written: {error}")),
    }
}

/// 200 with a text.
pub(super) fn text(kind: &'static str, text: String) -> HttpResponse {
    with(StatusCode::OK, kind, Payload::Whole(Some(text.into())))
}

/// 200 with lines of JSON.
pub(super) fn lines(text: Vec<u8>) -> HttpResponse {
    with(StatusCode::OK, "application/x-ndjson", Payload::Whole(Some(text.into())))
}

/// 200 with a body that comes in pieces.
pub(super) fn pieces(kind: &'static str, pieces: mpsc::Receiver<Result<Bytes, CutShort>>) -> HttpResponse {
    with(StatusCode::OK, kind, Payload::Pieces(pieces))
}

/// An error with its reason.
pub(super) fn failed(status: StatusCode, reason: &str) -> HttpResponse {
    let text = serde_json::to_vec(&ErrorBody { error: reason }).unwrap_or_default();
    with(status, "application/json", Payload::Whole(Some(text.into())))
}

/// 405: there is such a path, for another method.
pub(super) fn only(method: &'static str) -> HttpResponse {
    let mut answer = failed(StatusCode::METHOD_NOT_ALLOWED, &format!("this answers {method} alone"));
    answer.headers_mut().insert(ALLOW, HeaderValue::from_static(method));
    answer
}

/// 404.
pub(super) fn no_such_path(path: &str) -> HttpResponse {
    failed(StatusCode::NOT_FOUND, &format!("there is nothing at {path}"))
}

/// 503: the supervisor does not answer.
pub(super) fn unavailable(reason: &str) -> HttpResponse {
    failed(StatusCode::SERVICE_UNAVAILABLE, reason)
}

fn with(status: StatusCode, kind: &'static str, payload: Payload) -> HttpResponse {
    let mut answer = Response::new(payload);
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

impl Body for Payload {
    type Data = Bytes;
    type Error = CutShort;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, CutShort>>> {
        match self.get_mut() {
            Self::Whole(text) => Poll::Ready(text.take().map(|text| Ok(Frame::data(text)))),
            Self::Pieces(pieces) => pieces.poll_recv(context).map(|piece| piece.map(|piece| piece.map(Frame::data))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(None))
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        match self {
            Self::Whole(text) => hyper::body::SizeHint::with_exact(text.as_ref().map_or(0, |text| text.len() as u64)),
            Self::Pieces(_) => hyper::body::SizeHint::default(),
        }
    }
}
