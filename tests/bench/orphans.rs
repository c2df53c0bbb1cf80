//! SAs that nobody claims, removed one by one while each of them is a finding: how the processor's time for all of them grows with their
//! number.

use std::time::Duration;

use swanwatch::testing::engine::Engine;
use swanwatch::testing::model::*;

use crate::driver::pluto;
use crate::full_size;
use crate::measure::{cpu_time, milliseconds};
use crate::table::Row;

const COUNTS: [u32; 5] = [250, 500, 1_000, 2_000, 4_000];

/// Of each number the shortest time of the processor counts: in the others something else had its caches.
const TIMES: usize = 15;

/// Time grows as the number to the power of this at most.
const EXPONENT: f64 = 1.2;

/// Between two of them.
const APART: Duration = Duration::from_millis(10);

pub fn rows() -> Vec<Row> {
    let times = COUNTS.map(|count| (0..TIMES).map(|_| removal(count)).min().unwrap());
    let exponent = exponent(&times);
    let shown = COUNTS.iter().zip(times).map(|(count, time)| Row {
        what: format!("removing {count} orphans one by one"),
        ours: milliseconds(time),
        against: "300 ms".to_owned(),
        value: time.as_secs_f64() / 0.3,
        // Of more of them nothing is asked but how it grows.
        bound: (*count <= 2_000).then_some(1.0),
    });
    let grows = Row {
        what: format!("its exponent, from {} to {}", COUNTS[0], COUNTS[COUNTS.len() - 1]),
        ours: format!("{exponent:.3}"),
        against: format!("{EXPONENT}"),
        value: exponent / EXPONENT,
        bound: Some(1.0),
    };
    shown.chain([grows]).collect()
}

/// The slope of the line through all of them on logarithmic scales, by least squares.
fn exponent(times: &[Duration]) -> f64 {
    let points: Vec<_> =
        COUNTS.iter().zip(times).map(|(count, time)| (f64::from(*count).ln(), time.as_secs_f64().ln())).collect();
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / points.len() as f64;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let over: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    over / points.iter().map(|point| (point.0 - x).powi(2)).sum::<f64>()
}

/// How long it takes to take in that they go.
fn removal(count: u32) -> Duration {
    let mut gateway = Gateway { engine: Engine::new(), seq: 0, at: 1_000_000_000, open: 0 };
    gateway.see(What::Started(Box::new(Started { acquire_expires: 30, ..Started::default() })));
    gateway.see(What::LinksKnown);
    gateway.see(What::Coverage(Coverage { source: Source::Log, state: SourceState::Ok, detail: String::new() }));
    gateway.see(What::DaemonFound(Box::new(pluto())));
    gateway.see(What::LogEnd { ask: None });
    assert!(gateway.engine.is_joined());
    // Each of another host, and so a finding of its own.
    let sas: Vec<_> = (0..count).map(|number| full_size::sa(2 * number)).collect();
    for sa in &sas {
        gateway.see(What::Kernel(Event::SaAdded(Box::new(*sa))));
    }
    for _ in 0..60 {
        gateway.at += 1_000_000;
        gateway.see(What::Woke);
    }
    let found = gateway.open;
    assert!(found > 0, "none of {count} is a finding");
    let before = cpu_time();
    for sa in &sas {
        gateway.at += u64::try_from(APART.as_micros()).unwrap();
        gateway.see(What::Kernel(Event::SaDeleted { id: sa.id, last: None }));
    }
    let took = cpu_time() - before;
    assert_eq!(gateway.open, 0, "of {found}");
    took
}

/// An engine beside a daemon that has nothing.
struct Gateway {
    engine: Engine,
    seq: u64,
    at: u64,
    /// Findings of orphans.
    open: u64,
}

impl Gateway {
    fn see(&mut self, what: What) {
        let mut waiting = vec![what];
        while let Some(what) = waiting.pop() {
            self.seq += 1;
            let (at, wall) = (Boottime::from_micros(self.at), RealTime::from_micros(1_700_000_000_000_000));
            let mut effects = Vec::new();
            self.engine.step(&Observation { seq: self.seq, at, wall, what }, &mut effects);
            for effect in effects {
                waiting.extend(self.answer(effect));
            }
        }
    }

    fn answer(&mut self, effect: Effect) -> Vec<What> {
        match effect {
            // What it shows is what is known: nothing is looked for here.
            Effect::Dump { ask, .. } if self.engine.is_joined() => {
                let how = Dumped::Failed(Failure::Timeout);
                vec![What::DumpEnd { ask, how, took: 1 }]
            }
            Effect::Dump { ask, table } => {
                vec![What::DumpEnd { ask, how: Dumped::Complete, took: 1 }, What::DumpBegin { ask, table }]
            }
            Effect::AskDaemon { ask, question, .. } => {
                let answer = match question {
                    Question::Brief => Answer::Brief(BriefStatus::default()),
                    Question::Table => Answer::Table(StateTable::default()),
                    Question::Connections => Answer::Connections(Vec::new()),
                };
                vec![What::DaemonAnswered { ask, answer: Box::new(answer), took: 1, worked: Some(1) }]
            }
            Effect::Tell { change, finding } if finding.code == Code::SaOrphaned => {
                match change {
                    Change::Opened => self.open += 1,
                    Change::Closed => self.open -= 1,
                    Change::Changed => {}
                }
                Vec::new()
            }
            _ => Vec::new(),
        }
    }
}
