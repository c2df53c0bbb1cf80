use super::*;

/// A follower that reads event by event.
struct EventFollower {
    stream: UnixStream,
    text: String,
}

impl EventFollower {
    async fn new(running: &RunningService, last_seen: Option<&str>) -> Self {
        let mut stream = running.connect().await;
        let header = last_seen.map_or_else(String::new, |id| format!("Last-Event-ID: {id}\r\n"));
        let request = format!("GET /v1/events HTTP/1.1\r\nHost: x\r\n{header}\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut follower = Self { stream, text: String::new() };
        let head = follower.until("\r\n\r\n").await.unwrap();
        assert!(head.contains("content-type: text/event-stream"), "{head}");
        follower
    }

    async fn until(&mut self, mark: &str) -> Option<String> {
        loop {
            if let Some((text, rest)) = self.text.split_once(mark) {
                let text = text.to_owned();
                self.text = rest.to_owned();
                return Some(text);
            }
            let mut piece = [0; 4096];
            match self.stream.read(&mut piece).await {
                Ok(length @ 1..) => self.text.push_str(std::str::from_utf8(&piece[..length]).unwrap()),
                _ => return None,
            }
        }
    }

    /// Id, kind and data of the next event.
    async fn next(&mut self) -> Option<(String, String, serde_json::Value)> {
        let event = self.until("\n\n").await?;
        let field = |name: &str| {
            let found = event.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            found.unwrap_or_default().to_owned()
        };
        Some((field("id"), field("event"), serde_json::from_str(&field("data")).unwrap()))
    }
}

#[tokio::test]
async fn a_new_reader_gets_a_snapshot_and_then_what_is_told() {
    let running = RunningService::new();
    running.tell("t1");
    let mut follower = EventFollower::new(&running, None).await;
    let (id, kind, data) = follower.next().await.unwrap();
    assert_eq!((id.as_str(), kind.as_str()), ("e1-1", "reset"));
    assert_eq!(data["findings"][0]["subject"]["connection"], "t1");
    assert!(data["time"].as_str().unwrap().ends_with('Z'));
    running.hub.tell(Change::Closed, Boottime::from_micros(77), &samples::finding("t1"));
    let (id, kind, data) = follower.next().await.unwrap();
    assert_eq!((id.as_str(), kind.as_str()), ("e1-2", "closed"));
    assert_eq!((&data["change"], &data["at"]), (&"closed".into(), &77.into()));
    assert_eq!(data["code"], "sa-not-offloaded");
}

#[tokio::test]
async fn a_reader_goes_on_where_it_was() {
    let running = RunningService::new();
    for connection in ["t1", "t2", "t3"] {
        running.tell(connection);
    }
    let mut follower = EventFollower::new(&running, Some("e1-1")).await;
    for (id, connection) in [("e1-2", "t2"), ("e1-3", "t3")] {
        let (found, kind, data) = follower.next().await.unwrap();
        assert_eq!((found.as_str(), kind.as_str()), (id, "opened"));
        assert_eq!(data["subject"]["connection"], connection);
    }
}

#[tokio::test]
async fn what_cannot_be_resumed_begins_with_a_snapshot() {
    let running = RunningService::new();
    running.tell("t1");
    for id in ["e0-1", "e1-9", "e1-", "e1", "1", "-", "e1-18446744073709551615", "e1--1"] {
        let mut follower = EventFollower::new(&running, Some(id)).await;
        assert_eq!(follower.next().await.unwrap().1, "reset", "{id}");
    }
}

#[tokio::test]
async fn a_gap_begins_with_a_snapshot() {
    let running = RunningService::new();
    for _ in 0..12_000 {
        running.tell("t1");
    }
    let mut follower = EventFollower::new(&running, Some("e1-1")).await;
    let (id, kind, _) = follower.next().await.unwrap();
    assert_eq!((id.as_str(), kind.as_str()), ("e1-12000", "reset"));
    let mut follower = EventFollower::new(&running, Some("e1-11999")).await;
    assert_eq!(follower.next().await.unwrap().0, "e1-12000");
}

#[tokio::test]
async fn a_reader_that_is_far_behind_is_closed_and_a_quiet_one_is_not() {
    // Patience is short on purpose: it must not end a stream.
    let running = RunningService::with(Duration::from_millis(200), 0, true);
    let mut quiet = EventFollower::new(&running, None).await;
    quiet.next().await.unwrap();
    let mut slow = EventFollower::new(&running, None).await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    for number in 0..12_000 {
        running.tell(&format!("t{number}"));
        if number % 100 == 0 {
            while quiet.until("\n\n").await.is_some_and(|event| !event.contains(&format!("-{}\n", number + 1))) {}
        }
    }
    let mut last = 0;
    while let Some((id, ..)) = slow.next().await {
        last = id.rsplit_once('-').unwrap().1.parse().unwrap();
    }
    assert!(last < 12_000, "read to the end");
    while quiet.next().await.unwrap().0 != "e1-12000" {}
    assert_eq!(running.tell("t1"), 12_001);
    assert_eq!(quiet.next().await.unwrap().0, "e1-12001");
}

#[tokio::test]
async fn streams_end_whole_when_the_service_stops() {
    let running = RunningService::new();
    let mut follower = EventFollower::new(&running, None).await;
    follower.next().await.unwrap();
    running.hub.close();
    assert_eq!(follower.next().await, None);
    assert!(follower.text.ends_with("0\r\n\r\n"), "{}", follower.text);
}

#[tokio::test]
async fn a_stopping_service_waits_for_no_reader_for_ever() {
    let mut running = RunningService::with(Duration::from_millis(300), 0, true);
    let mut stream = running.connect().await;
    stream.write_all(super::get("/v1/events").as_bytes()).await.unwrap();
    // More than the kernel keeps for a reader that does not read, and less than would end it.
    for _ in 0..2_000 {
        running.tell("t1");
        tokio::task::yield_now().await;
    }
    running.hub.close();
    let [serving, _] = &mut running.tasks;
    tokio::time::timeout(LONG, serving).await.unwrap().unwrap();
    assert!(!running.socket.exists());
}
