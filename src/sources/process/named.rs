//! A process, as it is named to people.

/// A process and what it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedProcess {
    /// As in `/proc/PID/comm`.
    pub name: &'static str,
    pub pid: u32,
}
