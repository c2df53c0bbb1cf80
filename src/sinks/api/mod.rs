//! HTTP on two Unix sockets: one that answers questions, and one, root's alone, that takes orders; and, where it is configured, metrics
//! over TCP.

mod answer;
mod control;
mod door;
#[cfg(any(fuzzing, test))]
pub(crate) mod fuzz;
mod heartbeat;
mod history;
mod metrics;
mod patience;
mod permits;
mod plan;
mod sas;
mod serve;
mod service;
mod socket;
mod stream;
#[cfg(test)]
mod tests;
mod traffic;
mod watch;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::{TcpListener, UnixListener};

use self::service::ApiService;
pub use self::socket::BindError;
use super::{Desk, EventHub};

/// Where the questions' socket stands when no other place is named.
pub const DEFAULT_SOCKET: &str = "/run/swanwatch/swanwatch.sock";

/// Between two signs of life to a reader of events, and between two looks at whether it reads.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// How long a client may take.
const FIVE_SECONDS: Duration = Duration::from_secs(5);

/// The name of the orders' socket.
pub const CONTROL_SOCKET: &str = "control.sock";

/// The orders' socket, beside the questions' one.
pub fn control_socket(watch: &Path) -> PathBuf {
    watch.with_file_name(CONTROL_SOCKET)
}

/// The sockets, bound.
#[derive(Debug)]
pub struct ApiSockets {
    watch: UnixListener,
    control: UnixListener,
    metrics: Option<TcpListener>,
    history: Option<PathBuf>,
    /// Dropped last: takes the files away.
    _files: [socket::File; 2],
}

impl ApiSockets {
    /// Binds `path`, open to the group `swanwatch` where there is one, and `control.sock` beside it. The files of a service that is
    /// dead are replaced.
    ///
    /// # Errors
    /// A live service answers there, the path is something else than a socket, or the system refuses.
    pub fn bind(path: &Path) -> Result<Self, BindError> {
        let (watch, watch_file) = socket::bind(path, socket::Access::Group("swanwatch"))?;
        let (control, control_file) = socket::bind(&control_socket(path), socket::Access::Owner)?;
        Ok(Self { watch, control, metrics: None, history: None, _files: [watch_file, control_file] })
    }

    /// Serves `/metrics` over TCP too, where an address is given; what cannot be listened on leaves the rest as it is.
    ///
    /// # Errors
    /// The system refuses.
    pub fn listen_for_metrics(&mut self, listen: Option<SocketAddr>) -> Result<(), BindError> {
        self.metrics = listen.map(door::listen).transpose()?;
        Ok(())
    }

    /// Serves what this file keeps.
    pub fn and_history(mut self, path: Option<PathBuf>) -> Self {
        self.history = path;
        self
    }

    /// Where metrics are served over TCP.
    #[cfg(test)]
    fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics.as_ref()?.local_addr().ok()
    }

    /// Answers clients until the hub is closed or this is dropped; then the sockets' files are gone.
    pub async fn serve(self, desk: Desk, hub: EventHub) {
        self.serve_for(FIVE_SECONDS, HEARTBEAT, desk, hub).await;
    }

    async fn serve_for(&self, patience: Duration, heartbeat: Duration, desk: Desk, hub: EventHub) {
        let service = ApiService { desk, hub, history: self.history.clone(), patience, heartbeat };
        let watch = serve::serve(&self.watch, service.clone(), watch::route);
        let control = serve::serve(&self.control, service.clone(), control::route);
        let metrics = async {
            if let Some(listener) = &self.metrics {
                serve::serve(listener, service, metrics::route).await;
            }
        };
        tokio::join!(watch, control, metrics);
    }
}
