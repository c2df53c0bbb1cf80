//! Times and numbers that no kernel and no clock has, and that a recording, or whoever speaks in the kernel's name, may.

use super::world::*;
use crate::engine::Engine;
use crate::model::*;

#[test]
fn every_step_ends_at_the_end_of_time() {
    for at in [u64::MAX, u64::MAX - 1, 1 << 62] {
        let mut engine = Engine::new();
        let (mut out, mut seq) = (Vec::new(), 0);
        let started = Started { acquire_expires: u32::MAX, ..Started::default() };
        let row = sa(LOCAL, PEER, 0x100, true);
        let everything = [
            What::Started(Box::new(started)),
            What::DaemonFound(Box::new(daemon(100))),
            What::LogEnd { ask: None },
            What::DumpBegin { ask: AskId(1), table: DumpTable::Sad },
            What::DumpEnd { ask: AskId(1), how: Dumped::Complete, took: u64::MAX },
            What::DumpBegin { ask: AskId(2), table: DumpTable::Spd },
            What::DumpEnd { ask: AskId(2), how: Dumped::Complete, took: u64::MAX },
            What::Link(nic(true)),
            What::LinksKnown,
            What::Kernel(Event::SaAdded(Box::new(row))),
            What::EventsLost { malformed: u64::MAX },
            What::EventsLost { malformed: u64::MAX },
            What::Woke,
        ];
        for what in everything {
            seq += 1;
            let (at, wall) = (Boottime::from_micros(at), RealTime::from_micros(i64::MAX));
            engine.step(&Observation { seq, at, wall, what }, &mut out);
        }
        assert!(out.len() < 1_000, "{} effects", out.len());
    }
}
