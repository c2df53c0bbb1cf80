//! `GET /v1/remedy?what=…&kind=…`, and for an evacuation `&back=true`, `&leave_packet_mode=true`: what a remedy would do. It is a question, so whoever may ask may have it, and nothing is done.

use hyper::StatusCode;
use serde::Serialize;
use serde::de::IntoDeserializer;
use serde::de::value::Error;

use super::answer::{HttpResponse, failed, json};
use super::serve::ApiCall;
use crate::model::{RemedyAsked, RemedyKind, RemedyPlan};
use crate::sinks::DeskQuestion;

/// The answer of a plan, and of an order.
#[derive(Serialize)]
pub(super) struct PlanAnswer {
    pub(super) remedies: Vec<RemedyPlan>,
}

pub(super) async fn answer(call: &ApiCall) -> HttpResponse {
    let request = match parse(call.request.uri().query().unwrap_or_default()) {
        Ok(request) => request,
        Err(reason) => return failed(StatusCode::BAD_REQUEST, &reason),
    };
    match call.service.ask(call.patience.ours(), |reply| DeskQuestion::Plan { request, reply }).await {
        Ok(Ok(remedies)) => json(&PlanAnswer { remedies }),
        Ok(Err(reason)) => failed(StatusCode::CONFLICT, &reason),
        Err(answer) => *answer,
    }
}

fn parse(query: &str) -> Result<RemedyAsked, String> {
    let (mut what, mut kind, mut back, mut leave_packet_mode) = (None, None, false, false);
    for (key, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*key {
            "what" => what = Some(value.into_owned()),
            "kind" => kind = Some(remedy_kind(&value)?),
            "back" => back = is_true(&key, &value)?,
            "leave_packet_mode" => leave_packet_mode = is_true(&key, &value)?,
            _ => return Err(format!("'{key}' is not known; expected what, kind, back or leave_packet_mode")),
        }
    }
    let what = what.ok_or("what is missing; expected what=a connection or a finding's id")?;
    Ok(RemedyAsked { what, kind, back, leave_packet_mode })
}

fn is_true(key: &str, word: &str) -> Result<bool, String> {
    word.parse().map_err(|_| format!("{key}: '{word}' is not known; expected true or false"))
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
        assert_eq!(
            request,
            RemedyAsked { what: "a/b c".to_owned(), kind: Some(RemedyKind::RestartHung), ..RemedyAsked::default() }
        );
        assert_eq!(
            parse("what=t1").unwrap(),
            RemedyAsked { what: "t1".to_owned(), kind: None, ..RemedyAsked::default() }
        );
        let back = parse("what=eth1&kind=evacuate&back=true&leave_packet_mode=false").unwrap();
        assert_eq!((back.kind, back.back, back.leave_packet_mode), (Some(RemedyKind::Evacuate), true, false));
        for (wrong, word) in [
            ("", "what is missing"),
            ("what=eth1&back=yes", "'yes'"),
            ("what=t1&kind=reboot", "'reboot'"),
            ("dry_run=false", "'dry_run'"),
        ] {
            assert!(parse(wrong).unwrap_err().contains(word), "{wrong}");
        }
    }
}
