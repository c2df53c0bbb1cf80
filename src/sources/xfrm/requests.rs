//! Reads of one SA and counts, over a socket that hears no events.

use std::time::Duration;

use futures_util::StreamExt;
use netlink_packet_core::{NLM_F_REQUEST, NetlinkHeader, NetlinkMessage, NetlinkPayload};
use netlink_packet_xfrm::policy::GetSpdInfoMessage;
use netlink_packet_xfrm::state::{DelGetMessage, GetSadInfoMessage};
use netlink_packet_xfrm::{Mark as WireMark, UserSaId, XfrmAttrs, XfrmMessage};
use netlink_proto::{Connection, ConnectionHandle, from_socket_with_codec};
use netlink_sys::{AsyncSocket, SocketAddr, TokioSocket};
use rustix::io::Errno;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::XfrmError;
use super::wire::{WipingCodec, Wire};
use crate::model::{AskId, Failure, KernelSa, Mark, SaId, What};
use crate::sources::Queue;

/// The kernel answers within the request's own system call; beyond this the answer was lost.
const DEADLINE: Duration = Duration::from_secs(2);

/// What can be asked.
#[derive(Clone, Copy, Debug)]
pub(super) enum SaRequest {
    /// Answered by `What::Read`.
    Read(AskId, SaId),
    /// Answered by `What::Counted`.
    Count(AskId),
}

/// Carries out requests one after the other.
pub(super) struct Requests {
    connection: Option<Open>,
}

/// Reads SAs for somebody who waits, beside the queue.
pub struct SaReader(Requests);

impl SaReader {
    /// Opens a socket of its own.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn open() -> Result<Self, XfrmError> {
        Requests::open().map(Self)
    }

    /// Reads one SA; none where the kernel has none.
    ///
    /// # Errors
    /// The kernel does not answer, or refuses to.
    pub async fn read(&mut self, id: SaId) -> Result<Option<Box<KernelSa>>, Failure> {
        self.0.read(id).await
    }
}

struct Open {
    handle: ConnectionHandle<Wire>,
    task: JoinHandle<()>,
}

/// No result: nothing there, or why.
enum NoResult {
    NotFound,
    Failed(Failure),
}

impl Requests {
    /// Opens the socket.
    pub(super) fn open() -> Result<Self, XfrmError> {
        Ok(Self { connection: Some(Open::new()?) })
    }

    /// Answers every request exactly once, until the engine ends.
    pub(super) async fn run(mut self, mut requests: mpsc::UnboundedReceiver<SaRequest>, queue: Queue) {
        while let Some(request) = requests.recv().await {
            let answer = match request {
                SaRequest::Read(ask, id) => What::Read { ask, id, answer: self.read(id).await },
                SaRequest::Count(ask) => What::Counted { ask, answer: self.count().await },
            };
            if queue.send(answer).await.is_err() {
                return;
            }
        }
    }

    async fn read(&mut self, id: SaId) -> Result<Option<Box<KernelSa>>, Failure> {
        match self.ask(get_sa(id)).await {
            Ok(Wire::Sa(mut sa)) => {
                sa.id.netns = id.netns;
                Ok(Some(sa))
            }
            Ok(other) => Err(unexpected("reading an SA", &other)),
            Err(NoResult::NotFound) => Ok(None),
            Err(NoResult::Failed(failure)) => Err(failure),
        }
    }

    async fn count(&mut self) -> Result<(u32, u32), Failure> {
        // All ones as flags, as iproute2 sends: the kernel ignores them.
        let sas = match self.ask(XfrmMessage::GetSadInfo(GetSadInfoMessage { flags: u32::MAX })).await {
            Ok(Wire::SaCount(count)) => count,
            other => return Err(no_count("counting SAs", other)),
        };
        match self.ask(XfrmMessage::GetSpdInfo(GetSpdInfoMessage { flags: u32::MAX })).await {
            Ok(Wire::PolicyCount(count)) => Ok((sas, count)),
            other => Err(no_count("counting policies", other)),
        }
    }

