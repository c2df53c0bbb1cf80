//! The orders' socket: POST alone, from root alone.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use super::answer::{HttpResponse, failed, json, lines, no_such_path, only, unavailable};
use super::patience::Patience;
use super::plan::PlanAnswer;
use super::serve::ApiCall;
use super::service::ApiService;
use crate::model::{RemedyAsked, RemedyKind, Spi};
use crate::sinks::DeskQuestion;

/// Bytes of a request's body.
const BODY: usize = 64 << 10;

/// Begin a recording into `path`, or end it where `path` is null. It must be there: `{}` orders nothing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordOrder {
    #[serde(deserialize_with = "Option::deserialize")]
    path: Option<PathBuf>,
    /// How long; the answer comes at its end, and it ends though nobody waits for that any more. Without it until it is ended.
    #[serde(default)]
    seconds: Option<u64>,
}

#[derive(Serialize)]
struct Done {
    done: String,
}

/// Count the packets of the SA that the CPU does.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MeasureOrder {
    spi: Spi,
    seconds: u64,
}

/// Do a remedy now, or tell what would be done.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RemedyOrder {
    what: String,
    #[serde(default)]
    kind: Option<RemedyKind>,
    #[serde(default)]
    back: bool,
    #[serde(default)]
    leave_packet_mode: bool,
    #[serde(default)]
    dry_run: bool,
}

/// To make probes and to remove them the kernel waits for all CPUs, several times.
const MAKING_PROBES: Duration = Duration::from_secs(15);

/// Seconds that a measurement, and a recording with an end, may take.
const SECONDS: RangeInclusive<u64> = 1..=300;

/// Carries out one order.
pub(super) async fn route(call: ApiCall) -> HttpResponse {
    let path = call.request.uri().path().to_owned();
    if !["/v1/record", "/v1/recent", "/v1/measure", "/v1/remedy"].contains(&path.as_str()) {
        return no_such_path(&path);
    }
    if call.request.method() != Method::POST {
        return only("POST");
    }
    // The file's mode keeps others out already, unless somebody widened it.
    let own = rustix::process::geteuid().as_raw();
    if !call.user.is_some_and(|user| user == 0 || user == own) {
        return failed(StatusCode::FORBIDDEN, "orders are taken from root alone");
    }
    let ApiCall { request, service, patience, .. } = call;
    let body = match Limited::new(request.into_body(), BODY).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            return failed(StatusCode::PAYLOAD_TOO_LARGE, "a body may have 65536 bytes");
        }
        Err(error) => return failed(StatusCode::BAD_REQUEST, &format!("the body did not come whole: {error}")),
    };
    match path.as_str() {
        "/v1/measure" => measure(&body, &service, &patience).await,
        "/v1/remedy" => remedy(&body, &service, &patience).await,
        "/v1/recent" => recent(&service, &patience).await,
        _ => record(&body, &service, &patience).await,
    }
}

async fn remedy(body: &[u8], service: &ApiService, patience: &Patience) -> HttpResponse {
    let order: RemedyOrder = match serde_json::from_slice(body) {
        Ok(order) => order,
        Err(error) => {
            let reason =
                format!("{error}; expected {{\"what\": \"a connection or a finding's id\", \"dry_run\": true}}");
            return failed(StatusCode::BAD_REQUEST, &reason);
        }
    };
    let RemedyOrder { what, kind, back, leave_packet_mode, dry_run } = order;
    let request = RemedyAsked { what, kind, back, leave_packet_mode };
    let question =
        |reply| if dry_run { DeskQuestion::Plan { request, reply } } else { DeskQuestion::Remedy { request, reply } };
    match service.ask(patience.ours(), question).await {
        Ok(Ok(remedies)) => json(&PlanAnswer { remedies }),
        Ok(Err(reason)) => failed(StatusCode::CONFLICT, &reason),
        Err(answer) => *answer,
    }
}

