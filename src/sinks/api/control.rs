//! The orders' socket: POST alone, from root alone.

use std::path::PathBuf;

use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use super::answer::{Answer, failed, json, no_such_path, only};
use super::serve::Call;
use crate::sinks::Asked;

/// Bytes of a request's body.
const BODY: usize = 64 << 10;

/// Begin a recording into `path`, or end it where `path` is null. It must be there: `{}` orders nothing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordOrder {
    #[serde(deserialize_with = "Option::deserialize")]
    path: Option<PathBuf>,
}

#[derive(Serialize)]
struct Done {
    done: String,
}

/// Carries out one order.
pub(super) async fn route(call: Call) -> Answer {
    let path = call.request.uri().path();
    if path != "/v1/record" {
        return no_such_path(path);
    }
    if call.request.method() != Method::POST {
        return only("POST");
    }
    // The file's mode keeps others out already, unless somebody widened it.
    let own = rustix::process::geteuid().as_raw();
    if !call.user.is_some_and(|user| user == 0 || user == own) {
        return failed(StatusCode::FORBIDDEN, "orders are taken from root alone");
    }
    let Call { request, service, patience, .. } = call;
    let body = match Limited::new(request.into_body(), BODY).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            return failed(StatusCode::PAYLOAD_TOO_LARGE, "a body may have 65536 bytes");
        }
        Err(error) => return failed(StatusCode::BAD_REQUEST, &format!("the body did not come whole: {error}")),
    };
    let order: RecordOrder = match serde_json::from_slice(&body) {
        Ok(order) => order,
        Err(error) => {
            let reason = format!("{error}; expected {{\"path\": \"/an/absolute/path\"}} or {{\"path\": null}}");
            return failed(StatusCode::BAD_REQUEST, &reason);
        }
    };
    if let Some(path) = order.path.as_ref().filter(|path| !path.is_absolute()) {
        let reason = format!("«{}» is no absolute path", path.display());
        return failed(StatusCode::BAD_REQUEST, &reason);
    }
    let question = |reply| Asked::Record { path: order.path, reply };
    match service.ask(patience.ours(), question).await {
        Ok(Ok(done)) => json(&Done { done }),
        Ok(Err(reason)) => failed(StatusCode::CONFLICT, &reason),
        Err(answer) => *answer,
    }
}
