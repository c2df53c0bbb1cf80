//! Fuzz targets: what whack shows, and ipsec.conf(5).

use super::commands;
use super::configuration::Setup;
use crate::fuzzing::{comes_back, file};
use crate::model::{Answer, Question};

/// A table has no more rows than the output has lines.
pub(crate) fn tables(bytes: &[u8]) {
    let lines = bytes.split(|byte| *byte == b'\n').count();
    for question in [Question::Brief, Question::Table, Question::Connections] {
        let (answer, skipped) = commands::answer(question, bytes);
        let rows = match &answer {
            Answer::Table(table) => table.ike.len() + table.children.len(),
            Answer::Connections(connections) => connections.len(),
            Answer::Brief(_) | Answer::None(_) => 0,
        };
        assert!(rows + skipped as usize <= lines + 1, "{rows} rows, {skipped} skipped, {lines} lines");
        comes_back(&answer);
    }
}

/// Whatever it includes is read within bounds, and a setting is a part of a line.
pub(crate) fn ipsec_conf(bytes: &[u8]) {
    let Some(path) = file("ipsec.conf", bytes) else { return };
    let setup = Setup::read(&path);
    for name in ["logfile", "logip", "plutodebug"] {
        assert!(setup.get(name).is_none_or(|value| !value.contains('\n')), "{setup:?}");
    }
}