/// The last minutes as a recording. Its body is not looked at: there is nothing to choose.
async fn recent(service: &ApiService, patience: &Patience) -> HttpResponse {
    let snapshot = match service.ask(patience.ours(), DeskQuestion::Recent).await {
        Ok(snapshot) => snapshot,
        Err(answer) => return *answer,
    };
    // Some ten milliseconds of work, which nobody else has to wait for.
    let written = tokio::task::spawn_blocking(move || {
        let mut text = Vec::new();
        snapshot.write(&mut text).map(|_| text)
    });
    match written.await {
        Ok(Ok(recording)) => lines(recording),
        Ok(Err(error)) => failed(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
        Err(error) => unavailable(&error.to_string()),
    }
}

async fn record(body: &[u8], service: &ApiService, patience: &Patience) -> HttpResponse {
    let order: RecordOrder = match serde_json::from_slice(body) {
        Ok(order) => order,
        Err(error) => {
            let reason = format!("{error}; expected {{\"path\": \"/an/absolute/path\"}} or {{\"path\": null}}");
            return failed(StatusCode::BAD_REQUEST, &reason);
        }
    };
    if let Some(path) = order.path.as_ref().filter(|path| !path.is_absolute()) {
        let reason = format!("'{}' is no absolute path", path.display());
        return failed(StatusCode::BAD_REQUEST, &reason);
    }
    if let (Some(_), Some(seconds)) = (&order.path, order.seconds) {
        return record_for(order.path, seconds, service, patience).await;
    }
    match recorded(service, patience.ours(), order.path).await {
        Ok(done) => json(&Done { done }),
        Err(answer) => answer,
    }
}

/// On a task of its own: a client that goes away ends nothing.
async fn record_for(path: Option<PathBuf>, seconds: u64, service: &ApiService, patience: &Patience) -> HttpResponse {
    if let Some(answer) = wrong_time(seconds) {
        return answer;
    }
    let within = patience.ours();
    if let Err(answer) = recorded(service, within, path).await {
        return answer;
    }
    patience.endless();
    let service = service.clone();
    let ending = tokio::spawn(async move {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(seconds)) => {}
            // The end of the service ends the recording.
            () = service.hub.closed() => return unavailable("the service is ending"),
        }
        match recorded(&service, within, None).await {
            Ok(done) => json(&Done { done }),
            Err(answer) => answer,
        }
    });
    ending.await.unwrap_or_else(|error| unavailable(&error.to_string()))
}

/// Begins it, or ends it.
async fn recorded(service: &ApiService, within: Duration, path: Option<PathBuf>) -> Result<String, HttpResponse> {
    match service.ask(within, |reply| DeskQuestion::Record { path, reply }).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(reason)) => Err(failed(StatusCode::CONFLICT, &reason)),
        Err(answer) => Err(*answer),
    }
}

fn wrong_time(seconds: u64) -> Option<HttpResponse> {
    let (least, most) = (SECONDS.start(), SECONDS.end());
    let reason = || format!("it takes {least} to {most} seconds");
    (!SECONDS.contains(&seconds)).then(|| failed(StatusCode::BAD_REQUEST, &reason()))
}

async fn measure(body: &[u8], service: &ApiService, patience: &Patience) -> HttpResponse {
    let order: MeasureOrder = match serde_json::from_slice(body) {
        Ok(order) => order,
        Err(error) => {
            let reason = format!("{error}; expected {{\"spi\": \"0x…\", \"seconds\": 10}}");
            return failed(StatusCode::BAD_REQUEST, &reason);
        }
    };
    if let Some(answer) = wrong_time(order.seconds) {
        return answer;
    }
    let time = Duration::from_secs(order.seconds);
    // One that is asked for in vain still ends by itself.
    patience.endless();
    let question = |reply| DeskQuestion::Measure { spi: order.spi, time, reply };
    let answered = tokio::select! {
        answered = service.ask(time + MAKING_PROBES, question) => answered,
        // Nobody waits for a measurement's end to end the service.
        () = service.hub.closed() => return unavailable("the service is ending"),
    };
    match answered {
        Ok(Ok(measured)) => json(&measured),
        Ok(Err(reason)) => failed(StatusCode::CONFLICT, &reason),
        Err(answer) => *answer,
    }
}
