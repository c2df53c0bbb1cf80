//! The kernel refused and its words are not known: the error, the SA and the device are.

use super::*;

pub fn cases(shape: &SaShape) -> Vec<(Case<'_>, Reason)> {
    let packet = |driver, errno| Case { wanted: Some(OffloadMode::Packet), ..crypto(driver, errno, shape) };
    let out = |driver, errno| Case { direction: Some(Direction::Out), ..crypto(driver, errno, shape) };
    let weak = |case| Case { text: Some("Device failed to offload this state"), ..case };
    vec![
        (crypto("netdevsim", 22, shape), Reason::Unknown),
        (packet("netdevsim", 22), Reason::PacketUnsupported),
        (crypto("netdevsim", 28, shape), Reason::Capacity),
        // Where a driver cannot speak, core's words leave what the driver would say.
        (Case { abilities: Abilities::LINUX_6_1, ..weak(crypto("netdevsim", 28, shape)) }, Reason::Capacity),
        (Case { abilities: Abilities::LINUX_6_1, ..packet("netdevsim", 22) }, Reason::RequestUnknown),
        (Case { module_loaded: Some(false), ..crypto("netdevsim", 22, shape) }, Reason::ModuleMissing),
        (weak(crypto("mlx5_core", 16, shape)), Reason::Busy),
        (crypto("mlx5_core", 16, shape), Reason::Busy),
        (weak(crypto("mlx5_core", 5, shape)), Reason::FirmwareError),
        (weak(crypto("mlx5_core", 121, shape)), Reason::FirmwareError),
        (weak(crypto("mlx5_core", 12, shape)), Reason::Unknown),
        (weak(Case { took_before: true, ..crypto("mlx5_core", 12, shape) }), Reason::Capacity),
        (
            Case {
                kernel_log: &[
                    "mlx5_core 0000:01:00.0: mlx5_cmd_out_err:816: CREATE_GENERAL_OBJECT(0xa00) op_mod(0x13) failed, status limits exceeded(0x8), syndrome (0x1), err(-12)",
                ],
                ..crypto("mlx5_core", 12, shape)
            },
            Reason::Capacity,
        ),
        (
            Case {
                kernel_log: &[
                    "mlx5_core 0000:01:00.0: mlx5_cmd_out_err:816: CREATE_GENERAL_OBJECT(0xa00) op_mod(0x13) failed, status bad parameter(0x3), syndrome (0x1), err(-22)",
                ],
                ..crypto("mlx5_core", 22, shape)
            },
            Reason::FirmwareError,
        ),
        (weak(crypto("mlx5_core", 28, shape)), Reason::Capacity),
        (weak(crypto("mlx5_core", 22, shape)), Reason::Unknown),
        (weak(crypto("ixgbevf", 13, shape)), Reason::VfNotPermitted),
        (out("ixgbevf", 13), Reason::VfNotPermitted),
        (crypto("ixgbevf", 28, shape), Reason::Capacity),
        (Case { text: Some("Device failed to offload this state"), ..crypto("ixgbevf", 28, shape) }, Reason::Capacity),
        (crypto("ixgbevf", 1, shape), Reason::DriverNotReady),
        (crypto("nfp", 16, shape), Reason::Capacity),
        (crypto("cxgb4", 16, shape), Reason::Busy),
        (packet("cxgb4", 95), Reason::ModuleMissing),
        (crypto("ixgbevf", 95, shape), Reason::DriverNotReady),
        (out("ixgbe", 95), Reason::VirtualFunctions),
        (crypto("a_vendors_own", 28, shape), Reason::Capacity),
        (crypto("a_vendors_own", 22, shape), Reason::Unknown),
        (Case { errno: Some(28), ..Case::default() }, Reason::Capacity),
        (Case { errno: Some(22), ..Case::default() }, Reason::Unknown),
        (Case::default(), Reason::Unknown),
    ]
}

#[test]
fn an_error_without_words_is_told_where_one_cause_is_left() {
    let shape = plain();
    for (case, expected) in cases(&shape) {
        assert_eq!(reason(&case), expected, "{case:?}");
    }
}

#[test]
fn the_shape_tells_what_the_words_would() {
    let plain = plain();
    let with = |algorithm| SaShape { algorithm: Some(algorithm), ..plain };
    let esn = SaShape { esn: true, ..plain };
    let both = SaShape { esn: true, ..with(cbc()) };
    let tunnel = SaShape { mode: SaMode::Tunnel, ..plain };
    let ah = SaShape { protocol: Protocol::Ah, algorithm: None, ..plain };
    let encapsulated = SaShape { encapsulated: true, ..plain };
    for (driver, shape, expected) in [
        ("netdevsim", esn, Reason::EsnUnsupported),
        ("netdevsim", with(cbc()), Reason::AlgorithmUnsupported),
        ("netdevsim", with(gcm(160, 64)), Reason::IcvLength),
        ("netdevsim", with(gcm(96, 128)), Reason::KeyLength),
        ("netdevsim", with(gcm(288, 128)), Reason::Unknown),
        // The first that the kernel comes to.
        ("netdevsim", both, Reason::EsnUnsupported),
        ("netdevsim", ah, Reason::AhNotOffloadable),
        ("ixgbe", tunnel, Reason::ModeUnsupported),
        ("ixgbe", with(gcm(288, 128)), Reason::KeyLength),
        // It depends on the card.
        ("mlx5_core", esn, Reason::Unknown),
        ("mlx5_core", tunnel, Reason::Unknown),
        ("mlx5_core", with(gcm(160, 64)), Reason::AlgorithmUnsupported),
        ("mlx5_core", with(gcm(224, 128)), Reason::KeyLength),
        ("mlx5_core", encapsulated, Reason::UdpEncapUnsupported),
        ("mlx5_core", SaShape { esn: true, ..with(gcm(224, 128)) }, Reason::Unknown),
        ("cxgb4", encapsulated, Reason::UdpEncapUnsupported),
        ("cxgb4", with(gcm(160, 64)), Reason::IcvLength),
        ("nfp", with(gcm(160, 64)), Reason::AlgorithmUnsupported),
        ("nfp", with(gcm(192, 128)), Reason::KeyLength),
        ("nfp", esn, Reason::EsnUnsupported),
    ] {
        assert_eq!(reason(&crypto(driver, 22, &shape)), expected, "{driver}: {shape:?}");
    }
}

#[test]
fn that_an_interface_id_is_refused_only_words_tell() {
    let shape = SaShape { if_id: 7, ..plain() };
    for abilities in [Abilities::LINUX_7_3, Abilities::LINUX_6_12, Abilities::default()] {
        let case = Case { abilities, ..crypto("mlx5_core", 22, &shape) };
        assert_eq!(reason(&case), Reason::Unknown);
        let text = Some("XFRM if_id is not supported in RX path");
        assert_eq!(reason(&Case { text, ..case }), Reason::IfIdUnsupported);
    }
}
