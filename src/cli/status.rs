//! `swanwatch status`

use clap::Args;

use super::client::Client;
use super::failure::CommandFailure;
use super::output::{Style, print};
use super::service::{ServiceAddress, block_on};
use super::{once, text};
use crate::model::{DueState, Status};
use crate::{clock, exit};

/// Say what is wrong, what to do about it, and what is not watched
///
/// Exit status: 1 where something is critical, where no IKE daemon runs though one is due, or where what most findings need cannot be
/// seen, or was not yet, right after the start; 0 otherwise, also for other warnings.
#[derive(Debug, Args)]
pub(super) struct StatusArguments {
    /// One JSON object
    #[arg(long)]
    json: bool,
    /// Look at the kernel and the daemon once, without a service
    #[arg(long, conflicts_with = "socket")]
    once: bool,
    /// With what the system said of each source that does not work
    #[arg(short, long, conflicts_with = "json")]
    verbose: bool,
    #[command(flatten)]
    service: ServiceAddress,
}

pub(super) fn run(arguments: &StatusArguments) -> Result<u8, CommandFailure> {
    let (status, json) = ask(arguments)?;
    if arguments.json {
        print(&json)?;
    } else {
        print(&text::status(&status, arguments.verbose, &Style::of_stdout()))?;
    }
    // One look gives a daemon no time to come.
    let missed = arguments.once && status.daemon.due.as_ref().is_some_and(|due| due.state == DueState::Awaited);
    Ok(if missed || status.is_wrong() { exit::WRONG } else { exit::DONE })
}

/// The answer, and its JSON with a line break behind it.
fn ask(arguments: &StatusArguments) -> Result<(Status, String), CommandFailure> {
    if arguments.once {
        let status = block_on(once::look())?.status(clock::real_time());
        let json = serde_json::to_string(&status)? + "\n";
        return Ok((status, json));
    }
    let client = Client::new(&arguments.service.socket);
    let missing = || CommandFailure::other("the service does not know 'status'".to_owned());
    block_on(async { client.get("/v1/status").await?.ok_or_else(missing) })
}
