//! Which entries the evidence leaves.

use super::all::all;
use super::case::Case;
use super::entry::{CallerSees, CheckStage, EINVAL, EOPNOTSUPP, Entry};
use super::fits::{CaseView, Fits};
use super::owners::{self, Nic};
use super::words::{self, SpokenWords};
use crate::model::OffloadMode;

pub(super) fn judge(case: &Case<'_>) -> Option<&'static Entry> {
    let words = case.text.map(SpokenWords::read);
    let strong = words.as_ref().filter(|words| !words.weak());
    if let Some(words) = strong {
        let said: Vec<_> = all().iter().filter(|entry| words.are(entry)).collect();
        // One reason whoever said it; else what else is known must tell them apart.
        if unanimous(&said) {
            return nearest(case, words.module, &said);
        }
        let left = logged(case, walked(case).with_hidden(words.module));
        let left: Vec<_> = left.into_iter().filter(|entry| words.are(entry)).collect();
        return pick(&left);
    }
    let lines: Vec<_> = logged(case, all().iter().collect());
    let has_lines = lines.len() < all().len();
    if has_lines && unanimous(&lines) {
        return nearest(case, None, &lines);
    }
    let walked = walked(case);
    let left = if has_lines { logged(case, walked.with_hidden(None)) } else { walked.without_words()? };
    // Whatever has words of its own would have said them, where the kernel lets a driver speak.
    let would_speak = words.is_some() && case.abilities.drivers_speak == Some(true);
    let left: Vec<_> = left.into_iter().filter(|entry| !would_speak || entry.text.is_none()).collect();
    pick(&left)
}

/// What the checks leave, one walk for each kind of device and order of checks that are possible.
struct Walked(Vec<CheckWalk>);

struct CheckWalk {
    nic: &'static Nic,
    seen: Vec<&'static Entry>,
    hidden: Vec<&'static Entry>,
    /// It came to a check that certainly refuses the SA.
    decided: bool,
}

impl Walked {
    /// Everything that words could tell. A slave's driver speaks for its bond, too.
    fn with_hidden(&self, module: Option<&str>) -> Vec<&'static Entry> {
        let speaks =
            |walk: &&CheckWalk| module.is_none_or(|m| m == "core" || walk.nic.owners.contains(&m) || walk.nic.open);
        let some = self.0.iter().any(|walk| speaks(&walk));
        let walks = self.0.iter().filter(|walk| !some || speaks(walk));
        walks.flat_map(|walk| walk.seen.iter().chain(&walk.hidden).copied()).collect()
    }

    /// None where something that the table does not know may be the cause.
    fn without_words(&self) -> Option<Vec<&'static Entry>> {
        if self.0.iter().any(|walk| walk.nic.open && !walk.decided) {
            return None;
        }
        let hidden = |walk: &CheckWalk| if walk.decided { Vec::new() } else { walk.hidden.clone() };
        Some(self.0.iter().flat_map(|walk| walk.seen.iter().copied().chain(hidden(walk))).collect())
    }
}

fn walked(case: &Case<'_>) -> Walked {
    const TYPE_FIRST: [CheckStage; 5] =
        [CheckStage::Type, CheckStage::Request, CheckStage::Device, CheckStage::Later, CheckStage::Driver];
    const TYPE_LAST: [CheckStage; 5] =
        [CheckStage::Request, CheckStage::Device, CheckStage::Type, CheckStage::Later, CheckStage::Driver];
    let orders: &[[CheckStage; 5]] = match case.abilities.type_is_last {
        Some(false) => &[TYPE_FIRST],
        Some(true) => &[TYPE_LAST],
        None => &[TYPE_FIRST, TYPE_LAST],
    };
    let nics = owners::candidates(case);
    Walked(nics.iter().flat_map(|nic| orders.iter().map(move |order| walk(case, nic, order))).collect())
}

fn walk(case: &Case<'_>, nic: &'static Nic, order: &[CheckStage]) -> CheckWalk {
    let view = CaseView { case, nic };
    let mut walk = CheckWalk { nic, seen: Vec::new(), hidden: Vec::new(), decided: false };
    let own = |entry: &&Entry| entry.owner == "core" || nic.owners.contains(&entry.owner);
    for stage in order {
        for entry in all().iter().filter(|entry| entry.stage == *stage).filter(own) {
            let fits = (entry.when)(&view);
            match fits {
                Fits::No => {}
                Fits::Hidden if returns(entry, case) => walk.hidden.push(entry),
                Fits::Possible | Fits::Certain if returns(entry, case) => walk.seen.push(entry),
                _ => {}
            }
            if fits == Fits::Certain {
                walk.decided = true;
                return walk;
            }
        }
    }
    walk
}

/// The entry can have returned what was seen.
fn returns(entry: &Entry, case: &Case<'_>) -> bool {
    let Some(errno) = case.errno else { return true };
    let (crypto, packet) = (case.wanted != Some(OffloadMode::Packet), case.wanted != Some(OffloadMode::Crypto));
    match entry.outcome {
        CallerSees::Errors(list) => list.contains(&errno),
        CallerSees::NotSupported => errno == EOPNOTSUPP || (errno == 0 && crypto),
        CallerSees::Quiet => (errno == 0 && crypto) || (errno == EINVAL && packet),
        CallerSees::Silent => errno == 0,
    }
}

/// Those that the log's lines are of; all where no line is known.
fn logged(case: &Case<'_>, entries: Vec<&'static Entry>) -> Vec<&'static Entry> {
    let known = |entry: &Entry| case.kernel_log.iter().any(|line| words::logged(entry, line));
    if !all().iter().any(known) {
        return entries;
    }
    entries.into_iter().filter(|entry| known(entry)).collect()
}

fn unanimous(entries: &[&'static Entry]) -> bool {
    entries.first().is_some_and(|first| entries.iter().all(|entry| entry.reason == first.reason))
}

/// The first in the kernel's order.
fn pick(entries: &[&'static Entry]) -> Option<&'static Entry> {
    if unanimous(entries) { entries.first().copied() } else { None }
}

/// Of entries with one reason, the one whose means and cure are most the case's.
fn nearest(case: &Case<'_>, module: Option<&str>, entries: &[&'static Entry]) -> Option<&'static Entry> {
    let nics = owners::candidates(case);
    let of_module = |entry: &&&'static Entry| module == Some(entry.owner);
    let of_device =
        |entry: &&&'static Entry| nics.len() == 1 && nics.iter().any(|nic| nic.owners.contains(&entry.owner));
    let by_walk = || {
        let left = walked(case).with_hidden(module);
        entries.iter().copied().find(|entry| left.iter().any(|other| std::ptr::eq(*entry, *other)))
    };
    let owned: Vec<_> = match entries.iter().filter(of_module).copied().collect::<Vec<_>>() {
        owned if owned.is_empty() => entries.iter().filter(of_device).copied().collect(),
        owned => owned,
    };
    match owned.as_slice() {
        [] => by_walk().or_else(|| entries.first().copied()),
        [first, ..] => by_walk().filter(|entry| owned.iter().any(|own| std::ptr::eq(*own, *entry))).or(Some(*first)),
    }
}
