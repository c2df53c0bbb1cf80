//! `swanwatch status`

use clap::Args;

use super::client::Client;
use super::output::{Style, print};
use super::{Failure, Service, block_on, once, text};
use crate::model::{Severity, Status};
use crate::{clock, exit};

/// Say what is wrong, what to do about it, and what is not watched
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// One JSON object
    #[arg(long)]
    json: bool,
    /// Look at the kernel and the daemon once, without a service
    #[arg(long, conflicts_with = "socket")]
    once: bool,
    #[command(flatten)]
    service: Service,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let (status, json) = ask(arguments)?;
    if arguments.json {
        print(&json)?;
    } else {
        print(&text::status(&status, &Style::of_stdout()))?;
    }
    let critical = status.findings.iter().any(|finding| finding.severity == Severity::Critical);
    Ok(if critical { exit::WRONG } else { exit::DONE })
}

/// The answer, and its JSON with a line break behind it.
fn ask(arguments: &Arguments) -> Result<(Status, String), Failure> {
    if arguments.once {
        let status = block_on(once::look())?.status(clock::real_time());
        let json = serde_json::to_string(&status)? + "\n";
        return Ok((status, json));
    }
    let client = Client::new(&arguments.service.socket);
    let missing = || Failure::other("the service does not know «status»".to_owned());
    block_on(async { client.get("/v1/status").await?.ok_or_else(missing) })
}
