//! Dumps of the SAD and the SPD: a socket for each, read as fast as the kernel fills it.
//!
//! On a thread of their own: the kernel makes a dump inside of the call that receives it, and meanwhile the engine takes what came before,
//! and hears of events.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use zerocopy::{FromBytes, IntoBytes};

use super::XfrmError;
use super::decode::{DecodeError, Decoder, Messages};
use super::layout::MessageHeader;
use super::numbers::*;
use super::skipped::SkipCounters;
use super::socket;
use crate::model::{AskId, DumpTable, Dumped, Failure, What, micros};
use crate::sources::netlink::{self, Datagram};
use crate::sources::{Closed, ObservationWindow, Queue};

/// The kernel fills at most 32 KiB at a time (`netlink_dump`), if it is offered as much.
const BUFFER: usize = 64 << 10;

/// Rows that are told together, at least: a datagram has some hundred, and to wake the engine for each costs as much as to decode them.
const TOGETHER: usize = 384;

/// How often that many may wait for the engine.
const AHEAD: usize = 4;

/// A dump that brings nothing for so long is given up.
const DEADLINE: Duration = Duration::from_secs(30);

/// The only request that a dump's socket ever sends.
const SEQ: u32 = 1;

/// Makes dumps, one after the other.
pub(super) struct Dumps {
    decoder: Decoder,
    skipped: Arc<SkipCounters>,
    buffer: Vec<u8>,
    window: ObservationWindow,
}

/// Decodes a row and appends it.
pub(super) type Append<T> = fn(&Decoder, &[u8], &mut Vec<T>) -> Result<(), DecodeError>;

/// One dump as it is read.
pub(super) struct DumpReading<'a, T> {
    decoder: &'a Decoder,
    skipped: &'a SkipCounters,
    /// Type of the messages that are rows.
    kind: u16,
    append: Append<T>,
    /// What is not told yet.
    pub(super) rows: Vec<T>,
    interrupted: bool,
}

impl Dumps {
    pub(super) fn new(decoder: Decoder, skipped: Arc<SkipCounters>) -> Self {
        Self { decoder, skipped, buffer: vec![0; BUFFER], window: ObservationWindow::new(AHEAD) }
    }

    /// Answers every request exactly once, until the engine ends.
    pub(super) fn run(mut self, mut requests: mpsc::UnboundedReceiver<(AskId, DumpTable)>, queue: Queue) {
        while let Some((ask, table)) = requests.blocking_recv() {
            // Told before the request is sent: an event that comes after it belongs to the time of the dump.
            if queue.blocking_send(What::DumpBegin { ask, table }).is_err() {
                return;
            }
            let begun = Instant::now();
            let Self { decoder, skipped, buffer, window } = &mut self;
            let made =
                match table {
                    DumpTable::Sad => DumpReading::new(decoder, skipped, XFRM_MSG_NEWSA, Decoder::append_sa).read(
                        table,
                        buffer,
                        |rows| queue.blocking_send_within(window, What::Sas { ask, rows }),
                    ),
                    DumpTable::Spd => DumpReading::new(decoder, skipped, XFRM_MSG_NEWPOLICY, Decoder::append_policy)
                        .read(table, buffer, |rows| queue.blocking_send_within(window, What::Policies { ask, rows })),
                };
            socket::wipe(&mut self.buffer, BUFFER);
            let how = match made {
                Ok(Ok(how)) => how,
                Ok(Err(error)) => failed(table, error),
                Err(Closed) => return,
            };
            let took = micros(begun.elapsed());
            if queue.blocking_send(What::DumpEnd { ask, how, took }).is_err() {
                return;
            }
        }
    }
}

impl<'a, T> DumpReading<'a, T> {
    pub(super) fn new(decoder: &'a Decoder, skipped: &'a SkipCounters, kind: u16, append: Append<T>) -> Self {
        Self { decoder, skipped, kind, append, rows: Vec::new(), interrupted: false }
    }

