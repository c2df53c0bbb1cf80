//! The lines of an answer, and what was read of them.

/// What was read, and how many lines were of the right kind but not understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed<T> {
    pub value: T,
    /// Lines skipped.
    pub skipped: u32,
}

/// The lines of an output, without codes and without what a terminal would obey.
pub(super) fn lines(output: &[u8]) -> impl Iterator<Item = std::borrow::Cow<'_, str>> {
    output
        .split(|byte| *byte == b'\n')
        .map(|line| crate::daemons::libreswan::log::without_code(line.strip_suffix(b"\r").unwrap_or(line)))
        .map(String::from_utf8_lossy)
}
