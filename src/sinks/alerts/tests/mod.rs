mod bad;
mod fixtures;
mod lasting;
mod server;
mod unwritable;

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use tokio::sync::mpsc;

use self::server::{Does, LONG, Server};
use super::*;
use crate::model::{Change, Coverage, SourceState, What};
use crate::sinks::history::{History, QueueKeeper};
use crate::sinks::samples::finding;
use crate::sources::{Seen, queue};

/// Everything within a test's patience.
fn pace() -> Pace {
    let short = Duration::from_millis(50);
    Pace {
        rest: Rest { turned: short, again: short },
        begin: LONG,
        patience: Duration::from_millis(500),
        first_retry: Duration::from_millis(20),
        last_retry: short,
        resend: Duration::from_millis(200),
        settle: short,
    }
}

struct Telling {
    alerts: Alerts,
    history: Option<History>,
    seen: mpsc::Receiver<Seen>,
}

impl Drop for Telling {
    /// Ends in order.
    fn drop(&mut self) {
        self.alerts.end();
        self.history.take().into_iter().for_each(History::end);
    }
}

impl Telling {
    fn new(folder: &Path, receivers: Vec<Receiver>) -> Self {
        Self::with(folder, receivers, pace())
    }

    fn with(folder: &Path, receivers: Vec<Receiver>, pace: Pace) -> Self {
        let history = History::impatient(&folder.join("history.db"), Box::new(drop));
        let place = AlertsSetup { pace, ..place(folder, Some(history.keeper())) };
        let (queue, seen) = queue();
        Self { alerts: Alerts::start(receivers, place, queue).unwrap(), history: Some(history), seen }
    }

    /// One that keeps nothing.
    fn without_history(folder: &Path, receivers: Vec<Receiver>, pace: Pace) -> Self {
        let (queue, seen) = queue();
        let place = AlertsSetup { pace, ..place(folder, None) };
        Self { alerts: Alerts::start(receivers, place, queue).unwrap(), history: None, seen }
    }

    fn tell(&self, change: Change, connection: &str) {
        self.alerts.tell(change, &finding(connection));
    }

    /// The next line of coverage.
    fn coverage(&mut self) -> Coverage {
        match self.seen.blocking_recv().unwrap().what {
            What::Coverage(coverage) => coverage,
            other => panic!("{other:?}"),
        }
    }

    /// Waits until a line of coverage says this.
    fn hears(&mut self, words: &str) -> Coverage {
        loop {
            let coverage = self.coverage();
            if coverage.detail.contains(words) {
                return coverage;
            }
        }
    }
}

fn place(folder: &Path, keeper: Option<QueueKeeper>) -> AlertsSetup {
    AlertsSetup { host: "gw1".to_owned(), keeper, left: folder.join("alerts"), pace: pace() }
}

fn webhook(address: SocketAddr) -> Receiver {
    Receiver::Webhook(Address::parse(&format!("http://{address}/hook")).unwrap())
}

fn pair(status: &str, connection: &str) -> (String, String) {
    (status.to_owned(), connection.to_owned())
}

#[test]
fn a_webhook_hears_of_the_beginning_and_of_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::new(&[Does::Answers(200)]);
    let telling = Telling::new(folder.path(), vec![webhook(server.address)]);
    telling.tell(Change::Opened, "t1");
    let body = server.hear();
    let expected = serde_json::json!({
        "alertname": "SwanwatchSaNotOffloaded", "code": "sa-not-offloaded", "severity": "warning",
        "connection": "t1", "direction": "out", "device": "eth1.7", "host": "gw1",
    });
    assert_eq!((&body["swanwatch"], &body["status"], &body["labels"]), (&1.into(), &"firing".into(), &expected));
    assert_eq!(body["startsAt"], "2026-03-01T12:00:00.000000Z");
    assert_eq!((&body["endsAt"], &body["finding"]["id"]), (&().into(), &"sa-not-offloaded:t1:out".into()));
    telling.tell(Change::Closed, "t1");
    let body = server.hear();
    assert_eq!((&body["status"], &body["labels"]), (&"resolved".into(), &expected));
    assert!(body["endsAt"].is_string());
}

#[test]
fn a_new_receiver_hears_of_what_fires_already() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::new(&[Does::Answers(200)]);
    let telling = Telling::new(folder.path(), vec![webhook(server.address)]);
    telling.tell(Change::Opened, "t1");
    assert_eq!(server.hear_alert(), pair("firing", "t1"));
    let second = Server::new(&[Does::Answers(200)]);
    telling.alerts.configure(&[webhook(server.address), webhook(second.address)]);
    assert_eq!(second.hear_alert(), pair("firing", "t1"));
    assert!(server.is_silent());
    // Wanted no more.
    telling.alerts.configure(&[webhook(server.address)]);
    telling.tell(Change::Opened, "t2");
    assert_eq!(server.hear_alert(), pair("firing", "t2"));
    assert!(second.is_silent());
}

#[test]
fn a_receiver_that_is_named_twice_hears_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::new(&[Does::Answers(200)]);
    let telling = Telling::new(folder.path(), vec![webhook(server.address), webhook(server.address)]);
    telling.tell(Change::Opened, "t1");
    telling.tell(Change::Opened, "t2");
    assert_eq!([server.hear_alert(), server.hear_alert()], [pair("firing", "t1"), pair("firing", "t2")]);
    assert_eq!(telling.alerts.counts().len(), 1);
}

#[test]
fn an_alertmanager_hears_again_and_again_of_what_fires() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::new(&[Does::Answers(200)]);
    let receiver = Receiver::Alertmanager(Address::parse(&format!("http://{}", server.address)).unwrap());
    // Believed for long, so that what ends before its time was ended.
    let telling = Telling::with(folder.path(), vec![receiver], Pace { last_retry: LONG, ..pace() });
    telling.tell(Change::Opened, "t1");
    let first = server.hear();
    let again = server.hear();
    assert_eq!(first[0]["labels"], again[0]["labels"]);
    assert_eq!(first[0]["startsAt"], again[0]["startsAt"]);
    let until = |body: &serde_json::Value| server::text(&body[0]["endsAt"]);
    assert!(until(&again) > until(&first), "{first} {again}");
    telling.tell(Change::Closed, "t1");
    // What was under way when it closed still fires.
    while until(&server.hear()) > crate::clock::real_time().to_string() {}
    assert_eq!(telling.alerts.counts()[0].receiver, format!("alertmanager http://{}", server.address));
}
