//! Fuzz target: what whack shows.

use super::whack;
use crate::fuzzing::comes_back;
use crate::model::{Answer, Question};

/// A table has no more rows than the output has lines.
pub(crate) fn tables(bytes: &[u8]) {
    let lines = bytes.split(|byte| *byte == b'\n').count();
    for question in [Question::Brief, Question::Table, Question::Connections] {
        let (answer, skipped) = whack::answer(question, bytes);
        let rows = match &answer {
            Answer::Table(table) => table.ike.len() + table.children.len(),
            Answer::Connections(connections) => connections.len(),
            Answer::Brief(_) | Answer::None(_) => 0,
        };
        assert!(rows + skipped as usize <= lines + 1, "{rows} rows, {skipped} skipped, {lines} lines");
        comes_back(&answer);
    }
}
