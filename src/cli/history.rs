//! `swanwatch history`

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::client::Client;
use super::failure::CommandFailure;
use super::output::Style;
use super::service::{ServiceAddress, block_on};
use super::{text, when};
use crate::exit;
use crate::model::RealTime;
use crate::sinks::history::{HistoryEntry, HistoryError, HistoryReader, Query, default_path};
use crate::text::escaped;

/// Show what was found, opened, changed and closed, when the daemon came and went, and when the service did
///
/// Asks the running service; where none runs, reads its file.
#[derive(Debug, Args)]
pub(super) struct HistoryArguments {
    /// From then on: a local time as it is shown here ('2026-03-01 02:00'), a day (2026-03-01), today, yesterday, a span back from
    /// now (24h, 7d, 2 weeks), or a time with its offset (2026-03-01T02:00:00Z)
    #[arg(long, value_name = "WHEN", value_parser = when::since, allow_hyphen_values = true)]
    since: Option<RealTime>,
    /// Up to then, in the same forms
    #[arg(long, value_name = "WHEN", value_parser = when::until, allow_hyphen_values = true)]
    until: Option<RealTime>,
    /// Only what concerns this connection
    #[arg(long, value_name = "NAME")]
    connection: Option<String>,
    /// Read this file, and ask no service
    #[arg(long, value_name = "FILE", conflicts_with = "socket")]
    file: Option<PathBuf>,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    service: ServiceAddress,
}

pub(super) fn run(arguments: &HistoryArguments) -> Result<u8, CommandFailure> {
    let mut output = std::io::BufWriter::new(std::io::stdout().lock());
    let style = Style::of_stdout();
    if let (Some(since), Some(until)) = (arguments.since, arguments.until)
        && since > until
    {
        return Err(CommandFailure::with(
            exit::USAGE,
            "nothing is between --since and --until: --until is earlier".to_owned(),
        ));
    }
    let mut none = true;
    rows(arguments, |row| {
        none = false;
        if arguments.json {
            output.write_all(row.trim_ascii_end())?;
            return Ok(output.write_all(b"\n")?);
        }
        let entry: HistoryEntry = serde_json::from_slice(row)?;
        Ok(output.write_all(text::past(&entry, &style).as_bytes())?)
    })?;
    output.flush()?;
    if none {
        // Nowhere is left to say that this failed too.
        let _ = writeln!(std::io::stderr(), "swanwatch: {}", escaped(&nothing(arguments)));
    }
    Ok(exit::DONE)
}

fn nothing(arguments: &HistoryArguments) -> String {
    let within = if arguments.since.is_some() || arguments.until.is_some() { " in that time" } else { "" };
    match &arguments.connection {
        Some(name) => format!("the history has nothing about a connection '{name}'{within}"),
        None => format!("the history has nothing{within}"),
    }
}

/// Every entry that is wanted, as JSON.
fn rows(
    arguments: &HistoryArguments,
    mut take: impl FnMut(&[u8]) -> Result<(), CommandFailure>,
) -> Result<(), CommandFailure> {
    if let Some(file) = &arguments.file {
        return read(file, query(arguments), take);
    }
    let client = Client::new(&arguments.service.socket);
    let path = path(arguments);
    let mut none_yet = true;
    let asked = block_on(client.lines(&path, |row| {
        none_yet = false;
        take(row)
    }));
    match asked {
        Err(failure) if failure.is_unavailable() && none_yet && default_path().exists() => {
            // Nowhere is left to say that this failed too.
            let _ =
                writeln!(std::io::stderr(), "swanwatch: no service answers; read from {}", default_path().display());
            read(&default_path(), query(arguments), take)
        }
        answered => answered,
    }
}

fn read(
    file: &Path,
    query: Query,
    mut take: impl FnMut(&[u8]) -> Result<(), CommandFailure>,
) -> Result<(), CommandFailure> {
    let mut reader = HistoryReader::open(file, query)?;
    while let Some(rows) = reader.next_rows()? {
        rows.iter().try_for_each(|row| take(row.as_bytes()))?;
    }
    Ok(())
}

fn query(arguments: &HistoryArguments) -> Query {
    Query { since: arguments.since, until: arguments.until, connection: arguments.connection.clone() }
}

fn path(arguments: &HistoryArguments) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    if let Some(since) = arguments.since {
        query.append_pair("since", &since.to_string());
    }
    if let Some(until) = arguments.until {
        query.append_pair("until", &until.to_string());
    }
    if let Some(connection) = &arguments.connection {
        query.append_pair("connection", connection);
    }
    format!("/v1/history?{}", query.finish())
}

impl From<HistoryError> for CommandFailure {
    fn from(error: HistoryError) -> Self {
        let denied =
            matches!(&error, HistoryError::Io { source, .. } if source.kind() == std::io::ErrorKind::PermissionDenied);
        let code = match error {
            HistoryError::Absent(_) => exit::UNAVAILABLE,
            _ if denied => exit::NOT_PERMITTED,
            _ => exit::WRONG,
        };
        Self::with(code, error.to_string())
    }
}
