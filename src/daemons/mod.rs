//! What is particular to one kind of IKE daemon: where it keeps things, how it writes its log, how it is asked and what it answers. Pure: nothing
//! here reads a file, writes or waits.
//!
//! Each concern has its small trait, a daemon is the sum of them, and its folder has the same files as every other's. Nothing else in the tree
//! asks which kind it is.

mod advice;
mod behaviour;
mod dialect;
mod instances;
pub(crate) mod libreswan;
mod log;
mod log_place;
mod note;
mod notes;
mod of_kind;
mod placeholders;
mod places;
mod proposals;
mod settings;
pub(crate) mod strongswan;
mod talk;

pub use self::advice::{Advice, Advises};
pub use self::behaviour::{Behaves, Behaviour};
pub use self::dialect::Dialect;
pub use self::instances::Instances;
pub use self::log::{LineOrigin, LogGrammar, LogMessage, LogReader, OwnLine};
pub use self::log_place::LogPlace;
pub use self::notes::{Homeless, Loaded, Notes, Unlike, Unlikeness};
pub use self::of_kind::{behaviour, dialect, every_daemons_cure};
pub use self::placeholders::{in_each_daemons_words, in_every_daemons_words};
pub use self::places::{DaemonPaths, DaemonPlaces, Loader, Proof, WorkThreads};
pub use self::proposals::{Proposal, Proposals};
pub use self::settings::{
    ConfigurationLanguage, ConfigurationReader, ConnectionsReader, Difference, Include, Settings, SettingsReader,
};
pub use self::strongswan::control as vici;
pub use self::talk::{AskedByProgram, Talk};

#[cfg(test)]
mod tests;
