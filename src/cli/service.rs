//! Where the running service is, and how a verb waits for it.

use std::path::PathBuf;

use clap::Args;

use super::failure::CommandFailure;
use crate::sinks::api::DEFAULT_SOCKET;

/// Where the service is.
#[derive(Debug, Args)]
pub(super) struct ServiceAddress {
    /// Socket of the running service
    #[arg(long, value_name = "PATH", default_value = DEFAULT_SOCKET)]
    pub(super) socket: PathBuf,
}

/// Runs a future on this thread alone.
pub(super) fn block_on<T>(future: impl Future<Output = Result<T, CommandFailure>>) -> Result<T, CommandFailure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| CommandFailure::other(format!("cannot start: {error}")))?.block_on(future)
}
