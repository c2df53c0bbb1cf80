//! The API over real sockets, against a desk that answers by rule.

mod events;
mod history;
mod hostile;
mod metrics;
mod orders;
mod questions;

use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::task::JoinHandle;

use super::{ApiSockets, control_socket};
use crate::model::{Boottime, Change, Measured};
use crate::sinks::{DeskQuestion, EventHub, desk, samples};

/// Long enough for any answer here.
const LONG: Duration = Duration::from_secs(30);

/// A service that runs until it is dropped.
struct RunningService {
    socket: PathBuf,
    tcp: std::net::SocketAddr,
    hub: EventHub,
    tasks: [JoinHandle<()>; 2],
    _folder: tempfile::TempDir,
}

impl RunningService {
    fn new() -> Self {
        Self::with(LONG, 3, true)
    }

    /// `sas` SAs; a desk that does not answer where `answers` is false.
    fn with(patience: Duration, sas: u32, answers: bool) -> Self {
        Self::beating(patience, LONG, sas, answers)
    }

    fn beating(patience: Duration, heartbeat: Duration, sas: u32, answers: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("swanwatch.sock");
        let any_port = Some(([127, 0, 0, 1], 0).into());
        let mut sockets = ApiSockets::bind(&socket).unwrap().and_history(Some(folder.path().join("history.db")));
        sockets.listen_for_metrics(any_port).unwrap();
        let tcp = sockets.metrics_address().unwrap();
        let (desk, mut questions) = desk();
        let hub = EventHub::new("e1".to_owned());
        let (served, answered) = (hub.clone(), hub.clone());
        let serving = tokio::spawn(async move { sockets.serve_for(patience, heartbeat, desk, served).await });
        let answering = tokio::spawn(async move {
            let mut kept = Vec::new();
            while let Some(asked) = questions.recv().await {
                if answers {
                    answer(asked, sas, &answered);
                } else {
                    kept.push(asked);
                }
            }
        });
        Self { socket, tcp, hub, tasks: [serving, answering], _folder: folder }
    }

    async fn connect(&self) -> UnixStream {
        UnixStream::connect(&self.socket).await.unwrap()
    }

    /// Sends `request` and reads to the end: the whole answer.
    async fn ask(&self, request: &str) -> String {
        exchange(&self.socket, request.as_bytes()).await
    }

    async fn get(&self, path: &str) -> String {
        self.ask(&get(path)).await
    }

    async fn order(&self, body: &str) -> String {
        let length = body.len();
        let request = format!("POST /v1/record HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n{body}");
        exchange(&control_socket(&self.socket), request.as_bytes()).await
    }

    fn tell(&self, connection: &str) -> u64 {
        self.hub.tell(Change::Opened, Boottime::from_micros(5), &samples::finding(connection))
    }
}

impl Drop for RunningService {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")
}

async fn exchange(socket: &Path, request: &[u8]) -> String {
    let mut stream = UnixStream::connect(socket).await.unwrap();
    stream.write_all(request).await.unwrap();
    read_to_end(&mut stream).await
}

/// What comes until the service closes. A reset counts as a close.
async fn read_to_end(stream: &mut UnixStream) -> String {
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(length @ 1..) = stream.read(&mut piece).await {
        answer.extend_from_slice(&piece[..length]);
    }
    String::from_utf8(answer).unwrap()
}

/// Returns when the service has closed, whatever is left to be read.
async fn hung_up(stream: &UnixStream) {
    let stream = stream.as_fd().try_clone_to_owned().unwrap();
    let waiting = tokio::task::spawn_blocking(move || {
        let mut sockets = [PollFd::new(&stream, PollFlags::RDHUP)];
        poll(&mut sockets, Some(&LONG.try_into().unwrap())).unwrap()
    });
    assert_eq!(waiting.await.unwrap(), 1, "the service does not close");
}

fn status_of(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("none")
}

fn body_of(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

fn error_of(answer: &str) -> String {
    let body: serde_json::Value = serde_json::from_str(body_of(answer)).unwrap();
    body["error"].as_str().unwrap().to_owned()
}

fn answer(asked: DeskQuestion, sas: u32, hub: &EventHub) {
    // A client that is gone wants no answer.
    match asked {
        DeskQuestion::Status(reply) => drop(reply.send(samples::healthy(2))),
        DeskQuestion::Findings(reply) => drop(reply.send((vec![samples::finding("t1")], hub.last()))),
        DeskQuestion::Sas { cursor, limit, reply } => {
            let end = (cursor + limit).min(sas as usize);
            let rows = (cursor..end).map(|number| samples::sa(number as u32)).collect();
            drop(reply.send((rows, Some(end).filter(|end| *end < sas as usize))));
        }
        DeskQuestion::Tally { tally, reply, .. } => drop(reply.send((tally, None))),
        DeskQuestion::Metrics { reply, .. } => drop(reply.send(Box::new(samples::metrics()))),
        // Each piece is as long as it may be, and knows no SA: what comes of it shows where it was asked from.
        DeskQuestion::Rank { cursor, limit, ranking, reply } => {
            let end = (cursor + limit).min(sas as usize);
            drop(reply.send((ranking, Some(end).filter(|end| *end < sas as usize))));
        }
        DeskQuestion::Traffic { ranking, reply } => {
            let mut report = crate::engine::Engine::new().traffic(*ranking, samples::time(0));
            report.sas = vec![samples::sa(1)];
            drop(reply.send(Box::new(report)));
        }
        DeskQuestion::Explain { what, reply } => {
            let story = (what != "nobody").then(|| samples::story(&what));
            drop(reply.send(story));
        }
        DeskQuestion::Measure { spi, time, reply } => {
            let measured = Measured::new(spi, time.as_secs_f64(), 3, 7);
            drop(reply.send(if spi.0 == 1 { Err("the kernel has no such SA".to_owned()) } else { Ok(measured) }));
        }
        DeskQuestion::Plan { request, reply } | DeskQuestion::Remedy { request, reply } => {
            drop(reply.send(if request.what == "t1" { Ok(Vec::new()) } else { Err("no such tunnel".to_owned()) }))
        }
        DeskQuestion::Recent(reply) => drop(reply.send(Box::new(crate::recording::Recent::default().snapshot()))),
        DeskQuestion::Record { path, reply } => {
            let done = match path {
                Some(path) if path.ends_with("exists") => Err("the file exists".to_owned()),
                Some(path) => Ok(format!("recording into {}", path.display())),
                None => Ok("the recording has ended".to_owned()),
            };
            drop(reply.send(done));
        }
    }
}
