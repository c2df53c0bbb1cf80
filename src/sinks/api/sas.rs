//! `/v1/sas`: every SA as a line of JSON, in pieces, so that a million of them never stand in memory at once.

use hyper::StatusCode;
use hyper::body::Bytes;
use tokio::sync::mpsc;

use super::answer::{CutShort, HttpResponse, failed, pieces};
use super::patience::Patience;
use super::serve::ApiCall;
use super::service::ApiService;
use crate::model::SaRow;
use crate::sinks::DeskQuestion;

/// How many rows are taken from the engine between two of its steps.
const ROWS: usize = 2_000;

/// `?connection=…&device=…`
#[derive(Debug, Default, PartialEq, Eq)]
struct Filter {
    connection: Option<String>,
    device: Option<String>,
}

pub(super) fn answer(call: ApiCall) -> HttpResponse {
    let filter = match Filter::parse(call.request.uri().query().unwrap_or_default()) {
        Ok(filter) => filter,
        Err(reason) => return failed(StatusCode::BAD_REQUEST, &reason),
    };
    // One piece waits while the one before it is written.
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(send(call.service, filter, sender, call.patience));
    pieces("application/x-ndjson", receiver)
}

async fn send(service: ApiService, filter: Filter, sender: mpsc::Sender<Result<Bytes, CutShort>>, patience: Patience) {
    let mut cursor = Some(0);
    while let Some(from) = cursor {
        let question = |reply| DeskQuestion::Sas { cursor: from, limit: ROWS, reply };
        let piece = match service.ask(patience.ours(), question).await {
            Ok((rows, next)) => {
                cursor = next;
                lines(&rows, &filter)
            }
            Err(_) => Err(CutShort),
        };
        let cut = piece.is_err();
        if piece.as_ref().is_ok_and(Bytes::is_empty) {
            // Nothing for this client among them; it has not been idle, we have.
            patience.renew();
            continue;
        }
        if sender.send(piece).await.is_err() || cut {
            return;
        }
        patience.renew();
    }
}

fn lines(rows: &[SaRow], filter: &Filter) -> Result<Bytes, CutShort> {
    let mut text = Vec::new();
    for row in rows.iter().filter(|row| filter.takes(row)) {
        serde_json::to_writer(&mut text, row).map_err(|_| CutShort)?;
        text.push(b'\n');
    }
    Ok(text.into())
}

impl Filter {
    fn parse(query: &str) -> Result<Self, String> {
        let mut filter = Self::default();
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*key {
                "connection" => filter.connection = Some(value.into_owned()),
                "device" => filter.device = Some(value.into_owned()),
                _ => return Err(format!("'{key}' is not known; expected connection or device")),
            }
        }
        Ok(filter)
    }

    fn takes(&self, row: &SaRow) -> bool {
        let same = |wanted: &Option<String>, found: &Option<String>| wanted.is_none() || wanted == found;
        same(&self.connection, &row.connection) && same(&self.device, &row.device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_decoded_and_unknown_ones_are_refused() {
        let filter = Filter::parse("connection=a%2Fb+c&device=eth1").unwrap();
        let expected = Filter { connection: Some("a/b c".to_owned()), device: Some("eth1".to_owned()) };
        assert_eq!(filter, expected);
        assert_eq!(Filter::parse("").unwrap(), Filter::default());
        assert!(Filter::parse("conection=t1").unwrap_err().contains("'conection'"));
    }
}
