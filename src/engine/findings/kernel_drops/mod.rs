//! `kernel-drops`: a counter of `/proc/net/xfrm_stat` grows, and no other finding says why.
//!
//! Some drops are ordinary: a packet that comes twice, one on a pair that a rekey has just replaced, all that traffic asks for until a pair
//! stands. The longest of these is a larval SA, 30 s where nobody sets `net.core.xfrm_acq_expires`; and after 60 s a tunnel without a pair is
//! told as such. So a counter has to grow in each window of a minute: by 100 where that is a share of what passes, or by few where little
//! else passes. A minute without it ends it.

mod counters;
mod page;
mod suspects;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;

use self::counters::{Counter, meaning};
use self::suspects::{FoundSuspect, Suspect};
use super::streak::{Streak, VOLUME, WindowSeen, is_a_share};
use super::{Draft, FindingRule, Page, Say};
use crate::engine::facts::Facts;
use crate::engine::facts::happened::Happened;
use crate::engine::facts::touched::Touched;
use crate::engine::facts::traffic::TrafficWindow;
use crate::model::{Affected, Code, Direction, Reason, Source, Subject};

const CODE: Code = Code::KernelDrops;

/// Windows in a row, a minute.
const LASTS: usize = 6;

/// One a second, where at least a tenth of what passes that way is dropped.
const FEW: u64 = 10;

/// `no-state-drops` tells of this one.
const NO_STATES: &str = "XfrmInNoStates";

/// Lines of evidence that say whose packets they are.
const SHOWN: usize = 4;

/// How long each counter has grown; of those that stand still, nothing.
#[derive(Debug, Default)]
pub(super) struct KernelDrops {
    growing: BTreeMap<String, Streak<()>>,
    /// The last window that was judged.
    judged: u32,
}

impl FindingRule for KernelDrops {
    fn codes(&self) -> &'static [Code] {
        &[CODE]
    }

    fn pages(&self) -> &'static [Page] {
        &[page::PAGE]
    }

    fn hear(&mut self, happened: &Happened, _facts: &Facts, say: &mut Say<'_>) {
        if matches!(happened, Happened::SamplingRests) {
            self.growing.clear();
            for counter in say.scopes(CODE) {
                say.over(CODE, &counter, (Source::Engine, words::OVER));
            }
        }
    }

    /// It judges a window here, and not when it hears of it: what may explain the drops has looked then.
    fn look(&mut self, facts: &Facts, _touched: &Touched, say: &mut Say<'_>) {
        if let Some(window) = facts.traffic.window.as_ref().filter(|window| window.number != self.judged) {
            self.judged = window.number;
            self.judge_window(facts, window, say);
        }
    }
}

impl KernelDrops {
    fn judge_window(&mut self, facts: &Facts, window: &TrafficWindow, say: &mut Say<'_>) {
        for (name, grown) in window.host.iter().flatten().filter(|(name, _)| is_judged(name)) {
            if is_seen(name, dropped(name, *grown, window), window) {
                self.growing.entry(name.clone()).or_insert_with(|| Streak::of(LASTS));
            }
        }
        self.growing.retain(|name, streak| {
            let grown = dropped(name, window.grown(name).unwrap_or(0), window);
            let seen = is_seen(name, grown, window).then(|| {
                let line = say.line(Source::Xfrm, words::seen(name, grown, window));
                WindowSeen { counted: (), line }
            });
            let is_seen = seen.is_some();
            streak.window(seen, |_| true);
            if streak.is_open() && is_seen {
                tell(name, streak, facts, say);
            } else if !streak.is_open() {
                say.over(CODE, name, (Source::Xfrm, words::OVER));
            }
            !streak.is_idle()
        });
    }
}

