use super::*;
use crate::sinks::history::{History, HistoryEntry, PastEvent};

fn keep(running: &RunningService, findings: u32) {
    let path = running.socket.with_file_name("history.db");
    let history = History::begin(&path, Box::new(|_| {})).unwrap();
    for number in 0..findings {
        history.finding(Change::Opened, &samples::finding(&format!("c{}", number % 10)));
    }
    history.end();
}

fn entries(answer: &str) -> Vec<HistoryEntry> {
    assert!(answer.ends_with("0\r\n\r\n"), "cut short");
    let text = questions::unchunked(body_of(answer));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn every_entry_is_shown_once_over_many_pieces() {
    let running = RunningService::new();
    keep(&running, 1_203);
    let all = entries(&running.get("/v1/history").await);
    assert_eq!(all.len(), 1_205);
    assert!(matches!(&all[0].past, PastEvent::Service { state, .. } if state == "started"));
    // Pieces without one of these are among them.
    let some = entries(&running.get("/v1/history?connection=c2").await);
    assert_eq!(some.len(), 121);
    assert!(entries(&running.get("/v1/history?since=2100-01-01T00:00:00Z").await).is_empty());
    assert!(entries(&running.get("/v1/history?until=2000-01-01T00:00:00Z").await).is_empty());
    assert_eq!(entries(&running.get("/v1/history?until=2100-01-01T00:00:00Z").await).len(), 1_205);
}

#[tokio::test]
async fn what_cannot_be_answered_is_said() {
    let running = RunningService::new();
    let answer = running.get("/v1/history").await;
    assert_eq!(status_of(&answer), "503");
    assert!(error_of(&answer).contains("there is no history yet"), "{answer}");
    for query in ["since=yesterday", "until=1", "conection=t1"] {
        assert_eq!(status_of(&running.get(&format!("/v1/history?{query}")).await), "400", "{query}");
    }
    std::fs::write(running.socket.with_file_name("history.db"), "no database: ".repeat(500)).unwrap();
    assert_eq!(status_of(&running.get("/v1/history").await), "503");
}

#[tokio::test]
async fn who_asks_for_all_of_it_and_does_not_read_is_cut_off() {
    let running = RunningService::with(Duration::from_millis(300), 0, true);
    keep(&running, 3_000);
    let mut stream = running.connect().await;
    stream.write_all(get("/v1/history").as_bytes()).await.unwrap();
    hung_up(&stream).await;
    let answer = read_to_end(&mut stream).await;
    assert!(!answer.ends_with("0\r\n\r\n"), "{} bytes", answer.len());
    assert_eq!(status_of(&running.get("/healthz").await), "200");
}
