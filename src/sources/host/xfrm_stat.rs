//! `/proc/net/xfrm_stat`: what the namespace's transforms dropped, and why.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Mutex;

use crate::model::{HostCounters, XFRM_COUNTERS};

pub(super) const PATH: &str = "/proc/net/xfrm_stat";
/// The kernel has thirty (net/xfrm/xfrm_proc.c).
const MOST: usize = 256;
/// Unknown ones that are named.
const NAMED: usize = 64;

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
    name_unknown(&text);
    Ok(parse(&text))
}

/// Names each counter that this version does not know, once.
fn name_unknown(text: &str) {
    static NAMED_YET: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    // Whoever panicked with it left a set of names all the same.
    let mut named = NAMED_YET.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    for name in news(text, &mut named) {
        tracing::info!(target: "swanwatch::counters", name, "the kernel counts something that this version does not know; where it grows, kernel-drops tells of it");
    }
}

fn news<'t>(text: &'t str, named: &mut BTreeSet<String>) -> Vec<&'t str> {
    let names = text.lines().filter_map(|line| line.split_whitespace().next());
    let unknown = names.filter(|name| name.starts_with("Xfrm") && !XFRM_COUNTERS.contains(name));
    unknown.take(NAMED).filter(|name| named.len() < NAMED && named.insert((*name).to_owned())).collect()
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
    fn what_a_newer_kernel_counts_is_named_once_and_not_without_end() {
        let mut named = BTreeSet::new();
        let text = "XfrmInError\t0\nXfrmOutTooOdd\t0\nOther\t3\nXfrmInNew\t7\n";
        assert_eq!(news(text, &mut named), ["XfrmOutTooOdd", "XfrmInNew"]);
        assert_eq!(news(text, &mut named), [""; 0]);
        let many: String = (0..200).map(|number| format!("XfrmMade{number}\t1\n")).collect();
        assert_eq!((news(&many, &mut named).len(), named.len()), (NAMED - 2, NAMED));
    }

    #[test]
    fn what_is_not_zero_is_kept_and_what_is_no_number_is_passed_over() {
        let read = parse("XfrmInError             \t0\nXfrmInNoStates          \t17\nXfrmOutError\n\nXfrmNew\tmany\n");
        assert_eq!(read, HostCounters { xfrm: [("XfrmInNoStates".to_owned(), 17)].into() });
        assert_eq!((read.get("XfrmInNoStates"), read.get("XfrmInError")), (17, 0));
    }
}
