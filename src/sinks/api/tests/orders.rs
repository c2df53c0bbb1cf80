use super::*;

#[tokio::test]
async fn a_recording_begins_and_ends() {
    let running = RunningService::new();
    assert_eq!(body_of(&running.order("{\"path\": \"/tmp/a\"}").await), "{\"done\":\"recording into /tmp/a\"}\n");
    assert_eq!(body_of(&running.order("{\"path\": null}").await), "{\"done\":\"the recording has ended\"}\n");
}

#[tokio::test]
async fn a_recording_with_an_end_is_answered_at_its_end() {
    let running = RunningService::new();
    let begin = tokio::time::Instant::now();
    let answer = running.order("{\"path\": \"/tmp/a\", \"seconds\": 1}").await;
    assert_eq!(body_of(&answer), "{\"done\":\"the recording has ended\"}\n");
    assert!(begin.elapsed() >= Duration::from_secs(1));
    assert_eq!(status_of(&running.order("{\"path\": \"/tmp/a\", \"seconds\": 301}").await), "400");
    assert_eq!(status_of(&running.order("{\"path\": \"/tmp/exists\", \"seconds\": 1}").await), "409");
}

#[tokio::test]
async fn an_sa_is_measured() {
    let running = RunningService::new();
    let measured = |body| order(&running, body);
    let answer = measured("{\"spi\": \"0x00000002\", \"seconds\": 2}").await;
    assert_eq!(status_of(&answer), "200");
    assert!(body_of(&answer).contains("\"software\":3,\"packets\":7"), "{answer}");
    let answer = measured("{\"spi\": \"0x00000001\", \"seconds\": 2}").await;
    assert_eq!((status_of(&answer), error_of(&answer).as_str()), ("409", "the kernel has no such SA"));
    for body in [
        "{}",
        "{\"spi\": \"0x1\"}",
        "{\"spi\": \"eth0\", \"seconds\": 2}",
        "{\"spi\": \"0x1\", \"seconds\": 0}",
        "{\"spi\": \"0x1\", \"seconds\": 301}",
        "{\"path\": null}",
    ] {
        assert_eq!(status_of(&measured(body).await), "400", "{body}");
    }
}

async fn order(running: &RunningService, body: &str) -> String {
    let request = format!("POST /v1/measure HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    exchange(&control_socket(&running.socket), request.as_bytes()).await
}

#[tokio::test]
async fn a_remedy_is_ordered() {
    let running = RunningService::new();
    let ordered = |body: &'static str| {
        let request = format!("POST /v1/remedy HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        let control = control_socket(&running.socket);
        async move { exchange(&control, request.as_bytes()).await }
    };
    let answer = ordered("{\"what\": \"t1\", \"kind\": \"rekey\", \"dry_run\": true}").await;
    assert_eq!((status_of(&answer), body_of(&answer)), ("200", "{\"remedies\":[]}\n"));
    let answer = ordered("{\"what\": \"t9\"}").await;
    assert_eq!((status_of(&answer), error_of(&answer).as_str()), ("409", "no such tunnel"));
    for body in ["{}", "{\"what\": 3}", "{\"what\": \"t1\", \"kind\": \"reboot\"}", "{\"what\": \"t1\", \"now\": true}"]
    {
        assert_eq!(status_of(&ordered(body).await), "400", "{body}");
    }
}

#[tokio::test]
async fn a_plan_is_a_question_and_no_order() {
    let running = RunningService::new();
    let answer = running.get("/v1/remedy?what=t1&kind=rekey").await;
    assert_eq!((status_of(&answer), body_of(&answer)), ("200", "{\"remedies\":[]}\n"));
    let answer = running.get("/v1/remedy?what=t9").await;
    assert_eq!((status_of(&answer), error_of(&answer).as_str()), ("409", "no such tunnel"));
    for query in ["", "?kind=rekey", "?what=t1&kind=reboot", "?what=t1&dry_run=false"] {
        assert_eq!(status_of(&running.get(&format!("/v1/remedy{query}")).await), "400", "{query}");
    }
    let order = "POST /v1/remedy HTTP/1.1\r\nHost: x\r\nContent-Length: 13\r\n\r\n{\"what\":\"t1\"}";
    assert_eq!(status_of(&running.ask(order).await), "405");
}

#[tokio::test]
async fn a_measurement_does_not_hold_up_the_end() {
    let running = RunningService::with(LONG, 3, false);
    let measured = order(&running, "{\"spi\": \"0x00000002\", \"seconds\": 300}");
    let end = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        running.hub.close();
    };
    let both = async { tokio::join!(measured, end).0 };
    let answer = tokio::time::timeout(Duration::from_secs(3), both).await.expect("an answer before the 300 s are over");
    assert_eq!((status_of(&answer), error_of(&answer).as_str()), ("503", "the service is ending"));
}

#[tokio::test]
async fn a_refusal_is_told_with_its_reason() {
    let running = RunningService::new();
    let answer = running.order("{\"path\": \"/tmp/exists\"}").await;
    assert_eq!((status_of(&answer), error_of(&answer).as_str()), ("409", "the file exists"));
}

#[tokio::test]
async fn what_is_no_order_is_refused() {
    let running = RunningService::new();
    for body in
        ["", "{}", "[]", "{\"path\": 3}", "{\"path\": \"a\"}", "{\"path\": null, \"x\": 1}", "{\"path\": null} {"]
    {
        assert_eq!(status_of(&running.order(body).await), "400", "{body}");
    }
}

#[tokio::test]
async fn the_orders_socket_answers_post_alone_and_the_questions_socket_takes_no_order() {
    let running = RunningService::new();
    let control = control_socket(&running.socket);
    let answer = exchange(&control, get("/v1/record").as_bytes()).await;
    assert_eq!(status_of(&answer), "405");
    assert_eq!(status_of(&exchange(&control, get("/v1/status").as_bytes()).await), "404");
    assert_eq!(status_of(&running.ask("POST /v1/record HTTP/1.1\r\nHost: x\r\n\r\n").await), "404");
}

#[tokio::test]
async fn the_last_minutes_are_answered_as_a_recording() {
    let running = RunningService::new();
    let order = "POST /v1/recent HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let answer = exchange(&control_socket(&running.socket), order.as_bytes()).await;
    assert_eq!(status_of(&answer), "200");
    let mut recording = crate::recording::RecordingReader::new(body_of(&answer).as_bytes()).unwrap();
    assert!(recording.header().partial);
    assert_eq!(recording.next_observation().unwrap(), None);
    assert_eq!(recording.end().unwrap().observations, 0);
    assert_eq!(status_of(&running.ask(order).await), "404");
}

#[tokio::test]
async fn a_large_body_is_refused() {
    let running = RunningService::new();
    let body = format!("{{\"path\": \"/{}\"}}", "a".repeat(64 << 10));
    assert_eq!(status_of(&running.order(&body).await), "413");
}
