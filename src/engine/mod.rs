//! The pure core: observations in, effects out. It knows no clock, no randomness and no I/O, and depends on no order of a hash map.

use crate::model::{Boottime, Effect, Finding, Observation, RealTime, SaRow, Status, Story};

/// Everything swanwatch knows, and the rules that judge it.
#[derive(Debug, Default)]
pub struct Engine {}

impl Engine {
    /// An engine that has seen nothing. Its first observation must be `What::Started`.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one observation and appends what should be done to `out`. Returns when to wake it with `What::Woke` at the latest.
    pub fn step(&mut self, _seen: &Observation, _out: &mut Vec<Effect>) -> Option<Boottime> {
        None
    }

    /// The answer of `status`.
    pub fn status(&self, now: RealTime) -> Status {
        Status {
            schema: 1,
            time: now,
            version: String::new(),
            daemon: crate::model::DaemonStatus {
                kind: None,
                version: None,
                state: String::new(),
                pid: None,
                unit: None,
                since: None,
            },
            summary: crate::model::Summary::default(),
            findings: Vec::new(),
            coverage: Vec::new(),
        }
    }

    /// Open findings, worst first.
    pub fn findings(&self) -> Vec<Finding> {
        Vec::new()
    }

    /// Up to `limit` SAs from `cursor` on (0 at first), appended to `rows`; where to go on, or none at the end. What changes between two
    /// calls may be missed or shown twice, what does not change is shown once.
    pub fn sas(&self, _cursor: usize, _limit: usize, _rows: &mut Vec<SaRow>) -> Option<usize> {
        None
    }

    /// The story of a connection (`t1`), an SA (an SPI) or a finding (its id); none where nothing is known by that name.
    pub fn explain(&self, _what: &str) -> Option<Story> {
        None
    }
}
