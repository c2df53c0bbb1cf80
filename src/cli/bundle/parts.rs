//! The parts: asked of the service where one runs, read from files where not.

use std::io::BufRead;
use std::path::Path;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::host;
use crate::cli::client::Client;
use crate::cli::failure::CommandFailure;
use crate::config::{Config, DaemonChoice};
use crate::exit;
use crate::model::{Observation, SaRow, Status, Story};
use crate::recording::{Recorder, RecordingReader, shows_all_sas};
use crate::sinks::api::control_socket;
use crate::sinks::history::{HistoryEntry, HistoryReader, PastEvent, Query, default_path};

/// SAs in it; a gateway may have a million.
const SAS: usize = 100_000;
/// Entries of the history, the newest.
const ENTRIES: usize = 20_000;
/// Stories of connections that have a problem.
const STORIES: usize = 50;
/// Observations of the recording.
const OBSERVATIONS: usize = 300_000;

/// Everything that could be had, and a line for each thing that could not.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) parts: Vec<BundlePart>,
    pub(super) missing: Vec<String>,
}

/// One file: rows of one type, as JSON.
#[derive(Debug)]
pub(super) struct BundlePart {
    pub(super) name: &'static str,
    pub(super) what: &'static str,
    pub(super) form: PartForm,
    pub(super) rows: Vec<Value>,
}

/// How the rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PartForm {
    /// One object, for people.
    Object,
    Lines,
    /// A recording that can be replayed.
    Recording,
}

impl BundlePart {
    fn new(name: &'static str, what: &'static str, form: PartForm, rows: Vec<Value>) -> Self {
        Self { name, what, form, rows }
    }

    /// As it stands in the archive, and how many rows are not in it.
    pub(super) fn text(&self) -> Result<(Vec<u8>, u64), CommandFailure> {
        if self.form == PartForm::Recording {
            return recording(&self.rows);
        }
        let mut text = Vec::new();
        for row in &self.rows {
            match self.form {
                PartForm::Object => serde_json::to_writer_pretty(&mut text, row)?,
                PartForm::Lines | PartForm::Recording => serde_json::to_writer(&mut text, row)?,
            }
            text.push(b'\n');
        }
        Ok((text, 0))
    }
}

/// A recording of these observations. A row that no longer parses (anonymizing may have renamed a word of the format) is left out and counted.
fn recording(rows: &[Value]) -> Result<(Vec<u8>, u64), CommandFailure> {
    let mut text = Vec::new();
    let mut recorder = Recorder::begin(&mut text, true)?;
    let mut left_out = 0;
    for row in rows {
        match serde_json::from_value::<Observation>(row.clone()) {
            Ok(seen) => recorder.observed(&seen)?,
            Err(_) => left_out += 1,
        }
    }
    recorder.finish()?;
    Ok((text, left_out))
}

impl Gathered {
    fn take(
        &mut self,
        name: &'static str,
        what: &'static str,
        form: PartForm,
        got: Result<Vec<Value>, CommandFailure>,
    ) {
        match got {
            Ok(rows) if rows.is_empty() => self.missing.push(format!("{name}: there is none")),
            Ok(rows) => self.parts.push(BundlePart::new(name, what, form, rows)),
            Err(failure) => self.missing.push(format!("{name}: {}", failure.message())),
        }
    }
}

/// Gathers all of it. `seconds` of a recording.
pub(super) async fn gather(socket: &Path, config: Option<&Path>, seconds: u64) -> Gathered {
    let client = Client::new(socket);
    let mut gathered = Gathered::default();
    let status = object::<Status>(&client, "/v1/status").await;
    let past = history(&client, config).await;
    let about = connections(status.as_ref().ok(), past.as_deref().unwrap_or_default());
    let daemon = status
        .as_ref()
        .map_or(Value::Null, |status| json!({"kind": status.daemon.kind, "version": status.daemon.version}));
    gathered.take(
        "status.json",
        "what is wrong, what is watched and what is not",
        PartForm::Object,
        status.and_then(|it| rows([it])),
    );
    gathered.take("sas.jsonl", "every SA: who encrypts it, who should", PartForm::Lines, sas(&client).await);
    gathered.take(
        "stories.jsonl",
        "the stories of the connections that have a problem or had one",
        PartForm::Lines,
        stories(&client, about).await,
    );
    gathered.take("history.jsonl", "what was found before, the newest entries", PartForm::Lines, past.and_then(rows));
    let before = recent(socket).await;
    let what = match &before {
        Ok((_, true)) => "what was seen in the last minutes: swanwatch replay before.jsonl",
        _ => "what was seen in the last minutes, to be read; the SAs are too many to be replayed",
    };
    gathered.take("before.jsonl", what, PartForm::Recording, before.map(|(rows, _)| rows));
    if seconds > 0 {
        let recorded = recorded(socket, seconds).await;
        let what = "a recording from now: swanwatch replay recording.jsonl";
        gathered.take("recording.jsonl", what, PartForm::Recording, recorded);
    }
    gathered.take(
        "configuration.json",
        "how the service is configured, secrets of receivers apart",
        PartForm::Object,
        configuration(config),
    );
    let versions =
        json!({"swanwatch": env!("CARGO_PKG_VERSION"), "daemon": daemon, "kernel": crate::sources::kernel_release()});
    gathered.take("versions.json", "versions", PartForm::Object, Ok(vec![versions]));
    gathered.take(
        "kernel.json",
        "the kernel, its settings and counters for SAs",
        PartForm::Object,
        Ok(vec![host::kernel()]),
    );
    gathered
}

