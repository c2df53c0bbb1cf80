//! `swanwatch probe`

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;
use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};

use super::failure::CommandFailure;
use super::output::{Style, print};
use super::service::block_on;
use super::{once, text};
use crate::daemons::behaviour;
use crate::exit;
use crate::instance::protect_memory;
use crate::model::{Abilities, Link, ProbedDevice};
use crate::probe::connections::{OffloadVerdict, Outlook, outlook};
use crate::probe::{self, Permissions, ProbeError, remembered};
use crate::sources::abilities::ask;
use crate::sources::{kernel_release, nic};
use crate::supervisor::StartError;
use crate::text::escaped;

/// Try SAs on a device and show what it can really do
///
/// Adds SAs with random keys to the device, one at a time, reads each back and deletes it. The result is remembered for the service and
/// for --connections, which adds no SA.
///
/// Exit status: 0 done; 1 the device takes no SA at all, the probe could not be made or was interrupted, or, with --connections, an SA
/// of a loaded connection will or may be refused; 2 usage; 77 not permitted.
#[derive(Debug, Args)]
#[command(override_usage = "swanwatch probe [OPTIONS] DEVICE\n       swanwatch probe --connections [DEVICE]")]
pub(super) struct ProbeArguments {
    /// The network interface
    device: Option<String>,
    /// Compare what is remembered of the devices (or of this one) with every connection that the daemon has loaded
    #[arg(long)]
    connections: bool,
    /// Try packet mode on mlx5 too: while such an SA stands, changes of eswitch and TC offload are refused
    #[arg(long, conflicts_with = "connections")]
    packet: bool,
    /// Probe a bond: on some kernels that overwrites memory or crashes the kernel
    #[arg(long, conflicts_with = "connections")]
    force: bool,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

const NO_DEVICE: &str = "which network interface? Usage: 'swanwatch probe DEVICE' tries SAs on it; 'swanwatch probe --connections' holds \
    what is remembered of every device against all loaded connections, and adds no SA";

/// The JSON form: the table, and how each reason in it is cured.
#[derive(Serialize)]
struct ProbeReport<'a> {
    #[serde(flatten)]
    table: &'a ProbedDevice,
    warnings: &'a [String],
    cures: BTreeMap<String, String>,
}

#[derive(Serialize)]
struct Outlooks<'a> {
    schema: u32,
    connections: &'a [Outlook],
}

pub(super) fn run(arguments: &ProbeArguments) -> Result<u8, CommandFailure> {
    if arguments.connections {
        return block_on(connections(arguments));
    }
    let Some(device) = arguments.device.as_deref().filter(|device| !device.is_empty()) else {
        return Err(CommandFailure::with(exit::USAGE, NO_DEVICE.to_owned()));
    };
    protect_memory().map_err(StartError::from)?;
    block_on(device_alone(device, arguments))
}

async fn device_alone(device: &str, arguments: &ProbeArguments) -> Result<u8, CommandFailure> {
    let link = link(device).await?;
    let abilities = ask().await.abilities;
    let warnings = probe::warnings(&link, &abilities);
    for warning in &warnings {
        say(warning);
    }
    let permissions = Permissions { packet: arguments.packet, force: arguments.force };
    let table = tried(link, permissions, abilities).await?;
    if table.complete {
        if let Err(error) = remembered::remember(&remembered::directory(), &table) {
            say(&format!("the result is shown and not remembered: {error}"));
        }
    } else {
        say("interrupted: the result is not whole, and not remembered; no SA is left behind");
    }
    if arguments.json {
        let shown = ProbeReport { table: &table, warnings: &warnings, cures: text::cures(&table) };
        print(&(serde_json::to_string(&shown)? + "\n"))?;
    } else {
        print(&text::probe(&table, &Style::of_stdout()))?;
    }
    Ok(if table.complete && table.takes_any() { exit::DONE } else { exit::WRONG })
}

async fn link(device: &str) -> Result<Link, CommandFailure> {
    let links = nic::links().await;
    let links = links.map_err(|error| CommandFailure::other(format!("cannot read the network interfaces: {error}")))?;
    let found = links.into_iter().find(|link| link.name == device);
    found.ok_or_else(|| ProbeError::NoDevice(device.to_owned()).into())
}

/// On a thread of its own: adding an SA can wait for the driver. A signal ends it after the SA under way.
async fn tried(link: Link, permissions: Permissions, abilities: Abilities) -> Result<ProbedDevice, CommandFailure> {
    let cannot = |error| CommandFailure::other(format!("cannot catch signals: {error}"));
    let mut interrupted = signal(SignalKind::interrupt()).map_err(cannot)?;
    let mut terminated = signal(SignalKind::terminate()).map_err(cannot)?;
    let mut hung_up = signal(SignalKind::hangup()).map_err(cannot)?;
    let stop = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&stop);
    let kernel = kernel_release();
    let mut work = tokio::task::spawn_blocking(move || probe::probe(&link, permissions, (&kernel, abilities), &seen));
    loop {
        tokio::select! {
            done = &mut work => {
                let done = done.map_err(|error| CommandFailure::other(format!("the probe ended: {error}")))?;
                return Ok(done?);
            }
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
            _ = hung_up.recv() => {}
        }
        stop.store(true, Ordering::Relaxed);
    }
}

async fn connections(arguments: &ProbeArguments) -> Result<u8, CommandFailure> {
    let kernel = kernel_release();
    let (tables, problems) = remembered::of_this_host(&remembered::directory(), &kernel);
    for problem in problems {
        say(&problem.to_string());
    }
    let engine = once::look().await?;
    let daemon = engine.status(crate::clock::real_time()).daemon;
    let daemon = behaviour(daemon.kind.unwrap_or_default(), daemon.version.as_deref());
    let mut outlooks = Vec::new();
    for (connection, link) in engine.loaded() {
        let device = link.map(|link| link.name.as_str());
        if arguments.device.is_some() && arguments.device.as_deref() != device {
            continue;
        }
        let table = tables.iter().find(|table| Some(table.device.as_str()) == device);
        outlooks.push(outlook(connection, &daemon, device, table));
    }
    if arguments.json {
        print(&(serde_json::to_string(&Outlooks { schema: 1, connections: &outlooks })? + "\n"))?;
    } else {
        print(&text::outlooks(&outlooks, &Style::of_stdout()))?;
    }
    let refused =
        outlooks.iter().any(|one| matches!(one.verdict, OffloadVerdict::Refused | OffloadVerdict::MayBeRefused));
    Ok(if refused { exit::WRONG } else { exit::DONE })
}

fn say(text: &str) {
    // Nowhere is left to say that this failed too.
    let _ = writeln!(std::io::stderr(), "swanwatch: {}", escaped(text));
}

impl From<ProbeError> for CommandFailure {
    fn from(error: ProbeError) -> Self {
        match error {
            ProbeError::NotPermitted { .. } => Self::with(exit::NOT_PERMITTED, error.to_string()),
            _ => Self::other(error.to_string()),
        }
    }
}
