//! Dumps: why one is made, how soon, and how it is merged with events that come meanwhile.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::engine::facts::Facts;
use crate::engine::facts::happened::Happened;
use crate::engine::facts::resync::{COUNT_EVERY, DUMP_EVERY, RunningDump};
use crate::engine::facts::sad::{CounterHandling, ShownRow};
use crate::engine::facts::timer::Timer;
use crate::model::{AskId, DumpTable, Dumped, Effect, Failure, KernelPolicy, KernelSa, PROBE_REQID};

/// The second look, where the first found too few SAs: events may be under way.
const SECOND_LOOK: Duration = Duration::from_secs(1);

/// After a dump that took t, the next waits this many times t, and at least `REST`.
const REST_TIMES: u32 = 50;

/// See `REST_TIMES`.
const REST: Duration = Duration::from_secs(5);

impl Facts {
    /// Both tables should be dumped as soon as may be.
    pub(in crate::engine) fn want_dumps(&mut self) {
        self.want_dump(DumpTable::Sad);
        self.want_dump(DumpTable::Spd);
    }

    /// A table should be dumped as soon as may be.
    pub(in crate::engine) fn want_dump(&mut self, table: DumpTable) {
        self.resync.of(table).wanted = true;
    }

    pub(in crate::engine) fn dump_what_is_wanted(&mut self, out: &mut Vec<Effect>) {
        for table in [DumpTable::Sad, DumpTable::Spd] {
            // A sampling takes the dump that is wanted for another reason.
            let for_sampling = table == DumpTable::Sad && !self.resync.sad.wanted && self.sampling_wants_dump();
            let state = self.resync.of(table);
            if !state.wanted && !for_sampling || state.asked.is_some() || state.running.is_some() {
                continue;
            }
            if self.now < state.floor {
                let floor = state.floor;
                if !self.timers.has(Timer::DumpFloor(table)) {
                    self.timers.set(floor, Timer::DumpFloor(table));
                }
                continue;
            }
            if for_sampling {
                self.dump_for_sampling(out);
                continue;
            }
            let ask = self.asks.next();
            let state = self.resync.of(table);
            state.wanted = false;
            state.asked = Some(ask);
            out.push(Effect::Dump { ask, table });
        }
    }

    pub(in crate::engine) fn dump_began(&mut self, ask: AskId, table: DumpTable) {
        self.resync.number += 1;
        let number = self.resync.number;
        let began = self.seq;
        let migrated = table == DumpTable::Sad && std::mem::take(&mut self.resync.migrated);
        let counting = if table == DumpTable::Sad { self.counting_of(ask) } else { CounterHandling::No };
        let (gone, gone_policies, reread) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let running = RunningDump { ask, number, began, gone, gone_policies, reread, void: false, migrated, counting };
        self.resync.of(table).running = Some(running);
    }

    pub(in crate::engine) fn dumped_sas(&mut self, ask: AskId, rows: &[KernelSa], out: &mut Vec<Effect>) {
        self.larval_took_places(ask, rows, out);
        let Some(running) = self.resync.sad.running.as_mut().filter(|running| running.ask == ask) else { return };
        // A dump that nothing else asked for looks no further than at the counters where it can.
        let sampling = match running.counting {
            CounterHandling::Sampling(sampling) => Some((sampling, ask.is_of_sampling())),
            CounterHandling::No | CounterHandling::Plainly => None,
        };
        let mut gatherer = self.traffic.gatherer(self.claims.flows_mut(), &self.links, self.wall);
        let mut looked_at = Vec::new();
        let mut left = rows;
        loop {
            if let Some((sampling, true)) = sampling {
                left = gatherer.sample(&mut self.sad, left, running.number, sampling);
            }
            let Some((row, rest)) = left.split_first() else { break };
            left = rest;
            if row.reqid == PROBE_REQID {
                continue;
            }
            if !running.gone.is_empty() && running.gone.contains(&row.id) {
                running.reread.insert(row.id);
                continue;
            }
            match self.sad.show(row, &mut self.shapes, self.now, (running.number, running.began), running.counting) {
                ShownRow::New(slot) | ShownRow::Changed(slot) => {
                    self.came.push(slot);
                    // What a person had moved off is no doing of a peer's.
                    let by_hand = || self.evacuations.that_took(&row.id).is_some();
                    if running.migrated && row.offload.is_none() && !by_hand() {
                        self.migrated.insert(slot);
                    }
                }
                ShownRow::Known(slot, grown) if sampling.is_some() => looked_at.push((slot, grown, row)),
                ShownRow::Known(..) | ShownRow::Full => {}
                ShownRow::Stale => {
                    running.reread.insert(row.id);
                }
            }
        }
        for (slot, grown, row) in looked_at {
            self.sa_was_sampled(slot, grown, row);
        }
        self.join_what_came();
    }

