//! The event socket: it only listens, so that no answer to a request can be taken for an event or push one out.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::unix::AsyncFd;

use super::XfrmError;
use super::decode::{DecodeError, Decoder, Messages};
use super::numbers::*;
use super::skipped::SkipCounters;
use super::socket::{self, RECEIVE_BUFFER};
use crate::model::{Coverage, Source, SourceState, What};
use crate::sources::netlink::{self, Datagram, ReceiveBuffer};
use crate::sources::{Closed, Moment, Queue};

/// Never ACQUIRE or AEVENTS: a listener there changes what the kernel does (larval SAs for a dead daemon, an event every two packets).
const GROUPS: [u32; 5] = [XFRMNLGRP_SA, XFRMNLGRP_EXPIRE, XFRMNLGRP_POLICY, XFRMNLGRP_MIGRATE, XFRMNLGRP_MAPPING];

/// Datagrams read before other tasks get their turn.
const BURST: usize = 64;

/// Longer than any event: an SA with the widest replay window (4,096 packets) and every algorithm is below 4 KiB.
const BUFFER: usize = 64 << 10;

/// How long to wait before a socket that cannot be opened is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// Listens to the kernel's XFRM events.
pub(super) struct Events {
    socket: AsyncFd<OwnedFd>,
    receive_buffer: ReceiveBuffer,
    decoder: Decoder,
    skipped: Arc<SkipCounters>,
    buffer: Vec<u8>,
    /// The kernel dropped events since the socket was last read empty.
    overrun: bool,
}

/// Why the reading of a socket ended.
enum EventsEnd {
    Closed,
    Broken(io::Error),
}

impl From<Closed> for EventsEnd {
    fn from(_: Closed) -> Self {
        Self::Closed
    }
}

impl Events {
    /// Opens the socket and joins the groups.
    pub(super) fn open(decoder: Decoder, skipped: Arc<SkipCounters>, wanted: usize) -> Result<Self, XfrmError> {
        let (socket, receive_buffer) = listen(wanted)?;
        Ok(Self { socket, receive_buffer, decoder, skipped, buffer: vec![0; BUFFER], overrun: false })
    }

    /// Reads until the engine ends. A broken socket is replaced, and counts as lost events.
    pub(super) async fn run(mut self, queue: Queue) {
        if self.cover(&queue).await.is_err() {
            return;
        }
        loop {
            match self.read(&queue).await {
                EventsEnd::Closed => return,
                EventsEnd::Broken(error) => {
                    let detail = format!(
                        "reading XFRM events: {error}; SAs and policies are known from dumps only until it works again"
                    );
                    if queue.send(coverage(SourceState::Absent, detail)).await.is_err() {
                        return;
                    }
                }
            }
            loop {
                match listen(self.receive_buffer.bytes) {
                    Ok((socket, receive_buffer)) => {
                        (self.socket, self.receive_buffer, self.overrun) = (socket, receive_buffer, false);
                        break;
                    }
                    Err(error) => tracing::warn!(target: "swanwatch::xfrm", %error, "event socket"),
                }
                tokio::time::sleep(RETRY).await;
            }
            let lost = queue.send(What::EventsLost { malformed: 0 }).await;
            if lost.is_err() || self.cover(&queue).await.is_err() {
                return;
            }
        }
    }

    async fn cover(&self, queue: &Queue) -> Result<(), Closed> {
        let ReceiveBuffer { bytes, whole } = self.receive_buffer;
        let what = if whole {
            coverage(SourceState::Ok, format!("SA and policy events, with a receive buffer of {bytes} bytes"))
        } else {
            let detail = format!(
                "the event socket's receive buffer is {bytes} bytes instead of {RECEIVE_BUFFER}: a burst of more than some {} events is lost and costs a resync (raise net.core.rmem_max)",
                bytes / 640
            );
            coverage(SourceState::Degraded, detail)
        };
        queue.send(what).await
    }

    async fn read(&mut self, queue: &Queue) -> EventsEnd {
        loop {
            match self.socket.readable().await {
                // The burst below meets the end of the data by itself.
                Ok(mut ready) => ready.retain_ready(),
                Err(error) => return EventsEnd::Broken(error),
            }
            // One moment for all that lies there already: a burst is read in some hundred microseconds.
            let moment = Moment::now();
            for _ in 0..BURST {
                match self.next(moment, queue).await {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(end) => return end,
                }
            }
            tokio::task::yield_now().await;
        }
    }

    /// Takes one datagram. False where there is none.
    async fn next(&mut self, moment: Moment, queue: &Queue) -> Result<bool, EventsEnd> {
        let received = self.socket.try_io(tokio::io::Interest::READABLE, |s| netlink::receive(s, &mut self.buffer));
        match received {
            Ok(datagram) => {
                let told = self.tell(datagram, moment, queue).await;
                socket::wipe(&mut self.buffer, datagram.length);
                told?;
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                // Only now is the socket uncongested: what comes from here on is whole again.
                self.report_overrun(queue).await?;
                Ok(false)
            }
            Err(error) if netlink::is_overrun(&error) => {
                // A second error before the end of the data: the socket was empty and overran again in between.
                self.report_overrun(queue).await?;
                self.overrun = true;
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(true),
            Err(error) => Err(EventsEnd::Broken(error)),
        }
    }

    async fn report_overrun(&mut self, queue: &Queue) -> Result<(), Closed> {
        if std::mem::take(&mut self.overrun) {
            queue.send(What::EventsLost { malformed: 0 }).await?;
        }
        Ok(())
    }

    /// Puts the events of one datagram into the queue.
    async fn tell(&self, datagram: Datagram, moment: Moment, queue: &Queue) -> Result<(), Closed> {
        if datagram.sender != 0 {
            self.skipped.foreign(datagram.sender);
            return Ok(());
        }
        let Some(bytes) = self.buffer.get(..datagram.length) else {
            let error = DecodeError::Truncated { claimed: datagram.length, there: self.buffer.len() };
            self.skipped.malformed(&error);
            return queue.send(What::EventsLost { malformed: 1 }).await;
        };
        let mut malformed = 0;
        for message in Messages::new(bytes) {
            match message.and_then(|message| self.decoder.event(&message)) {
                Ok(Some(event)) => queue.send_of(moment, What::Kernel(event)).await?,
                Ok(None) => {}
                Err(DecodeError::Unknown { kind }) => self.skipped.unknown(kind),
                Err(error) => {
                    self.skipped.malformed(&error);
                    malformed += 1;
                }
            }
        }
        if malformed > 0 {
            queue.send(What::EventsLost { malformed }).await?;
        }
        Ok(())
    }
}

fn listen(wanted: usize) -> Result<(AsyncFd<OwnedFd>, ReceiveBuffer), XfrmError> {
    let socket = socket::open(&GROUPS)?;
    let receive_buffer = socket::set_receive_buffer(&socket, wanted)?;
    Ok((socket::watch(socket)?, receive_buffer))
}

fn coverage(state: SourceState, detail: String) -> What {
    What::Coverage(Coverage { source: Source::Xfrm, state, detail })
}
