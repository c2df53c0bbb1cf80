//! `/metrics`, on the questions' socket and over TCP.

use std::net::SocketAddr;

use tokio::net::{TcpSocket, TcpStream};

use super::super::permits::CLIENTS;
use super::*;

async fn over_tcp(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(length @ 1..) = stream.read(&mut piece).await {
        answer.extend_from_slice(&piece[..length]);
    }
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn the_socket_shows_them_in_the_format_that_is_asked_for() {
    let running = RunningService::new();
    let plain = running.get("/metrics").await;
    assert_eq!(status_of(&plain), "200");
    assert!(plain.contains("content-type: text/plain; version=0.0.4"), "{plain}");
    let request = "GET /metrics HTTP/1.1\r\nHost: x\r\nAccept: application/openmetrics-text; version=1.0.0\r\n\r\n";
    let open = running.ask(request).await;
    assert!(open.contains("content-type: application/openmetrics-text; version=1.0.0"), "{open}");
    assert!(body_of(&open).ends_with("# EOF\n"), "{open}");
}

#[tokio::test]
async fn tcp_gives_them_and_nothing_else() {
    let running = RunningService::new();
    let address = running.tcp;
    assert_eq!(status_of(&over_tcp(address, &get("/metrics")).await), "200");
    for path in ["/", "/v1/status", "/v1/sas", "/v1/events", "/v1/record", "/healthz"] {
        assert_eq!(status_of(&over_tcp(address, &get(path)).await), "404", "{path}");
    }
    let post = "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(status_of(&over_tcp(address, post).await), "405");
}

async fn connect_from(address: [u8; 4], to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((address, 0).into()).unwrap();
    socket.connect(to).await.unwrap()
}

#[tokio::test]
async fn one_host_does_not_keep_another_out() {
    let running = RunningService::new();
    let mut silent = Vec::new();
    for _ in 0..100 {
        silent.push(TcpStream::connect(running.tcp).await.unwrap());
    }
    assert_eq!(status_of(&over_tcp(running.tcp, &get("/metrics")).await), "503");
    let mut other = connect_from([127, 0, 0, 2], running.tcp).await;
    other.write_all(get("/metrics").as_bytes()).await.unwrap();
    let mut head = [0; 12];
    other.read_exact(&mut head).await.unwrap();
    assert_eq!(&head, b"HTTP/1.1 200");
}

#[tokio::test]
async fn tcp_has_places_of_its_own_for_as_long_as_a_request_may_take() {
    let running = RunningService::with(Duration::from_secs(2), 3, true);
    let mut silent = Vec::new();
    for host in 1..=20 {
        for _ in 0..10 {
            silent.push(connect_from([127, 0, 0, host], running.tcp).await);
        }
    }
    let mut piece = [0; 16];
    let mut turned_away = 0;
    for stream in &mut silent {
        // Those that have a place are cut off without a word, when their time is over.
        turned_away += usize::from(matches!(stream.read(&mut piece).await, Ok(1..) | Err(_)));
    }
    assert_eq!(turned_away, 200 - CLIENTS);
    assert_eq!(status_of(&running.get("/healthz").await), "200");
    while status_of(&over_tcp(running.tcp, &get("/metrics")).await) != "200" {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_gigabyte_over_tcp_is_not_read() {
    let running = RunningService::with(Duration::from_millis(300), 0, true);
    let mut stream = TcpStream::connect(running.tcp).await.unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 1073741824\r\n\r\n").await.unwrap();
    let megabyte = vec![b'x'; 1 << 20];
    let mut sent = 0;
    while sent < 1024 && stream.write_all(&megabyte).await.is_ok() {
        sent += 1;
    }
    assert!(sent < 64, "took {sent} MiB");
    assert_eq!(status_of(&running.get("/healthz").await), "200");
}

#[tokio::test]
async fn an_address_that_is_taken_is_said() {
    let running = RunningService::new();
    let folder = tempfile::tempdir().unwrap();
    let mut sockets = ApiSockets::bind(&folder.path().join("swanwatch.sock")).unwrap();
    let message = sockets.listen_for_metrics(Some(running.tcp)).unwrap_err().to_string();
    assert!(message.starts_with(&format!("metrics.listen: cannot listen on {}: ", running.tcp)), "{message}");
}
