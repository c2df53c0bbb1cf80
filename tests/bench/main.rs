//! What swanwatch costs, as ratios to what cannot be done with less, in one table. One file a row.
//!
//! `tests/bench/run` builds it as it is shipped and runs it; names as arguments choose rows. Ratios hold on a machine that does
//! nothing else meanwhile.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a measurement that cannot be made ends"
)]

mod decode;
mod driver;
mod dump;
mod fence;
mod flood;
mod full_size;
mod idle;
mod kept;
mod log;
mod measure;
mod orphans;
mod reaction;
mod real;
mod sampling;
mod scrape;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "other targets use the rest")]
mod support;
mod table;
mod verdict;

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

use crate::support::namespace;
use crate::table::Row;

/// Counts every allocation of the program.
#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Makes the rows of one measurement.
type Measure = fn() -> Vec<Row>;

const ROWS: [(&str, Measure); 13] = [
    ("dump", dump::rows),
    ("decode", decode::rows),
    ("kept", kept::rows),
    ("flood", flood::rows),
    ("reaction", reaction::rows),
    ("verdict", verdict::rows),
    ("scrape", scrape::rows),
    ("sampling", sampling::rows),
    ("log", log::rows),
    ("orphans", orphans::rows),
    ("fence", fence::rows),
    ("idle", idle::rows),
    ("memory", idle::memory),
];

fn main() {
    if std::env::var_os(real::DEVICE).is_none() {
        namespace::enter();
    }
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    if arguments.first().is_some_and(|first| first == flood::WRITER) {
        return flood::write();
    }
    let mut rows = Vec::new();
    if arguments.iter().any(|only| only == "real") {
        rows.extend(real::rows());
    }
    for (name, measure) in ROWS {
        if arguments.is_empty() || arguments.iter().any(|only| only == name) {
            eprintln!("measuring {name} …");
            rows.extend(measure());
        }
    }
    table::print(&rows);
    std::process::exit(i32::from(!table::all_hold(&rows)));
}
