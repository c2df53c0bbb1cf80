//! Defines probes: one alone, in whichever notation this kernel takes, or those of the first rung of the ladder that it takes.

use std::cell::OnceCell;
use std::io;
use std::path::Path;

use super::error::TraceError;
use super::fetch::Function;
use super::place;
use super::records::RecordKind;
use super::rungs::{Notation, Probe, RUNGS, Rung};
use crate::btf::Btf;
use crate::sources::kernel_types::{self, KernelTypesError};

/// Defines events of one group. The kernel's types are read when they are first needed, and dropped with it: they are megabytes.
#[derive(Debug)]
pub struct Definer<'a> {
    root: &'a Path,
    group: &'a str,
    types: OnceCell<Result<Btf, KernelTypesError>>,
}

/// One event: what by (`f` function, `p` its entry, `r` its return), its name, and where.
#[derive(Clone, Copy, Debug)]
pub struct TraceEvent {
    pub by: char,
    pub name: &'static str,
    pub function: Function,
    /// What stands behind the function's name.
    pub suffix: &'static str,
}

/// A rung whose probes are defined.
#[derive(Debug)]
pub struct Climbed {
    pub rung: &'static Rung,
    pub probes: Vec<&'static Probe>,
    /// What this kernel does not tell.
    pub missing: Vec<&'static str>,
}

/// Defines the probes of the best rung.
///
/// # Errors
/// This kernel takes none: why, of each.
pub fn climb(root: &Path, group: &str) -> Result<Climbed, TraceError> {
    let definer = Definer::new(root, group);
    let mut refused = Vec::new();
    for rung in &RUNGS {
        match definer.rung(rung) {
            Ok(climbed) => return Ok(climbed),
            Err(error) => refused.push(format!("{}: {error}", rung.means)),
        }
        remove(root, group).map_err(TraceError::at(root))?;
    }
    Err(TraceError::NoProbe(refused.join("; ")))
}

/// Removes the probes of whatever rung. Nothing happens where there are none.
pub fn remove(root: &Path, group: &str) -> io::Result<()> {
    RecordKind::OF_PROBES.into_iter().try_for_each(|kind| place::remove(root, group, kind.event()))
}

impl<'a> Definer<'a> {
    pub const fn new(root: &'a Path, group: &'a str) -> Self {
        Self { root, group, types: OnceCell::new() }
    }

    /// Defines an event that fetches this, by names where the kernel takes them, else by numbers.
    ///
    /// # Errors
    /// It takes neither.
    pub fn either(&self, event: TraceEvent, fetched: &str) -> io::Result<()> {
        self.define(Notation::Names, event, fetched).or_else(|_| self.define(Notation::Numbers, event, fetched))
    }

    fn define(&self, notation: Notation, event: TraceEvent, fetched: &str) -> io::Result<()> {
        let TraceEvent { by, name, function, suffix } = event;
        let line = |fetched: &str| format!("{by}:{}/{name} {}{suffix} {fetched}", self.group, function.name);
        let fetched = match notation {
            Notation::Names => return place::define(self.root, &line(fetched)),
            Notation::Numbers => match self.types.get_or_init(kernel_types::read) {
                Ok(types) => function.by_numbers(types, fetched),
                Err(error) => return Err(io::Error::other(error.to_string())),
            },
        };
        let fetched =
            fetched.ok_or_else(|| io::Error::other(format!("{} takes something else here", function.name)))?;
        place::define(self.root, &line(&fetched))
    }

    fn rung(&self, rung: &'static Rung) -> io::Result<Climbed> {
        let mut climbed = Climbed { rung, probes: Vec::new(), missing: Vec::new() };
        for probe in rung.probes {
            match self.probe(rung.notation, probe) {
                Ok(missing) => {
                    climbed.probes.push(probe);
                    climbed.missing.extend(missing);
                }
                Err(error) => climbed.missing.push(probe.else_unknown.ok_or(error)?),
            }
        }
        climbed.missing.dedup();
        Ok(climbed)
    }

    /// Gives what this kernel does not tell.
    fn probe(&self, notation: Notation, probe: &Probe) -> io::Result<Vec<&'static str>> {
        let event =
            TraceEvent { by: probe.by, name: probe.kind.event(), function: probe.function, suffix: probe.suffix };
        let try_to = |fetched: &[&str]| self.define(notation, event, &[&[probe.needed], fetched].concat().join(" "));
        let all: Vec<&str> = probe.optional.iter().map(|(fetched, _)| *fetched).collect();
        match try_to(&all) {
            Ok(()) => return Ok(Vec::new()),
            Err(error) if all.is_empty() => return Err(error),
            Err(_) => {}
        }
        let (mut told, mut missing) = (Vec::new(), Vec::new());
        for (fetched, meaning) in probe.optional {
            match try_to(&[fetched]) {
                Ok(()) => {
                    place::remove(self.root, self.group, event.name)?;
                    told.push(*fetched);
                }
                Err(_) => missing.push(*meaning),
            }
        }
        try_to(&told).map(|()| missing)
    }
}
