//! What pluto tells when asked through whack: 4.x puts codes in front of its lines (`000 `), 5.x does not.
//!
//! A line that is not understood is skipped and counted; the rest is read all the same.

mod brief;
mod connections;
mod ends;
mod states;

pub use self::brief::brief;
pub use self::connections::connections;
pub use self::states::states;

/// What was read, and how many lines were of the right kind but not understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed<T> {
    pub value: T,
    /// Lines skipped.
    pub skipped: u32,
}

/// The lines of an output, without codes and without what a terminal would obey.
fn lines(output: &[u8]) -> impl Iterator<Item = std::borrow::Cow<'_, str>> {
    output
        .split(|byte| *byte == b'\n')
        .map(|line| super::log::without_code(line.strip_suffix(b"\r").unwrap_or(line)))
        .map(String::from_utf8_lossy)
}

#[cfg(test)]
mod releases;
