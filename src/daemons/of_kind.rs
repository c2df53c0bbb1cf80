//! Which daemon has which dialect, and what one of a kind and version does and is told.

use super::advice::Advice;
use super::behaviour::Behaviour;
use super::dialect::Dialect;
use super::{libreswan, strongswan};
use crate::model::{DaemonKind, OffloadSetting};
use crate::reasons::{Cure, Entry, on_device};

/// The daemon of this kind.
pub fn dialect(kind: DaemonKind) -> &'static dyn Dialect {
    match kind {
        DaemonKind::Libreswan => &libreswan::Libreswan,
        DaemonKind::Strongswan => &strongswan::Strongswan,
    }
}

/// What a daemon of this kind and version does.
pub fn behaviour(kind: DaemonKind, version: Option<&str>) -> Behaviour {
    dialect(kind).behaviour(version)
}

impl Behaviour {
    /// In the words of this daemon.
    pub fn advice(&self, advice: Advice<'_>) -> String {
        dialect(self.kind).advice(advice, self.version.as_deref())
    }

    /// What to do where the kernel does not offload to this device.
    pub fn cure(&self, entry: &Entry, device: &str) -> String {
        on_device(dialect(self.kind).cure(&entry.cure, self.version.as_deref()), device)
    }

    /// Its column of a table of cures, where no device stands in them.
    pub fn cure_in_words(&self, cure: &Cure) -> String {
        dialect(self.kind).cure(cure, self.version.as_deref()).to_owned()
    }

    /// Leaves a connection to the CPU.
    pub fn no_offload(&self) -> String {
        self.advice(Advice::Offload(OffloadSetting::No))
    }
}

impl Behaviour {
    /// Brings a connection up whose address was gone: the commands, each quoted.
    pub fn back_up(&self, name: &str) -> String {
        let up = self.advice(Advice::BringUp(name));
        if self.looks_when_told { format!("'{}' and '{up}'", self.advice(Advice::Listen)) } else { format!("'{up}'") }
    }
}

/// What to do where the kernel does not offload to this device, in the words of each daemon that has its own: nobody knows which one it is for.
pub fn every_daemons_cure(entry: &Entry, device: &str) -> String {
    let [first, others @ ..] = DaemonKind::ALL.map(|kind| (kind, dialect(kind).cure(&entry.cure, None)));
    let mut cure = first.1.to_owned();
    for (kind, words) in others.into_iter().filter(|(_, words)| *words != first.1) {
        cure.push_str(&format!("; {}: {words}", kind.for_people()));
    }
    on_device(&cure, device)
}

impl Default for Behaviour {
    /// Nothing is known of the daemon yet.
    fn default() -> Self {
        behaviour(DaemonKind::default(), None)
    }
}
