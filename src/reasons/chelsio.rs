//! Chelsio T6: cxgb4 hands the SA on to ch_ipsec. It encrypts what leaves; what arrives is the CPU's, though the add succeeds.

use super::cures;
use super::entry::{CallerSees, CheckPlace, EBUSY, ENODEV, Entry};
use super::fits::{Fits, certain_if};
use crate::model::{Protocol, Reason};

const CXGB4: CheckPlace =
    CheckPlace::new("cxgb4", "drivers/net/ethernet/chelsio/cxgb4/cxgb4_main.c cxgb4_xfrm_add_state");
const ADD: CheckPlace = CheckPlace::new(
    "ch_ipsec",
    "drivers/net/ethernet/chelsio/inline_crypto/ch_ipsec/chcr_ipsec.c ch_ipsec_xfrm_add_state",
);

pub(super) const ENTRIES: &[Entry] = &[
    CXGB4
        .refusal(
            Reason::Busy,
            "crypto uld critical resource is under use",
            "the driver was occupied with another command",
            cures::AGAIN,
            |_| Fits::Possible,
        )
        .with(CallerSees::Errors(&[EBUSY])),
    CXGB4.mute(
        Reason::ModuleMissing,
        CallerSees::NotSupported,
        "ch_ipsec, which does the driver's IPsec, is not in the kernel",
        cures::CHELSIO_MODULE,
        |_| Fits::Possible,
    ),
    ADD.refusal(
        Reason::AlgorithmUnsupported,
        "Cannot offload authenticated xfrm states",
        "the device offloads AES-GCM only, no cipher with an authentication apart",
        cures::GCM,
        |view| certain_if(view.authenticated()),
    ),
    ADD.no_compression("Cannot offload compressed xfrm states"),
    ADD.no_family("Only IPv4/6 xfrm state offloaded"),
    ADD.refusal(
        Reason::ModeUnsupported,
        "Only transport and tunnel xfrm offload",
        "the device offloads transport and tunnel mode only",
        cures::TRANSPORT_TUNNEL,
        |view| certain_if(view.odd_mode()),
    ),
    ADD.refusal(
        Reason::AhNotOffloadable,
        "Only ESP xfrm state offloaded",
        "the device offloads ESP only",
        cures::ESP,
        |view| certain_if(view.protocol_is(Protocol::Esp).map(|esp| !esp)),
    ),
    ADD.refusal(
        Reason::UdpEncapUnsupported,
        "Encapsulated xfrm state not offloaded",
        "the device offloads no SA with UDP encapsulation (NAT traversal)",
        cures::NO_ENCAPSULATION,
        |view| certain_if(view.encapsulated()),
    ),
    ADD.refusal(
        Reason::AlgorithmUnsupported,
        "Cannot offload xfrm states without aead",
        "the device offloads AES-GCM only",
        cures::GCM,
        |view| certain_if(view.no_aead()),
    ),
    ADD.refusal(
        Reason::IcvLength,
        "Cannot offload xfrm states with AEAD ICV length other than 96b & 128b",
        "the device offloads AES-GCM with an ICV of 12 or 16 bytes only",
        cures::ICV_12_16,
        |view| certain_if(view.icv_not_in(&[96, 128])),
    ),
    ADD.refusal(
        Reason::KeyLength,
        "cannot offload xfrm states with AEAD key length other than 128/256 bit",
        "the device offloads AES-GCM with keys of 128 or 256 bits only",
        cures::GCM_128_256,
        |view| certain_if(view.key_not_in(&[160, 288])),
    ),
    ADD.no_tfc(),
    ADD.no_geniv(),
    ADD.other_geniv(),
    ADD.crypto_only("Unsupported xfrm offload"),
    ADD.refusal(
        Reason::ModuleMissing,
        "Failed to acquire module reference",
        "ch_ipsec, which does the driver's IPsec, is just being removed from the kernel",
        cures::CHELSIO_MODULE,
        |_| Fits::Possible,
    )
    .with(CallerSees::Errors(&[ENODEV])),
];
