//! A service whose answers are given, on real sockets.

use std::collections::BTreeMap;
use std::path::PathBuf;

use swanwatch::testing::engine::Engine;
use swanwatch::testing::model::{
    Affected, Code, DaemonStatus, Evidence, Feed, Finding, KernelStatus, Measured, Metrics, Protocol, RealTime, Reason,
    RemedyCounts, RemedyKind, RemedyPlan, RemedyState, RemedyTarget, SaMode, SaRow, Severity, Source, Spi, Status,
    Story, Subject, Summary,
};
use swanwatch::testing::sinks::api::ApiSockets;
use swanwatch::testing::sinks::{DeskQuestion, EventHub, desk};

/// It serves until it is dropped.
pub struct Service {
    folder: tempfile::TempDir,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Service {
    /// One with these findings and this many SAs.
    pub fn new(findings: Vec<Finding>, sas: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let (bound, ready) = std::sync::mpsc::channel();
        let socket = folder.path().join("swanwatch.sock");
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let sockets = ApiSockets::bind(&socket).unwrap();
                bound.send(()).unwrap();
                let (desk, mut questions) = desk();
                let answers = async {
                    while let Some(asked) = questions.recv().await {
                        answer(asked, &findings, sas);
                    }
                };
                tokio::select! {
                    () = sockets.serve(desk, EventHub::new("e1".to_owned())) => {}
                    () = answers => {}
                    _ = stopped => {}
                }
            });
        });
        ready.recv().unwrap();
        Self { folder, stop: Some(stop), thread: Some(thread) }
    }

    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("swanwatch.sock")
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.stop.take());
        self.thread.take().unwrap().join().unwrap();
    }
}

pub fn finding(severity: Severity) -> Finding {
    Finding {
        id: "tunnel-down:t1".to_owned(),
        code: Code::TunnelDown,
        reason: Reason::NoAnswer,
        severity,
        times: 1,
        subject: Subject { connection: Some("t1".to_owned()), ..Subject::default() },
        affected: Affected::default(),
        since: RealTime::from_micros(1),
        summary: "t1 has no pair\u{1b}[2J".to_owned(),
        advice: "look at the peer".to_owned(),
        evidence: Vec::new(),
        remedy: None,
    }
}

fn answer(asked: DeskQuestion, findings: &[Finding], sas: u32) {
    // A client that is gone wants no answer.
    match asked {
        DeskQuestion::Status(reply) => drop(reply.send(status(findings))),
        DeskQuestion::Findings(reply) => drop(reply.send((findings.to_vec(), 0))),
        DeskQuestion::Sas { cursor, limit, reply } => {
            let end = (cursor + limit).min(sas as usize);
            let rows = (cursor..end).map(|number| sa(u32::try_from(number).unwrap())).collect();
            drop(reply.send((rows, Some(end).filter(|end| *end < sas as usize))));
        }
        DeskQuestion::Tally { tally, reply, .. } => drop(reply.send((tally, None))),
        DeskQuestion::Metrics { reply, .. } => drop(reply.send(Box::new(metrics()))),
        DeskQuestion::Rank { ranking, reply, .. } => drop(reply.send((ranking, None))),
        DeskQuestion::Traffic { ranking, reply } => {
            let mut report = Engine::new().traffic(*ranking, RealTime::from_micros(2_000_000));
            report.sas = (0..sas).map(sa).collect();
            report.sas_total = sas.into();
            drop(reply.send(Box::new(report)));
        }
        DeskQuestion::Explain { what, reply } => {
            drop(reply.send(known(&what, findings).then(|| story(&what, findings))))
        }
        DeskQuestion::Measure { spi, time, reply } => drop(reply.send(match spi {
            Spi(1) => Err("packets in software cannot be counted here: no tracefs is mounted".to_owned()),
            spi => Ok(Measured::new(spi, time.as_secs_f64(), 7, 9)),
        })),
        DeskQuestion::Plan { request, reply } => drop(reply.send(remedies(&request.what, RemedyState::Queued))),
        DeskQuestion::Remedy { request, reply } => drop(reply.send(remedies(&request.what, RemedyState::Waiting))),
        DeskQuestion::Recent(reply) => {
            drop(reply.send(Box::new(swanwatch::testing::recording::Recent::default().snapshot())))
        }
        DeskQuestion::Record { path, reply } => drop(reply.send(match path {
            Some(path) if path.ends_with("exists") => Err("it exists".to_owned()),
            Some(path) => Ok(format!("recording into {}", path.display())),
            None => Ok("ended".to_owned()),
        })),
    }
}

