//! Who waits for what: Documentation/accounting/psi.rst.

use std::fs::File;
use std::path::Path;

use super::thread::read;

/// What is waited for, and by whom.
#[derive(Clone, Copy, Debug)]
pub(super) enum PressureKind {
    /// Somebody waits for a processor.
    Processor,
    /// Nobody goes on for want of memory.
    Memory,
    /// Nobody goes on for want of a disk.
    Disk,
}

impl PressureKind {
    const fn file(self) -> &'static str {
        match self {
            Self::Processor => "cpu",
            Self::Memory => "memory",
            Self::Disk => "io",
        }
    }

    const fn line(self) -> &'static str {
        match self {
            Self::Processor => "some ",
            Self::Memory | Self::Disk => "full ",
        }
    }
}

/// How much a total has grown; nothing where the kernel does not keep it.
#[derive(Debug)]
pub(super) struct PressureGrowth {
    kind: PressureKind,
    file: Option<File>,
    then: Option<u64>,
}

impl PressureGrowth {
    /// Of the whole host.
    pub(super) fn of_host(kind: PressureKind) -> Self {
        Self::at(&Path::new("/proc/pressure").join(kind.file()), kind)
    }

    /// Of a control group.
    pub(super) fn of_group(folder: &Path, kind: PressureKind) -> Self {
        Self::at(&folder.join(format!("{}.pressure", kind.file())), kind)
    }

    fn at(path: &Path, kind: PressureKind) -> Self {
        let mut grown = Self { kind, file: File::open(path).ok(), then: None };
        grown.then = grown.total();
        grown
    }

    /// Microseconds since the beginning.
    pub(super) fn grown(&self) -> Option<u64> {
        Some(self.total()?.saturating_sub(self.then?))
    }

    fn total(&self) -> Option<u64> {
        total(&read(self.file.as_ref()?)?, self.kind.line())
    }
}

/// `some avg10=0.00 avg60=0.00 avg300=0.00 total=0`
fn total(text: &str, line: &str) -> Option<u64> {
    let line = text.lines().find_map(|each| each.strip_prefix(line))?;
    line.split_ascii_whitespace().find_map(|field| field.strip_prefix("total="))?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_read_by_their_line() {
        let text = "some avg10=0.00 avg60=0.00 avg300=0.00 total=12\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n";
        assert_eq!((total(text, "some "), total(text, "full ")), (Some(12), Some(7)));
        // CPU has no such line before 5.13, and a kernel with psi=0 nothing at all.
        for text in ["", "some avg10=0.00 total=x", "some avg10=0.00"] {
            assert_eq!((total(text, "some "), total(text, "full ")), (None, None), "{text}");
        }
        let none = PressureGrowth::at(Path::new("/nonexistent"), PressureKind::Memory);
        assert_eq!(none.grown(), None);
    }
}
