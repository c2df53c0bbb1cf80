//! What each of charon's threads was about last: most lines of the kernel's refusals name nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use super::words::WrittenError;
use crate::model::{Protocol, RealTime};

/// LogThreads that are remembered. charon has 16 workers where nothing else is configured.
const THREADS: usize = 64;

/// After a silence of this length a thread has gone on to something else.
const FORGOTTEN: Duration = Duration::from_secs(10);

/// What a thread writes in one go takes less.
const PAUSE: Duration = Duration::from_secs(1);

/// The same where nothing shows when it takes up the next message (`net = 0`).
const FORGOTTEN_UNSEEN: Duration = Duration::from_secs(1);

/// What this log has shown of itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogTraits {
    /// An IKE SA is told beside the line wherever there is one.
    pub tells_ike: bool,
    /// Packets are logged.
    pub tells_packets: bool,
    /// The line before told of the start of this life.
    pub has_begun: bool,
}

/// An IKE SA by what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextIke {
    /// None before its connection is known.
    pub name: Option<String>,
    pub serial: Option<u32>,
}

/// What one thread is about.
#[derive(Debug, Default)]
pub struct Context {
    at: Option<RealTime>,
    pub ike: Option<ContextIke>,
    /// The Child SA that it sets up.
    pub child: Option<u32>,
    /// The kernel's last error, which no line has claimed yet, and the line.
    pub error: Option<(WrittenError, String)>,
    /// A line that tells why the next one comes.
    pub note: Option<String>,
    /// What the proposal says that was chosen.
    pub protocol: Option<Protocol>,
    pub esn: bool,
    /// It makes anew what stood before.
    pub restarts: bool,
    /// It sends once more what was not answered.
    pub sends_again: bool,
    /// Its line before is older than what belongs together is written in, but for what the kernel takes its time for.
    pub paused: bool,
    /// Of its last line, to know it again where it is written twice.
    last: Option<u64>,
    turn: u64,
}

impl Context {
    /// It takes up something else.
    pub fn clear(&mut self) {
        *self = Self { at: self.at, last: self.last, turn: self.turn, ..Self::default() };
    }

    /// The Child SA is done with.
    pub fn child_is_done(&mut self) {
        self.child = None;
        self.error = None;
        self.note = None;
        self.protocol = None;
        self.esn = false;
    }

    /// It is about this IKE SA.
    pub fn is_about(&mut self, name: &str, serial: u32) {
        if self.ike.as_ref().and_then(|ike| ike.serial) != Some(serial) {
            self.child_is_done();
        }
        self.ike = Some(ContextIke { name: Some(name.to_owned()), serial: Some(serial) });
    }

    /// The same line was the last one that this thread wrote; each facility of syslog gets its own.
    pub fn is_repeated(&mut self, line: u64) -> bool {
        self.last.replace(line) == Some(line)
    }
}

/// All threads of one log.
#[derive(Debug, Default)]
pub struct LogThreads {
    known: BTreeMap<u32, Context>,
    turn: u64,
}

impl LogThreads {
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Takes out what this thread is about, as it writes a line at this time. `sees_messages`: what it receives and sends is written too.
    pub fn take(&mut self, thread: u32, at: Option<RealTime>, sees_messages: bool) -> Context {
        self.turn = self.turn.wrapping_add(1);
        let mut context = self.known.remove(&thread).unwrap_or_default();
        let patience = if sees_messages { FORGOTTEN } else { FORGOTTEN_UNSEEN };
        let is_over = |(before, now): (RealTime, RealTime)| now < before || now.before(patience) > before;
        if context.at.zip(at).is_some_and(is_over) {
            context.clear();
            context.last = None;
        }
        context.paused = context.at.zip(at).is_some_and(|(before, now)| now.before(PAUSE) > before);
        context.at = at.or(context.at);
        context.turn = self.turn;
        context
    }

    /// Puts it back.
    pub fn keep(&mut self, thread: u32, context: Context) {
        if self.known.len() >= THREADS
            && let Some(oldest) = self.known.iter().min_by_key(|(_, context)| context.turn).map(|(thread, _)| *thread)
        {
            self.known.remove(&oldest);
        }
        self.known.insert(thread, context);
    }
}
