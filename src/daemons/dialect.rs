//! A daemon is the sum of what is particular to it.

use std::fmt::Debug;

use super::advice::Advises;
use super::behaviour::Behaves;
use super::instances::Instances;
use super::log::LogGrammar;
use super::notes::Notes;
use super::places::DaemonPlaces;
use super::proposals::Proposals;
use super::settings::ConfigurationLanguage;
use super::talk::Talk;
use crate::model::DaemonKind;

/// One kind of daemon.
pub trait Dialect:
    DaemonPlaces
    + LogGrammar
    + ConfigurationLanguage
    + Instances
    + Proposals
    + Behaves
    + Advises
    + Notes
    + Debug
    + Send
    + Sync
{
    /// Which one it is.
    fn kind(&self) -> DaemonKind;

    /// Where its log usually is, where that is a file.
    fn usual_log(&self) -> &'static str;

    /// What of its configuration blocks what has no SA, instead of letting it pass in clear.
    fn blocks_clear_text(&self) -> &'static str;

    /// How it is asked.
    fn talk(&self) -> Talk;
}
