//! A sampling of 100,000 SAs, from memory: what the engine takes on top of decoding them, where each SA carried something. And what choosing
//! those that carry most takes, which is done while the engine waits.

use std::time::{Duration, Instant};

use swanwatch::testing::engine::{Engine, Ranking};
use swanwatch::testing::model::*;
use swanwatch::testing::sources::xfrm::decode::{Decoder, Messages};
use swanwatch::testing::sources::xfrm::numbers::*;

use crate::full_size;
use crate::measure::{ROUNDS, median, milliseconds};
use crate::support::{encode, encode_sa};
use crate::table::Row;
use crate::verdict::Gateway;

const CONNECTIONS: u32 = 50_000;
/// SAs in a datagram of a dump.
const CHUNK: usize = 64;
/// Rows that the service tells the engine together.
const TOGETHER: usize = 384;
/// As the service looks at them.
const PIECE: usize = 5_000;

pub fn rows() -> Vec<Row> {
    let mut gateway = Gateway::new(CONNECTIONS);
    for serial in 1..=CONNECTIONS {
        gateway.establish(serial, true);
    }
    // All of it within the ten minutes after which the engine would look at everything by itself.
    let mut run = Run { engine: gateway.engine, seq: 2_000_000 };
    let (mut alone, mut sampled) = (Vec::new(), Vec::new());
    // The first two only begin a window.
    for round in 0..ROUNDS as u64 + 2 {
        let datagrams = datagrams(round);
        let ask = run.sampling_begins();
        let begun = Instant::now();
        let decoded = decode(&datagrams, |rows| rows);
        alone.push(begun.elapsed());
        assert_eq!(decoded, 2 * CONNECTIONS as usize);
        let begun = Instant::now();
        decode(&datagrams, |rows| run.shown(ask, rows));
        sampled.push(begun.elapsed());
        run.see(What::DumpEnd { ask, how: Dumped::Complete, took: 1000 });
    }
    let (alone, sampled) = (median(&mut alone), median(&mut sampled));
    let (mut wholes, mut longest): (Vec<_>, Vec<_>) = (0..ROUNDS).map(|_| rank(&run.engine)).unzip();
    let most = Duration::from_millis(10);
    let longest = median(&mut longest);
    vec![
        Row {
            what: "a sampling of 100,000 SAs from memory".to_owned(),
            ours: milliseconds(sampled),
            against: format!("decoding {}", milliseconds(alone)),
            value: sampled.as_secs_f64() / alone.as_secs_f64(),
            bound: Some(1.3),
        },
        Row {
            what: "choosing the 50 SAs that carry most of 100,000".to_owned(),
            ours: milliseconds(median(&mut wholes)),
            against: "-".to_owned(),
            value: 0.0,
            bound: None,
        },
        Row {
            what: "its longest piece".to_owned(),
            ours: milliseconds(longest),
            against: milliseconds(most),
            value: longest.as_secs_f64() / most.as_secs_f64(),
            bound: Some(1.0),
        },
    ]
}

/// A dump in which every SA has carried ten packets since the last round's.
fn datagrams(round: u64) -> Vec<Vec<u8>> {
    let sa = |number| {
        let mut sa = full_size::sa(number);
        sa.counters.packets += 10 * round;
        sa.counters.bytes += 10_000 * round;
        sa.replay.sent += 10 * round;
        encode::message(XFRM_MSG_NEWSA, NLM_F_MULTI, 1, &encode_sa::sa(&sa))
    };
    let numbers: Vec<u32> = (2..2 * CONNECTIONS + 2).collect();
    numbers.chunks(CHUNK).map(|chunk| chunk.iter().map(|number| sa(*number)).collect::<Vec<_>>().concat()).collect()
}

