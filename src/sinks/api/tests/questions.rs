use super::*;
use crate::model::{SaRow, Status, Story, TrafficOrder, TrafficReport};

#[tokio::test]
async fn status_is_the_desks_word_for_word() {
    let running = RunningService::new();
    let answer = running.get("/v1/status").await;
    assert_eq!(status_of(&answer), "200", "{answer}");
    assert_eq!(serde_json::from_str::<Status>(body_of(&answer)).unwrap(), samples::healthy(2));
}

#[tokio::test]
async fn findings_and_health_answer() {
    let running = RunningService::new();
    let answer = running.get("/v1/findings").await;
    let body: serde_json::Value = serde_json::from_str(body_of(&answer)).unwrap();
    assert_eq!(body["findings"][0]["id"], "sa-not-offloaded:t1:out");
    assert_eq!(body_of(&running.get("/healthz").await), "{\"healthy\":true}\n");
}

#[tokio::test]
async fn what_is_explained_is_decoded() {
    let running = RunningService::new();
    let answer = running.get("/v1/explain/a%20%2F%C3%BC").await;
    assert_eq!(serde_json::from_str::<Story>(body_of(&answer)).unwrap().about, "a /ü");
    let answer = running.get("/v1/explain/nobody").await;
    assert_eq!((status_of(&answer), error_of(&answer).as_str()), ("404", "nothing is known by the name 'nobody'"));
    assert_eq!(status_of(&running.get("/v1/explain/%ff").await), "400");
    assert_eq!(status_of(&running.get("/v1/explain/").await), "404");
}

/// Rows of a chunked answer.
fn rows_of(answer: &str) -> Vec<SaRow> {
    assert!(answer.contains("transfer-encoding: chunked"), "{answer}");
    assert!(answer.ends_with("0\r\n\r\n"), "cut short");
    let text: String = unchunked(body_of(answer));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub(super) fn unchunked(mut body: &str) -> String {
    let mut text = String::new();
    while let Some((length, rest)) = body.split_once("\r\n") {
        let length = usize::from_str_radix(length, 16).unwrap();
        text.push_str(&rest[..length]);
        body = &rest[length + 2..];
    }
    text
}

#[tokio::test]
async fn every_sa_is_shown_once_over_many_pieces() {
    let running = RunningService::with(LONG, 5_001, true);
    let rows = rows_of(&running.get("/v1/sas").await);
    assert_eq!(rows.len(), 5_001);
    assert!(rows.iter().zip(0..).all(|(row, number)| *row == samples::sa(number)));
}

#[tokio::test]
async fn traffic_is_the_desks_and_as_it_was_asked_for() {
    let running = RunningService::with(LONG, 12_000, true);
    let answer = running.get("/v1/traffic?sort=bytes&offset=7&limit=2").await;
    assert_eq!(status_of(&answer), "200", "{answer}");
    let report: TrafficReport = serde_json::from_str(body_of(&answer)).unwrap();
    assert_eq!((report.sort, report.offset, report.sas), (TrafficOrder::Bytes, 7, vec![samples::sa(1)]));
    let answer = running.get("/v1/traffic?sort=size").await;
    assert_eq!(status_of(&answer), "400");
    assert!(error_of(&answer).contains("'size' is no order"), "{answer}");
}

#[tokio::test]
async fn sas_are_filtered() {
    let running = RunningService::with(LONG, 4_020, true);
    assert_eq!(rows_of(&running.get("/v1/sas?connection=c7&device=eth1").await).len(), 402);
    assert_eq!(rows_of(&running.get("/v1/sas?device=eth9").await), []);
    let answer = running.get("/v1/sas?conn=c7").await;
    assert_eq!(status_of(&answer), "400");
}

#[tokio::test]
async fn what_is_not_there_is_404_and_what_is_no_get_is_405() {
    let running = RunningService::new();
    for path in ["/", "/v1", "/v1/statusx", "/v1/record", "/v1/../etc/passwd"] {
        let answer = running.get(path).await;
        assert_eq!(status_of(&answer), "404", "{path}");
        assert!(error_of(&answer).contains(path));
    }
    for method in ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"] {
        let answer =
            running.ask(&format!("{method} /v1/status HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")).await;
        assert_eq!(status_of(&answer), "405", "{method}");
        assert!(answer.contains("allow: GET"), "{answer}");
    }
}

#[tokio::test]
async fn a_desk_that_does_not_answer_is_said_to_be_busy() {
    let running = RunningService::with(Duration::from_millis(500), 0, false);
    for path in ["/v1/status", "/healthz", "/v1/explain/t1", "/v1/events"] {
        let answer = running.get(path).await;
        assert_eq!(status_of(&answer), "503", "{path}");
        assert!(error_of(&answer).contains("busy"), "{answer}");
    }
    // Rows were promised and do not come: the answer must not look whole.
    assert!(!running.get("/v1/sas").await.ends_with("0\r\n\r\n"));
}

#[tokio::test]
async fn the_sockets_are_gone_with_the_service() {
    let running = RunningService::new();
    running.get("/v1/status").await;
    let (socket, control) = (running.socket.clone(), control_socket(&running.socket));
    assert!(socket.exists() && control.exists());
    let [serving, _] = &running.tasks;
    serving.abort();
    while !serving.is_finished() {
        tokio::task::yield_now().await;
    }
    assert!(!socket.exists() && !control.exists());
}
