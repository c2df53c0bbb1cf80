//! `/v1/events`: what is told, as it is told (server-sent events).

use hyper::StatusCode;
use hyper::body::Bytes;
use tokio::sync::mpsc;
use tokio::time::Interval;

use super::answer::{CutShort, HttpResponse, failed, pieces};
use super::heartbeat;
use super::patience::Patience;
use super::serve::ApiCall;
use crate::sinks::{EventHub, EventReader, StreamEnded};

/// Answers one request: goes on after `Last-Event-ID`, or begins with a snapshot.
pub(super) async fn answer(call: ApiCall) -> HttpResponse {
    let last_seen = call.request.headers().get("last-event-id").and_then(|id| id.to_str().ok());
    let hub = &call.service.hub;
    let (snapshot, reader) = match hub.resume(last_seen) {
        Some(reader) => (None, reader),
        None => match call.service.findings(call.patience.ours()).await {
            Ok((findings, number)) => match hub.snapshot(number, &findings) {
                Ok(snapshot) => (Some(snapshot), hub.reader(number)),
                Err(error) => {
                    let reason = format!("the snapshot cannot be written: {error}");
                    return failed(StatusCode::INTERNAL_SERVER_ERROR, &reason);
                }
            },
            Err(answer) => return *answer,
        },
    };
    call.patience.endless();
    let (sender, receiver) = mpsc::channel(1);
    let (hub, patience) = (call.service.hub.clone(), call.patience.clone());
    let (line, period) = (call.line, call.service.heartbeat);
    tokio::spawn(async move {
        tokio::select! {
            () = send((snapshot, reader), sender, call.patience, heartbeat::every(period)) => {}
            () = heartbeat::does_not_read(line.as_deref(), period) => patience.end(),
            () = bound_the_end(&hub, &patience) => {}
        }
    });
    pieces("text/event-stream", receiver)
}

/// A stopping service waits for its clients to take the end, and not for ever. Does not return.
async fn bound_the_end(hub: &EventHub, patience: &Patience) {
    hub.closed().await;
    patience.renew();
    std::future::pending().await
}

async fn send(
    (snapshot, mut reader): (Option<Bytes>, EventReader),
    sender: mpsc::Sender<Result<Bytes, CutShort>>,
    patience: Patience,
    mut beats: Interval,
) {
    let mut next = Ok(snapshot);
    loop {
        match next {
            Ok(Some(event)) => {
                tokio::select! {
                    sent = sender.send(Ok(event)) => if sent.is_err() { return },
                    // The connection waits for a client that does not read: only we can end it.
                    () = reader.left_behind() => return patience.end(),
                }
            }
            Ok(None) => {}
            Err(StreamEnded::Behind) => return patience.end(),
            Err(StreamEnded::Closed) => return,
        }
        next = tokio::select! {
            event = reader.next() => event.map(Some),
            _ = beats.tick() => Ok(Some(heartbeat::COMMENT)),
            () = sender.closed() => return,
        };
    }
}
