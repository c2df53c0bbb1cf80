//! The grammar of charon's log (libcharon/bus/listeners), 5.9 to 6.1.

use super::Strongswan;
use crate::daemons::{LogGrammar, LogMessage};

impl LogGrammar for Strongswan {
    fn read_line(&self, _line: &[u8]) -> Option<LogMessage> {
        None
    }

    /// charon-systemd wrote no other before 5.9.11.
    fn start_marker(&self) -> &'static [u8] {
        b"loaded plugins: charon"
    }
}
