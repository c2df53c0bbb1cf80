//! Processes that a daemon began and that still run.

use std::collections::BTreeMap;
use std::fs::File;

use super::thread::read;
use crate::model::ChildProcess;
use crate::sources::process::procfs;
use crate::text::presentable;

/// So many are followed.
const MOST: usize = 8;

/// Processes one below the other that are named.
const DEEPEST: usize = 4;

/// Children of a process's main thread (`/proc/PID/task/PID/children`, proc(5)), with how often each was seen.
#[derive(Debug)]
pub(super) struct Children {
    file: Option<File>,
    seen: BTreeMap<u32, u32>,
    looks: u32,
}

impl Children {
    pub(super) fn of(pid: u32) -> Self {
        Self { file: open(pid), seen: BTreeMap::new(), looks: 0 }
    }

    pub(super) fn look(&mut self) {
        self.looks = self.looks.saturating_add(1);
        let text = self.file.as_ref().and_then(read).unwrap_or_default();
        let now = text.split_ascii_whitespace().filter_map(|pid| pid.parse::<u32>().ok()).take(MOST);
        // One that is gone does not come back.
        self.seen = now.map(|pid| (pid, self.seen.get(&pid).map_or(1, |count| count.saturating_add(1)))).collect();
    }

    /// Those that were there at most of the looks, and are. A script runs below its shell: the last one is told, with the way down to it.
    pub(super) fn usual(&self) -> Vec<ChildProcess> {
        let usual = self.seen.iter().filter(|(_, count)| count.saturating_mul(2) > self.looks);
        usual.filter_map(|(pid, _)| last_of(*pid)).collect()
    }
}

fn last_of(first: u32) -> Option<ChildProcess> {
    let (mut pid, mut names) = (first, vec![name(first)?]);
    while names.len() < DEEPEST
        && let Some((child, named)) = only_child(pid).and_then(|child| Some((child, name(child)?)))
    {
        pid = child;
        names.push(named);
    }
    Some(ChildProcess { pid, name: names.join(" > ") })
}

fn only_child(pid: u32) -> Option<u32> {
    let text = open(pid).as_ref().and_then(read)?;
    let mut children = text.split_ascii_whitespace();
    children.next().filter(|_| children.next().is_none())?.parse().ok()
}

fn name(pid: u32) -> Option<String> {
    let name = File::open(procfs::path(pid, "comm")).ok().and_then(|file| read(&file))?;
    Some(presentable(name.trim_end()))
}

fn open(pid: u32) -> Option<File> {
    File::open(format!("/proc/{pid}/task/{pid}/children")).ok()
}
