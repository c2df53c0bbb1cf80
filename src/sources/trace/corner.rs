//! A corner of tracefs for one purpose: an instance with a group of probes of its own, both of one name. Gone when it is dropped.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::define::{Definer, TraceEvent};
use super::error::{LOG, TraceError};
use super::fetch::Function;
use super::format::Format;
use super::pipes::Pipes;
use super::place;
use super::ring;
use crate::model::Netns;

/// The instance and its probes. What reads in it must be closed before it is dropped.
#[derive(Debug)]
pub struct Corner {
    root: PathBuf,
    path: PathBuf,
    group: String,
    /// Every probe that it may have.
    probes: &'static [&'static str],
}

impl Corner {
    /// Makes it, and removes before what a killed run left of it. `purpose` is in its name.
    ///
    /// # Errors
    /// No tracefs, or one that cannot be written.
    pub fn make(netns: Netns, purpose: &str, probes: &'static [&'static str]) -> Result<Self, TraceError> {
        let root = place::find()?;
        drop(Self::left(root.clone(), netns, purpose, probes));
        let corner = Self::at(root, netns, purpose, probes);
        fs::create_dir(&corner.path).map_err(TraceError::at(&corner.path))?;
        Ok(corner)
    }

    /// Removes what a killed run left.
    pub fn remove_left(netns: Netns, purpose: &str, probes: &'static [&'static str]) {
        if let Ok(root) = place::find() {
            drop(Self::left(root, netns, purpose, probes));
        }
    }

    fn at(root: PathBuf, netns: Netns, purpose: &str, probes: &'static [&'static str]) -> Self {
        let group = format!("swanwatch_{purpose}_{}", netns.0);
        let path = root.join("instances").join(&group);
        Self { root, path, group, probes }
    }

    fn left(root: PathBuf, netns: Netns, purpose: &str, probes: &'static [&'static str]) -> Self {
        let left = Self::at(root, netns, purpose, probes);
        if left.path.exists() {
            tracing::info!(target: LOG, "removes {}, which a run before this one left", left.path.display());
            // Nothing can be removed that is switched on.
            drop(left.set("events/enable", "0"));
        }
        left
    }

    /// Its directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Defines these probes: name, function and what is fetched of each.
    ///
    /// # Errors
    /// The kernel takes one of them in neither notation.
    pub fn define(&self, probes: impl IntoIterator<Item = (&'static str, Function, String)>) -> Result<(), TraceError> {
        let definer = Definer::new(&self.root, &self.group);
        for (name, function, fetched) in probes {
            let event = TraceEvent { by: 'p', name, function, suffix: "" };
            definer.either(event, &fetched).map_err(|source| TraceError::Io {
                tried: format!("this kernel takes no probe on {} that reads its arguments", function.name),
                source,
            })?;
        }
        Ok(())
    }

    /// A file of a probe's event.
    pub fn of_probe(&self, name: &str, file: &str) -> PathBuf {
        self.path.join("events").join(&self.group).join(name).join(file)
    }

    /// How a probe's records are laid out.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn format(&self, name: &str) -> Result<Format, TraceError> {
        ring::format(self.of_probe(name, "format"))
    }

    /// Writes into one of its files.
    ///
    /// # Errors
    /// The kernel does not take it.
    pub fn set(&self, file: &str, value: &str) -> Result<(), TraceError> {
        place::write(&self.path.join(file), value)
    }

    /// Its ring buffer, opened. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// It cannot be.
    pub fn open(&self) -> Result<Pipes, TraceError> {
        ring::open(&self.root, &self.path)
    }
}

impl Drop for Corner {
    fn drop(&mut self) {
        drop(self.path.exists().then(|| self.set("events/enable", "0")));
        // Triggers go with the instance, and only then do the probes.
        let removed = match fs::remove_dir(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            done => done,
        };
        let mut probes = self.probes.iter();
        let removed = removed.and_then(|()| probes.try_for_each(|name| place::remove(&self.root, &self.group, name)));
        if let Err(error) = removed {
            tracing::warn!(target: LOG, "the next run has to remove {}: {error}", self.path.display());
        }
    }
}