    /// One dump over a socket of its own, so that nothing of an abandoned one can be taken for a part of it.
    fn read(
        mut self,
        table: DumpTable,
        buffer: &mut [u8],
        tell: impl Fn(Vec<T>) -> Result<(), Closed>,
    ) -> Result<Result<Dumped, XfrmError>, Closed> {
        let socket = match request(table) {
            Ok(socket) => socket,
            Err(error) => return Ok(Err(error)),
        };
        let how = loop {
            let Datagram { length, sender } = match datagram(&socket, buffer) {
                Ok(datagram) => datagram,
                Err(error) if netlink::is_overrun(&error) => break Ok(Dumped::Interrupted),
                Err(error) if error.kind() == io::ErrorKind::TimedOut => break Ok(Dumped::Failed(Failure::Timeout)),
                Err(error) => break Err(XfrmError::tried("receiving a dump")(error)),
            };
            if sender != 0 {
                self.skipped.foreign(sender);
                continue;
            }
            let Some(datagram) = buffer.get(..length) else {
                let error = DecodeError::Truncated { claimed: length, there: buffer.len() };
                break Ok(Dumped::Failed(Failure::Error(error.to_string())));
            };
            if let Some(how) = self.take(datagram) {
                break Ok(how);
            }
            if self.rows.len() >= TOGETHER {
                tell(std::mem::take(&mut self.rows))?;
            }
        };
        if !self.rows.is_empty() {
            tell(self.rows)?;
        }
        Ok(how)
    }

    /// Takes the rows of one datagram; how the dump ended, if it did.
    pub(super) fn take(&mut self, datagram: &[u8]) -> Option<Dumped> {
        if self.rows.capacity() == 0 {
            // The rows of a table are nearly of one length: one allocation for all that are told together.
            let first = Messages::new(datagram).next().and_then(Result::ok).map_or(0, |m| m.payload.len());
            self.rows.reserve(TOGETHER + datagram.len() / (first + size_of::<MessageHeader>()) + 1);
        }
        for message in Messages::new(datagram) {
            let message = match message {
                Ok(message) => message,
                Err(error) => {
                    self.skipped.malformed(&error);
                    self.interrupted = true;
                    break;
                }
            };
            if message.seq != SEQ {
                continue;
            }
            self.interrupted |= message.flags & NLM_F_DUMP_INTR != 0;
            match message.kind {
                kind if kind == self.kind => {
                    if let Err(error) = (self.append)(self.decoder, message.payload, &mut self.rows) {
                        self.skipped.malformed(&error);
                    }
                }
                NLMSG_DONE | NLMSG_ERROR => return Some(ended(message.kind, message.payload, self.interrupted)),
                kind => self.skipped.unknown(kind),
            }
        }
        None
    }
}

fn datagram(socket: &OwnedFd, buffer: &mut [u8]) -> io::Result<Datagram> {
    loop {
        // The kernel makes the next part inside this call, so it is there without waiting.
        match netlink::receive(socket, buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => netlink::wait(socket, DEADLINE)?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            received => return received,
        }
    }
}

/// NLMSG_DONE carries 0 or an error below it; NLMSG_ERROR an error.
fn ended(kind: u16, payload: &[u8], interrupted: bool) -> Dumped {
    let code = i32::read_from_prefix(payload).map_or(0, |(code, _)| code);
    if code < 0 {
        let error = io::Error::from_raw_os_error(code.saturating_neg());
        return Dumped::Failed(Failure::Error(format!("the kernel ended the dump: {error}")));
    }
    if interrupted || kind == NLMSG_ERROR { Dumped::Interrupted } else { Dumped::Complete }
}

fn request(table: DumpTable) -> Result<OwnedFd, XfrmError> {
    let kind = match table {
        DumpTable::Sad => XFRM_MSG_GETSA,
        DumpTable::Spd => XFRM_MSG_GETPOLICY,
    };
    let header = MessageHeader {
        length: u32::try_from(size_of::<MessageHeader>()).unwrap_or(0).into(),
        kind: kind.into(),
        flags: (NLM_F_REQUEST | NLM_F_DUMP).into(),
        seq: SEQ.into(),
        port: 0.into(),
    };
    let socket = socket::open(&[])?;
    netlink::send(&socket, header.as_bytes()).map_err(XfrmError::tried("asking for a dump"))?;
    Ok(socket)
}

fn failed(table: DumpTable, error: XfrmError) -> Dumped {
    let name = match table {
        DumpTable::Sad => "SAD",
        DumpTable::Spd => "SPD",
    };
    Dumped::Failed(Failure::Error(format!("dump of the {name}: {error}")))
}
