//! `swanwatch history`

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::{Span, Timestamp, ZonedDateTime};

use super::client::Client;
use super::output::Style;
use super::{Failure, Service, block_on, text};
use crate::exit;
use crate::model::RealTime;
use crate::sinks::history::{Entry, HistoryError, Query, Reader, default_path};

/// Show what was found, opened, changed and closed, when the daemon came and went, and when the service did
///
/// Asks the running service; where none runs, reads its file.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// From then on: a span back from now (24h, 7d, 2 weeks) or a time (2026-03-01T02:00:00Z)
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    since: Option<RealTime>,
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
    service: Service,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let mut output = std::io::BufWriter::new(std::io::stdout().lock());
    let style = Style::of_stdout();
    rows(arguments, |row| {
        if arguments.json {
            output.write_all(row.trim_ascii_end())?;
            return Ok(output.write_all(b"\n")?);
        }
        let entry: Entry = serde_json::from_slice(row)?;
        Ok(output.write_all(text::past(&entry, &style).as_bytes())?)
    })?;
    output.flush()?;
    Ok(exit::DONE)
}

/// Every entry that is wanted, as JSON.
fn rows(arguments: &Arguments, mut take: impl FnMut(&[u8]) -> Result<(), Failure>) -> Result<(), Failure> {
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

fn read(file: &Path, query: Query, mut take: impl FnMut(&[u8]) -> Result<(), Failure>) -> Result<(), Failure> {
    let mut reader = Reader::open(file, query)?;
    while let Some(rows) = reader.next_rows()? {
        rows.iter().try_for_each(|row| take(row.as_bytes()))?;
    }
    Ok(())
}

fn query(arguments: &Arguments) -> Query {
    Query { since: arguments.since, connection: arguments.connection.clone() }
}

fn path(arguments: &Arguments) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    if let Some(since) = arguments.since {
        query.append_pair("since", &since.to_string());
    }
    if let Some(connection) = &arguments.connection {
        query.append_pair("connection", connection);
    }
    format!("/v1/history?{}", query.finish())
}

/// A span back from now, or a time.
fn moment(text: &str) -> Result<RealTime, String> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(RealTime::from_micros(time.as_microsecond()));
    }
    let span = text.parse::<Span>().ok().filter(|span| !span.is_negative());
    let then = span.and_then(|span| ZonedDateTime::now().checked_sub(span).ok());
    let then = then.ok_or("expected a span back from now, as 24h, or a time, as 2026-03-01T02:00:00Z")?;
    Ok(RealTime::from_micros(then.timestamp().as_microsecond()))
}

impl From<HistoryError> for Failure {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_counts_back_and_a_time_is_itself() {
        assert_eq!(moment("1970-01-01T00:00:01Z"), Ok(RealTime::from_micros(1_000_000)));
        let now = Timestamp::now().as_microsecond();
        for (text, hours) in [("24h", 24), ("90m", 1), ("7d", 7 * 24), ("2 weeks", 14 * 24)] {
            let back = (now - moment(text).unwrap().micros()) / 3_600_000_000;
            // Summer time may begin or end within a span of days.
            assert!((hours - 1..=hours + 1).contains(&back), "{text}: {back} h");
        }
        for wrong in ["", "yesterday", "-3h", "24"] {
            assert!(moment(wrong).is_err(), "{wrong}");
        }
    }
}
