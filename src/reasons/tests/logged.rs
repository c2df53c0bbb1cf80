//! The driver says in the kernel's log alone what it was.

use super::*;

/// A ConnectX-7's virtual function, switchdev, packet offload in tunnel mode, as it was published.
const TUNNEL: [&str; 2] = [
    "mlx5_core 0000:31:00.2: SET_FLOW_TABLE_ENTRY(0x936) op_mod(0x0) failed, status bad parameter(0x3), syndrome (0x65c1fb), err(-22)",
    "mlx5_core 0000:31:00.2: tx_add_rule:2231: fail to add TX ipsec rule err=-22",
];
const RX_RULE: [&str; 1] = ["mlx5_core 0000:31:00.2: rx_add_rule:2108:(pid 712): fail to add RX ipsec rule err=-22"];
const SELECTOR: [&str; 1] = [
    "mlx5_core 0000:31:00.2: ipsec_rx_sa_selector_create:581:(pid 712): Failed to create RX SA selector flow table, err=-28",
];
const POLICY: [&str; 1] = ["mlx5_core 0000:31:00.2: tx_add_policy:2318:(pid 712): fail to add TX ipsec rule err=-22"];
const NO_RESOURCES: [&str; 1] = [
    "mlx5_core 0000:31:00.2: mlx5_cmd_out_err:816:(pid 712): CREATE_GENERAL_OBJECT(0xa00) op_mod(0x13) failed, status no resources(0xf), syndrome (0x1), err(-11)",
];
const OLDER: [&str; 1] = ["mlx5_core 0000:31:00.2 eth0: fail to add ipsec rule attrs->action=0x1, err=-22"];
const TIMEOUT: [&str; 1] = ["rvu_nicpf 0002:02:00.0 eth0: CPT response timeout"];
const UNAVAILABLE: [&str; 1] = ["rvu_nicpf 0002:02:00.0 eth0: CPT LF device unavailable"];

fn tunnel(shape: &SaShape) -> SaShape {
    SaShape { mode: SaMode::Tunnel, ..*shape }
}

/// As mlx5 refuses: core's words in its name.
fn mlx5<'a>(errno: u32, shape: &'a SaShape, kernel_log: &'a [&'a str]) -> Case<'a> {
    let text = Some("mlx5_core: Device failed to offload this state");
    Case { text, kernel_log, direction: Some(Direction::Out), ..crypto("mlx5_core", errno, shape) }
}

