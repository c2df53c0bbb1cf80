//! What a recording that is begun later has to be told first.

use std::collections::BTreeMap;

use crate::model::{Coverage, Link, Source, Started, UnitLook, What, WrongConfiguration};

/// The last of everything that is told once. Nothing of SAs, policies and the daemon's tables: they are asked for.
#[derive(Debug, Default)]
pub struct Beginning {
    started: Started,
    coverage: BTreeMap<Source, Coverage>,
    links: BTreeMap<u32, Link>,
    links_known: bool,
    log_was_read: bool,
    daemon: Option<What>,
    unit: Option<UnitLook>,
    wrong: Option<WrongConfiguration>,
    others: Option<What>,
    configured: Option<What>,
}

impl Beginning {
    /// Whether `take` keeps something of it.
    pub const fn wants(what: &What) -> bool {
        matches!(
            what,
            What::Started(_)
                | What::Reconfigured(_)
                | What::Misconfigured(_)
                | What::Coverage(_)
                | What::Link(_)
                | What::LinkGone { .. }
                | What::LinksKnown
                | What::LogEnd { ask: None }
                | What::DaemonFound(_)
                | What::DaemonAbsent
                | What::DaemonGone(_)
                | What::ListenerGone(_)
                | What::OtherDaemons(_)
                | What::Configured(_)
                | What::Unit(_)
        )
    }

    /// Keeps what a later recording needs.
    pub fn take(&mut self, what: What) {
        match what {
            What::Started(started) => self.started = *started,
            What::Reconfigured(settings) => {
                self.started.settings = settings;
                self.wrong = None;
            }
            What::Misconfigured(wrong) => self.wrong = Some(wrong),
            What::Coverage(coverage) => drop(self.coverage.insert(coverage.source, coverage)),
            What::Link(link) => drop(self.links.insert(link.index, link)),
            What::LinkGone { index } => drop(self.links.remove(&index)),
            What::LinksKnown => self.links_known = true,
            What::LogEnd { ask: None } => self.log_was_read = true,
            What::DaemonFound(_) | What::DaemonAbsent | What::DaemonGone(_) | What::ListenerGone(_) => {
                self.daemon = Some(what)
            }
            What::OtherDaemons(_) => self.others = Some(what),
            What::Configured(_) => self.configured = Some(what),
            What::Unit(unit) => self.unit = Some(unit),
            _ => {}
        }
    }

    /// What was last said of a source.
    pub fn coverage(&self, source: Source) -> Option<&Coverage> {
        self.coverage.get(&source)
    }

    /// The same again, in the order in which a start tells it.
    pub fn tell(&self) -> Vec<What> {
        let mut told = vec![What::Started(Box::new(self.started.clone()))];
        told.extend(self.wrong.clone().map(What::Misconfigured));
        told.extend(self.coverage.values().cloned().map(What::Coverage));
        told.extend(self.links.values().cloned().map(What::Link));
        told.extend(self.links_known.then_some(What::LinksKnown));
        told.extend(self.unit.clone().map(What::Unit));
        told.extend(self.others.clone());
        told.extend(self.configured.clone());
        // A daemon that is gone is, for somebody who begins now, none.
        told.extend(self.daemon.clone().map(|what| match what {
            What::DaemonGone(_) | What::ListenerGone(_) => What::DaemonAbsent,
            there => there,
        }));
        told.extend(self.log_was_read.then_some(What::LogEnd { ask: None }));
        told
    }
}
