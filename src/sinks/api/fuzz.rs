//! Fuzz targets: what clients send over the sockets.

use std::cell::OnceCell;
use std::future::Future;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::runtime::{Builder, Runtime};

use super::answer::HttpResponse;
use super::serve::{ApiCall, connection};
use super::{ApiService, FIVE_SECONDS, control, watch};
use crate::sinks::{EventHub, desk};

/// The longest answer of a service that ends.
const LONGEST: usize = 32 << 10;

pub(crate) fn http(request: &[u8]) {
    check(&exchange(request, watch::route));
}

/// Orders. Nobody is there to carry them out.
pub(crate) fn orders(request: &[u8]) {
    check(&exchange(request, control::route));
}

/// Whatever comes, there is at most one answer, it is whole, and its body is JSON.
fn check(answer: &[u8]) {
    assert!(answer.len() <= LONGEST);
    let answer = answer.strip_prefix(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap_or(answer);
    if answer.is_empty() {
        return;
    }
    let head = memchr::memmem::find(answer, b"\r\n\r\n").and_then(|end| answer.split_at_checked(end + 4));
    let Some((head, body)) = head else { return assert!(answer.is_empty(), "no head: {answer:?}") };
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let status = head.strip_prefix("http/1.").and_then(|rest| rest.get(2..5)).and_then(|code| code.parse::<u16>().ok());
    assert!(status.is_some_and(|status| (200..600).contains(&status)), "{head}");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    assert!(body.is_empty() || length.is_none_or(|length| length == body.len()), "{head}");
    if !body.is_empty() && head.contains("application/json") {
        assert!(serde_json::from_slice::<serde_json::Value>(body).is_ok(), "{head}");
    }
}

fn exchange<R, F>(request: &[u8], route: R) -> Vec<u8>
where
    R: Fn(ApiCall) -> F + Copy + Send + Sync + 'static,
    F: Future<Output = HttpResponse> + Send + 'static,
{
    thread_local!(static RUNTIME: OnceCell<Option<Runtime>> = const { OnceCell::new() });
    let talk = async {
        let mut answer = Vec::new();
        let Ok((client, server)) = UnixStream::pair() else { return answer };
        // A desk that nobody serves any more, and no more events: every question has its answer at once.
        let (hub, desk) = (EventHub::new("e1".to_owned()), desk().0);
        hub.close();
        let service = ApiService { desk, hub, history: None, patience: FIVE_SECONDS, heartbeat: FIVE_SECONDS };
        let (mut reader, mut writer) = client.into_split();
        let say = async {
            // It may have heard enough before the end.
            let _ = writer.write_all(request).await;
            let _ = writer.shutdown().await;
        };
        let hear = async {
            let _ = reader.read_to_end(&mut answer).await;
        };
        tokio::join!(connection::<UnixListener, _, _>(server, service, route), say, hear);
        answer
    };
    RUNTIME.with(|runtime| {
        let runtime = runtime.get_or_init(|| Builder::new_current_thread().enable_all().build().ok());
        runtime.as_ref().map(|runtime| runtime.block_on(talk)).unwrap_or_default()
    })
}
