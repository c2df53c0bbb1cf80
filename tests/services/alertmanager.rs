//! The real Alertmanager, which tells a web server of ours what it would tell people.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use swanwatch::testing::model::{Affected, Change, Code, Finding, RealTime, Reason, Severity, Span, Subject};
use swanwatch::testing::sinks::alerts::{Address, Alerts, AlertsSetup, Pace, Receiver, Rest};
use swanwatch::testing::sinks::history::History;

use crate::hearer::Hearer;
use crate::process::{Process, free_port};

/// One Alertmanager and who it tells.
pub struct Alertmanager {
    folder: PathBuf,
    web: Vec<String>,
    pub port: u16,
    pub told: Hearer,
    process: Option<Process>,
}

impl Alertmanager {
    /// One that is not started yet. `web` are further arguments.
    pub fn new(folder: &Path, name: &str, web: &[String]) -> Self {
        let folder = folder.join(name);
        std::fs::create_dir(&folder).unwrap();
        let told = Hearer::new();
        let configuration = format!(
            "route: {{receiver: us, group_by: [...], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}}\n\
             receivers: [{{name: us, webhook_configs: [{{url: \"http://{}/\", send_resolved: true}}]}}]\n",
            told.address
        );
        std::fs::write(folder.join("alertmanager.yml"), configuration).unwrap();
        Self { folder, web: web.to_vec(), port: free_port(), told, process: None }
    }

    /// Starts it, without memory of what it knew.
    pub fn start(&mut self) {
        let storage = self.folder.join("storage");
        let _ = std::fs::remove_dir_all(&storage);
        let mut command = Command::new("prometheus-alertmanager");
        command.arg(format!("--config.file={}", self.folder.join("alertmanager.yml").display()));
        command.arg(format!("--storage.path={}", storage.display()));
        command.arg(format!("--web.listen-address=127.0.0.1:{}", self.port)).arg("--cluster.listen-address=");
        command.args(&self.web);
        self.process = Some(Process::start(&mut command, &self.folder.join("log")));
    }

    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Waits until it tells that the alert with these labels is so; the whole alert.
    pub fn tells(&self, status: &str, labels: &[(&str, &str)]) -> Value {
        let fits = |alert: &&Value| {
            alert["status"] == status && labels.iter().all(|(name, value)| alert["labels"][*name] == *value)
        };
        self.told.until(|body| body["alerts"].as_array().unwrap().iter().find(fits).cloned())
    }
}

fn pace() -> Pace {
    let short = Duration::from_millis(200);
    Pace {
        rest: Rest { turned: short, again: short },
        first_retry: short,
        last_retry: short,
        resend: short * 5,
        ..Pace::default()
    }
}

/// Tells these, with the times of a test.
fn alerts(folder: &Path, receivers: Vec<Receiver>) -> Alerts {
    // Nobody hears of coverage here; the thread does not mind.
    let (queue, _) = swanwatch::testing::sources::queue();
    let history = History::begin(&folder.join("state/history.db"), Box::new(drop)).unwrap();
    let place = AlertsSetup {
        host: "gw1".to_owned(),
        keeper: Some(history.keeper()),
        left: folder.join("state"),
        pace: pace(),
    };
    Alerts::start(receivers, place, queue).unwrap()
}

fn receiver(port: u16) -> Receiver {
    Receiver::Alertmanager(Address::parse(&format!("http://127.0.0.1:{port}")).unwrap())
}

fn finding(connection: &str) -> Finding {
    Finding {
        id: format!("sa-missing:{connection}:out"),
        code: Code::SaMissing,
        reason: Reason::Deleted,
        severity: Severity::Critical,
        times: 1,
        subject: Subject {
            connection: Some(connection.to_owned()),
            direction: Some(Span::Out),
            device: Some("eth1".to_owned()),
            ..Subject::default()
        },
        affected: Affected::default(),
        since: swanwatch::testing::clock::real_time().before(Duration::from_secs(1)),
        summary: format!("the outbound SA of {connection} was deleted"),
        advice: "rekey it".to_owned(),
        evidence: Vec::new(),
        remedy: None,
    }
}

pub fn two_of_them_hear_and_one_that_was_away_hears_later() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = Alertmanager::new(folder.path(), "first", &[]);
    let mut second = Alertmanager::new(folder.path(), "second", &[]);
    // Told before anybody listens.
    let alerts = alerts(folder.path(), vec![receiver(first.port), receiver(second.port)]);
    alerts.tell(Change::Opened, &finding("t1"));
    first.start();
    second.start();
    let told = first.tells("firing", &[("connection", "t1")]);
    let labels = serde_json::json!({
        "alertname": "SwanwatchSaMissing", "code": "sa-missing", "severity": "critical",
        "connection": "t1", "direction": "out", "device": "eth1", "host": "gw1",
    });
    assert_eq!(told["labels"], labels);
    assert_eq!(told["annotations"]["summary"], "the outbound SA of t1 was deleted");
    second.tells("firing", &[("connection", "t1")]);

    first.kill();
    alerts.tell(Change::Opened, &finding("t2"));
    second.tells("firing", &[("connection", "t2")]);
    first.start();
    // It has forgotten everything, and is told again.
    let mut left = vec!["t1", "t2"];
    first.told.until(|body| {
        for alert in body["alerts"].as_array().unwrap() {
            left.retain(|name| alert["labels"]["connection"] != *name || alert["status"] != "firing");
        }
        left.is_empty().then_some(())
    });
    alerts.tell(Change::Closed, &finding("t1"));
    for one in [&first, &second] {
        let told = one.tells("resolved", &[("connection", "t1")]);
        assert!(told["endsAt"].as_str().unwrap() > told["startsAt"].as_str().unwrap(), "{told}");
    }
}

pub fn a_flap_of_a_thousand_is_one_alert() {
    let folder = tempfile::tempdir().unwrap();
    let mut manager = Alertmanager::new(folder.path(), "one", &[]);
    let alerts = alerts(folder.path(), vec![receiver(manager.port)]);
    let mut flapping = finding("t1");
    for times in 1..=1_000 {
        flapping.times = times;
        flapping.since = RealTime::from_micros(flapping.since.micros() + 1);
        alerts.tell(Change::Opened, &flapping);
        alerts.tell(Change::Closed, &flapping);
    }
    flapping.times += 1;
    alerts.tell(Change::Opened, &flapping);
    for last in ["t2", "t3"] {
        alerts.tell(Change::Opened, &finding(last));
    }
    // Of the flapping one at most two ever wait.
    while alerts.counts().first().is_none_or(|counts| counts.waiting != 3) {
        std::thread::yield_now();
    }
    manager.start();
    let told = manager.tells("firing", &[("connection", "t1")]);
    assert_eq!(told["annotations"]["times"], "1001");
}
