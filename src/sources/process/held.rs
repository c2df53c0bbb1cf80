//! One daemon that is watched: how it is, and when it is gone.

use std::os::fd::OwnedFd;

use rustix::process::{Pid, PidfdFlags, pidfd_open};
use tokio::io::unix::AsyncFd;

use super::candidate::Candidate;
use super::procfs::{self, StatFile};
use super::sockets::Tables;
use super::vitals::Vitals;
use crate::model::ProcessLook;
use crate::root_path::believed;
use crate::sys;
use crate::text::presentable;

/// A process that cannot turn into another one behind our back.
#[derive(Debug)]
pub struct HeldProcess {
    /// Who it is.
    pub candidate: Candidate,
    end: AsyncFd<OwnedFd>,
    vitals: Vitals,
    /// What of its configuration was not read.
    left_out: Option<String>,
}

impl HeldProcess {
    /// None where the process is gone, or is another one by now.
    pub fn new(candidate: &Candidate) -> Option<Self> {
        let pid = Pid::from_raw(i32::try_from(candidate.pid).ok()?)?;
        let end = sys::register(pidfd_open(pid, PidfdFlags::empty()).ok()?).ok()?;
        // Only now: whoever has this pid from here on is the process behind the pidfd.
        let stat = StatFile::open(candidate.pid).ok()?;
        let same = stat.read().is_ok_and(|stat| stat.start_ticks == candidate.start_ticks)
            && procfs::identity(candidate.pid).is_ok_and(|identity| identity.stranger(&believed()).is_none());
        let vitals = || Vitals::new(candidate.pid, stat, &candidate.places.socket);
        same.then(|| Self { candidate: candidate.clone(), end, vitals: vitals(), left_out: None })
    }

    /// Something of its configuration was not read.
    pub fn leave_out(&mut self, what: Option<String>) {
        self.left_out = what;
    }

    /// Waits for its end.
    pub async fn end(&self) {
        // An error is none that a pidfd gives.
        let _ = self.end.readable().await;
    }

    /// How it is, where that is unusual.
    pub fn look(&mut self, tables: &mut Tables) -> Option<ProcessLook> {
        self.vitals.look(tables)
    }

    /// What is not seen of it: sentences.
    pub fn unseen(&self) -> Vec<String> {
        let left_out = self
            .left_out
            .as_ref()
            .map(|why| presentable(&format!("of its configuration something was not read: {why}")));
        self.vitals.unseen().into_iter().chain(left_out).collect()
    }
}
