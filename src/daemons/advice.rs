//! What a person is told to type or to write, without a daemon's words.

use crate::model::{OffloadSetting, Serial};
use crate::reasons::Cure;

/// One piece of advice: a command for a shell, or a setting for the daemon's configuration. Names may be placeholders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice<'a> {
    /// A new pair for one that stands, by its connection's name or a state's number.
    Rekey(&'a str),
    /// A pair where there is none, without waiting for it.
    Initiate(&'a str),
    /// The same, and what happens is shown.
    InitiateAndShow(&'a str),
    /// Brings a connection up.
    BringUp(&'a str),
    /// Takes a connection down, at whichever end.
    TakeDown(&'a str),
    /// Loads a connection from the configuration.
    Load(&'a str),
    /// Loads a connection from this configuration in place of what is loaded by its name.
    LoadAnew { name: &'a str, file: &'a str },
    /// Takes a connection out of the daemon.
    Unload(&'a str),
    /// Has the daemon read the host's interfaces anew.
    Listen,
    /// Takes a connection and its policies away, so that bringing it up makes both anew.
    TakeAway(&'a str),
    /// Removes one Child SA, by its number.
    DeleteState(&'a str),
    /// Removes each of these IKE SAs, one after the other.
    DeleteStates(&'a [Serial]),
    /// Asks for the cheapest sign of life.
    ShowBriefly,
    /// Shows what each tunnel carries.
    ShowTraffic,
    /// Reads the configuration and says what is wrong with it; nothing where no command does that alone.
    CheckConfiguration,
    /// Where and how packets are encrypted.
    Offload(OffloadSetting),
    /// No extended sequence numbers.
    NoEsn,
    /// Extended sequence numbers.
    Esn,
    /// A wider replay window, of so many packets.
    ReplayWindow(&'a str),
    /// The settings that say what an end proposes.
    Proposed,
    /// The settings that say which end this host is.
    Ends,
    /// What lets [`Advice::Initiate`] show what happens.
    HowToShow,
    /// AES-GCM with a check value of 16 bytes alone.
    AesGcm,
    /// A peer that comes anew takes the place of what it had.
    UniqueIds,
    /// A peer whose address changed says so, and its SAs move.
    Mobike,
    /// Its configuration has the connection up from the start.
    StartAlways,
}

/// Advice in a daemon's own words.
pub trait Advises {
    /// To be pasted into a shell, or written into its configuration. `version` is the daemon's.
    fn advice(&self, advice: Advice<'_>, version: Option<&str>) -> String;

    /// Its column of a table of cures.
    fn cure(&self, cure: &Cure, version: Option<&str>) -> &'static str;
}
