//! The questions' socket: GET alone.

use std::time::Duration;

use hyper::{Method, StatusCode};
use percent_encoding::percent_decode_str;
use serde::Serialize;
use tokio::sync::oneshot;

use super::answer::{HttpResponse, failed, json, no_such_path, only, unavailable};
use super::serve::ApiCall;
use super::service::ApiService;
use super::{history, metrics, plan, sas, stream, traffic};
use crate::clock;
use crate::model::{Finding, RealTime};
use crate::sinks::DeskQuestion;

/// The findings alone, as `status` has them.
#[derive(Debug, Serialize)]
pub(super) struct OpenFindings {
    pub(super) schema: u32,
    pub(super) time: RealTime,
    pub(super) findings: Vec<Finding>,
}

#[derive(Serialize)]
struct Healthy {
    healthy: bool,
}

pub(super) async fn route(call: ApiCall) -> HttpResponse {
    let path = call.request.uri().path();
    let explained = path.strip_prefix("/v1/explain/").filter(|what| !what.is_empty());
    let known = matches!(
        path,
        "/v1/status"
            | "/v1/sas"
            | "/v1/findings"
            | "/v1/history"
            | "/v1/events"
            | "/v1/remedy"
            | "/v1/traffic"
            | "/metrics"
            | "/healthz"
    );
    if !known && explained.is_none() {
        return no_such_path(path);
    }
    if call.request.method() != Method::GET {
        return only("GET");
    }
    if let Some(what) = explained {
        return explain(&call, what).await;
    }
    match path {
        "/v1/status" => match call.service.ask(call.patience.ours(), DeskQuestion::Status).await {
            Ok(status) => json(&status),
            Err(answer) => *answer,
        },
        "/v1/findings" => match call.service.findings(call.patience.ours()).await {
            Ok((findings, _)) => json(&findings),
            Err(answer) => *answer,
        },
        "/healthz" => match call.service.findings(call.patience.ours()).await {
            Ok(_) => json(&Healthy { healthy: true }),
            Err(answer) => *answer,
        },
        "/v1/sas" => sas::answer(call),
        "/v1/history" => history::answer(call).await,
        "/v1/remedy" => plan::answer(&call).await,
        "/v1/traffic" => traffic::answer(&call).await,
        "/metrics" => metrics::answer(&call).await,
        _ => stream::answer(call).await,
    }
}

async fn explain(call: &ApiCall, what: &str) -> HttpResponse {
    let Ok(what) = percent_decode_str(what).decode_utf8() else {
        return failed(StatusCode::BAD_REQUEST, "what is asked for is not UTF-8");
    };
    let question = |reply| DeskQuestion::Explain { what: what.clone().into_owned(), reply };
    match call.service.ask(call.patience.ours(), question).await {
        Ok(Some(story)) => json(&story),
        Ok(None) => failed(StatusCode::NOT_FOUND, &format!("nothing is known by the name '{what}'")),
        Err(answer) => *answer,
    }
}

impl ApiService {
    /// Asks the desk, for at most `within`. The error is what to answer instead.
    pub(super) async fn ask<T>(
        &self,
        within: Duration,
        question: impl FnOnce(oneshot::Sender<T>) -> DeskQuestion,
    ) -> Result<T, Box<HttpResponse>> {
        match tokio::time::timeout(within, self.desk.ask(question)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(gone)) => Err(Box::new(unavailable(&gone.to_string()))),
            Err(_) => Err(Box::new(unavailable("the service is busy and did not answer in time"))),
        }
    }

    /// What is open, and the number of the last event in it.
    pub(super) async fn findings(&self, within: Duration) -> Result<(OpenFindings, u64), Box<HttpResponse>> {
        let (findings, last) = self.ask(within, DeskQuestion::Findings).await?;
        Ok((OpenFindings { schema: 1, time: clock::real_time(), findings }, last))
    }
}
