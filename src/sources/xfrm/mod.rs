//! The kernel's SAD and SPD: events, dumps, reads and counts over NETLINK_XFRM.
//!
//! Three kinds of sockets, never mixed: one hears events, one asks for single SAs and counts, and every dump has its own. On a
//! shared socket a foreign event with our request's number would pass for our answer, and a flood of events would push answers out.

pub mod decode;
mod dump;
mod error;
mod events;
#[cfg(any(fuzzing, test))]
pub(crate) mod fuzz;
mod host;
pub mod layout;
pub mod numbers;
mod requests;
mod skipped;
mod socket;
mod unknown;
mod wire;

use std::sync::Arc;

use tokio::sync::mpsc;

pub use self::error::XfrmError;
pub use self::host::{acquire_expires, current_netns};
pub use self::requests::SaReader;
pub use self::skipped::Skipped;
pub use self::socket::wipe;

use self::decode::Decoder;
use self::dump::Dumps;
use self::events::Events;
use self::requests::{Requests, SaRequest};
use self::skipped::SkipCounters;
use super::Queue;
use crate::model::{AskId, DumpTable, Netns, SaId};

/// The running source. Its methods return at once; each question is answered in the queue exactly once, also where it fails.
#[derive(Clone, Debug)]
pub struct Xfrm {
    requests: mpsc::UnboundedSender<SaRequest>,
    dumps: mpsc::UnboundedSender<(AskId, DumpTable)>,
    skipped: Arc<SkipCounters>,
}

/// Starts watching the SAD and SPD of this process's namespace, whose inode is `netns`. Events are heard from here on. The first thing
/// in the queue is the source's coverage.
///
/// # Errors
/// `NotPermitted` without CAP_NET_ADMIN, `NoXfrm` where the kernel lacks it, else what the kernel says.
pub fn spawn(queue: Queue, netns: Netns) -> Result<Xfrm, XfrmError> {
    spawn_with_buffer(queue, netns, socket::RECEIVE_BUFFER)
}

/// The same with a receive buffer of `bytes` for events, so that an overrun can be brought about.
///
/// # Errors
/// As `spawn`.
pub fn spawn_with_buffer(queue: Queue, netns: Netns, bytes: usize) -> Result<Xfrm, XfrmError> {
    let (requests, asked) = mpsc::unbounded_channel();
    let (dumps, to_dump) = mpsc::unbounded_channel();
    let skipped = Arc::new(SkipCounters::default());
    let decoder = Decoder::new(netns);
    let events = Events::open(decoder, Arc::clone(&skipped), bytes)?;
    let answers = Requests::open()?;
    tokio::spawn(events.run(queue.clone()));
    tokio::spawn(answers.run(asked, queue.clone()));
    let made = Dumps::new(decoder, Arc::clone(&skipped));
    std::thread::Builder::new()
        .name("dumps".to_owned())
        .spawn(move || made.run(to_dump, queue))
        .map_err(XfrmError::tried("starting the thread that makes dumps"))?;
    Ok(Xfrm { requests, dumps, skipped })
}

impl Xfrm {
    /// Reads one SA. Answered by `What::Read`.
    pub fn read(&self, ask: AskId, sa: SaId) {
        // The task ends only with the queue, and then nobody waits for an answer.
        let _ = self.requests.send(SaRequest::Read(ask, sa));
    }

    /// Counts SAs and policies. Answered by `What::Counted`.
    pub fn count(&self, ask: AskId) {
        let _ = self.requests.send(SaRequest::Count(ask));
    }

    /// Dumps a table, after the dumps asked for before. Answered by `What::DumpBegin`, rows and `What::DumpEnd`.
    pub fn dump(&self, ask: AskId, table: DumpTable) {
        let _ = self.dumps.send((ask, table));
    }

    /// What came over netlink and was not used.
    pub fn skipped(&self) -> Skipped {
        self.skipped.now()
    }
}