fn remedies(what: &str, state: RemedyState) -> Result<Vec<RemedyPlan>, String> {
    match what {
        "t1" => Ok(vec![remedy(state)]),
        _ => Err(format!("no connection, tunnel or open finding is called '{what}'")),
    }
}

fn remedy(state: RemedyState) -> RemedyPlan {
    RemedyPlan {
        kind: RemedyKind::Rekey,
        target: RemedyTarget::Tunnel { connection: "t1".to_owned(), instance: None },
        finding: None,
        state,
        why: "a person asked for it".to_owned(),
        steps: vec!["have the daemon rekey t1".to_owned()],
        proof: "a pair with new SPIs is in the kernel".to_owned(),
    }
}

fn status(findings: &[Finding]) -> Status {
    let daemon = DaemonStatus {
        kind: None,
        version: None,
        state: "up".to_owned(),
        pid: Some(811),
        unit: None,
        since: None,
        due: None,
    };
    let version = "0.1.0".to_owned();
    let time = RealTime::from_micros(2_000_000);
    let (kernel, summary, coverage) = (KernelStatus::default(), Summary::default(), Vec::new());
    let (findings, notes) = (findings.to_vec(), Vec::new());
    Status { schema: 1, time, version, kernel, daemon, summary, findings, notes, coverage }
}

fn metrics() -> Metrics {
    let Status { version, daemon, summary, coverage, .. } = status(&[]);
    Metrics {
        version,
        kernel: "6.12.0".to_owned(),
        daemon,
        summary,
        sas: BTreeMap::new(),
        folded: 0,
        findings: BTreeMap::new(),
        open: BTreeMap::new(),
        coverage,
        devices: BTreeMap::new(),
        host: None,
        remedies: RemedyCounts::default(),
        feed: Feed::default(),
        receivers: Vec::new(),
    }
}

fn known(what: &str, findings: &[Finding]) -> bool {
    what == "a/b c" || findings.iter().any(|finding| finding.id == what)
}

fn story(what: &str, findings: &[Finding]) -> Story {
    let time = RealTime::from_micros(2_000_000);
    let line = Evidence { time, at: Default::default(), source: Source::Log, text: "seen".to_owned() };
    Story { about: format!("connection {what}"), now: Vec::new(), lines: vec![line], findings: findings.to_vec() }
}

fn sa(number: u32) -> SaRow {
    SaRow {
        spi: Spi(0x100 + number),
        dst: [192, 0, 2, 9].into(),
        src: [192, 0, 2, 1].into(),
        proto: Protocol::Esp,
        mode: SaMode::Tunnel,
        direction: None,
        connection: Some(format!("c {}", number % 2)),
        instance: None,
        reqid: 1,
        if_id: 0,
        offload: "none".to_owned(),
        expected: "none".to_owned(),
        device: Some("eth0".to_owned()),
        state: "installed".to_owned(),
        packets: 0,
        bytes: 0,
        sequence: 0,
        packets_per_second: None,
        bytes_per_second: None,
        integrity_failures: 0,
        replay_drops: 0,
        drops_per_second: None,
        encrypts: None,
        daemon: "known".to_owned(),
        added: None,
        esn: None,
    }
}
