//! Hears what others post.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::Value;

/// Far beyond what anything here takes.
pub const LONG: Duration = Duration::from_secs(60);

/// A web server that says yes to everything.
pub struct Hearer {
    pub address: SocketAddr,
    heard: mpsc::Receiver<Value>,
}

impl Hearer {
    pub fn new() -> Self {
        Self::on("127.0.0.1:0".parse().unwrap())
    }

    pub fn on(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let (hears, heard) = mpsc::channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let hears = hears.clone();
                std::thread::spawn(move || serve(stream.unwrap(), &hears));
            }
        });
        Self { address, heard }
    }

    pub fn next(&self) -> Value {
        self.heard.recv_timeout(LONG).expect("nothing more is heard")
    }

    /// Hears until something in what was posted is it.
    pub fn until<T>(&self, mut it: impl FnMut(&Value) -> Option<T>) -> T {
        let begin = Instant::now();
        loop {
            if let Some(found) = it(&self.next()) {
                return found;
            }
            assert!(begin.elapsed() < LONG, "it does not come");
        }
    }
}

/// Connections are kept open by some.
fn serve(stream: TcpStream, hears: &mpsc::Sender<Value>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut answer = stream;
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length: ") {
                length = value.trim().parse().unwrap();
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
        let body = serde_json::from_slice(&body).expect("what is posted is JSON");
        if answer.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").is_err() || hears.send(body).is_err() {
            return;
        }
    }
}
