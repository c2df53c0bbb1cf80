//! `GET /v1/remedy?what=…&kind=…`: what a remedy would do. It is a question, so whoever may ask may have it, and nothing is done.

use hyper::StatusCode;
use serde::Serialize;
use serde::de::IntoDeserializer;
use serde::de::value::Error;

use super::answer::{Answer, failed, json};
use super::serve::Call;
use crate::model::{RemedyKind, RemedyPlan, Request};
use crate::sinks::Asked;

/// The answer of a plan, and of an order.
#[derive(Serialize)]
pub(super) struct Remedies {
    pub(super) remedies: Vec<RemedyPlan>,
}

pub(super) async fn answer(call: &Call) -> Answer {
    let request = match parse(call.request.uri().query().unwrap_or_default()) {
        Ok(request) => request,
        Err(reason) => return failed(StatusCode::BAD_REQUEST, &reason),
    };
    match call.service.ask(call.patience.ours(), |reply| Asked::Plan { request, reply }).await {
        Ok(Ok(remedies)) => json(&Remedies { remedies }),
        Ok(Err(reason)) => failed(StatusCode::CONFLICT, &reason),
        Err(answer) => *answer,
    }
}

fn parse(query: &str) -> Result<Request, String> {
    let (mut what, mut kind) = (None, None);
    for (key, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*key {
            "what" => what = Some(value.into_owned()),
            "kind" => kind = Some(remedy_kind(&value)?),
            _ => return Err(format!("'{key}' is not known; expected what or kind")),
        }
    }
    let what = what.ok_or("what is missing; expected what=a connection or a finding's id")?;
    Ok(Request { what, kind })
}

fn remedy_kind(word: &str) -> Result<RemedyKind, String> {
    let kind = serde::Deserialize::deserialize(IntoDeserializer::<Error>::into_deserializer(word));
    kind.map_err(|_| format!("kind: '{word}' is not known; expected a remedy, as rekey"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_decoded_and_what_is_not_known_is_refused() {
        let request = parse("what=a%2Fb+c&kind=restart-hung").unwrap();
        assert_eq!(request, Request { what: "a/b c".to_owned(), kind: Some(RemedyKind::RestartHung) });
        assert_eq!(parse("what=t1").unwrap(), Request { what: "t1".to_owned(), kind: None });
        for (wrong, word) in
            [("", "what is missing"), ("what=t1&kind=reboot", "'reboot'"), ("dry_run=false", "'dry_run'")]
        {
            assert!(parse(wrong).unwrap_err().contains(word), "{wrong}");
        }
    }
}
