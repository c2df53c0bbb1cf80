//! Which lines are a driver's about IPsec, and whom they are about.

/// Drivers that take SAs, by the names that their lines begin with.
const DRIVERS: [&str; 14] = [
    "mlx5_core",
    "mlx5e",
    "ixgbe",
    "ixgbevf",
    "cxgb4",
    "ch_ipsec",
    "chcr",
    "nfp",
    "bonding",
    "netdevsim",
    "rvu_nicpf",
    "rvu_nicvf",
    "octeontx2",
    "rvu_af",
];
/// These speak of nothing else.
const ONLY_IPSEC: [&str; 1] = ["ch_ipsec"];
/// What their lines about IPsec have in common, in lower case. The last three are of ixgbe, ixgbevf (tables after a reset, messages
/// about SAs) and nfp (the mailbox that carries SAs).
const SUBJECTS: [&str; 8] = ["ipsec", "xfrm", "esp offload", "aes-gcm", "sa table", "x_tbl[", "add sa", "config cmd"];

/// A line and whom it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    pub driver: &'a str,
    /// Its device's name on the bus, where the line has it.
    pub on_bus: Option<&'a str>,
    /// The interface, where the line has one.
    pub interface: Option<&'a str>,
}

impl<'a> Line<'a> {
    /// None for a line that is not of these drivers, or not about IPsec.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (line, said) = Self::whose(text)?;
        let said = said.to_ascii_lowercase();
        let about = ONLY_IPSEC.contains(&line.driver) || SUBJECTS.iter().any(|subject| said.contains(subject));
        about.then_some(line)
    }

    /// `ixgbe 0000:01:00.0 eth0: …` (netdev_printk), `mlx5_core 0000:08:00.0: …` (dev_printk), `ch_ipsec: …` (pr_fmt), and of an
    /// interface without hardware behind it `bond0: (slave eth1): …`.
    fn whose(text: &'a str) -> Option<(Self, &'a str)> {
        let (head, said) = text.split_once(": ")?;
        let mut words = head.split(' ');
        let first = words.next()?;
        let (on_bus, interface) = (words.next(), words.next());
        if DRIVERS.contains(&first) {
            return Some((Self { driver: first, on_bus, interface }, said));
        }
        let bonding = on_bus.is_none() && (said.starts_with("(slave ") || said.starts_with("bond_ipsec_"));
        bonding.then_some((Self { driver: "bonding", on_bus: None, interface: Some(first) }, said))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn drivers_lines_about_ipsec_are_kept() {
        for (text, driver, on_bus, interface) in [
            ("netdevsim netdevsim1 nsim0: Unsupported IPsec algorithm", "netdevsim", Some("netdevsim1"), Some("nsim0")),
            (
                "netdevsim netdevsim1 nsim0: IPsec offload requires 128 bit authentication",
                "netdevsim",
                Some("netdevsim1"),
                Some("nsim0"),
            ),
            (
                "ixgbe 0000:01:00.0 eth0: Failed to get key data for Rx SA table",
                "ixgbe",
                Some("0000:01:00.0"),
                Some("eth0"),
            ),
            ("ixgbevf 0000:01:10.0 eth2: reload rx_tbl[3] failed = -5", "ixgbevf", Some("0000:01:10.0"), Some("eth2")),
            ("mlx5_core 0000:08:00.0: mlx5e: IPSec ESP acceleration enabled", "mlx5_core", Some("0000:08:00.0"), None),
            (
                "mlx5_core 0000:08:00.0 ens1f0np0: Cannot offload ESN xfrm states",
                "mlx5_core",
                Some("0000:08:00.0"),
                Some("ens1f0np0"),
            ),
            ("ch_ipsec: GCM: Invalid key length 24", "ch_ipsec", None, None),
            (
                "nfp 0000:02:00.0 enp2s0np0: Config cmd 5 to HW failed -5",
                "nfp",
                Some("0000:02:00.0"),
                Some("enp2s0np0"),
            ),
            ("bond0: (slave eth1): bond_ipsec_add_sa_all: failed to add SA", "bonding", None, Some("bond0")),
        ] {
            assert_eq!(Line::parse(text), Some(Line { driver, on_bus, interface }), "{text}");
        }
    }

    #[test]
    fn other_lines_are_not() {
        for text in [
            "netdevsim netdevsim1 nsim0: renamed from eth0",
            "ixgbe 0000:01:00.0 eth0: NIC Link is Up 10 Gbps, Flow Control: RX/TX",
            "bond0: (slave eth1): link status definitely up, 1000 Mbps full duplex",
            "cryptd: max_cpu_qlen set to 1000",
            "IPsec XFRM device driver",
            "usb 1-1: Product: ipsec",
            "evil: ixgbe 0000:01:00.0 eth0: IPsec",
            "",
        ] {
            assert_eq!(Line::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "\\PC{0,200}") {
            let _ = Line::parse(&text);
        }
    }
}
