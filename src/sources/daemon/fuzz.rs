//! Fuzz target: a daemon's configuration.

use super::configuration::read;
use crate::daemons::dialect;
use crate::fuzzing::file;
use crate::model::DaemonKind;

/// Whatever it includes is read within bounds, and a setting is a part of a line.
pub(crate) fn configuration(bytes: &[u8]) {
    let Some(path) = file("daemon.conf", bytes) else { return };
    let (settings, _) = read(dialect(DaemonKind::default()).settings_reader(), &path);
    for name in ["logfile", "logip", "plutodebug"] {
        assert!(settings.get(name).is_none_or(|value| !value.contains('\n')), "{settings:?}");
    }
}
