//! Marvell OcteonTX2 CN10K, from kernel 6.14 on. It encrypts what leaves; what arrives it does not take.

use super::cures;
use super::entry::{CallerSees, CheckPlace, CheckStage, EBUSY, ENODEV, Entry};
use super::fits::{Fits, certain_if, certain_on, possible_if};
use crate::model::{Protocol, Reason};

const ADD: CheckPlace =
    CheckPlace::new("rvu_nicpf", "drivers/net/ethernet/marvell/octeontx2/nic/cn10k_ipsec.c cn10k_ipsec_inb_add_state");
const VALIDATE: CheckPlace =
    CheckPlace::new("rvu_nicpf", "drivers/net/ethernet/marvell/octeontx2/nic/cn10k_ipsec.c cn10k_ipsec_validate_state");
const WRITE: CheckPlace =
    CheckPlace::new("rvu_nicpf", "drivers/net/ethernet/marvell/octeontx2/nic/cn10k_ipsec.c cn10k_ipsec_outb_add_state");
const NOT_WRITTEN: &str = "Error writing outbound SA";

pub(super) const ENTRIES: &[Entry] = &[
    ADD.refusal(
        Reason::DirectionUnsupported,
        "xfrm inbound offload not supported",
        "the device offloads outbound only",
        cures::OUTBOUND_ONLY,
        |view| certain_if(view.inbound()),
    )
    .with(CallerSees::NotSupported),
    VALIDATE.refusal(
        Reason::AlgorithmUnsupported,
        "Cannot offload authenticated xfrm states",
        "the device offloads AES-GCM only, no cipher with an authentication apart",
        cures::GCM,
        |view| certain_on(view.outbound(), view.authenticated()),
    ),
    VALIDATE.refusal(
        Reason::AlgorithmUnsupported,
        "Only AES-GCM-ICV16 xfrm state may be offloaded",
        "the device offloads AES-GCM with an ICV of 16 bytes only",
        cures::ICV_16,
        |view| certain_on(view.outbound(), view.other_than_gcm_16()),
    ),
    VALIDATE.no_compression("Cannot offload compressed xfrm states"),
    VALIDATE.refusal(
        Reason::EsnUnsupported,
        "Cannot offload ESN xfrm states",
        "the device offloads no SA with extended sequence numbers",
        cures::ESN,
        |view| certain_on(view.outbound(), view.esn()),
    ),
    VALIDATE.no_family("Only IPv4/v6 xfrm states may be offloaded"),
    VALIDATE.refusal(
        Reason::PacketUnsupported,
        "Cannot offload other than crypto-mode",
        "the device has crypto offload only",
        cures::CRYPTO,
        |view| certain_on(view.outbound(), view.packet()),
    ),
    VALIDATE.refusal(
        Reason::ModeUnsupported,
        "Only tunnel/transport xfrm states may be offloaded",
        "the device offloads transport and tunnel mode only",
        cures::TRANSPORT_TUNNEL,
        |view| certain_on(view.outbound(), view.odd_mode()),
    ),
    VALIDATE.refusal(
        Reason::AhNotOffloadable,
        "Only ESP xfrm state may be offloaded",
        "the device offloads ESP only",
        cures::ESP,
        |view| certain_on(view.outbound(), view.protocol_is(Protocol::Esp).map(|esp| !esp)),
    ),
    VALIDATE.refusal(
        Reason::UdpEncapUnsupported,
        "Encapsulated xfrm state may not be offloaded",
        "the device offloads no SA with UDP encapsulation (NAT traversal)",
        cures::NO_ENCAPSULATION,
        |view| certain_on(view.outbound(), view.encapsulated()),
    ),
    VALIDATE.refusal(
        Reason::AlgorithmUnsupported,
        "Cannot offload xfrm states without aead",
        "the device offloads AES-GCM only",
        cures::GCM,
        |view| certain_on(view.outbound(), view.no_aead()),
    ),
    VALIDATE.refusal(
        Reason::IcvLength,
        "Cannot offload xfrm states with AEAD ICV length other than 128bit",
        "the device offloads AES-GCM with an ICV of 16 bytes only",
        cures::ICV_16,
        |view| certain_on(view.outbound(), view.icv_not_in(&[128])),
    ),
    VALIDATE.refusal(
        Reason::KeyLength,
        "Cannot offload xfrm states with AEAD key length other than 128/192/256bit",
        "the device offloads AES-GCM with keys of 128, 192 or 256 bits only",
        cures::GCM_ANY,
        |view| certain_on(view.outbound(), view.key_not_in(&[160, 224, 288])),
    ),
    VALIDATE.no_tfc(),
    VALIDATE.no_geniv(),
    VALIDATE.other_geniv(),
    WRITE
        .refusal(
            Reason::FirmwareError,
            NOT_WRITTEN,
            "the card's crypto unit did not take the SA in time",
            cures::FIRMWARE,
            |view| possible_if(view.outbound()),
        )
        .with(CallerSees::Errors(&[EBUSY]))
        .logged(&["CPT response timeout"]),
    WRITE
        .refusal(
            Reason::FirmwareError,
            NOT_WRITTEN,
            "the card's crypto unit did not take the SA",
            cures::FIRMWARE,
            |_| Fits::Hidden,
        )
        .with(CallerSees::Errors(&super::entry::ANY)),
    WRITE
        .refusal(
            Reason::DriverNotReady,
            NOT_WRITTEN,
            "the card's crypto unit is not there: it is being set up or torn down ('ethtool -K' does both)",
            cures::RESTART_DEVICE,
            |view| possible_if(view.outbound()),
        )
        .with(CallerSees::Errors(&[ENODEV]))
        .logged(&["CPT LF device unavailable"]),
    // The driver takes the SA for written all the same.
    WRITE
        .mute(
            Reason::FirmwareError,
            CallerSees::Silent,
            "the card's crypto unit answered the SA with an error, and the driver passed over it",
            cures::FIRMWARE,
            |_| Fits::No,
        )
        .at(CheckStage::Elsewhere)
        .logged(&["compcode= … doneint=", "uc_compcode= … uc_info="]),
];