fn packet(case: Case<'_>) -> Case<'_> {
    Case { wanted: Some(OffloadMode::Packet), ..case }
}

pub fn cases(shape: &SaShape) -> Vec<(Case<'_>, Reason)> {
    let written = |errno, kernel_log| Case {
        text: Some("rvu_nicpf: Error writing outbound SA"),
        kernel_log,
        direction: Some(Direction::Out),
        ..crypto("rvu-nicpf", errno, shape)
    };
    vec![
        // What the card refused in transport mode, or in crypto mode, is no matter of the mode.
        (packet(mlx5(22, shape, &TUNNEL)), Reason::FirmwareError),
        (mlx5(22, shape, &TUNNEL), Reason::FirmwareError),
        (Case { shape: None, ..packet(mlx5(22, shape, &TUNNEL)) }, Reason::Unknown),
        (mlx5(5, shape, &TUNNEL[1..]), Reason::FirmwareError),
        (mlx5(28, shape, &TUNNEL[1..]), Reason::Capacity),
        (mlx5(12, shape, &TUNNEL[1..]), Reason::Unknown),
        (Case { took_before: true, ..mlx5(12, shape, &TUNNEL[1..]) }, Reason::Capacity),
        (mlx5(22, shape, &RX_RULE), Reason::FirmwareError),
        (mlx5(22, shape, &OLDER), Reason::FirmwareError),
        (mlx5(28, shape, &SELECTOR), Reason::Capacity),
        (mlx5(28, shape, &POLICY), Reason::Capacity),
        (mlx5(11, shape, &NO_RESOURCES), Reason::Capacity),
        // Another driver's card, and a line of another command: nothing.
        (Case { device: Some(nic("ixgbe")), text: None, ..mlx5(22, shape, &TUNNEL) }, Reason::Unknown),
        (mlx5(22, shape, &TUNNEL[..1]), Reason::Unknown),
        (written(16, &TIMEOUT), Reason::FirmwareError),
        (written(16, &[]), Reason::FirmwareError),
        (written(19, &UNAVAILABLE), Reason::DriverNotReady),
        (written(19, &[]), Reason::DriverNotReady),
    ]
}

#[test]
fn the_kernels_log_tells_the_step_and_the_error_why() {
    let shape = plain();
    for (case, expected) in cases(&shape) {
        assert_eq!(reason(&case), expected, "{case:?}");
    }
}

#[test]
fn packet_offload_in_tunnel_mode_is_named_where_the_card_refuses_that() {
    let shape = tunnel(&plain());
    let whole = packet(mlx5(22, &shape, &TUNNEL));
    let entry = judge(&whole).unwrap();
    assert_eq!(entry.reason, Reason::ModeUnsupported);
    assert!(entry.means.contains("switchdev") && entry.cure.libreswan.contains("type=transport"), "{entry:?}");
    // strongSwan quotes the kernel, and nobody else has words.
    assert_eq!(reason(&Case { text: None, ..whole }), Reason::ModeUnsupported);
    // Crypto mode, an inbound rule, a policy's rule, another error: something else.
    assert_eq!(reason(&mlx5(22, &shape, &TUNNEL)), Reason::FirmwareError);
    assert_eq!(reason(&packet(mlx5(22, &shape, &RX_RULE))), Reason::FirmwareError);
    assert_eq!(reason(&packet(mlx5(22, &shape, &POLICY))), Reason::FirmwareError);
    assert_eq!(reason(&packet(mlx5(5, &shape, &TUNNEL[1..]))), Reason::FirmwareError);
    // The card took it: nothing is said.
    assert_eq!(reason(&Case { errno: Some(0), ..whole }), Reason::Unknown);
}

/// Whatever is missing of the evidence.
#[test]
fn fewer_lines_name_no_other_reason() {
    let shape = tunnel(&plain());
    let whole = packet(mlx5(22, &shape, &TUNNEL));
    for kernel_log in [&TUNNEL[..], &TUNNEL[..1], &TUNNEL[1..], &[]] {
        for (errno, shape, wanted, device) in
            [(None, whole.shape, whole.wanted, whole.device), (whole.errno, None, whole.wanted, whole.device)]
                .into_iter()
                .chain([(whole.errno, whole.shape, None, whole.device), (whole.errno, whole.shape, whole.wanted, None)])
        {
            let named = reason(&Case { errno, shape, wanted, device, kernel_log, ..whole });
            assert!(matches!(named, Reason::ModeUnsupported | Reason::Unknown), "{named}: {kernel_log:?}");
        }
    }
}

/// Of a failover nobody is told, and the log alone has it.
#[test]
fn a_line_without_a_refusal_has_its_entry() {
    let shape = plain();
    for (line, driver, expected) in [
        ("bond0: (slave eth1): bond_ipsec_add_sa_all: no slave xdo_dev_state_add", "bonding", Reason::SlaveNotCapable),
        ("rvu_nicpf 0002:02:00.0 eth0: compcode=2 doneint=0", "rvu-nicpf", Reason::FirmwareError),
        (
            "mlx5_core 0000:31:00.0: ipsec_fs_roce_rx_mpv_create:474:(pid 7): IPsec not supported on master device",
            "mlx5_core",
            Reason::DeviceNotCapable,
        ),
    ] {
        assert_eq!(reason(&Case { kernel_log: &[line], ..crypto(driver, 0, &shape) }), expected, "{line}");
    }
}

/// On kernels before 6.3 the words of a refusal stand in the log behind the line that says more.
#[test]
fn the_line_that_says_more_decides() {
    let shape = plain();
    let lines = [
        "ixgbe 0000:01:00.0 eth0: IPsec offload requires 128 bit authentication",
        "ixgbe 0000:01:00.0 eth0: Failed to get key data for Rx SA table",
    ];
    let case = Case { shape: None, kernel_log: &lines, abilities: Abilities::LINUX_6_1, ..crypto("ixgbe", 22, &shape) };
    assert_eq!(reason(&case), Reason::IcvLength);
    assert_eq!(reason(&Case { kernel_log: &lines[1..], ..case }), Reason::Unknown);
}
