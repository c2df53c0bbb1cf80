//! From the daemon's established line to `sa-not-offloaded`, with 10,000 SAs known.

use std::time::{Duration, Instant};

use swanwatch::testing::engine::Engine;
use swanwatch::testing::model::*;

use crate::driver::pluto;
use crate::full_size;
use crate::measure::{median, milliseconds, percentile};
use crate::table::Row;

const TUNNELS: u32 = 5_000;
const SAMPLES: u32 = 1_000;

pub fn rows() -> Vec<Row> {
    let mut gateway = Gateway::new(TUNNELS + SAMPLES);
    for serial in 1..=TUNNELS {
        gateway.establish(serial, false);
    }
    let mut times: Vec<Duration> =
        (TUNNELS + 1..=TUNNELS + SAMPLES).map(|serial| gateway.establish(serial, false)).collect();
    assert_eq!(gateway.opened, u64::from(2 * (TUNNELS + SAMPLES)));
    [("median", median(&mut times)), ("p99", percentile(&mut times, 99))]
        .into_iter()
        .map(|(name, time)| Row {
            what: format!("from the established line to sa-not-offloaded, {name}"),
            ours: milliseconds(time),
            against: "10 ms".to_owned(),
            value: time.as_secs_f64() / 0.010,
            bound: Some(1.0),
        })
        .collect()
}

/// An engine that is joined, and a daemon that was told to offload connections of which none is.
pub struct Gateway {
    /// It.
    pub engine: Engine,
    seq: u64,
    opened: u64,
    connections: u32,
}

impl Gateway {
    /// One with so many connections.
    pub fn new(connections: u32) -> Self {
        let mut gateway = Self { engine: Engine::new(), seq: 0, opened: 0, connections };
        gateway.see(What::Started(Box::new(Started { acquire_expires: 30, ..Started::default() })));
        gateway.see(What::LinksKnown);
        gateway.see(What::Coverage(Coverage { source: Source::Log, state: SourceState::Ok, detail: String::new() }));
        gateway.see(What::DaemonFound(Box::new(pluto())));
        gateway.see(What::LogEnd { ask: None });
        assert!(gateway.engine.is_joined());
        gateway
    }

    fn see(&mut self, what: What) {
        let mut waiting = vec![what];
        while let Some(what) = waiting.pop() {
            self.seq += 1;
            let at = Boottime::from_micros(1_000_000 + self.seq);
            let mut effects = Vec::new();
            self.engine.step(&Observation { seq: self.seq, at, wall: RealTime::default(), what }, &mut effects);
            for effect in effects {
                waiting.extend(self.answer(effect));
            }
        }
    }

    fn answer(&mut self, effect: Effect) -> Vec<What> {
        match effect {
            Effect::Dump { ask, table } => {
                vec![What::DumpEnd { ask, how: Dumped::Complete, took: 1 }, What::DumpBegin { ask, table }]
            }
            Effect::AskDaemon { ask, question, .. } => {
                let answer = match question {
                    Question::Brief => Answer::Brief(BriefStatus::default()),
                    Question::Table => Answer::Table(StateTable::default()),
                    Question::Connections => Answer::Connections((1..=self.connections).map(connection).collect()),
                };
                vec![What::DaemonAnswered { ask, answer: Box::new(answer), took: 1, worked: Some(1) }]
            }
            Effect::Tell { change: Change::Opened, finding } if finding.code == Code::SaNotOffloaded => {
                self.opened += 1;
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// A pair and the daemon's line about it; how long the line took to become, for a pair in software, two findings.
    pub fn establish(&mut self, serial: u32, offloaded: bool) -> Duration {
        let (mut out, mut inn) = (full_size::sa(2 * serial), full_size::sa(2 * serial + 1));
        for sa in [&mut out, &mut inn].into_iter().filter(|_| !offloaded) {
            sa.offload = None;
            sa.direction = None;
        }
        for sa in [out, inn] {
            self.see(What::Kernel(Event::SaAdded(Box::new(sa))));
        }
        let spis = SpiPair { protocol: Protocol::Esp, outbound: out.id.spi, inbound: inn.id.spi };
        let name = format!("t{serial}");
        let line = LogLine {
            time: None,
            pid: None,
            past: false,
            forgeable: false,
            severity: LogSeverity::Ordinary,
            about: Some(Speaker { connection: name, instance: None, serial: Some(Serial(serial)) }),
            says: Statement::ChildEstablished {
                ike: None,
                rekeys: None,
                spis,
                selectors: None,
                esn: true,
                offload_claim: None,
            },
            text: "initiator established Child SA".to_owned(),
        };
        let begun = Instant::now();
        self.see(What::Log(Box::new(line)));
        begun.elapsed()
    }
}

fn connection(number: u32) -> LoadedConnection {
    LoadedConnection {
        connection: format!("t{number}"),
        instance: None,
        offload: Some(OffloadSetting::Crypto),
        wanted_up: None,
        routed: None,
        template: false,
        local: None,
        remote: None,
        oriented: None,
        ike: None,
        unrouted: false,
        interface: None,
        local_selector: None,
        remote_selector: None,
        reqid: None,
        child: swanwatch::testing::model::ChildSettings::default(),
    }
}
