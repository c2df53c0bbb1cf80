//! Asking the running service over its socket.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::HOST;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::net::UnixStream;
use tokio::time::timeout;

use crate::sinks::api::CONTROL_SOCKET;

/// The service cuts off after five seconds; one that says nothing for longer is stopped or hangs.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks one service.
#[derive(Debug)]
pub(super) struct Client {
    socket: PathBuf,
    patience: Duration,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum ClientError {
    /// Nobody listens.
    #[error(
        "no service answers on {}: {source}; start one with 'systemctl start swanwatch' or 'swanwatch run', or look once without one: \
         'swanwatch status --once'", socket.display()
    )]
    NotReachable { socket: PathBuf, source: io::Error },
    /// The socket's mode keeps us out.
    #[error("{}: permission denied; it takes root or membership in the group swanwatch", .0.display())]
    NotPermitted(PathBuf),
    /// The orders' socket is root's alone.
    #[error(
        "{}: permission denied; to record, to measure and to do a remedy takes root: the group swanwatch may ask (status, sas, top, explain, \
         history, check, remedy --dry-run), and change nothing", .0.display()
    )]
    OrdersAreRoots(PathBuf),
    /// The service takes no orders from us.
    #[error("{0}")]
    Forbidden(String),
    /// The connection broke.
    #[error("the service on {} ended the connection: {reason}", socket.display())]
    Broken {
        socket: PathBuf,
        /// What was seen of it.
        reason: String,
    },
    /// No byte came for so long.
    #[error("the service on {} has not answered for {} s", .0.display(), .1.as_secs())]
    Silent(PathBuf, Duration),
    /// The service has no time or no place.
    #[error("{0}")]
    Unavailable(String),
    /// The service says no.
    #[error("{0}")]
    Refused(String),
}

#[derive(Deserialize)]
struct ReceivedError {
    error: String,
}

impl Client {
    /// Of the service on this socket.
    pub(super) fn new(socket: &Path) -> Self {
        Self { socket: socket.to_owned(), patience: PATIENCE }
    }

    /// An answer that takes `time` longer than others.
    pub(super) fn with_time(mut self, time: Duration) -> Self {
        self.patience += time;
        self
    }

    /// GET of one object, as it came and as it was understood; none where there is no such thing (404).
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
    ) -> Result<Option<(T, String)>, super::failure::CommandFailure> {
        match self.send(Method::GET, path, Bytes::new()).await {
            Ok(answer) => {
                let text = self.whole(answer).await?;
                let value = serde_json::from_slice(&text)?;
                Ok(Some((value, String::from_utf8_lossy(&text).into_owned())))
            }
            Err((Some(StatusCode::NOT_FOUND), _)) => Ok(None),
            Err((_, error)) => Err(error.into()),
        }
    }

    /// POST of one object.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: Vec<u8>,
    ) -> Result<T, super::failure::CommandFailure> {
        let answer = self.send(Method::POST, path, body.into()).await.map_err(|(_, error)| error)?;
        Ok(serde_json::from_slice(&self.whole(answer).await?)?)
    }

    /// POST that is answered by something else than an object.
    pub(super) async fn post_for_text(&self, path: &str) -> Result<Vec<u8>, super::failure::CommandFailure> {
        let answer = self.send(Method::POST, path, Bytes::new()).await.map_err(|(_, error)| error)?;
        Ok(self.whole(answer).await?)
    }

    /// GET of a long answer, line by line.
    pub(super) async fn lines(
        &self,
        path: &str,
        mut take: impl FnMut(&[u8]) -> Result<(), super::failure::CommandFailure>,
    ) -> Result<(), super::failure::CommandFailure> {
        let mut answer = self.send(Method::GET, path, Bytes::new()).await.map_err(|(_, error)| error)?;
        let mut rest = Vec::new();
        while let Some(piece) = self.next(&mut answer).await? {
            for part in piece.split_inclusive(|byte| *byte == b'\n') {
                rest.extend_from_slice(part);
                if rest.ends_with(b"\n") {
                    take(&rest)?;
                    rest.clear();
                }
            }
        }
        Ok(())
    }

    async fn whole(&self, mut answer: Response<Incoming>) -> Result<Vec<u8>, ClientError> {
        let mut text = Vec::new();
        while let Some(piece) = self.next(&mut answer).await? {
            text.extend_from_slice(&piece);
        }
        Ok(text)
    }

    async fn next(&self, answer: &mut Response<Incoming>) -> Result<Option<Bytes>, ClientError> {
        match timeout(self.patience, answer.body_mut().frame()).await {
            Ok(Some(Ok(frame))) => Ok(Some(frame.into_data().unwrap_or_default())),
            Ok(Some(Err(error))) => Err(ClientError::Broken { socket: self.socket.clone(), reason: error.to_string() }),
            Ok(None) => Ok(None),
            Err(_) => Err(ClientError::Silent(self.socket.clone(), self.patience)),
        }
    }

    /// The head of a good answer; of another one its status, where there is one, and what it says.
    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<Response<Incoming>, (Option<StatusCode>, ClientError)> {
        let mut answer = match timeout(self.patience, self.exchange(method, path, body)).await {
            Ok(answer) => answer.map_err(|error| (None, error))?,
            Err(_) => return Err((None, ClientError::Silent(self.socket.clone(), self.patience))),
        };
        let status = answer.status();
        if status == StatusCode::OK {
            return Ok(answer);
        }
        let mut text = Vec::new();
        while let Ok(Some(piece)) = self.next(&mut answer).await {
            text.extend_from_slice(&piece);
        }
        let said = serde_json::from_slice::<ReceivedError>(&text).map(|body| body.error);
        let said = said.unwrap_or_else(|_| format!("the service answers {status}"));
        let error = match status {
            StatusCode::FORBIDDEN => ClientError::Forbidden(said),
            StatusCode::SERVICE_UNAVAILABLE => ClientError::Unavailable(said),
            _ => ClientError::Refused(said),
        };
        Err((Some(status), error))
    }

    async fn exchange(&self, method: Method, path: &str, body: Bytes) -> Result<Response<Incoming>, ClientError> {
        let broken = |reason| ClientError::Broken { socket: self.socket.clone(), reason };
        let stream = UnixStream::connect(&self.socket).await.map_err(|source| match source.kind() {
            io::ErrorKind::PermissionDenied if self.socket.ends_with(CONTROL_SOCKET) => {
                ClientError::OrdersAreRoots(self.socket.clone())
            }
            io::ErrorKind::PermissionDenied => ClientError::NotPermitted(self.socket.clone()),
            _ => ClientError::NotReachable { socket: self.socket.clone(), source },
        })?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| broken(error.to_string()))?;
        // Ends with the answer; what goes wrong is seen by the sender.
        tokio::spawn(connection);
        let request = Request::builder().method(method).uri(path).header(HOST, "swanwatch").body(Full::new(body));
        let request = request.map_err(|error| broken(error.to_string()))?;
        sender.send_request(request).await.map_err(|error| broken(error.to_string()))
    }
}
