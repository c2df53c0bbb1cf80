//! How one process is: what it does, and what waits unread for it.

use std::path::{Path, PathBuf};

use super::control::{ControlError, ControlSocket};
use super::procfs::StatFile;
use super::sockets::{Owned, Tables};
use crate::model::{ProcessLook, RunState, Unread};
use crate::root_path::believed;

/// A daemon opens sockets when interfaces come: its open files are looked through again after this many looks.
const LOOKS_BETWEEN_SEARCHES: u32 = 60;

/// What is looked at, and what the last look saw.
#[derive(Debug)]
pub struct Vitals {
    pid: u32,
    stat: StatFile,
    socket: PathBuf,
    owned: Owned,
    control: Result<ControlSocket, ControlError>,
    looks: u32,
    before: Unread,
    was_dead: bool,
    was_unusual: bool,
}

impl Vitals {
    /// Of process `pid`, whose control socket listens at `socket`.
    pub fn new(pid: u32, stat: StatFile, socket: &Path) -> Self {
        let control = ControlSocket::find(socket, &believed());
        let (socket, owned) = (socket.to_path_buf(), Owned::by(pid));
        let before = Unread::default();
        Self { pid, stat, socket, owned, control, looks: 0, before, was_dead: false, was_unusual: false }
    }

    /// What cannot be seen of it, in one sentence.
    pub fn unseen(&self) -> Option<String> {
        let error = self.control.as_ref().err()?;
        let socket = self.socket.display();
        Some(format!("how many connections wait on {socket} cannot be seen: {error}"))
    }

    /// Looks. Something comes only while something is unusual, and once when it is over: a process that neither runs nor sleeps, or
    /// something unread that was unread at the look before too.
    pub fn look(&mut self, tables: &mut Tables) -> Option<ProcessLook> {
        self.looks += 1;
        if self.looks.is_multiple_of(LOOKS_BETWEEN_SEARCHES) || self.control.is_err() && self.looks <= 3 {
            self.search();
        }
        let state = self.stat.read().map_or(RunState::Dead, |stat| stat.state);
        let mut unread = tables.unread(self.pid, &self.owned);
        if let Ok(control) = &mut self.control {
            match control.waiting() {
                Ok(waiting) => unread.control = waiting,
                Err(error) => self.control = Err(error.into()),
            }
        }
        let before = std::mem::replace(&mut self.before, unread);
        let waits = |now: u64, before: u64| now > 0 && before > 0;
        // A process that ends is dead for a moment before its pidfd tells; one that stays so has lost its main thread alone.
        let dead = state == RunState::Dead;
        if dead && !std::mem::replace(&mut self.was_dead, dead) {
            return None;
        }
        let unusual = state != RunState::Running
            || waits(unread.ike, before.ike)
            || waits(unread.netlink, before.netlink)
            || waits(unread.control, before.control);
        let was_unusual = std::mem::replace(&mut self.was_unusual, unusual);
        (unusual || was_unusual).then_some(ProcessLook { pid: self.pid, state, unread })
    }

    fn search(&mut self) {
        self.owned = Owned::by(self.pid);
        if self.control.is_err() {
            self.control = ControlSocket::find(&self.socket, &believed());
        }
    }
}
