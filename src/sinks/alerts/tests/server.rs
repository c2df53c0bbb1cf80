//! A receiver on a real socket that does what it is told, also what no receiver should.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::time::Duration;

/// Far beyond what anything here takes.
pub const LONG: Duration = Duration::from_secs(20);

/// What it does with one request.
#[derive(Clone, Copy, Debug)]
pub enum Does {
    /// Answers this status.
    Answers(u16),
    /// Reads, and never answers.
    Hangs,
    /// Reads the head of the request and closes.
    ClosesEarly,
    /// Begins its answer and closes.
    ClosesHalfWay,
    /// Answers without end.
    Endless,
}

/// Hears, and answers as told: the last for ever.
pub struct Server {
    pub address: SocketAddr,
    heard: mpsc::Receiver<serde_json::Value>,
}

impl Server {
    pub fn new(does: &'static [Does]) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").unwrap(), does)
    }

    /// A port that nobody listens on, for now.
    pub fn none() -> SocketAddr {
        TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
    }

    pub fn on(listener: TcpListener, does: &'static [Does]) -> Self {
        let address = listener.local_addr().unwrap();
        let (hears, heard) = mpsc::channel();
        std::thread::spawn(move || {
            let mut held = Vec::new();
            for (place, stream) in listener.incoming().enumerate() {
                let does = does.get(place).or(does.last()).copied().unwrap();
                // A client that goes away is its own matter.
                let Ok((body, stream)) = serve(stream.unwrap(), does) else { continue };
                if hears.send(body).is_err() {
                    return;
                }
                held.push(stream);
            }
        });
        Self { address, heard }
    }

    /// The next request's body.
    pub fn hear(&self) -> serde_json::Value {
        self.heard.recv_timeout(LONG).unwrap()
    }

    /// Status and connection of the next one.
    pub fn hear_alert(&self) -> (String, String) {
        let body = self.hear();
        (text(&body["status"]), text(&body["labels"]["connection"]))
    }

    /// Whether nothing more has come so far.
    pub fn is_silent(&self) -> bool {
        self.heard.try_recv().is_err()
    }
}

pub fn text(value: &serde_json::Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// What it heard, and where it must, the connection that it holds.
fn serve(stream: TcpStream, does: Does) -> std::io::Result<(serde_json::Value, Option<TcpStream>)> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length: ") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut answer = stream;
    if matches!(does, Does::ClosesEarly) {
        return Ok((serde_json::Value::Null, None));
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let body = serde_json::from_slice(&body).unwrap();
    let held = match does {
        Does::Hangs => Some(answer),
        Does::Answers(status) => {
            write!(answer, "HTTP/1.1 {status} x\r\nContent-Length: 5\r\n\r\nworn\n")?;
            None
        }
        Does::ClosesHalfWay => {
            write!(answer, "HTTP/1.1 200 O")?;
            None
        }
        Does::Endless => {
            write!(answer, "HTTP/1.1 500 x\r\nTransfer-Encoding: chunked\r\n\r\n")?;
            while write!(answer, "1000\r\n{}\r\n", "x".repeat(0x1000)).is_ok() {}
            None
        }
        Does::ClosesEarly => None,
    };
    Ok((body, held))
}
