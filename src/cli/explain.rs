//! `swanwatch explain`

use clap::Args;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::client::Client;
use super::output::{Style, print};
use super::{Failure, Service, block_on, text};
use crate::model::{Severity, Story};
use crate::{clock, exit};

/// Tell the story of a connection, an SA or a finding, with the source of every line
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A connection's name, an SPI, or a finding's id as status shows it
    what: String,
    /// One JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    service: Service,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let what = &arguments.what;
    if what.is_empty() {
        return Err(Failure::with(
            2,
            "what is to be explained? Name a connection, an SPI or a finding's id".to_owned(),
        ));
    }
    let client = Client::new(&arguments.service.socket);
    let path = format!("/v1/explain/{}", utf8_percent_encode(what, NON_ALPHANUMERIC));
    let nothing = || Failure::other(format!("nothing is known by the name «{what}»"));
    let story: Story = block_on(async { client.get(&path).await?.ok_or_else(nothing) })?;
    if arguments.json {
        print(&format!("{}\n", serde_json::to_string(&story)?))?;
    } else {
        print(&text::story(&story, clock::real_time(), &Style::of_stdout()))?;
    }
    let critical = story.findings.iter().any(|finding| finding.severity == Severity::Critical);
    Ok(if critical { exit::WRONG } else { exit::DONE })
}
