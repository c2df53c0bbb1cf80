//! `swanwatch sas`

use std::io::Write;

use clap::Args;

use super::client::Client;
use super::failure::CommandFailure;
use super::output::{Style, screen};
use super::service::{ServiceAddress, block_on};
use super::{once, text};
use crate::model::SaRow;
use crate::{clock, exit};

/// Rows that are in memory at a time where they go out one by one.
const ROWS: usize = 2_000;

/// List every SA: who encrypts it, who should, and what it carried
///
/// A terminal is shown the columns that it has room for; a pipe or a file all of them.
#[derive(Debug, Args)]
pub(super) struct SasArguments {
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    /// Look at the kernel and the daemon once, without a service
    #[arg(long, conflicts_with = "socket")]
    once: bool,
    /// Only those of this connection
    #[arg(long, value_name = "NAME")]
    connection: Option<String>,
    /// Only those on this device
    #[arg(long, value_name = "NAME")]
    device: Option<String>,
    #[command(flatten)]
    service: ServiceAddress,
}

pub(super) fn run(arguments: &SasArguments) -> Result<u8, CommandFailure> {
    let mut output = std::io::BufWriter::new(std::io::stdout().lock());
    if arguments.json {
        block_on(rows(arguments, |row| {
            serde_json::to_writer(&mut output, &row)?;
            Ok(output.write_all(b"\n")?)
        }))?;
    } else {
        let mut all = Vec::new();
        block_on(rows(arguments, |row| {
            all.push(row);
            Ok(())
        }))?;
        output.write_all(text::sas(&all, clock::real_time(), screen(), &Style::of_stdout()).as_bytes())?;
    }
    output.flush()?;
    Ok(exit::DONE)
}

/// Every row, from the service or from a look of our own.
async fn rows(
    arguments: &SasArguments,
    mut take: impl FnMut(SaRow) -> Result<(), CommandFailure>,
) -> Result<(), CommandFailure> {
    if !arguments.once {
        let client = Client::new(&arguments.service.socket);
        return client.lines(&path(arguments), |line| take(serde_json::from_slice(line)?)).await;
    }
    let engine = once::look().await?;
    let mut rows = Vec::new();
    let mut cursor = Some(0);
    while let Some(from) = cursor {
        cursor = engine.sas(from, ROWS, &mut rows);
        rows.drain(..).filter(|row| takes(arguments, row)).try_for_each(&mut take)?;
    }
    Ok(())
}

fn takes(arguments: &SasArguments, row: &SaRow) -> bool {
    let same = |wanted: &Option<String>, found: &Option<String>| wanted.is_none() || wanted == found;
    same(&arguments.connection, &row.connection) && same(&arguments.device, &row.device)
}

fn path(arguments: &SasArguments) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let filters = [("connection", &arguments.connection), ("device", &arguments.device)];
    for (key, value) in filters.iter().filter_map(|(key, value)| Some((key, value.as_ref()?))) {
        query.append_pair(key, value);
    }
    let query = query.finish();
    if query.is_empty() { "/v1/sas".to_owned() } else { format!("/v1/sas?{query}") }
}
