//! `nic-drops`: a device drops packets of its SAs, while others pass.

use super::streak::{Seen, Streak, VOLUME, is_a_share};
use super::words;
use crate::engine::Engine;
use crate::engine::book::Draft;
use crate::engine::traffic::{Window, device};
use crate::model::{Affected, Code, Direction, Effect, Reason, Severity, Source, Subject};

impl Engine {
    pub(super) fn judge_nic_drops(&mut self, window: &Window, out: &mut Vec<Effect>) {
        let mut before = std::mem::take(&mut self.rules.watched.dropping);
        for (index, on) in &window.devices {
            let mut streak: Streak<u64> = before.remove(index).unwrap_or_default();
            let grown: Vec<_> = on.counters.values().flat_map(|(before, now)| device::drops(before, now)).collect();
            let dropped: u64 = grown.iter().map(|(_, count)| count).sum();
            let ways = [Direction::In, Direction::Out];
            let carried: u64 = ways.iter().filter_map(|way| on.carried(*way)).map(|carried| carried.offloaded()).sum();
            let name = self.links.name(*index);
            let seen = (dropped >= VOLUME && carried > 0 && is_a_share(dropped, carried + dropped)).then(|| {
                let counters: Vec<_> = grown.iter().map(|(name, count)| format!("{name} by {count}")).collect();
                let text = format!(
                    "{name}: in {} s its SAs carried {carried} packets, and {} grew",
                    window.length.as_secs(),
                    counters.join(", ")
                );
                Seen { counted: dropped, line: self.evidence(Source::Links, text) }
            });
            let changed = streak.window(seen, |_| true);
            if changed && streak.is_open() {
                let draft = self.nic_drops_draft(name, *index, &streak);
                self.book.open(draft, self.now, self.wall, out);
            } else if changed {
                self.close_nic_drops(&name, out);
            }
            if !streak.is_idle() {
                self.rules.watched.dropping.insert(*index, streak);
            }
        }
        // What is left has no SA any more, or does not answer.
        for index in before.into_keys() {
            let name = self.links.name(index);
            self.close_nic_drops(&name, out);
        }
    }

    fn close_nic_drops(&mut self, name: &str, out: &mut Vec<Effect>) {
        self.over(Source::Links, Code::NicDrops, name, out);
    }

    fn nic_drops_draft(&self, name: String, index: u32, streak: &Streak<u64>) -> Draft {
        let told = words::nic_drops(&name);
        Draft {
            code: Code::NicDrops,
            scope: name.clone(),
            reason: Reason::NicDrop,
            severity: Severity::Warning,
            subject: Subject { device: Some(name), ..Subject::default() },
            affected: Affected { sas: u64::from(self.sad.on_device(index)), ..Affected::default() },
            summary: told.summary,
            advice: told.advice,
            evidence: streak.evidence(),
            again: false,
        }
    }
}