/// A name of the kernel's form, and not another finding's.
fn is_judged(name: &str) -> bool {
    name != NO_STATES && name.starts_with("Xfrm") && name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// What it grew by, less what SAs have counted themselves: that is theirs, and other findings tell of it.
fn dropped(name: &str, grown: u64, window: &TrafficWindow) -> u64 {
    match meaning(name).map(|counter| counter.reason) {
        Some(Reason::InStateProtoError) => grown.saturating_sub(window.failed),
        Some(Reason::InStateSeqError) => grown.saturating_sub(window.replayed),
        _ => grown,
    }
}

fn is_seen(name: &str, dropped: u64, window: &TrafficWindow) -> bool {
    let carried = match way(name) {
        Some(Direction::In) => window.received,
        Some(Direction::Out) => window.sent,
        None => window.received.saturating_add(window.sent),
    };
    let all = carried.saturating_add(dropped);
    let by_strangers = meaning(name).is_some_and(|counter| counter.by_strangers);
    let is_much = dropped >= VOLUME && is_a_share(dropped, all);
    is_much || (!by_strangers && dropped >= FEW && dropped.saturating_mul(10) >= all)
}

/// Which packets a counter counts; none where they may be any.
fn way(name: &str) -> Option<Direction> {
    match meaning(name) {
        Some(counter) => counter.way,
        None if name.starts_with("XfrmIn") => Some(Direction::In),
        None if name.starts_with("XfrmOut") => Some(Direction::Out),
        None => None,
    }
}

/// Opens the finding of a counter, unless another finding says why it grows, or what drops is there to drop.
fn tell(name: &str, streak: &Streak<()>, facts: &Facts, say: &mut Say<'_>) {
    let counter = meaning(name);
    let FoundSuspect { mut suspects, is_meant } =
        counter.map(|counter| suspects::find(counter, facts)).unwrap_or_default();
    let had_some = !suspects.is_empty();
    suspects.retain(|suspect| !counter.is_some_and(|counter| is_told(counter, suspect, facts, say)));
    let is_told = had_some && suspects.is_empty();
    let may_be_told = !had_some && counter.is_some_and(|counter| is_any_open(counter, say));
    if is_told || may_be_told {
        say.over(CODE, name, (Source::Engine, words::TOLD));
    } else if is_meant && suspects.is_empty() {
        say.over(CODE, name, (Source::Engine, words::MEANT));
    } else if !say.is_open(CODE, name) {
        say.open(draft(name, counter, streak, &suspects, facts, say));
    }
}

/// A finding that is open says why this one's packets are dropped.
fn is_told(counter: &Counter, suspect: &Suspect, facts: &Facts, say: &Say<'_>) -> bool {
    let Some(connection) = suspect.connection else {
        // A policy that is nobody's.
        return counter.told_by.contains(&Code::PoliciesOrphaned) && say.book().has_code(Code::PoliciesOrphaned);
    };
    let name = facts.connection_text(connection);
    let is_about = |code: &Code| {
        let names = |finding: &crate::model::Finding| {
            finding.subject.connection.as_ref() == Some(&name) || finding.affected.list.contains(&name)
        };
        say.book().speaks_of(*code, connection) || say.book().of_code(*code).any(names)
    };
    counter.told_by.iter().any(is_about)
}

/// Nobody knows whose packets they are: any such finding may be the reason.
fn is_any_open(counter: &Counter, say: &Say<'_>) -> bool {
    counter.told_by.iter().any(|code| say.book().has_code(*code))
}

fn draft(
    name: &str,
    counter: Option<&Counter>,
    streak: &Streak<()>,
    suspects: &[Suspect],
    facts: &Facts,
    say: &Say<'_>,
) -> Draft {
    let mut connections: Vec<String> = Vec::new();
    for suspect in suspects {
        let text = suspect.connection.map(|connection| facts.connection_text(connection));
        connections.extend(text.filter(|text| !text.is_empty() && !connections.contains(text)));
    }
    let first = suspects.first();
    let rekey = first.and_then(|suspect| suspect.tunnel).map(|tunnel| facts.rekey_command(tunnel));
    let told = counter.map_or_else(|| words::unknown(name), |counter| words::known(counter, &connections, rekey));
    let reason = counter.map_or(Reason::Unknown, |counter| counter.reason);
    let subject = Subject {
        connection: connections.first().cloned(),
        instance: first.and_then(|suspect| facts.instance_text(suspect.tunnel?)),
        spi: first.and_then(|suspect| suspect.spi),
        dst: first.and_then(|suspect| suspect.dst),
        direction: way(name).map(Into::into),
        ..Subject::default()
    };
    let several = connections.len() > 1;
    let affected =
        if several { Affected::listing(0, connections.len() as u64, connections) } else { Affected::default() };
    let lines = suspects.iter().take(SHOWN).map(|suspect| say.line(Source::Xfrm, suspect.text.clone()));
    let draft = Draft::of(CODE, name, told).because(reason).about(subject).affecting(affected);
    draft.shown_by(streak.evidence()).shown_by(lines)
}
