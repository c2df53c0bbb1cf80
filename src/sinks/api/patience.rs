//! How long a client may keep its connection.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// When the connection is cut. Cheap to clone; all clones speak of one connection.
#[derive(Clone, Debug)]
pub(super) struct Patience {
    span: Duration,
    ends: watch::Sender<Option<Instant>>,
}

impl Patience {
    /// It lasts for `span` from now.
    pub(super) fn new(span: Duration) -> Self {
        Self { span, ends: watch::Sender::new(Some(Instant::now() + span)) }
    }

    /// It lasts for one more span from now: the client takes what it is given.
    pub(super) fn renew(&self) {
        self.ends.send_replace(Some(Instant::now() + self.span));
    }

    /// It lasts for as long as the client wants.
    pub(super) fn endless(&self) {
        self.ends.send_replace(None);
    }

    /// It is over.
    pub(super) fn end(&self) {
        self.ends.send_replace(Some(Instant::now()));
    }

    /// How long our own side may take, so that there is time left to say that it was too slow.
    pub(super) fn ours(&self) -> Duration {
        self.span.mul_f32(0.8)
    }

    /// Returns when it is over.
    pub(super) async fn over(&self) {
        let mut changes = self.ends.subscribe();
        loop {
            let ends = *changes.borrow_and_update();
            let end = async {
                match ends {
                    Some(end) => sleep_until(end).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = end => return,
                changed = changes.changed() => if changed.is_err() { return },
            }
        }
    }
}
