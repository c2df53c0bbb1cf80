//! Fuzz target: a daemon's configuration.

use super::configuration::{connections, settings};
use crate::daemons::dialect;
use crate::fuzzing::{comes_back, file};
use crate::model::DaemonKind;

/// Whatever it includes is read within bounds, and a setting is a part of a line.
pub(crate) fn configuration(bytes: &[u8]) {
    let Some(path) = file("daemon.conf", bytes) else { return };
    let dialect = dialect(DaemonKind::default());
    let (settings, _) = settings(dialect, &path);
    for name in ["logfile", "logip", "plutodebug"] {
        assert!(settings.get(name).is_none_or(|value| !value.contains('\n')), "{settings:?}");
    }
    if let Some(told) = connections(dialect, &path).connections {
        let nobody = told.connections.iter().find(|one| one.connection.is_empty() || one.connection == "%default");
        assert!(nobody.is_none(), "{told:?}");
        comes_back(&told);
    }
}
