//! NVIDIA ConnectX-6 Dx and later, BlueField: the SA's part. What a card can do is its firmware's to say; no attribute shows it.

use super::cures::{self, Cure};
use super::entry::{CallerSees, CheckPlace, EBUSY, Entry};
use super::fits::{CaseView, Fits, both, certain_if, possible_if};
use crate::model::{Protocol, Reason, SaMode};

const VALIDATE: CheckPlace =
    CheckPlace::new("mlx5_core", "drivers/net/ethernet/mellanox/mlx5/core/en_accel/ipsec.c mlx5e_xfrm_validate_state");
const ADD: CheckPlace =
    CheckPlace::new("mlx5_core", "drivers/net/ethernet/mellanox/mlx5/core/en_accel/ipsec.c mlx5e_xfrm_add_state");

const fn limits(text: &'static str, means: &'static str, cure: Cure) -> Entry {
    VALIDATE.refusal(Reason::LimitsUnsupported, text, means, cure, in_packet_mode)
}

fn in_packet_mode(view: &CaseView<'_>) -> Fits {
    if view.packet() == Some(false) { Fits::No } else { Fits::Hidden }
}

pub(super) const ENTRIES: &[Entry] = &[
    ADD.mute(
        Reason::DriverNotReady,
        CallerSees::NotSupported,
        "the driver's IPsec part is not running: it failed to start, or the card is changing its profile or eswitch mode",
        cures::RESTART_DEVICE,
        |_| Fits::Possible,
    )
    .logged(&["IPSec initialization failed"]),
    VALIDATE.refusal(
        Reason::AlgorithmUnsupported,
        "Cannot offload authenticated xfrm states",
        "the device offloads AES-GCM only, no cipher with an authentication apart",
        cures::GCM,
        |view| certain_if(view.authenticated()),
    ),
    VALIDATE.refusal(
        Reason::AlgorithmUnsupported,
        "Only AES-GCM-ICV16 xfrm state may be offloaded",
        "the device offloads AES-GCM with an ICV of 16 bytes only",
        cures::ICV_16,
        |view| certain_if(view.other_than_gcm_16()),
    ),
    VALIDATE.no_compression("Cannot offload compressed xfrm states"),
    VALIDATE.refusal(
        Reason::EsnUnsupported,
        "Cannot offload ESN xfrm states",
        "this card offloads no SA with extended sequence numbers",
        cures::ESN,
        |view| possible_if(view.esn()),
    ),
    VALIDATE.no_family("Only IPv4/6 xfrm states may be offloaded"),
    VALIDATE.refusal(
        Reason::AhNotOffloadable,
        "Only ESP xfrm state may be offloaded",
        "the device offloads ESP only",
        cures::ESP,
        |view| certain_if(view.protocol_is(Protocol::Esp).map(|esp| !esp)),
    ),
    VALIDATE.refusal(
        Reason::UdpEncapUnsupported,
        "Encapsulation is not supported",
        "this card offloads no SA with UDP encapsulation (NAT traversal)",
        cures::NO_ENCAPSULATION,
        |view| possible_if(view.encapsulated()),
    ),
    VALIDATE.refusal(
        Reason::UdpEncapUnsupported,
        "Encapsulation other than UDP is not supported",
        "the device offloads no SA with TCP encapsulation",
        cures::NO_TCP,
        |view| possible_if(view.encapsulated()),
    ),
    VALIDATE.refusal(
        Reason::UdpEncapUnsupported,
        "Encapsulation is supported in packet offload mode only",
        "the device offloads UDP encapsulation (NAT traversal) in packet mode only",
        cures::NO_ENCAPSULATION,
        |view| certain_if(both(view.encapsulated(), view.crypto())),
    ),
    VALIDATE.refusal(
        Reason::UdpEncapUnsupported,
        "Encapsulation is supported in transport mode only",
        "the device offloads UDP encapsulation (NAT traversal) in transport mode only",
        cures::NO_ENCAPSULATION,
        |view| certain_if(both(view.encapsulated(), view.mode_is(SaMode::Transport).map(|transport| !transport))),
    ),
    VALIDATE.refusal(
        Reason::AlgorithmUnsupported,
        "Cannot offload xfrm states without aead",
        "the device offloads AES-GCM only",
        cures::GCM,
        |view| certain_if(view.no_aead()),
    ),
    VALIDATE.refusal(
        Reason::IcvLength,
        "Cannot offload xfrm states with AEAD ICV length other than 128bit",
        "the device offloads AES-GCM with an ICV of 16 bytes only",
        cures::ICV_16,
        |view| certain_if(view.icv_not_in(&[128])),
    ),
    VALIDATE.refusal(
        Reason::KeyLength,
        "Cannot offload xfrm states with AEAD key length other than 128/256 bit",
        "the device offloads AES-GCM with keys of 128 or 256 bits only",
        cures::GCM_128_256,
        |view| certain_if(view.key_not_in(&[160, 288])),
    ),
    VALIDATE.no_tfc(),
    VALIDATE.no_geniv(),
    VALIDATE.other_geniv(),
    VALIDATE.refusal(
        Reason::SelectorProtocol,
        "Device does not support upper protocol other than TCP/UDP",
        "the SA is for an upper protocol that is neither TCP nor UDP",
        cures::SELECTOR,
        |_| Fits::Hidden,
    ),
    VALIDATE.refusal(
        Reason::ModeUnsupported,
        "Only transport and tunnel xfrm states may be offloaded",
        "the device offloads transport and tunnel mode only",
        cures::TRANSPORT_TUNNEL,
        |view| certain_if(view.odd_mode()),
    ),
    VALIDATE.refusal(
        Reason::CryptoUnsupported,
        "Crypto offload is not supported",
        "this card has no crypto offload",
        cures::PACKET_OR_NONE,
        |view| possible_if(view.crypto()),
    ),
    VALIDATE.refusal(
        Reason::PacketUnsupported,
        "Packet offload is not supported",
        "this card, or its steering mode, has no packet offload",
        cures::CRYPTO,
        |view| possible_if(view.packet()),
    ),
    VALIDATE.refusal(
        Reason::ModeUnsupported,
        "Packet offload is not supported for tunnel mode",
        "this card has packet offload in transport mode only",
        cures::TRANSPORT,
        |view| possible_if(both(view.packet(), view.mode_is(SaMode::Tunnel))),
    ),
    VALIDATE.refusal(
        Reason::ReplayWindow,
        "Unsupported replay window size",
        "the device has replay windows of 32, 64, 128 and 256 packets only",
        cures::WINDOW,
        // Asked of an SA with `XFRMA_REPLAY_ESN_VAL`, which daemons also give for windows above 32 without ESN.
        |view| {
            let asked = both(both(view.packet(), view.inbound()), view.odd_window());
            if view.esn() == Some(true) { certain_if(asked) } else { possible_if(asked) }
        },
    ),
    VALIDATE.refusal(
        Reason::ReqidMissing,
        "Cannot offload without reqid",
        "packet offload needs a reqid, and the SA has none",
        cures::REQID,
        in_packet_mode,
    ),
    limits(
        "Hard byte limit must be greater than soft one",
        "the SA's hard limit of bytes is not above the soft one",
        cures::BYTE_LIMITS,
    ),
    limits("Soft/hard byte limits can't be 0", "the SA has a limit of 0 bytes", cures::BYTE_LIMITS),
    limits(
        "Hard packet limit must be greater than soft one",
        "the SA's hard limit of packets is not above the soft one",
        cures::PACKET_LIMITS,
    ),
    limits("Soft/hard packet limits can't be 0", "the SA has a limit of 0 packets", cures::PACKET_LIMITS),
    VALIDATE.refusal(
        Reason::RequestUnknown,
        "Unsupported xfrm offload type",
        "the driver does not know the kind of offload that was asked for",
        cures::UPDATE,
        |view| if view.case.wanted.is_some() { Fits::No } else { Fits::Hidden },
    ),
    ADD.mute(
        Reason::Busy,
        CallerSees::Errors(&[EBUSY]),
        "the card's eswitch does IPsec for virtual functions, or offloads TC rules, and both at once it cannot",
        cures::ESWITCH,
        |_| Fits::Possible,
    ),
    ADD.refusal(
        Reason::ModeUnsupported,
        "Packet offload tunnel mode is disabled due to encap settings",
        "the card's eswitch encapsulates, and then has no packet offload in tunnel mode",
        cures::ENCAP_RULES,
        |view| possible_if(both(view.packet(), view.mode_is(SaMode::Tunnel))),
    ),
];
