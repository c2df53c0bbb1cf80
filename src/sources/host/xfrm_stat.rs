//! `/proc/net/xfrm_stat`: what the namespace's transforms dropped, and why.

use std::collections::BTreeMap;
use std::io;

use crate::model::HostCounters;

pub(super) const PATH: &str = "/proc/net/xfrm_stat";
/// The kernel has thirty (net/xfrm/xfrm_proc.c).
const MOST: usize = 256;

/// Whether the kernel has it. Looking at its first byte would make the kernel walk every SA.
pub(super) fn is_there() -> bool {
    std::fs::metadata(PATH).is_ok()
}

/// Reads it. The kernel asks every offloading driver about every SA before it shows it.
pub(super) fn read() -> io::Result<HostCounters> {
    let text = std::fs::read_to_string(PATH).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            io::Error::new(error.kind(), "this kernel has no such file (CONFIG_XFRM_STATISTICS)")
        }
        _ => error,
    })?;
    Ok(parse(&text))
}

fn parse(text: &str) -> HostCounters {
    let counters = text.lines().filter_map(|line| {
        let (name, number) = line.split_once(char::is_whitespace)?;
        Some((name, number.trim().parse().ok()?))
    });
    let xfrm: BTreeMap<_, _> = counters
        .filter(|(_, number)| *number != 0)
        .take(MOST)
        .map(|(name, number)| (name.to_owned(), number))
        .collect();
    HostCounters { xfrm }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_zero_is_kept_and_what_is_no_number_is_passed_over() {
        let read = parse("XfrmInError             \t0\nXfrmInNoStates          \t17\nXfrmOutError\n\nXfrmNew\tmany\n");
        assert_eq!(read, HostCounters { xfrm: [("XfrmInNoStates".to_owned(), 17)].into() });
        assert_eq!((read.get("XfrmInNoStates"), read.get("XfrmInError")), (17, 0));
    }
}
