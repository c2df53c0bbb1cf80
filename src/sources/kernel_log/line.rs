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
/// What their lines about IPsec have in common, in lower case.
const SUBJECTS: [&str; 18] = [
    "ipsec",
    "xfrm",
    "esp offload",
    "aes-gcm",
    "sa table",
    // ixgbe and ixgbevf: tables after a reset, a virtual function's SAs.
    "x_tbl[",
    "add sa",
    " sa index ",
    // nfp: the mailbox that carries SAs, and what becomes of one in it.
    "config cmd",
    "sa in hardware",
    // mlx5: an inbound SA's tables and rules.
    "sa selector",
    "rx status pass",
    "setup_modify_header",
    // cn10k: the crypto unit.
    "cpt response",
    "cpt lf",
    "cpt iq",
    "compcode=",
    "deleting sa",
];
/// The commands to its firmware that mlx5 gives for an SA, in lower case: a key or an SA, rules and tables for it.
const COMMANDS: [&str; 8] = [
    "create_general_object(",
    "modify_general_object(",
    "set_flow_table_entry(",
    "create_flow_table(",
    "create_flow_group(",
    "alloc_packet_reformat_context(",
    "alloc_modify_header_context(",
    "alloc_flow_counter(",
];

/// A line and whom it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KernelLine<'a> {
    pub driver: &'a str,
    /// Its device's name on the bus, where the line has it.
    pub on_bus: Option<&'a str>,
    /// The interface, where the line has one.
    pub interface: Option<&'a str>,
}

impl<'a> KernelLine<'a> {
    /// None for a line that is not of these drivers, or not about IPsec.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (line, said) = Self::whose(text)?;
        let said = said.to_ascii_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
        let refused = || line.driver == "mlx5_core" && said.contains("syndrome (0x") && has(&COMMANDS);
        let about = ONLY_IPSEC.contains(&line.driver) || has(&SUBJECTS) || refused();
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
            ("bond0: (slave eth1): bond_ipsec_add_sa_all: no slave xdo_dev_state_add", "bonding", None, Some("bond0")),
            (
                "mlx5_core 0000:31:00.2: mlx5_cmd_out_err:816:(pid 7): SET_FLOW_TABLE_ENTRY(0x936) op_mod(0x0) failed, status bad parameter(0x3), syndrome (0x65c1fb), err(-22)",
                "mlx5_core",
                Some("0000:31:00.2"),
                None,
            ),
            ("rvu_nicpf 0002:02:00.0 eth0: CPT response timeout", "rvu_nicpf", Some("0002:02:00.0"), Some("eth0")),
        ] {
            assert_eq!(KernelLine::parse(text), Some(KernelLine { driver, on_bus, interface }), "{text}");
        }
    }

    /// Whatever drivers log in the files that add an SA: each line is kept, but for those named.
    #[test]
    fn no_line_of_the_kernels_offload_is_passed_over() {
        const NOT_OF_AN_SA: [&str; 11] = [
            "SA alloc workqueue failed",
            "Invalid SA for delete",
            "bad sa_idx=",
            "unused sa_idx=",
            "unexpected proto=",
            "Failed to get RoCE",
            "attempted to delete an SA",
            "Invalid Rx SA",
            "Invalid Tx SA",
            "SA installed on this device",
            "ip-length zero",
        ];
        let facts = include_str!("../../reasons/tests/linux-7.3.tsv").lines();
        let logged: Vec<_> = facts.filter_map(|line| line.split_once("\tlogs\t")).collect();
        assert!(logged.len() > 80, "{}", logged.len());
        for (place, text) in logged {
            let (file, function) = place.split_once('\t').unwrap();
            let text = text.replace("%s", function);
            let line = match file {
                _ if file.contains("/mlx5/") => format!("mlx5_core 0000:08:00.0: {function}:77:(pid 7): {text}"),
                _ if file.contains("/bonding/") => format!("bond0: (slave eth1): {text}"),
                _ if file.contains("/ch_ipsec/") => format!("ch_ipsec: {text}"),
                _ if file.contains("/cn10k_ipsec") => format!("rvu_nicpf 0002:02:00.0 eth0: {text}"),
                _ if file.contains("/ixgbevf/") => format!("ixgbevf 0000:01:10.0 eth2: {text}"),
                _ if file.contains("/ixgbe/") => format!("ixgbe 0000:01:00.0 eth0: {text}"),
                _ if file.contains("/nfp/") => format!("nfp 0000:02:00.0 eth0: {text}"),
                _ if file.contains("/netdevsim/") => format!("netdevsim netdevsim1 nsim0: {text}"),
                _ => panic!("{file}"),
            };
            let left_out = NOT_OF_AN_SA.iter().any(|words| text.contains(words));
            assert!(KernelLine::parse(&line).is_some() || left_out, "{line}");
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
            "mlx5_core 0000:31:00.2: mlx5_cmd_out_err:816:(pid 7): ACCESS_REG(0x805) op_mod(0x1) failed, status bad parameter(0x3), syndrome (0x1c9f7b), err(-22)",
            "ixgbe 0000:01:00.0 eth0: SET_FLOW_TABLE_ENTRY(0x936) failed, syndrome (0x1)",
            "rvu_nicpf 0002:02:00.0 eth0: Invalid IP header, ip-length zero",
            "usb 1-1: Product: ipsec",
            "evil: ixgbe 0000:01:00.0 eth0: IPsec",
            "",
        ] {
            assert_eq!(KernelLine::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "\\PC{0,200}") {
            let _ = KernelLine::parse(&text);
        }
    }
}
