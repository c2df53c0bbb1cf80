//! `/v1/history`: what was found before, as lines of JSON, in pieces. It is read from the file, and asks the engine nothing.

use hyper::StatusCode;
use hyper::body::Bytes;
use tokio::sync::mpsc;

use super::answer::{CutShort, HttpResponse, failed, no_such_path, pieces, unavailable};
use super::patience::Patience;
use super::serve::ApiCall;
use crate::model::RealTime;
use crate::sinks::history::{HistoryReader, Query};

pub(super) async fn answer(call: ApiCall) -> HttpResponse {
    let Some(path) = call.service.history.clone() else {
        return no_such_path("/v1/history: this service keeps none (history: off)");
    };
    let query = match parse(call.request.uri().query().unwrap_or_default()) {
        Ok(query) => query,
        Err(reason) => return failed(StatusCode::BAD_REQUEST, &reason),
    };
    let reader = match tokio::task::spawn_blocking(move || HistoryReader::open(&path, query)).await {
        Ok(Ok(reader)) => reader,
        Ok(Err(error)) => return unavailable(&error.to_string()),
        Err(error) => return unavailable(&error.to_string()),
    };
    // One piece waits while the one before it is written.
    let (sender, receiver) = mpsc::channel(1);
    let patience = call.patience.clone();
    tokio::task::spawn_blocking(move || send(reader, &sender, &patience));
    pieces("application/x-ndjson", receiver)
}

/// Ends with the file, or when the client's connection is cut.
fn send(mut reader: HistoryReader, sender: &mpsc::Sender<Result<Bytes, CutShort>>, patience: &Patience) {
    loop {
        let piece = match reader.next_rows() {
            Ok(None) => return,
            Ok(Some(rows)) => Ok(rows.iter().flat_map(|row| [row.as_str(), "\n"]).collect::<String>().into()),
            Err(error) => {
                tracing::warn!("the history could not be read to its end: {error}");
                Err(CutShort)
            }
        };
        let cut = piece.is_err();
        let empty = piece.as_ref().is_ok_and(Bytes::is_empty);
        if sender.is_closed() || (!empty && sender.blocking_send(piece).is_err()) || cut {
            return;
        }
        patience.renew();
    }
}

/// `?since=…&until=…&connection=…`
fn parse(query: &str) -> Result<Query, String> {
    let mut wanted = Query::default();
    for (key, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*key {
            "since" => wanted.since = Some(time("since", &value)?),
            "until" => wanted.until = Some(time("until", &value)?),
            "connection" => wanted.connection = Some(value.into_owned()),
            _ => return Err(format!("'{key}' is not known; expected since, until or connection")),
        }
    }
    Ok(wanted)
}

fn time(key: &str, value: &str) -> Result<RealTime, String> {
    value.parse().map_err(|_| format!("{key}: '{value}' is no time; expected RFC 3339"))
}
