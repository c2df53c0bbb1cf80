//! An instance's ring buffer: how it is set up, how its records are laid out, and opening it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::error::TraceError;
use super::format::Format;
use super::pages::Layout;
use super::pipes::Pipes;
use super::place;

/// Has it keep this many KiB for each CPU.
///
/// # Errors
/// The kernel does not take it.
pub fn set_up(instance: &Path, buffer_kib: &str) -> Result<(), TraceError> {
    for (file, value) in [
        ("tracing_on", "1"),
        // One clock for all CPUs, which is the engine's: so records of one thread that moved have an order.
        ("trace_clock", "boot"),
        ("buffer_size_kb", buffer_kib),
        // Whoever waits is woken by the first record, and not when the buffer is half full.
        ("buffer_percent", "0"),
    ] {
        place::write(&instance.join(file), value)?;
    }
    Ok(())
}

/// How an event's records are laid out, by its file `format`.
///
/// # Errors
/// It cannot be read.
pub fn format(path: PathBuf) -> Result<Format, TraceError> {
    let format = Format::parse(&place::read(&path)?);
    if format.id.is_some() { Ok(format) } else { Err(TraceError::Unreadable(path)) }
}

/// Opens the buffers of all CPUs. Must be called inside a tokio runtime.
///
/// # Errors
/// They cannot be listed or opened, or nobody knows how their pages are laid out.
pub fn open(root: &Path, instance: &Path) -> Result<Pipes, TraceError> {
    let folder = instance.join("per_cpu");
    let entries = fs::read_dir(&folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let entries = entries.map_err(TraceError::at(&folder))?;
    let buffers: Vec<PathBuf> = entries.iter().map(|entry| entry.path().join("trace_pipe_raw")).collect();
    let header = root.join("events/header_page");
    let layout = Layout::parse(&place::read(&header)?).ok_or(TraceError::Unreadable(header))?;
    Pipes::open(&buffers, layout)
}
