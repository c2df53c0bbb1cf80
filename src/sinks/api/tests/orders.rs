use super::*;

#[tokio::test]
async fn a_recording_begins_and_ends() {
    let running = Running::new();
    assert_eq!(body_of(&running.order("{\"path\": \"/tmp/a\"}").await), "{\"done\":\"recording into /tmp/a\"}\n");
    assert_eq!(body_of(&running.order("{\"path\": null}").await), "{\"done\":\"the recording has ended\"}\n");
}

#[tokio::test]
async fn a_refusal_is_told_with_its_reason() {
    let running = Running::new();
    let answer = running.order("{\"path\": \"/tmp/exists\"}").await;
    assert_eq!((status_of(&answer), error_of(&answer).as_str()), ("409", "the file exists"));
}

#[tokio::test]
async fn what_is_no_order_is_refused() {
    let running = Running::new();
    for body in
        ["", "{}", "[]", "{\"path\": 3}", "{\"path\": \"a\"}", "{\"path\": null, \"x\": 1}", "{\"path\": null} {"]
    {
        assert_eq!(status_of(&running.order(body).await), "400", "{body}");
    }
}

#[tokio::test]
async fn the_orders_socket_answers_post_alone_and_the_questions_socket_takes_no_order() {
    let running = Running::new();
    let control = control_socket(&running.socket);
    let answer = exchange(&control, get("/v1/record").as_bytes()).await;
    assert_eq!(status_of(&answer), "405");
    assert_eq!(status_of(&exchange(&control, get("/v1/status").as_bytes()).await), "404");
    assert_eq!(status_of(&running.ask("POST /v1/record HTTP/1.1\r\nHost: x\r\n\r\n").await), "404");
}

#[tokio::test]
async fn a_large_body_is_refused() {
    let running = Running::new();
    let body = format!("{{\"path\": \"/{}\"}}", "a".repeat(64 << 10));
    assert_eq!(status_of(&running.order(&body).await), "413");
}
