//! What a daemon's settings will lead to, though nothing is wrong yet.

use crate::model::{Daemon, LoadedConnection, Note};

/// What is known of a daemon and its connections.
#[derive(Debug)]
pub struct Loaded<'a> {
    /// The process, while it lives.
    pub daemon: Option<&'a Daemon>,
    pub version: Option<&'a str>,
    /// Its connections, by name.
    pub connections: Vec<(&'a str, &'a LoadedConnection)>,
}

/// Advice that needs no fault.
pub trait Notes {
    /// Everything to be noted.
    fn notes(&self, loaded: &Loaded<'_>) -> Vec<Note>;
}

impl Loaded<'_> {
    /// Names of the connections of which this is so.
    pub fn connections_with(&self, wanted: impl Fn(&LoadedConnection) -> bool) -> Vec<&str> {
        self.connections.iter().filter(|(_, loaded)| wanted(loaded)).map(|(name, _)| *name).collect()
    }
}