fn rows<T: Serialize>(values: impl IntoIterator<Item = T>) -> Result<Vec<Value>, CommandFailure> {
    Ok(values.into_iter().map(|value| serde_json::to_value(value)).collect::<Result<_, _>>()?)
}

async fn object<T: DeserializeOwned>(client: &Client, path: &str) -> Result<T, CommandFailure> {
    let missing = || CommandFailure::other(format!("the service does not know {path}"));
    Ok(client.get::<T>(path).await?.ok_or_else(missing)?.0)
}

/// Those with a problem first, then those that had one, the newest first.
fn connections(status: Option<&Status>, past: &[HistoryEntry]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let past = past.iter().rev().filter_map(|entry| match &entry.past {
        PastEvent::Finding { finding, .. } => Some(&**finding),
        _ => None,
    });
    let findings = status.into_iter().flat_map(|status| &status.findings).chain(past);
    for name in findings.filter_map(|finding| finding.subject.connection.as_ref()) {
        if names.len() < STORIES && !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

async fn sas(client: &Client) -> Result<Vec<Value>, CommandFailure> {
    let mut found = Vec::new();
    client
        .lines("/v1/sas", |line| {
            if found.len() < SAS {
                found.extend(rows([serde_json::from_slice::<SaRow>(line)?])?);
            }
            Ok(())
        })
        .await?;
    Ok(found)
}

async fn stories(client: &Client, names: Vec<String>) -> Result<Vec<Value>, CommandFailure> {
    let mut told = Vec::new();
    for name in names {
        let path = format!("/v1/explain/{}", utf8_percent_encode(&name, NON_ALPHANUMERIC));
        // One that was unloaded since has none.
        match object::<Story>(client, &path).await {
            Ok(story) => told.extend(rows([story])?),
            Err(failure) if failure.is_unavailable() => return Err(failure),
            Err(_) => {}
        }
    }
    Ok(told)
}

/// From the service; where none answers, from its file.
async fn history(client: &Client, config: Option<&Path>) -> Result<Vec<HistoryEntry>, CommandFailure> {
    let mut entries: Vec<HistoryEntry> = Vec::new();
    let mut take = |line: &[u8]| {
        entries.push(serde_json::from_slice(line)?);
        if entries.len() >= 2 * ENTRIES {
            entries.drain(..ENTRIES);
        }
        Ok(())
    };
    if let Err(failure) = client.lines("/v1/history", &mut take).await {
        let file = Config::load(config).map_or_else(|_| Some(default_path()), |config| config.history.path());
        let Some(file) = file.filter(|file| failure.is_unavailable() && file.exists()) else { return Err(failure) };
        let mut reader = HistoryReader::open(&file, Query::default())?;
        while let Some(page) = reader.next_rows()? {
            page.iter().try_for_each(|row| take(row.as_bytes()))?;
        }
    }
    let newest = entries.len().saturating_sub(ENTRIES);
    Ok(entries.split_off(newest))
}

#[derive(Serialize)]
struct TimedRecordRequest<'a> {
    path: &'a Path,
    seconds: u64,
}

/// Has the service record beside its sockets: that it may write there, and that we find it there, is certain.
async fn recorded(socket: &Path, seconds: u64) -> Result<Vec<Value>, CommandFailure> {
    let socket = std::path::absolute(socket).unwrap_or_else(|_| socket.to_owned());
    let path = socket.with_file_name(format!("bundle-{}.jsonl", std::process::id()));
    let client = Client::new(&control_socket(&socket)).with_time(Duration::from_secs(seconds));
    let order = serde_json::to_vec(&TimedRecordRequest { path: &path, seconds })?;
    let done = client.post::<Value>("/v1/record", order).await;
    let read = done.and_then(|_| read_recording(&path));
    // Read, or never made.
    let _ = std::fs::remove_file(&path);
    read
}

/// What the service kept of the last minutes, and whether all SAs are shown in it.
async fn recent(socket: &Path) -> Result<(Vec<Value>, bool), CommandFailure> {
    let text = Client::new(&control_socket(socket)).post_for_text("/v1/recent").await?;
    let seen = observations(RecordingReader::new(text.as_slice())?)?;
    let all = shows_all_sas(&seen);
    Ok((rows(seen)?, all))
}

fn read_recording(path: &Path) -> Result<Vec<Value>, CommandFailure> {
    rows(observations(crate::recording::open(path)?)?)
}

fn observations(mut reader: RecordingReader<impl BufRead>) -> Result<Vec<Observation>, CommandFailure> {
    let mut seen = Vec::new();
    while seen.len() < OBSERVATIONS
        && let Some(observation) = reader.next_observation()?
    {
        seen.push(observation);
    }
    Ok(seen)
}

/// What was understood of it. Of receivers of alerts what may be shown to everybody: the path of a webhook is often its password.
fn configuration(path: Option<&Path>) -> Result<Vec<Value>, CommandFailure> {
    // What is wrong may be quoted from an address that is a secret.
    let config = Config::load(path).map_err(|error| CommandFailure::with(exit::CONFIGURATION, error.shown()))?;
    let daemon = match &config.daemon {
        DaemonChoice::Auto => Value::from("auto"),
        DaemonChoice::None => Value::from("none"),
        DaemonChoice::Named(place) => {
            let log = place.log.as_ref().map(|log| format!("{log:?}"));
            json!({"kind": place.kind, "socket": place.socket, "unit": place.unit, "log": log})
        }
    };
    let metrics = config.metrics.map(|address| address.to_string());
    let alerts: Vec<String> = config.alerts.iter().map(ToString::to_string).collect();
    rows([
        json!({"alerts": alerts, "daemon": daemon, "engine": config.engine, "metrics": metrics, "history": config.history.path()}),
    ])
}
