//! One POST over a connection of its own.

use std::io;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST, USER_AGENT};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::failure::DeliveryFailure;
use super::receiver::Address;
use super::tls;
use crate::text::presentable;

/// How much of a complaint is read.
const COMPLAINT: usize = 4 << 10;

/// Posts JSON to `more` below an address, and has the answer within this time.
///
/// # Errors
/// `DeliveryFailure::Refused` where the receiver will never take this body.
pub async fn post(address: &Address, more: &str, body: Vec<u8>, time: Duration) -> Result<(), DeliveryFailure> {
    let late = |_| DeliveryFailure::Later(format!("no answer within {} s", time.as_secs_f32()));
    timeout(time, exchange(address, more, body)).await.map_err(late)?
}

async fn exchange(address: &Address, more: &str, body: Vec<u8>) -> Result<(), DeliveryFailure> {
    let stream = TcpStream::connect((address.host(), address.port())).await.map_err(|error| later(&error))?;
    let answer = if address.is_tls() {
        let stream = tls::connect(address.host(), stream).await.map_err(|error| later(&error))?;
        send(stream, address, more, body).await?
    } else {
        send(stream, address, more, body).await?
    };
    let status = answer.status();
    if status.is_success() {
        // It has taken it; what else it says is of no use.
        return Ok(());
    }
    let text = match Limited::new(answer.into_body(), COMPLAINT).collect().await {
        Ok(text) => text.to_bytes(),
        Err(_) => Bytes::new(),
    };
    let text = presentable(String::from_utf8_lossy(&text).trim().lines().next().unwrap_or_default());
    let said = if text.is_empty() { format!("it answers {status}") } else { format!("it answers {status}: {text}") };
    Err(match status {
        StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNPROCESSABLE_ENTITY => {
            DeliveryFailure::Refused(said)
        }
        // Whatever else may be mended over there, an address or a permission too.
        _ => DeliveryFailure::Later(said),
    })
}

async fn send<S>(stream: S, address: &Address, more: &str, body: Vec<u8>) -> Result<Response<Incoming>, DeliveryFailure>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|error| later(&error))?;
    // Ends with the answer; what goes wrong is seen by the sender.
    tokio::spawn(connection);
    let request = Request::post(address.target(more))
        .header(HOST, address.authority())
        .header(CONTENT_TYPE, "application/json")
        .header(USER_AGENT, concat!("swanwatch/", env!("CARGO_PKG_VERSION")))
        .body(Full::new(Bytes::from(body)))
        .map_err(|error| later(&error))?;
    sender.send_request(request).await.map_err(|error| later(&error))
}

fn later(error: &(dyn std::error::Error + 'static)) -> DeliveryFailure {
    // What is outermost is often 'error trying to connect'; what is inside says why.
    let mut words = error.to_string();
    let mut inner = error.source();
    while let Some(error) = inner {
        let more = error.to_string();
        if !words.contains(&more) {
            words = format!("{words}: {more}");
        }
        inner = error.source();
    }
    if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused) {
        "nobody listens there (connection refused)".clone_into(&mut words);
    }
    DeliveryFailure::Later(presentable(&words))
}