    pub(in crate::engine) fn dumped_policies(&mut self, ask: AskId, rows: &[KernelPolicy]) {
        let Some(running) = self.resync.spd.running.as_mut().filter(|running| running.ask == ask) else { return };
        for row in rows {
            if running.gone_policies.contains(&row.id) {
                continue;
            }
            let touched = |spd: &mut crate::engine::facts::spd::Spd, slot| {
                spd.get_mut(slot).is_some_and(|policy| policy.event > running.began)
            };
            if let Some(slot) = self.spd.find(&row.id)
                && touched(&mut self.spd, slot)
            {
                continue;
            }
            if let Some(slot) = self.spd.put(row)
                && let Some(policy) = self.spd.get_mut(slot)
            {
                policy.dump = running.number;
            }
        }
    }

    pub(in crate::engine) fn table_was_dumped(&mut self, table: DumpTable, began: u64) {
        self.events_may_be_whole(table, began);
        if table == DumpTable::Sad {
            self.losses_may_be_whole();
        }
    }

    pub(in crate::engine) fn dump_ended(&mut self, ask: AskId, how: &Dumped, took: u64, out: &mut Vec<Effect>) {
        let mut whole = false;
        for table in [DumpTable::Sad, DumpTable::Spd] {
            let rest = Duration::from_micros(took).saturating_mul(REST_TIMES);
            // What has a reason of its own need not wait longer because a sampling went before it.
            let rest = if ask.is_of_sampling() { rest } else { rest.max(REST) };
            let floor = self.now + rest;
            let state = self.resync.of(table);
            if state.asked == Some(ask) {
                state.asked = None;
            }
            let Some(running) = state.running.take_if(|running| running.ask == ask) else {
                // It failed before it began.
                if state.asked.is_none() && matches!(how, Dumped::Failed(_)) && !state.done {
                    state.done = true;
                }
                continue;
            };
            state.floor = state.floor.max(floor);
            if *how != Dumped::Complete || running.void {
                state.wanted = true;
                // A table that cannot be dumped at all must not keep the service from starting.
                state.done |= matches!(how, Dumped::Failed(_));
                continue;
            }
            whole = true;
            state.done = true;
            state.whole = true;
            match table {
                DumpTable::Sad => self.sweep_sad(&running, out),
                DumpTable::Spd => self.sweep_spd(&running),
            }
            self.table_was_dumped(table, running.began);
        }
        self.sampling_dump_ended(ask, whole, took);
    }

    fn sweep_sad(&mut self, running: &RunningDump, out: &mut Vec<Effect>) {
        let gone = self.sad.not_shown((running.number, running.began));
        let claimed = gone.iter().filter_map(|slot| self.sad.get(*slot)?.claim);
        let moved: BTreeSet<_> = claimed.map(|leg| leg.child).filter(|_| running.migrated).collect();
        for slot in gone {
            self.sa_left(slot, crate::engine::facts::join::How::Silently, out);
        }
        // An SA that was migrated has another address, and stood unclaimed beside the old one until now.
        for child in moved {
            self.join_child(child);
        }
        for id in &running.reread {
            if !self.read_sa(*id, out) {
                self.want_dump(DumpTable::Sad);
                break;
            }
        }
    }

    fn sweep_spd(&mut self, running: &RunningDump) {
        let unseen = |row: &crate::engine::facts::spd::Policy| row.dump != running.number && row.event < running.began;
        let gone: Vec<_> = self.spd.iter().filter(|(_, row)| unseen(row)).map(|(slot, _)| slot).collect();
        for slot in gone {
            if let Some(row) = self.spd.remove(slot) {
                self.policy_touched(row.reqid());
            }
        }
        self.happens(Happened::PoliciesDumped);
    }

    pub(in crate::engine) fn count_due(&mut self, out: &mut Vec<Effect>) {
        self.timers.set(self.now + COUNT_EVERY, Timer::Count);
        if self.asks.count.is_none() && self.resync.is_quiet() {
            let ask = self.asks.next();
            self.asks.count = Some(ask);
            out.push(Effect::Count { ask });
        }
    }

    pub(in crate::engine) fn counted(&mut self, ask: AskId, answer: &Result<(u32, u32), Failure>) {
        if self.asks.count != Some(ask) {
            return;
        }
        self.asks.count = None;
        let Ok((sas, _)) = answer else { return };
        // More than ours are larval SAs, which no event announces.
        if (*sas as usize) >= self.sad.len() {
            self.resync.too_few = false;
        } else if std::mem::replace(&mut self.resync.too_few, true) {
            self.resync.too_few = false;
            self.want_dump(DumpTable::Sad);
        } else {
            self.timers.clear(Timer::Count);
            self.timers.set(self.now + SECOND_LOOK, Timer::Count);
        }
    }

    pub(in crate::engine) fn periodic_dump_due(&mut self) {
        self.timers.set(self.now + DUMP_EVERY, Timer::PeriodicDump);
        self.want_dumps();
    }
}
