//! Clients that mean harm, or are broken.

use super::super::serve::CLIENTS;
use super::*;

const SHORT: Duration = Duration::from_millis(300);

/// The service still answers.
async fn assert_well(running: &Running) {
    assert_eq!(status_of(&running.get("/healthz").await), "200");
}

#[tokio::test]
async fn a_gigabyte_of_body_is_not_read() {
    let running = Running::with(SHORT, 0, true);
    for (socket, path, status) in
        [(running.socket.clone(), "/v1/status", "200"), (control_socket(&running.socket), "/v1/record", "413")]
    {
        let mut stream = UnixStream::connect(&socket).await.unwrap();
        let method = if status == "200" { "GET" } else { "POST" };
        let head = format!("{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1073741824\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let megabyte = vec![b'x'; 1 << 20];
        let mut sent = 0;
        while sent < 1024 && stream.write_all(&megabyte).await.is_ok() {
            sent += 1;
        }
        assert!(sent < 8, "took {sent} MiB");
        assert_eq!(status_of(&read_to_end(&mut stream).await), status);
    }
    assert_well(&running).await;
}

#[tokio::test]
async fn a_long_head_is_refused() {
    let running = Running::new();
    let fits = format!("GET /healthz HTTP/1.1\r\nHost: x\r\nA: {}\r\n\r\n", "a".repeat(7 << 10));
    assert_eq!(status_of(&running.ask(&fits).await), "200");
    let mut stream = running.connect().await;
    // It may close while the rest is still being sent.
    let _ = stream.write_all(format!("GET /healthz HTTP/1.1\r\nA: {}\r\n\r\n", "a".repeat(9 << 10)).as_bytes()).await;
    assert_eq!(status_of(&read_to_end(&mut stream).await), "431");
    let many: String = (0..200).map(|number| format!("A{number}: b\r\n")).collect();
    assert_eq!(status_of(&running.ask(&format!("GET /healthz HTTP/1.1\r\n{many}\r\n")).await), "431");
    assert_well(&running).await;
}

#[tokio::test]
async fn garbage_is_refused() {
    let running = Running::with(SHORT, 0, true);
    for garbage in [
        &b"\0\xff\xfe\r\n\r\n"[..],
        b"GET\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let answer = exchange(&running.socket, garbage).await;
        assert_ne!(status_of(&answer), "200", "{garbage:?}");
    }
    assert_well(&running).await;
}

#[tokio::test]
async fn half_a_request_is_cut_off() {
    let running = Running::with(SHORT, 0, true);
    let begin = tokio::time::Instant::now();
    for half in ["", "G", "GET /v1/status HTTP/1.1\r\nHost:"] {
        assert_eq!(running.ask(half).await, "");
    }
    let order = "POST /v1/record HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n{\"path\"";
    assert_eq!(exchange(&control_socket(&running.socket), order.as_bytes()).await, "");
    assert!(begin.elapsed() >= SHORT * 4);
    assert_well(&running).await;
}

#[tokio::test]
async fn one_byte_at_a_time_does_not_buy_time() {
    let running = Running::with(SHORT, 0, true);
    let mut stream = running.connect().await;
    let mut sent = 0;
    let endless = std::iter::repeat_n(b'a', 10_000);
    for byte in b"GET /healthz HTTP/1.1\r\nA: ".iter().copied().chain(endless) {
        if stream.write_all(&[byte]).await.is_err() {
            break;
        }
        sent += 1;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(sent < 100, "sent {sent} bytes");
    assert_well(&running).await;
}

#[tokio::test]
async fn two_hundred_clients_are_turned_away_but_sixty_four() {
    let running = Running::new();
    let mut clients = Vec::new();
    for _ in 0..200 {
        let mut stream = running.connect().await;
        // One that is turned away may have been closed before it could ask.
        let _ = stream.write_all(get("/v1/events").as_bytes()).await;
        clients.push(stream);
    }
    let (mut served, mut refused) = (0, 0);
    for stream in &mut clients {
        let mut head = [0; 12];
        match stream.read_exact(&mut head).await {
            Ok(_) if head.ends_with(b"200") => served += 1,
            _ => refused += 1,
        }
    }
    assert_eq!((served, refused), (CLIENTS, 200 - CLIENTS));
    // Orders have places of their own.
    assert_eq!(status_of(&running.order("{\"path\": null}").await), "200");
    drop(clients);
    while status_of(&running.get("/healthz").await) != "200" {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn the_answer_to_the_sixty_fifth_is_well_formed() {
    let text = std::str::from_utf8(super::super::serve::FULL).unwrap();
    let length: usize = text.split_once("Content-Length: ").unwrap().1.split("\r\n").next().unwrap().parse().unwrap();
    assert_eq!(body_of(text).len(), length);
    assert!(error_of(text).starts_with(&CLIENTS.to_string()));
}

#[tokio::test]
async fn who_asks_for_every_sa_and_does_not_read_is_cut_off() {
    let running = Running::with(SHORT, 20_000, true);
    let mut stream = running.connect().await;
    stream.write_all(get("/v1/sas").as_bytes()).await.unwrap();
    hung_up(&stream).await;
    let answer = read_to_end(&mut stream).await;
    assert!(!answer.ends_with("0\r\n\r\n"), "{} bytes", answer.len());
    assert_well(&running).await;
}
