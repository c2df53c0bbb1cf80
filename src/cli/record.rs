//! `swanwatch record`

use std::path::{Path, PathBuf};

use clap::Args;
use serde::{Deserialize, Serialize};

use super::client::Client;
use super::failure::CommandFailure;
use super::output::print;
use super::service::{ServiceAddress, block_on};
use crate::exit;
use crate::sinks::api::control_socket;
use crate::text::escaped;

/// Have the running service record what it sees, into a new file
#[derive(Debug, Args)]
#[group(id = "what", required = true, multiple = false, args = ["file", "stop"])]
pub(super) struct RecordArguments {
    /// The file, as the service sees it
    file: Option<PathBuf>,
    /// End the recording that is being made
    #[arg(long)]
    stop: bool,
    #[command(flatten)]
    service: ServiceAddress,
}

#[derive(Serialize)]
struct RecordRequest<'a> {
    path: Option<&'a Path>,
}

#[derive(Deserialize)]
struct RecordAnswer {
    done: String,
}

pub(super) fn run(arguments: &RecordArguments) -> Result<u8, CommandFailure> {
    let file = arguments.file.as_ref().map(|file| {
        let failed = |error| CommandFailure::other(format!("{}: is no path: {error}", file.display()));
        std::path::absolute(file).map_err(failed)
    });
    let file = file.transpose()?;
    let body = serde_json::to_vec(&RecordRequest { path: file.as_deref() })?;
    let client = Client::new(&control_socket(&arguments.service.socket));
    let RecordAnswer { done } = block_on(client.post("/v1/record", body))?;
    print(&format!("{}\n", escaped(&done)))?;
    Ok(exit::DONE)
}