    /// Asks, and replaces the connection where it is dead or lost an answer.
    async fn ask(&mut self, request: XfrmMessage) -> Result<Wire, NoResult> {
        let open = match self.connection.take() {
            Some(open) if !open.task.is_finished() => open,
            _ => Open::new().map_err(|error| NoResult::Failed(Failure::Error(error.to_string())))?,
        };
        let answer = tokio::time::timeout(DEADLINE, open.ask(request)).await;
        match answer {
            Ok(Some(answer)) => {
                self.connection = Some(open);
                answer
            }
            Ok(None) => {
                let text = "the connection to NETLINK_XFRM ended before the kernel answered";
                Err(NoResult::Failed(Failure::Error(text.to_owned())))
            }
            Err(_) => Err(NoResult::Failed(Failure::Timeout)),
        }
    }
}

impl Open {
    fn new() -> Result<Self, XfrmError> {
        let mut socket = <TokioSocket as AsyncSocket>::new(netlink_sys::protocols::NETLINK_XFRM)
            .map_err(XfrmError::tried("opening a NETLINK_XFRM socket for requests"))?;
        let tried = XfrmError::tried("binding a NETLINK_XFRM socket for requests");
        socket.socket_mut().bind_auto().map_err(&tried)?;
        socket.socket_mut().set_cap_ack(true).map_err(&tried)?;
        let (mut connection, handle, unsolicited): (Connection<Wire, TokioSocket, WipingCodec>, _, _) =
            from_socket_with_codec(socket);
        // Without these an answer without a result and the connection's death look the same.
        connection.set_forward_ack(true);
        connection.set_forward_done(true);
        // Nobody may send to this socket unasked: dropped, so that it cannot pile up.
        drop(unsolicited);
        Ok(Self { handle, task: tokio::spawn(connection) })
    }

    /// The first answer; none where the connection died.
    async fn ask(&self, request: XfrmMessage) -> Option<Result<Wire, NoResult>> {
        let mut message = NetlinkMessage::new(
            NetlinkHeader::default(),
            NetlinkPayload::InnerMessage(Wire::Request(Box::new(request))),
        );
        message.header.flags = NLM_F_REQUEST;
        let mut answers = self.handle.request(message, SocketAddr::new(0, 0)).ok()?;
        let answer = answers.next().await?;
        Some(match answer.payload {
            NetlinkPayload::InnerMessage(wire) => Ok(wire),
            NetlinkPayload::Error(error) => match error.code {
                Some(code) => Err(refusal(code.get())),
                None => Err(NoResult::Failed(Failure::Error("the kernel answered with nothing".to_owned()))),
            },
            _ => Err(NoResult::Failed(Failure::Error("the kernel's answer was lost".to_owned()))),
        })
    }
}

/// What a code of an NLMSG_ERROR means, be it what it may.
fn refusal(code: i32) -> NoResult {
    let errno = code.saturating_neg();
    if errno == Errno::SRCH.raw_os_error() {
        return NoResult::NotFound;
    }
    let error = std::io::Error::from_raw_os_error(errno);
    NoResult::Failed(Failure::Error(format!("the kernel refused to answer: {error}")))
}

impl Drop for Open {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn get_sa(id: SaId) -> XfrmMessage {
    let mut key = UserSaId { spi: id.spi.0, proto: id.protocol.number(), ..UserSaId::default() };
    key.destination(&id.dst);
    let Mark { value, mask } = id.mark;
    // A marked SA is found only by a mark that fits.
    let nlas = if id.mark == Mark::default() { vec![] } else { vec![XfrmAttrs::Mark(WireMark { value, mask })] };
    XfrmMessage::GetSa(DelGetMessage { user_sa_id: key, nlas })
}

fn no_count(tried: &str, answer: Result<Wire, NoResult>) -> Failure {
    match answer {
        Ok(other) => unexpected(tried, &other),
        Err(NoResult::NotFound) => Failure::Error(format!("{tried}: the kernel has no such table")),
        Err(NoResult::Failed(failure)) => failure,
    }
}

fn unexpected(tried: &str, answer: &Wire) -> Failure {
    Failure::Error(match answer {
        Wire::Malformed(error) => format!("{tried}: {error}"),
        Wire::Other(kind) => format!("{tried}: an answer of type {kind:#x}"),
        _ => format!("{tried}: an answer to something else"),
    })
}
