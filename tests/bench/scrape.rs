//! One scrape of a gateway with 100,000 SAs of 50,000 connections: counting them piece by piece, and writing the page.

use std::time::{Duration, Instant};

use swanwatch::testing::engine::{Engine, Tally};
use swanwatch::testing::model::Feed;
use swanwatch::testing::sinks::metrics::{ExpositionFormat, write};

use crate::measure::{ROUNDS, median, milliseconds};
use crate::table::Row;
use crate::verdict::Gateway;

const CONNECTIONS: u32 = 50_000;

/// As the service counts them.
const PIECE: usize = 5_000;

pub fn rows() -> Vec<Row> {
    let mut gateway = Gateway::new(CONNECTIONS);
    for serial in 1..=CONNECTIONS {
        gateway.establish(serial, true);
    }
    let (mut wholes, mut longest): (Vec<_>, Vec<_>) = (0..ROUNDS).map(|_| scrape(&gateway.engine)).unzip();
    let rows = [
        ("a scrape of 100,000 SAs", median(&mut wholes), Duration::from_millis(50)),
        // What it keeps the engine from its next observation.
        ("its longest piece", median(&mut longest), Duration::from_millis(10)),
    ];
    let row = |(what, time, most): (&str, Duration, Duration)| Row {
        what: what.to_owned(),
        ours: milliseconds(time),
        against: milliseconds(most),
        value: time.as_secs_f64() / most.as_secs_f64(),
        bound: Some(1.0),
    };
    rows.into_iter().map(row).collect()
}

/// How long all of it took, and its longest piece inside the engine.
fn scrape(engine: &Engine) -> (Duration, Duration) {
    let begun = Instant::now();
    let mut longest = Duration::ZERO;
    let mut tally = Tally::default();
    let mut cursor = Some(0);
    while let Some(from) = cursor {
        let piece = Instant::now();
        cursor = engine.tally(from, PIECE, &mut tally);
        longest = longest.max(piece.elapsed());
    }
    let piece = Instant::now();
    let metrics = engine.metrics(&tally, Feed::default());
    longest = longest.max(piece.elapsed());
    assert_eq!(metrics.sas.values().sum::<u64>(), 2 * u64::from(CONNECTIONS));
    let page = write(&metrics, ExpositionFormat::OpenMetrics);
    assert!(page.len() < 1 << 20, "{} bytes", page.len());
    (begun.elapsed(), longest)
}
