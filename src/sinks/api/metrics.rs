//! `/metrics`: SAs are counted in pieces between the engine's steps, and then everything is written at once.

use hyper::Method;
use hyper::header::ACCEPT;

use super::answer::{Answer, no_such_path, only, text};
use super::patience::Patience;
use super::serve::Call;
use super::service::Service;
use crate::model::Metrics;
use crate::sinks::Asked;
use crate::sinks::metrics::{Format, write};

/// How many SAs are counted between two of the engine's steps.
const SAS: usize = 5_000;

/// Answers over TCP: this path, and nothing else.
pub(super) async fn route(call: Call) -> Answer {
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
pub(super) async fn answer(call: &Call) -> Answer {
    let accepted = call.request.headers().get(ACCEPT).and_then(|value| value.to_str().ok());
    let format = Format::of(accepted.unwrap_or_default());
    match call.service.metrics(&call.patience).await {
        Ok(metrics) => text(format.content_type(), write(&metrics, format)),
        Err(answer) => *answer,
    }
}

impl Service {
    async fn metrics(&self, patience: &Patience) -> Result<Box<Metrics>, Box<Answer>> {
        let mut tally = Box::default();
        let mut cursor = Some(0);
        while let Some(from) = cursor {
            let question = |reply| Asked::Tally { cursor: from, limit: SAS, tally, reply };
            (tally, cursor) = self.ask(patience.ours(), question).await?;
            // It is not the client that takes its time.
            patience.renew();
        }
        self.ask(patience.ours(), |reply| Asked::Metrics { tally, reply }).await
    }
}
