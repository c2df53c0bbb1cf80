//! `swanwatch sas`

use std::io::Write;

use clap::Args;

use super::client::Client;
use super::output::{Style, print};
use super::{Failure, Service, block_on, text};
use crate::exit;

/// List every SA: who encrypts it, who should, and what it carried
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    /// Only those of this connection
    #[arg(long, value_name = "NAME")]
    connection: Option<String>,
    /// Only those on this device
    #[arg(long, value_name = "NAME")]
    device: Option<String>,
    #[command(flatten)]
    service: Service,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let client = Client::new(&arguments.service.socket);
    let path = path(arguments);
    if arguments.json {
        let mut output = std::io::BufWriter::new(std::io::stdout().lock());
        block_on(client.lines(&path, |line| Ok(output.write_all(line)?)))?;
        output.flush()?;
        return Ok(exit::DONE);
    }
    let mut rows = Vec::new();
    block_on(client.lines(&path, |line| {
        rows.push(serde_json::from_slice(line)?);
        Ok(())
    }))?;
    print(&text::sas(&rows, &Style::of_stdout()))?;
    Ok(exit::DONE)
}

fn path(arguments: &Arguments) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let filters = [("connection", &arguments.connection), ("device", &arguments.device)];
    for (key, value) in filters.iter().filter_map(|(key, value)| Some((key, value.as_ref()?))) {
        query.append_pair(key, value);
    }
    let query = query.finish();
    if query.is_empty() { "/v1/sas".to_owned() } else { format!("/v1/sas?{query}") }
}
