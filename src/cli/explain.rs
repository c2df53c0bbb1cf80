//! `swanwatch explain`

mod by_name;

use std::time::Duration;

use clap::Args;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use super::client::Client;
use super::failure::CommandFailure;
use super::output::{Style, print};
use super::service::{ServiceAddress, block_on};
use super::text;
use crate::model::{Measured, Severity, Spi, Story};
use crate::sinks::api::control_socket;
use crate::text::escaped;
use crate::{clock, exit};

/// Tell the story of a connection, an SA or a finding, with the source of every line
///
/// A code tells of every open finding that has it, and where none is open what it means.
#[derive(Debug, Args)]
pub(super) struct ExplainArguments {
    /// A connection's name, an SPI, a finding's id or code as status shows it, a device, or daemon
    what: String,
    /// Count the packets of the SA with this SPI that the CPU encrypts or decrypts, exactly, instead of telling its story
    #[arg(long)]
    measure: bool,
    /// How long to count
    #[arg(long, value_name = "SECONDS", default_value_t = 10, requires = "measure", value_parser = clap::value_parser!(u64).range(1..=300))]
    seconds: u64,
    /// One JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    service: ServiceAddress,
}

pub(super) fn run(arguments: &ExplainArguments) -> Result<u8, CommandFailure> {
    let what = &arguments.what;
    if what.is_empty() {
        return Err(CommandFailure::with(
            2,
            "what is to be explained? Name a connection, an SPI or a finding's id or code".to_owned(),
        ));
    }
    if arguments.measure {
        return measure(arguments);
    }
    let client = Client::new(&arguments.service.socket);
    let path = format!("/v1/explain/{}", utf8_percent_encode(what, NON_ALPHANUMERIC));
    let (story, json): (Story, String) = block_on(async {
        match client.get(&path).await? {
            Some(known) => Ok(known),
            None => by_name::find(&client, what).await,
        }
    })?;
    if arguments.json {
        print(&json)?;
    } else {
        print(&text::story(&story, clock::real_time(), &Style::of_stdout()))?;
    }
    let critical = story.findings.iter().any(|finding| finding.severity == Severity::Critical);
    Ok(if critical { exit::WRONG } else { exit::DONE })
}

#[derive(Serialize)]
struct MeasureRequest {
    spi: Spi,
    seconds: u64,
}

/// The kernel waits for all CPUs when probes are made and removed.
const MAKING_PROBES: Duration = Duration::from_secs(15);

fn measure(arguments: &ExplainArguments) -> Result<u8, CommandFailure> {
    let Ok(spi) = arguments.what.parse::<Spi>() else {
        let problem =
            format!("'{}' is no SPI: one SA is measured, and named by its SPI (swanwatch sas)", arguments.what);
        return Err(CommandFailure::with(2, problem));
    };
    let seconds = arguments.seconds;
    let client =
        Client::new(&control_socket(&arguments.service.socket)).with_time(Duration::from_secs(seconds) + MAKING_PROBES);
    let body = serde_json::to_vec(&MeasureRequest { spi, seconds })?;
    let measured: Measured = block_on(client.post("/v1/measure", body))?;
    if arguments.json {
        print(&format!("{}\n", serde_json::to_string(&measured)?))?;
    } else {
        let Measured { spi, seconds, verdict, .. } = &measured;
        print(&format!("SA {spi}: in {seconds:.1} s {}\n", escaped(verdict)))?;
    }
    Ok(exit::DONE)
}
