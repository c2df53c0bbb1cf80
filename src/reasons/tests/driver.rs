//! Drivers played after the kernel's source, apart from the table: what an add really answers.

use super::*;

/// One SA that is asked for on a device, with what nobody outside sees.
#[derive(Clone, Copy, Debug)]
pub struct AskedSa {
    pub driver: &'static str,
    pub wanted: OffloadMode,
    pub direction: Direction,
    pub shape: SaShape,
    pub full: bool,
    /// The card can ESN, UDP encapsulation, tunnel mode in packet offload, packet offload: mlx5.
    pub can: bool,
    /// The driver's IPsec is torn down, or it has virtual functions, or its module is missing.
    pub broken: bool,
}

/// errno, the driver's own words, and the truth.
pub type DriverAnswer = (u32, Option<&'static str>, Reason);

const TAKEN: DriverAnswer = (0, None, Reason::Unknown);

pub fn answer(asked: &AskedSa) -> DriverAnswer {
    let AskedSa { driver, wanted, shape, .. } = asked;
    let packet = *wanted == OffloadMode::Packet;
    if shape.protocol == Protocol::Ah {
        return (22, Some("Type doesn't support offload"), Reason::AhNotOffloadable);
    }
    if *driver == "vlan" {
        return (if packet { 22 } else { 0 }, None, Reason::DeviceNotCapable);
    }
    if !packet && shape.esn && !matches!(*driver, "mlx5_core" | "cxgb4") {
        return (22, Some("Device doesn't support offload with ESN"), Reason::EsnUnsupported);
    }
    let (errno, words, truth) = match *driver {
        "netdevsim" => netdevsim(asked, packet),
        "ixgbe" => ixgbe(asked, packet),
        "cxgb4" => cxgb4(asked, packet),
        "mlx5_core" => mlx5(asked, packet),
        other => panic!("{other} is not played"),
    };
    if errno == 95 && !packet { (0, words, truth) } else { (errno, words, truth) }
}

fn name(shape: &SaShape) -> (bool, &'static str, u16, u16) {
    let algorithm = shape.algorithm.unwrap();
    let gcm = algorithm.name.as_str() == "rfc4106(gcm(aes))";
    (algorithm.auth.is_none(), if gcm { "gcm" } else { "other" }, algorithm.key_bits, algorithm.icv_bits)
}

fn netdevsim(asked: &AskedSa, packet: bool) -> DriverAnswer {
    let (aead, name, key, icv) = name(&asked.shape);
    let data = Some("netdevsim: Failed to get key data for SA table");
    match () {
        () if packet => (22, Some("netdevsim: Unsupported ipsec offload type"), Reason::PacketUnsupported),
        () if asked.full => (28, Some("netdevsim: No space for SA in Rx table!"), Reason::Capacity),
        () if !aead => (22, data, Reason::AlgorithmUnsupported),
        () if icv != 128 => (22, data, Reason::IcvLength),
        () if name != "gcm" => (22, data, Reason::AlgorithmUnsupported),
        () if key < 128 => (22, data, Reason::KeyLength),
        () => TAKEN,
    }
}

fn ixgbe(asked: &AskedSa, packet: bool) -> DriverAnswer {
    let (aead, name, key, icv) = name(&asked.shape);
    let inbound = asked.direction == Direction::In;
    let data = Some(if inbound {
        "ixgbe: Failed to get key data for Rx SA table"
    } else {
        "ixgbe: Failed to get key data for Tx SA table"
    });
    match () {
        () if asked.shape.mode != SaMode::Transport => {
            (22, Some("ixgbe: Unsupported mode for ipsec offload"), Reason::ModeUnsupported)
        }
        () if packet => (22, Some("ixgbe: Unsupported ipsec offload type"), Reason::PacketUnsupported),
        () if !inbound && asked.broken => (95, None, Reason::VirtualFunctions),
        () if asked.full && inbound => (28, Some("ixgbe: No space for SA in Rx table!"), Reason::Capacity),
        () if asked.full => (28, Some("ixgbe: No space for SA in Tx table"), Reason::Capacity),
        () if !aead => (22, data, Reason::AlgorithmUnsupported),
        () if icv != 128 => (22, data, Reason::IcvLength),
        () if name != "gcm" => (22, data, Reason::AlgorithmUnsupported),
        () if !matches!(key, 160 | 128) => (22, data, Reason::KeyLength),
        () => TAKEN,
    }
}

fn cxgb4(asked: &AskedSa, packet: bool) -> DriverAnswer {
    let (aead, _, key, icv) = name(&asked.shape);
    let odd = !matches!(asked.shape.mode, SaMode::Transport | SaMode::Tunnel);
    match () {
        () if asked.full => (16, Some("cxgb4: crypto uld critical resource is under use"), Reason::Busy),
        () if asked.broken => (95, None, Reason::ModuleMissing),
        () if !aead => (22, Some("ch_ipsec: Cannot offload authenticated xfrm states"), Reason::AlgorithmUnsupported),
        () if odd => (22, Some("ch_ipsec: Only transport and tunnel xfrm offload"), Reason::ModeUnsupported),
        () if asked.shape.encapsulated => {
            (22, Some("ch_ipsec: Encapsulated xfrm state not offloaded"), Reason::UdpEncapUnsupported)
        }
        () if !matches!(icv, 96 | 128) => (
            22,
            Some("ch_ipsec: Cannot offload xfrm states with AEAD ICV length other than 96b & 128b"),
            Reason::IcvLength,
        ),
        () if !matches!(key, 160 | 288) => (
            22,
            Some("ch_ipsec: cannot offload xfrm states with AEAD key length other than 128/256 bit"),
            Reason::KeyLength,
        ),
        () if packet => (22, Some("ch_ipsec: Unsupported xfrm offload"), Reason::PacketUnsupported),
        () => TAKEN,
    }
}

fn mlx5(asked: &AskedSa, packet: bool) -> DriverAnswer {
    let (aead, name, key, icv) = name(&asked.shape);
    let (shape, can) = (&asked.shape, asked.can);
    let refused = |words, reason| (22, Some(words), reason);
    let tunnel = shape.mode == SaMode::Tunnel;
    let udp = Reason::UdpEncapUnsupported;
    match () {
        () if asked.broken => (95, None, Reason::DriverNotReady),
        () if !aead => refused("mlx5_core: Cannot offload authenticated xfrm states", Reason::AlgorithmUnsupported),
        () if name != "gcm" || icv != 128 => {
            refused("mlx5_core: Only AES-GCM-ICV16 xfrm state may be offloaded", Reason::AlgorithmUnsupported)
        }
        () if shape.esn && !can => refused("mlx5_core: Cannot offload ESN xfrm states", Reason::EsnUnsupported),
        () if shape.encapsulated && !can => refused("mlx5_core: Encapsulation is not supported", udp),
        () if shape.encapsulated && !packet => {
            refused("mlx5_core: Encapsulation is supported in packet offload mode only", udp)
        }
        () if shape.encapsulated && shape.mode != SaMode::Transport => {
            refused("mlx5_core: Encapsulation is supported in transport mode only", udp)
        }
        () if !matches!(key, 160 | 288) => {
            let words = "mlx5_core: Cannot offload xfrm states with AEAD key length other than 128/256 bit";
            refused(words, Reason::KeyLength)
        }
        () if !matches!(shape.mode, SaMode::Transport | SaMode::Tunnel) => {
            refused("mlx5_core: Only transport and tunnel xfrm states may be offloaded", Reason::ModeUnsupported)
        }
        () if packet && tunnel && !can => {
            refused("mlx5_core: Packet offload is not supported for tunnel mode", Reason::ModeUnsupported)
        }
        () if packet
            && asked.direction == Direction::In
            && shape.esn
            && !matches!(shape.replay_window, 32 | 64 | 128 | 256) =>
        {
            refused("mlx5_core: Unsupported replay window size", Reason::ReplayWindow)
        }
        () if asked.full => (16, None, Reason::Busy),
        () => TAKEN,
    }
}