/// Decodes all of them as the dump does; the rows' vector is given back to be used again. How many there were.
fn decode(datagrams: &[Vec<u8>], mut take: impl FnMut(Vec<KernelSa>) -> Vec<KernelSa>) -> usize {
    let decoder = Decoder::new(Netns(1));
    let mut count = 0;
    let mut rows = Vec::with_capacity(TOGETHER);
    for (number, datagram) in datagrams.iter().enumerate() {
        for message in Messages::new(std::hint::black_box(datagram)) {
            decoder.append_sa(message.unwrap().payload, &mut rows).unwrap();
        }
        if rows.len() >= TOGETHER || number + 1 == datagrams.len() {
            count += rows.len();
            rows = std::hint::black_box(take(rows));
            rows.clear();
        }
    }
    count
}

fn rank(engine: &Engine) -> (Duration, Duration) {
    let begun = Instant::now();
    let mut longest = Duration::ZERO;
    let mut ranking = Ranking::new(TrafficOrder::Packets, 0, 50);
    let mut cursor = Some(0);
    while let Some(from) = cursor {
        let piece = Instant::now();
        cursor = engine.rank(from, PIECE, &mut ranking);
        longest = longest.max(piece.elapsed());
    }
    let piece = Instant::now();
    let report = engine.traffic(ranking, RealTime::default());
    longest = longest.max(piece.elapsed());
    assert_eq!((report.sas.len(), report.sas_total), (50, u64::from(2 * CONNECTIONS)));
    assert!(report.sas.iter().all(|row| row.packets_per_second.is_some()), "{:?}", report.sas);
    (begun.elapsed(), longest)
}

struct Run {
    engine: Engine,
    seq: u64,
}

impl Run {
    fn see(&mut self, what: What) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.step(what, &mut effects);
        effects
    }

    fn step(&mut self, what: What, effects: &mut Vec<Effect>) -> What {
        self.seq += 1;
        let seen = Observation { seq: self.seq, at: Boottime::from_micros(self.seq), wall: RealTime::default(), what };
        self.engine.step(&seen, effects);
        seen.what
    }

    fn shown(&mut self, ask: AskId, rows: Vec<KernelSa>) -> Vec<KernelSa> {
        match self.step(What::Sas { ask, rows }, &mut Vec::new()) {
            What::Sas { rows, .. } => rows,
            _ => Vec::new(),
        }
    }

    /// Time passes until the engine samples; everything is answered but its dump, which begins.
    fn sampling_begins(&mut self) -> AskId {
        (0..100).find_map(|_| self.wakes()).expect("the engine samples")
    }

    fn wakes(&mut self) -> Option<AskId> {
        self.seq += 11_000_000;
        let mut dump = None;
        let mut waiting = self.see(What::Woke);
        while let Some(effect) = waiting.pop() {
            let answer = match effect {
                Effect::Dump { ask, table: DumpTable::Sad } if ask.is_of_sampling() => {
                    dump = Some(ask);
                    What::DumpBegin { ask, table: DumpTable::Sad }
                }
                Effect::Dump { ask, table } => {
                    waiting.extend(self.see(What::DumpBegin { ask, table }));
                    What::DumpEnd { ask, how: Dumped::Failed(Failure::Timeout), took: 1 }
                }
                Effect::Sample { ask, device } => What::Sampled { ask, device, answer: Err(Failure::Timeout), took: 1 },
                Effect::SampleHost { ask } => What::HostSampled { ask, answer: Ok(HostCounters::default()), took: 1 },
                Effect::Count { ask } => What::Counted { ask, answer: Ok((2 * CONNECTIONS, 0)) },
                Effect::CatchUp { ask } => What::LogEnd { ask: Some(ask) },
                // A daemon that does not answer is not sampled.
                Effect::AskDaemon { ask, question, .. } => {
                    let brief = BriefStatus { children: CONNECTIONS, ..BriefStatus::default() };
                    let answer = match question {
                        Question::Brief => Answer::Brief(brief),
                        Question::Table | Question::Connections => Answer::None(Failure::Timeout),
                    };
                    What::DaemonAnswered { ask, answer: Box::new(answer), took: 1, worked: Some(1) }
                }
                _ => continue,
            };
            waiting.extend(self.see(answer));
        }
        dump
    }
}
