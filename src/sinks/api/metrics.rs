//! `/metrics`: SAs are counted in pieces between the engine's steps, and then everything is written at once.

use hyper::Method;
use hyper::header::ACCEPT;

use super::answer::{HttpResponse, no_such_path, only, text};
use super::patience::Patience;
use super::serve::ApiCall;
use super::service::ApiService;
use crate::model::Metrics;
use crate::sinks::DeskQuestion;
use crate::sinks::metrics::{ExpositionFormat, write};

/// How many SAs are counted between two of the engine's steps.
const SAS: usize = 5_000;

/// Answers over TCP: this path, and nothing else.
pub(super) async fn route(call: ApiCall) -> HttpResponse {
    let path = call.request.uri().path();
    if path != "/metrics" {
        return no_such_path(path);
    }
    if call.request.method() != Method::GET {
        return only("GET");
    }
    answer(&call).await
}

/// Answers one request, in the format that the client prefers.
pub(super) async fn answer(call: &ApiCall) -> HttpResponse {
    let accepted = call.request.headers().get(ACCEPT).and_then(|value| value.to_str().ok());
    let format = ExpositionFormat::of(accepted.unwrap_or_default());
    match call.service.metrics(&call.patience).await {
        Ok(metrics) => text(format.content_type(), write(&metrics, format)),
        Err(answer) => *answer,
    }
}

impl ApiService {
    async fn metrics(&self, patience: &Patience) -> Result<Box<Metrics>, Box<HttpResponse>> {
        let mut tally = Box::default();
        let mut cursor = Some(0);
        while let Some(from) = cursor {
            let question = |reply| DeskQuestion::Tally { cursor: from, limit: SAS, tally, reply };
            (tally, cursor) = self.ask(patience.ours(), question).await?;
            // It is not the client that takes its time.
            patience.renew();
        }
        self.ask(patience.ours(), |reply| DeskQuestion::Metrics { tally, reply }).await
    }
}
