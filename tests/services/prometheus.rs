//! The real Prometheus: the shipped rules, a scrape of a real swanwatch, and the dashboard's queries.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use swanwatch::testing::engine::Tally;
use swanwatch::testing::model::Feed;
use swanwatch::testing::recording::{RecordingReader, replay};
use swanwatch::testing::sinks::metrics;

use crate::hearer::{Hearer, LONG};
use crate::process::{Process, free_port, run};
use crate::watching::{Pluto, Swanwatch};

const CONTRIB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/contrib");

/// Recordings of the lab: a NIC that works, one whose peer's does not, and SAs that the CPU encrypts.
const LAB: [&[u8]; 3] = [
    include_bytes!("lab/offloaded-healthy.jsonl"),
    include_bytes!("lab/offloaded-authentication-fails.jsonl"),
    include_bytes!("../replay/cases/lab-outbound-deleted-under-traffic/recording.jsonl"),
];

pub fn the_rules_are_right_and_fire_in_their_cases() {
    let folder = format!("{CONTRIB}/prometheus");
    let checked = run(Command::new("promtool").current_dir(&folder).args(["check", "rules", "swanwatch.rules.yml"]));
    assert!(checked.contains("SUCCESS"), "{checked}");
    // It prints to standard error; what fails ends badly.
    run(Command::new("promtool").current_dir(&folder).args(["test", "rules", "swanwatch.test.yml"]));
}

pub fn a_real_one_scrapes_and_alerts_and_the_dashboard_has_answers() {
    let folder = tempfile::tempdir().unwrap();
    let mut pluto = Pluto::start(folder.path());
    let served = format!("127.0.0.1:{}", free_port());
    let webhook = Hearer::new();
    let configuration = format!(
        "{}metrics: {{listen: {served}}}\nalerts: [{{webhook: \"http://{}/\"}}]\n",
        pluto.place(),
        webhook.address
    );
    let swanwatch = Swanwatch::start(folder.path(), &configuration, &[]);
    swanwatch.is_ready();
    promtool_agrees(&get(&served, "/metrics"));
    let lab = LAB.map(page_of);
    lab.iter().for_each(|text| promtool_agrees(text));

    let manager = Hearer::new();
    let lab = lab.map(serve);
    let targets: Vec<_> = std::iter::once(served.clone()).chain(lab.iter().map(SocketAddr::to_string)).collect();
    let prometheus = Prometheus::start(folder.path(), &manager, &targets);
    pluto.die();
    let fired = manager.until(|body| {
        let of_ours = |alert: &&Value| {
            alert["labels"]["alertname"] == "SwanwatchDaemonCrashed" && alert["labels"]["instance"] == served.as_str()
        };
        body.as_array().unwrap().iter().find(of_ours).cloned()
    });
    assert_eq!(fired["labels"]["severity"], "critical");
    assert_eq!(fired["annotations"]["runbook"], "/usr/share/doc/swanwatch/contrib/runbooks/daemon-crashed.md");

    let dashboard: Value = serde_json::from_str(include_str!("../../contrib/grafana/swanwatch.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    assert!(panels.len() > 20, "{panels:?}");
    // What each of them shows is there when all are scraped.
    prometheus.labels_of_answer(&format!("count(up == 1) == {}", targets.len()));
    panels.iter().for_each(|panel| prometheus.answers(panel));
}

/// What it has to say about a page it says, and ends badly.
fn promtool_agrees(text: &str) {
    let mut command = Command::new("promtool");
    let mut child = command.args(["check", "metrics"]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && said.is_empty(), "{said}: {text}");
}

/// A server that is over with each request; its body.
fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.0\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains(" 200 "), "{answer}");
    body.to_owned()
}

/// What a scrape would have shown at the end of a recording.
fn page_of(recording: &[u8]) -> String {
    let engine = replay(RecordingReader::new(recording).unwrap()).unwrap().engine;
    let mut tally = Tally::default();
    assert_eq!(engine.tally(0, usize::MAX, &mut tally), None);
    metrics::write(&engine.metrics(&tally, Feed::default()), metrics::ExpositionFormat::Text)
}

/// Serves a page for ever.
fn serve(page: String) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nConnection: close\r\n";
            let _ = write!(stream, "{head}Content-Length: {}\r\n\r\n{page}", page.len());
        }
    });
    address
}

struct Prometheus {
    address: String,
    _process: Process,
}

impl Prometheus {
    /// It scrapes these every second, by the shipped rules, and tells `manager`.
    fn start(folder: &Path, manager: &Hearer, targets: &[String]) -> Self {
        let configuration = format!(
            "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\nrule_files: [{CONTRIB}/prometheus/swanwatch.rules.yml]\n\
             alerting: {{alertmanagers: [{{static_configs: [{{targets: ['{}']}}]}}]}}\n\
             scrape_configs: [{{job_name: swanwatch, static_configs: [{{targets: {targets:?}}}]}}]\n",
            manager.address
        );
        let file = folder.join("prometheus.yml");
        std::fs::write(&file, configuration).unwrap();
        let address = format!("127.0.0.1:{}", free_port());
        let mut command = Command::new("prometheus");
        command.arg(format!("--config.file={}", file.display())).arg(format!("--web.listen-address={address}"));
        command.arg(format!("--storage.tsdb.path={}", folder.join("tsdb").display()));
        Self { _process: Process::start(&mut command, &folder.join("prometheus.log")), address }
    }

    /// Each of a panel's queries has an answer, with every label that its legend names; a table's columns are all there.
    fn answers(&self, panel: &Value) {
        let mut columns =
            BTreeSet::from(["Time".to_owned(), "__name__".to_owned(), "job".to_owned(), "Value".to_owned()]);
        for target in panel["targets"].as_array().unwrap() {
            let asked = target["expr"].as_str().unwrap().replace("$instance", ".*").replace("$__rate_interval", "1m");
            let labels = self.labels_of_answer(&asked);
            let legend = target["legendFormat"].as_str().unwrap();
            for named in legend.split("{{").skip(1).map(|rest| rest.split_once("}}").unwrap().0) {
                assert!(labels.contains(named), "{}: no {named} in {labels:?}", panel["title"]);
            }
            columns.extend(labels);
            columns.insert(format!("Value #{}", target["refId"].as_str().unwrap()));
        }
        for transformation in panel["transformations"].as_array().into_iter().flatten() {
            for used in ["indexByName", "renameByName", "excludeByName"] {
                let used = transformation["options"][used].as_object().into_iter().flatten();
                used.for_each(|(name, _)| {
                    assert!(columns.contains(name), "{}: no {name} in {columns:?}", panel["title"])
                });
            }
        }
    }

    /// A rate wants two scrapes: asked again until it has them.
    fn labels_of_answer(&self, expression: &str) -> BTreeSet<String> {
        let begin = Instant::now();
        loop {
            let query: String = form_urlencoded::byte_serialize(expression.as_bytes()).collect();
            let answer: Value =
                serde_json::from_str(&get(&self.address, &format!("/api/v1/query?query={query}"))).unwrap();
            assert_eq!(answer["status"], "success", "{expression}: {answer}");
            let found = answer["data"]["result"].as_array().unwrap();
            if found.iter().any(|row| row["value"][1] != "NaN") {
                let labels = found.iter().flat_map(|row| row["metric"].as_object().unwrap().keys().cloned());
                return labels.collect();
            }
            assert!(begin.elapsed() < LONG, "nothing answers {expression}");
            // It tells nobody of a scrape.
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}
