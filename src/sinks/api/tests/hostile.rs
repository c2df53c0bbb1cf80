//! Clients that mean harm, or are broken.

use super::super::permits::{CLIENTS, NOT_ROOTS, NoPlace, OF_ONE};
use super::super::serve::refusal;
use super::*;

const SHORT: Duration = Duration::from_millis(300);

/// The service still answers.
async fn assert_well(running: &RunningService) {
    assert_eq!(status_of(&running.get("/healthz").await), "200");
}

#[tokio::test]
async fn a_gigabyte_of_body_is_not_read() {
    let running = RunningService::with(SHORT, 0, true);
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
    let running = RunningService::new();
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
    let running = RunningService::with(SHORT, 0, true);
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
    let running = RunningService::with(SHORT, 0, true);
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
    let running = RunningService::with(SHORT, 0, true);
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
    let running = RunningService::new();
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
    let places = if rustix::process::geteuid().is_root() { CLIENTS } else { OF_ONE };
    assert_eq!((served, refused), (places, 200 - places));
    // Orders have places of their own.
    assert_eq!(status_of(&running.order("{\"path\": null}").await), "200");
    drop(clients);
    while status_of(&running.get("/healthz").await) != "200" {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn the_answer_to_one_without_a_place_is_well_formed() {
    for full in [NoPlace::All, NoPlace::NotRoots, NoPlace::OfOne] {
        let text = refusal(full);
        let length: usize =
            text.split_once("Content-Length: ").unwrap().1.split("\r\n").next().unwrap().parse().unwrap();
        assert_eq!(body_of(&text).len(), length);
        assert_eq!(error_of(&text), full.to_string());
    }
}

#[tokio::test]
async fn a_reader_of_events_that_does_not_read_loses_its_place_and_one_that_reads_keeps_it() {
    let running = RunningService::beating(LONG, Duration::from_millis(100), 0, true);
    let (mut idle, mut reads) = (running.connect().await, running.connect().await);
    for stream in [&mut idle, &mut reads] {
        stream.write_all(get("/v1/events").as_bytes()).await.unwrap();
    }
    let mut heard = Vec::new();
    let listening = async {
        let mut piece = [0; 4096];
        loop {
            let length = reads.read(&mut piece).await.unwrap();
            assert!(length > 0, "the reader that reads was cut off");
            heard.extend_from_slice(&piece[..length]);
        }
    };
    tokio::select! {
        () = hung_up(&idle) => {}
        () = listening => {}
    }
    let beats = |heard: &[u8]| String::from_utf8_lossy(heard).matches(": alive\n\n").count();
    assert!(beats(&heard) >= 3, "{}", String::from_utf8_lossy(&heard));
    // It goes on hearing after the other one was cut off.
    let before = beats(&heard);
    while beats(&heard) < before + 8 {
        let mut piece = [0; 4096];
        let length = reads.read(&mut piece).await.unwrap();
        assert!(length > 0, "the reader that reads was cut off");
        heard.extend_from_slice(&piece[..length]);
    }
}

/// Connections of a user who is not root, each with a request sent.
fn connections_of(user: u32, socket: &Path, number: usize) -> Vec<std::os::unix::net::UnixStream> {
    let connect = || {
        // Of this thread alone.
        let user = rustix::process::Uid::from_raw(user);
        rustix::thread::set_thread_res_uid(user, user, user).unwrap();
        let all = (0..number).map(|_| std::os::unix::net::UnixStream::connect(socket).unwrap());
        // One that is turned away may have been closed before it could ask.
        all.inspect(|mut stream| drop(std::io::Write::write_all(&mut stream, get("/v1/events").as_bytes()))).collect()
    };
    std::thread::scope(|scope| scope.spawn(connect).join().unwrap())
}

#[tokio::test]
async fn members_of_the_group_who_take_every_place_leave_some_to_root() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let running = RunningService::new();
    for (path, mode) in [(running.socket.parent().unwrap(), 0o755), (running.socket.as_path(), 0o666)] {
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    }
    let socket = running.socket.clone();
    let others = tokio::task::spawn_blocking(move || {
        [65_534, 65_533, 65_532, 65_531].map(|user| connections_of(user, &socket, CLIENTS))
    });
    let others = others.await.unwrap();
    let asked = tokio::task::spawn_blocking(move || {
        let served = |streams: &Vec<_>| streams.iter().filter(|stream| is_served(stream)).count();
        (others.each_ref().map(served), others)
    });
    let (served, _others) = asked.await.unwrap();
    assert_eq!(served, [OF_ONE, OF_ONE, OF_ONE, 0]);
    assert_eq!(NOT_ROOTS, 3 * OF_ONE);
    assert_well(&running).await;
}

/// Whether its answer begins with 200.
fn is_served(mut stream: &std::os::unix::net::UnixStream) -> bool {
    let mut head = [0; 12];
    std::io::Read::read_exact(&mut stream, &mut head).is_ok() && head.ends_with(b"200")
}

#[tokio::test]
async fn who_asks_for_every_sa_and_does_not_read_is_cut_off() {
    let running = RunningService::with(SHORT, 20_000, true);
    let mut stream = running.connect().await;
    stream.write_all(get("/v1/sas").as_bytes()).await.unwrap();
    hung_up(&stream).await;
    let answer = read_to_end(&mut stream).await;
    assert!(!answer.ends_with("0\r\n\r\n"), "{} bytes", answer.len());
    assert_well(&running).await;
}
