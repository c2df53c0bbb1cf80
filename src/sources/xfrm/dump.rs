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
use crate::model::{AskId, Dumped, Failure, Table, What};
use crate::sources::netlink::{self, Datagram};
use crate::sources::{Closed, Queue, Window};

/// The kernel fills at most 32 KiB at a time (`netlink_dump`), if it is offered as much.
const BUFFER: usize = 64 << 10;

/// Datagrams that the engine has not taken yet, with some hundred rows each.
const AHEAD: usize = 8;

/// A dump that brings nothing for so long is given up.
const DEADLINE: Duration = Duration::from_secs(30);

/// The only request that a dump's socket ever sends.
const SEQ: u32 = 1;

/// Makes dumps, one after the other.
pub(super) struct Dumps {
    decoder: Decoder,
    skipped: Arc<SkipCounters>,
    buffer: Vec<u8>,
    window: Window,
}

/// How far a dump has come with one datagram.
struct Progress {
    /// Its rows, if any.
    rows: Option<What>,
    /// How the dump ended, if it did.
    end: Option<Dumped>,
}

impl Dumps {
    pub(super) fn new(decoder: Decoder, skipped: Arc<SkipCounters>) -> Self {
        Self { decoder, skipped, buffer: vec![0; BUFFER], window: Window::new(AHEAD) }
    }

    /// Answers every request exactly once, until the engine ends.
    pub(super) fn run(mut self, mut requests: mpsc::UnboundedReceiver<(AskId, Table)>, queue: Queue) {
        while let Some((ask, table)) = requests.blocking_recv() {
            // Told before the request is sent: an event that comes after it belongs to the time of the dump.
            if queue.blocking_send(What::DumpBegin { ask, table }).is_err() {
                return;
            }
            let begun = Instant::now();
            let made = self.make(ask, table, &queue);
            socket::wipe(&mut self.buffer, BUFFER);
            let how = match made {
                Ok(Ok(how)) => how,
                Ok(Err(error)) => failed(table, error),
                Err(Closed) => return,
            };
            let took = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
            if queue.blocking_send(What::DumpEnd { ask, how, took }).is_err() {
                return;
            }
        }
    }

    /// One dump over a socket of its own, so that nothing of an abandoned one can be taken for a part of it.
    fn make(&mut self, ask: AskId, table: Table, queue: &Queue) -> Result<Result<Dumped, XfrmError>, Closed> {
        let socket = match request(table) {
            Ok(socket) => socket,
            Err(error) => return Ok(Err(error)),
        };
        let mut interrupted = false;
        loop {
            let datagram = match self.datagram(&socket) {
                Ok(datagram) => datagram,
                Err(error) if netlink::is_overrun(&error) => return Ok(Ok(Dumped::Interrupted)),
                Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                    return Ok(Ok(Dumped::Failed(Failure::Timeout)));
                }
                Err(error) => return Ok(Err(XfrmError::tried("receiving a dump")(error))),
            };
            if datagram.sender != 0 {
                self.skipped.foreign(datagram.sender);
                continue;
            }
            let Progress { rows, end } = self.rows(ask, table, datagram.length, &mut interrupted);
            if let Some(rows) = rows {
                queue.blocking_send_within(&self.window, rows)?;
            }
            if let Some(how) = end {
                return Ok(Ok(how));
            }
        }
    }

    fn datagram(&mut self, socket: &OwnedFd) -> io::Result<Datagram> {
        loop {
            // The kernel makes the next part inside this call, so it is there without waiting.
            match netlink::receive(socket, &mut self.buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => netlink::wait(socket, DEADLINE)?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                received => return received,
            }
        }
    }

    fn rows(&self, ask: AskId, table: Table, length: usize, interrupted: &mut bool) -> Progress {
        let Some(datagram) = self.buffer.get(..length) else {
            let error = DecodeError::Truncated { claimed: length, there: self.buffer.len() };
            return Progress { rows: None, end: Some(Dumped::Failed(Failure::Error(error.to_string()))) };
        };
        let (rows, end) = match table {
            Table::Sad => {
                let (rows, end) = self.collect(datagram, XFRM_MSG_NEWSA, interrupted, Decoder::append_sa);
                ((!rows.is_empty()).then_some(What::Sas { ask, rows }), end)
            }
            Table::Spd => {
                let (rows, end) = self.collect(datagram, XFRM_MSG_NEWPOLICY, interrupted, Decoder::append_policy);
                ((!rows.is_empty()).then_some(What::Policies { ask, rows }), end)
            }
        };
        Progress { rows, end }
    }

    /// The rows of one datagram, and how the dump ended if it did.
    fn collect<T>(
        &self,
        datagram: &[u8],
        kind: u16,
        interrupted: &mut bool,
        append: impl Fn(&Decoder, &[u8], &mut Vec<T>) -> Result<(), DecodeError>,
    ) -> (Vec<T>, Option<Dumped>) {
        // The rows of a table are nearly of one length: one allocation for a datagram.
        let first = Messages::new(datagram).next().and_then(Result::ok).map_or(0, |m| m.payload.len());
        let mut rows = Vec::with_capacity(datagram.len() / (first + size_of::<MessageHeader>()) + 1);
        for message in Messages::new(datagram) {
            let message = match message {
                Ok(message) => message,
                Err(error) => {
                    self.skipped.malformed(&error);
                    *interrupted = true;
                    break;
                }
            };
            if message.seq != SEQ {
                continue;
            }
            *interrupted |= message.flags & NLM_F_DUMP_INTR != 0;
            if message.kind == kind {
                if let Err(error) = append(&self.decoder, message.payload, &mut rows) {
                    self.skipped.malformed(&error);
                }
                continue;
            }
            match message.kind {
                NLMSG_DONE | NLMSG_ERROR => {
                    let end = ended(message.kind, message.payload, *interrupted);
                    return (rows, Some(end));
                }
                kind => self.skipped.unknown(&DecodeError::Unknown { kind }),
            }
        }
        (rows, None)
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

fn request(table: Table) -> Result<OwnedFd, XfrmError> {
    let kind = match table {
        Table::Sad => XFRM_MSG_GETSA,
        Table::Spd => XFRM_MSG_GETPOLICY,
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

fn failed(table: Table, error: XfrmError) -> Dumped {
    let name = match table {
        Table::Sad => "SAD",
        Table::Spd => "SPD",
    };
    Dumped::Failed(Failure::Error(format!("dump of the {name}: {error}")))
}
