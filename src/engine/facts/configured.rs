//! What the daemon's configuration says of its connections, and what of that is loaded otherwise.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::daemons::Unlike;
use crate::model::{AtStart, Boottime, ConfiguredConnections};

/// So long after a connection was first seen to differ the daemon is asked again: whoever edits a file loads it, too.
const SETTLES: Duration = Duration::from_secs(10);

/// The same of one that is not loaded: a daemon that starts loads one after the other.
const LOADED_WITHIN: Duration = Duration::from_secs(60);

/// Until the daemon is asked again in vain.
const AGAIN: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub struct Configured {
    pub told: Option<Box<ConfiguredConnections>>,
    /// The daemon has told of its connections, and of how many.
    loaded: Option<usize>,
    differing: BTreeMap<String, Differing>,
}

#[derive(Debug)]
struct Differing {
    start: AtStart,
    how: Unlike,
    since: Boottime,
    /// The daemon was asked again, and it is still so.
    sure: bool,
}

impl Configured {
    /// Another process has loaded what it has by itself.
    pub fn forget_process(&mut self) {
        self.loaded = None;
        self.differing.clear();
    }

    /// The daemon has told of so many connections.
    pub fn loaded(&mut self, now: Boottime, count: usize) {
        if self.loaded.is_some_and(|before| before < count) {
            // It loads; what is missing may be the next.
            for one in self.differing.values_mut().filter(|one| matches!(one.how, Unlike::NotLoaded { .. })) {
                (one.since, one.sure) = (now, false);
            }
        }
        self.loaded = Some(count);
    }

    /// Whether anything can be compared.
    pub const fn is_comparable(&self) -> bool {
        self.loaded.is_some() && self.told.is_some()
    }

    /// All that differs now. `asked` is when the daemon was asked, where it was for this.
    pub fn differ(&mut self, now: Boottime, asked: Option<Boottime>, found: BTreeMap<String, (AtStart, Unlike)>) {
        let mut before = std::mem::take(&mut self.differing);
        let kept = found.into_iter().map(|(name, (start, how))| {
            let known = before.remove(&name).filter(|known| known.how == how);
            let (since, sure) = known.map_or((now, false), |known| (known.since, known.sure));
            let sure = sure || asked.is_some_and(|asked| asked >= since + settles(&how));
            (name, Differing { start, how, since, sure })
        });
        self.differing = kept.collect();
    }

    /// When the daemon is to be asked again.
    pub fn ask_at(&self, now: Boottime) -> Option<Boottime> {
        let unsure = self.differing.values().filter(|one| !one.sure);
        unsure.map(|one| (one.since + settles(&one.how)).max(now + AGAIN)).min()
    }

    /// What is sure, by name.
    pub fn sure(&self) -> impl Iterator<Item = (&str, AtStart, &Unlike)> {
        self.differing.iter().filter(|(_, one)| one.sure).map(|(name, one)| (name.as_str(), one.start, &one.how))
    }
}

const fn settles(how: &Unlike) -> Duration {
    match how {
        Unlike::NotLoaded { .. } => LOADED_WITHIN,
        Unlike::Lacks(_) | Unlike::Otherwise(_) => SETTLES,
    }
}
