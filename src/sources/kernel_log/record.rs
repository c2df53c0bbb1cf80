//! One record of `/dev/kmsg` (Documentation/ABI/testing/dev-kmsg).
//!
//! `3,405,23154757,-;netdevsim netdevsim1 nsim0: Unsupported IPsec algorithm`, and in lines of their own behind it what the kernel
//! knows of the device. The kernel writes what is not printable as `\x0a`, so a line break ends the text and nothing else does.

/// The kernel itself; what a process writes into the log has another facility (`devkmsg_write`).
const KERNEL: u32 = 0;

/// What is used of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KernelRecord<'a> {
    pub text: &'a str,
    /// The name of the device on its bus (`0000:01:00.0`), where the kernel tells.
    pub on_bus: Option<&'a str>,
}

impl<'a> KernelRecord<'a> {
    /// A record of the kernel's own; none for a process's, and for what is no record.
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let whole = std::str::from_utf8(bytes).ok()?;
        let (prefix, rest) = whole.split_once(';')?;
        let level: u32 = prefix.split(',').next()?.parse().ok()?;
        if level >> 3 != KERNEL {
            return None;
        }
        let mut lines = rest.split('\n');
        let text = lines.next()?;
        // `+pci:0000:01:00.0`: subsystem and name. Other spellings name block and character devices.
        let named = lines.find_map(|line| line.strip_prefix(" DEVICE=+"));
        Some(Self { text, on_bus: named.and_then(|named| named.split_once(':')).map(|(_, name)| name) })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_drivers_record_names_its_device() {
        let bytes =
            b"3,405,23154757,-;netdevsim netdevsim1 nsim0: Unsupported IPsec algorithm\n SUBSYSTEM=netdevsim\n \
            DEVICE=+netdevsim:netdevsim1\n";
        let record = KernelRecord::parse(bytes).unwrap();
        assert_eq!(record.text, "netdevsim netdevsim1 nsim0: Unsupported IPsec algorithm");
        assert_eq!(record.on_bus, Some("netdevsim1"));
        let record =
            KernelRecord::parse(b"4,7,1,c,caller=T1;ixgbe 0000:01:00.0 eth0: x\n DEVICE=+pci:0000:01:00.0\n").unwrap();
        assert_eq!(record.on_bus, Some("0000:01:00.0"));
        assert_eq!(KernelRecord::parse(b"6,404,18334813,-;cryptd: max_cpu_qlen set to 1000\n").unwrap().on_bus, None);
    }

    #[test]
    fn what_a_process_wrote_is_nobodys_word() {
        assert_eq!(KernelRecord::parse(b"12,408,1,-;ixgbe 0000:01:00.0 eth0: Unsupported IPsec algorithm\n"), None);
        assert_eq!(KernelRecord::parse(b"no record at all"), None);
        assert_eq!(KernelRecord::parse(b"x,1;text"), None);
        assert_eq!(KernelRecord::parse(b"3,1,1,-;\xff\xfe"), None);
    }

    proptest! {
        #[test]
        fn any_bytes_give_one_line_or_nothing(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            if let Some(record) = KernelRecord::parse(&bytes) {
                prop_assert!(!record.text.contains('\n'));
            }
        }
    }
}
