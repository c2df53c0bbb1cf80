//! Dumps that are written as what changed come back as they were.

use proptest::prelude::*;

use super::*;
use crate::model::{DumpTable, Dumped, KernelSa, Spi};

/// What happens to the SAD between two dumps.
#[derive(Clone, Debug)]
enum AgainStep {
    Add(u32),
    Remove(usize),
    Carry(usize, u64),
    SetBack(usize),
    Offload(usize),
    /// A dump, by how many rows a datagram holds; it may be interrupted after so many of them.
    Dump(usize, Option<usize>),
}

fn step() -> impl Strategy<Value = AgainStep> {
    prop_oneof![
        2 => (1u32..40).prop_map(AgainStep::Add),
        1 => any::<usize>().prop_map(AgainStep::Remove),
        3 => (any::<usize>(), any::<u64>()).prop_map(|(place, more)| AgainStep::Carry(place, more)),
        1 => any::<usize>().prop_map(AgainStep::SetBack),
        1 => any::<usize>().prop_map(AgainStep::Offload),
        3 => (1usize..5, proptest::option::of(0usize..4)).prop_map(|(piece, cut)| AgainStep::Dump(piece, cut)),
    ]
}

#[derive(Default)]
struct AgainRun {
    sas: Vec<KernelSa>,
    seen: Vec<Observation>,
}

impl AgainRun {
    fn see(&mut self, what: What) {
        let seq = self.seen.len() as u64 + 1;
        let at = Boottime::from_micros(seq);
        self.seen.push(Observation { seq, at, wall: RealTime::from_micros(1_700_000_000_000_000), what });
    }

    fn dump(&mut self, piece: usize, cut: Option<usize>) {
        let ask = AskId(self.seen.len() as u64);
        self.see(What::DumpBegin { ask, table: DumpTable::Sad });
        for rows in self.sas.clone().chunks(piece).take(cut.unwrap_or(usize::MAX)) {
            self.see(What::Sas { ask, rows: rows.to_vec() });
        }
        let how = if cut.is_some() { Dumped::Interrupted } else { Dumped::Complete };
        self.see(What::DumpEnd { ask, how, took: 1 });
    }

    fn one(&mut self, place: usize) -> Option<&mut KernelSa> {
        let count = self.sas.len().max(1);
        self.sas.get_mut(place % count)
    }

    fn take(&mut self, step: AgainStep) {
        let count = self.sas.len();
        match step {
            AgainStep::Add(spi) if self.sas.iter().all(|sa| sa.id.spi != Spi(spi)) => {
                let sa = every_kind().into_iter().find_map(|what| match what {
                    What::Sas { rows, .. } => rows.first().copied(),
                    _ => None,
                });
                let mut sa = sa.unwrap();
                sa.id.spi = Spi(spi);
                self.sas.push(sa);
            }
            AgainStep::Remove(place) if count > 0 => drop(self.sas.remove(place % count)),
            AgainStep::Carry(place, more) => drop(self.one(place).map(|sa| {
                sa.counters.packets = sa.counters.packets.wrapping_add(more);
                sa.replay.sent = more;
                sa.counters.integrity_failures = more as u32;
            })),
            AgainStep::SetBack(place) => drop(self.one(place).map(|sa| sa.counters.bytes = 0)),
            AgainStep::Offload(place) => drop(self.one(place).map(|sa| sa.reqid += 1)),
            AgainStep::Dump(piece, cut) => self.dump(piece, cut),
            AgainStep::Add(_) | AgainStep::Remove(_) => {}
        }
    }

    fn written(&self) -> Vec<u8> {
        let mut file = Vec::new();
        let mut recorder = Recorder::begin(&mut file, false).unwrap();
        self.seen.iter().for_each(|seen| recorder.observed(seen).unwrap());
        recorder.finish().unwrap();
        file
    }
}

proptest! {
    #[test]
    fn whatever_happens_between_dumps_they_come_back_as_they_were(steps in prop::collection::vec(step(), 0..60)) {
        let mut run = AgainRun::default();
        steps.into_iter().for_each(|step| run.take(step));
        prop_assert_eq!(all(&run.written()).unwrap(), run.seen);
    }
}

#[test]
fn a_dump_grows_with_what_changed_and_not_with_the_table() {
    let mut run = AgainRun::default();
    (0..1000).for_each(|spi| run.take(AgainStep::Add(spi + 1)));
    let mut length = 0;
    let mut dump = |run: &mut AgainRun| {
        run.dump(50, None);
        let before = std::mem::replace(&mut length, run.written().len());
        length - before
    };
    let first = dump(&mut run);
    let unchanged = dump(&mut run);
    (0..1000).step_by(10).for_each(|place| run.take(AgainStep::Carry(place, 100_000)));
    let changed = dump(&mut run);
    assert!(unchanged < first / 100 && changed < first / 40, "{first} {unchanged} {changed}");
    assert_eq!(all(&run.written()).unwrap(), run.seen);
}

#[test]
fn a_line_about_sas_that_were_never_shown_is_an_error() {
    let mut run = AgainRun::default();
    run.take(AgainStep::Add(1));
    run.dump(1, None);
    run.dump(1, None);
    let file = String::from_utf8(run.written()).unwrap();
    let again = file.lines().position(|line| line.contains("sas-again")).unwrap();
    let without: String =
        file.lines().filter(|line| !line.contains("\"sas\":")).map(|line| format!("{line}\n")).collect();
    let error = all(without.as_bytes()).unwrap_err();
    assert!(matches!(error, RecordingError::Unfounded { line } if line == again as u64), "{error}");
}
