//! Processes that a daemon began and that still run.

use std::collections::BTreeMap;
use std::fs::File;

use super::thread::read;
use crate::model::ChildProcess;
use crate::text::presentable;

/// So many are followed.
const MOST: usize = 8;

/// Children of a process's main thread (`/proc/PID/task/PID/children`, proc(5)), with how often each was seen.
#[derive(Debug)]
pub(super) struct Children {
    file: Option<File>,
    seen: BTreeMap<u32, u32>,
    looks: u32,
}

impl Children {
    pub(super) fn of(pid: u32) -> Self {
        let file = File::open(format!("/proc/{pid}/task/{pid}/children")).ok();
        Self { file, seen: BTreeMap::new(), looks: 0 }
    }

    pub(super) fn look(&mut self) {
        self.looks = self.looks.saturating_add(1);
        let text = self.file.as_ref().and_then(read).unwrap_or_default();
        let now = text.split_ascii_whitespace().filter_map(|pid| pid.parse::<u32>().ok()).take(MOST);
        // One that is gone does not come back.
        self.seen = now.map(|pid| (pid, self.seen.get(&pid).map_or(1, |count| count.saturating_add(1)))).collect();
    }

    /// Those that were there at most of the looks, and are.
    pub(super) fn usual(&self) -> Vec<ChildProcess> {
        let usual = self.seen.iter().filter(|(_, count)| count.saturating_mul(2) > self.looks);
        let named = usual.filter_map(|(pid, _)| {
            let name = File::open(format!("/proc/{pid}/comm")).ok().and_then(|file| read(&file))?;
            Some(ChildProcess { pid: *pid, name: presentable(name.trim_end()) })
        });
        named.collect()
    }
}
