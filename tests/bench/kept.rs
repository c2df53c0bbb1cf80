//! Bytes that the engine keeps for an SA, over all its tables and indexes.

use stats_alloc::Region;
use swanwatch::testing::engine::Engine;
use swanwatch::testing::model::{
    AskId, Boottime, DumpTable, Dumped, Effect, Event, Netns, Observation, RealTime, Started, What,
};
use swanwatch::testing::recording::Recent;

use crate::table::Row;
use crate::{ALLOCATOR, full_size};

const SAS: u32 = 100_000;
const CHUNK: usize = 64;
/// Enough to fill the last minutes several times.
const EVENTS: u64 = 200_000;
/// How many observations a dump takes meanwhile.
const END: u64 = 1_000;

pub fn rows() -> Vec<Row> {
    let mut engine = Engine::new();
    let mut effects = Vec::new();
    let mut seq = 0;
    let mut see = |engine: &mut Engine, what: What| {
        seq += 1;
        let at = Boottime::from_micros(seq);
        engine.step(&Observation { seq, at, wall: RealTime::default(), what }, &mut effects);
        std::mem::take(&mut effects)
    };
    let started = Started { netns: Netns(1), acquire_expires: 30, ..Started::default() };
    let mut asked = see(&mut engine, What::Started(Box::new(started)));
    asked.extend(see(&mut engine, What::LinksKnown));
    asked.extend(see(&mut engine, What::DaemonAbsent));
    let ask = asked
        .iter()
        .find_map(|effect| match effect {
            Effect::Dump { ask, table: DumpTable::Sad } => Some(*ask),
            _ => None,
        })
        .expect("the engine dumps the SAD at its start");
    see(&mut engine, What::DumpBegin { ask, table: DumpTable::Sad });
    let region = Region::new(ALLOCATOR);
    let numbers: Vec<u32> = (0..SAS).collect();
    for chunk in numbers.chunks(CHUNK) {
        let rows = chunk.iter().map(|number| full_size::sa(*number)).collect();
        drop(see(&mut engine, What::Sas { ask, rows }));
    }
    drop(numbers);
    drop(see(&mut engine, What::DumpEnd { ask, how: Dumped::Complete, took: 1 }));
    let change = region.change();
    let kept = change.bytes_allocated - change.bytes_deallocated;
    let per_sa = kept as f64 / f64::from(SAS);
    drop(engine);
    let recent = recent();
    vec![
        Row {
            what: format!("bytes kept for an SA, of {SAS} full-size ones"),
            ours: format!("{per_sa:.0} B"),
            against: "256 B".to_owned(),
            value: per_sa / 256.0,
            bound: Some(1.0),
        },
        Row {
            what: "the last minutes at their fullest".to_owned(),
            ours: format!("{recent:.2} MB"),
            against: "10 MB".to_owned(),
            value: recent / 10.0,
            bound: Some(1.0),
        },
    ]
}

/// Megabytes of the last minutes, at the most while dumps that are as long as may be go on and on with events between.
fn recent() -> f64 {
    let region = Region::new(ALLOCATOR);
    let mut recent = Recent::default();
    let mut most = 0;
    for seq in 0..EVENTS {
        let what = match seq % (EVENTS / 50) {
            0 => What::DumpBegin { ask: AskId(seq), table: DumpTable::Sad },
            1 => What::Sas { ask: AskId(seq - 1), rows: (0..2_000).map(full_size::sa).collect() },
            END => What::DumpEnd { ask: AskId(seq - END), how: Dumped::Complete, took: 1 },
            number => What::Kernel(Event::SaAdded(Box::new(full_size::sa(u32::try_from(number).unwrap())))),
        };
        recent.take(Observation { seq, at: Boottime::from_micros(seq), wall: RealTime::default(), what });
        let change = region.change();
        most = most.max(change.bytes_allocated - change.bytes_deallocated);
    }
    most as f64 / f64::from(1 << 20)
}
