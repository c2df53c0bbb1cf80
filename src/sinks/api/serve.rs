//! Connections: how many, how long, how large.

use std::convert::Infallible;
use std::future::Future;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::task::JoinSet;

use super::answer::HttpResponse;
use super::door::Door;
use super::patience::Patience;
use super::permits::{ClientId, ClientPermits, NoPlace};
use super::service::ApiService;

/// Bytes of a request's line and headers.
const HEAD: usize = 8 << 10;

/// Bytes that one connection may keep between the client and us.
const BUFFER: usize = 64 << 10;

/// After an accept that the system refused (no descriptors, no memory): nothing tells when it will not.
const AFTER_REFUSAL: Duration = Duration::from_millis(200);

/// One request and what is known of who sent it.
#[derive(Debug)]
pub(super) struct ApiCall {
    pub(super) request: Request<Incoming>,
    /// Where the answer comes from.
    pub(super) service: ApiService,
    /// How long its connection lasts.
    pub(super) patience: Patience,
    /// User id of the process that connected (`SO_PEERCRED`, unix(7)); none over TCP.
    pub(super) user: Option<u32>,
    /// What the client has not read can be seen here; none over TCP.
    pub(super) line: Option<Arc<OwnedFd>>,
}

/// Serves clients until the hub is closed, and those that are there then to their end. Each connection carries one request.
pub(super) async fn serve<D, R, F>(door: &D, service: ApiService, route: R)
where
    D: Door,
    R: Fn(ApiCall) -> F + Copy + Send + Sync + 'static,
    F: Future<Output = HttpResponse> + Send + 'static,
{
    let (mut clients, places) = (JoinSet::new(), ClientPermits::default());
    loop {
        tokio::select! {
            accepted = door.accept() => match accepted {
                Ok(stream) => match places.take(D::client(&stream)) {
                    Ok(place) => {
                        let connection = connection::<D, R, F>(stream, service.clone(), route);
                        clients.spawn(async move {
                            connection.await;
                            drop(place);
                        });
                    }
                    // The buffer of a new connection is empty; where it is not, the client learns by the close.
                    Err(full) => D::try_write(&stream, refusal(full).as_bytes()),
                },
                Err(error) => {
                    tracing::warn!("a client could not be accepted: {error}");
                    tokio::time::sleep(AFTER_REFUSAL).await;
                }
            },
            Some(_) = clients.join_next() => {}
            () = service.hub.closed() => break,
        }
    }
    while clients.join_next().await.is_some() {}
}

/// What a client without a place is told, without reading what it wants.
pub(super) fn refusal(full: NoPlace) -> String {
    let body = format!("{{\"error\":\"{full}\"}}");
    let length = body.len();
    format!(
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

pub(super) async fn connection<D, R, F>(stream: D::Stream, service: ApiService, route: R)
where
    D: Door,
    R: Fn(ApiCall) -> F + Send + Sync,
    F: Future<Output = HttpResponse> + Send,
{
    let patience = Patience::new(service.patience);
    let user = match D::client(&stream) {
        ClientId::User(user) => Some(user),
        ClientId::Address(_) | ClientId::Unknown => None,
    };
    let line = D::line(&stream).map(Arc::new);
    let handler = service_fn(|request| {
        let call = ApiCall { request, service: service.clone(), patience: patience.clone(), user, line: line.clone() };
        let answer = route(call);
        async { Ok::<_, Infallible>(answer.await) }
    });
    let http = http1::Builder::new()
        .keep_alive(false)
        .header_read_timeout(None)
        .max_header_size(HEAD)
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(stream), handler);
    tokio::select! {
        // What goes wrong here is the client's doing and its loss.
        _ = http => {}
        () = patience.over() => {}
    }
}
