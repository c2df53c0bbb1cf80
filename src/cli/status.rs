//! `swanwatch status`

use clap::Args;

use super::client::Client;
use super::output::{Style, print};
use super::{Failure, Service, block_on, text};
use crate::exit;
use crate::model::{Severity, Status};

/// Say what is wrong, what to do about it, and what is not watched
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// One JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    service: Service,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let status = ask(arguments)?;
    if arguments.json {
        print(&format!("{}\n", serde_json::to_string(&status)?))?;
    } else {
        print(&text::status(&status, &Style::of_stdout()))?;
    }
    let critical = status.findings.iter().any(|finding| finding.severity == Severity::Critical);
    Ok(if critical { exit::WRONG } else { exit::DONE })
}

fn ask(arguments: &Arguments) -> Result<Status, Failure> {
    let client = Client::new(&arguments.service.socket);
    let missing = || Failure::other("the service does not know «status»".to_owned());
    block_on(async { client.get("/v1/status").await?.ok_or_else(missing) })
}
