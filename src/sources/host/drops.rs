//! `/proc/net/dev`: what a device of this namespace received or should have sent, and dropped. Unlike `/sys/class/net` it shows the
//! namespace of the process, whichever one /sys was mounted in.

use std::io;

const PATH: &str = "/proc/net/dev";
/// Place of the number among those behind the name.
const RX_DROPPED: usize = 3;
const TX_DROPPED: usize = 11;

/// Packets dropped on receipt and on sending; none where there is no such device.
pub(super) fn read(device: &str) -> io::Result<Option<(u64, u64)>> {
    Ok(find(&std::fs::read_to_string(PATH)?, device))
}

fn find(text: &str, device: &str) -> Option<(u64, u64)> {
    let numbers = text.lines().find_map(|line| {
        // A name may have colons in it (an alias), a number never.
        let (name, numbers) = line.rsplit_once(':')?;
        (name.trim() == device).then_some(numbers)
    })?;
    let mut numbers = numbers.split_whitespace();
    let rx = numbers.nth(RX_DROPPED)?.parse().ok()?;
    let tx = numbers.nth(TX_DROPPED - RX_DROPPED - 1)?.parse().ok()?;
    Some((rx, tx))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 1186 14 0 0 0 0 0 0 1186 14 0 0 0 0 0 0
 nsim0:12 1 0 5 0 0 0 0 99 3 0 7 0 0 0 0
";

    #[test]
    fn drops_are_read_at_their_places() {
        assert_eq!(find(TEXT, "nsim0"), Some((5, 7)));
        assert_eq!(find(TEXT, "lo"), Some((0, 0)));
        assert_eq!(find(TEXT, "nsim"), None);
    }

    #[test]
    fn the_loopback_is_there() {
        assert!(read("lo").unwrap().is_some());
        assert_eq!(read("no-such-name").unwrap(), None);
    }
}
