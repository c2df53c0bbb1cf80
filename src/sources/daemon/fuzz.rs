//! Fuzz target: a daemon's configuration.

use super::configuration::{connections, settings};
use crate::daemons::dialect;
use crate::fuzzing::{comes_back, file};
use crate::model::DaemonKind;

/// Whatever it includes is read within bounds, by every daemon's rules, and a connection has a name.
pub(crate) fn configuration(bytes: &[u8]) {
    let Some(path) = file("daemon.conf", bytes) else { return };
    for kind in [DaemonKind::Libreswan, DaemonKind::Strongswan] {
        let dialect = dialect(kind);
        let (settings, _) = settings(dialect, &path);
        // A line's.
        for name in ["logfile", "logip", "plutodebug"] {
            assert!(settings.get(name).is_none_or(|value| !value.contains('\n')), "{settings:?}");
        }
        let Some(told) = connections(dialect, &path).connections else { continue };
        let nobody = told.connections.iter().find(|one| one.connection.is_empty() || one.connection == "%default");
        assert!(nobody.is_none(), "{told:?}");
        comes_back(&told);
    }
}
