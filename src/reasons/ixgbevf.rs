//! Intel 82599, X540, X550: a virtual function. It asks the physical one.

use super::cures;
use super::entry::{EACCES, ENETDOWN, ENOSPC, EPERM, Entry, Outcome, Place};
use super::fits::{Fits, View, certain_if, possible_if};
use crate::model::{Protocol, Reason, SaMode};

const ADD: Place = Place::new("ixgbevf", "drivers/net/ethernet/intel/ixgbevf/ipsec.c ixgbevf_ipsec_add_sa");
const KEYS: Place = Place::new("ixgbevf", "drivers/net/ethernet/intel/ixgbevf/ipsec.c ixgbevf_ipsec_parse_proto_keys");
const PF: Place = Place::new("ixgbevf", "drivers/net/ethernet/intel/ixgbe/ixgbe_ipsec.c ixgbe_ipsec_vf_add_sa");
const MAILBOX: Place = Place::new("ixgbevf", "drivers/net/ethernet/intel/ixgbevf/ipsec.c ixgbevf_ipsec_set_pf_sa");
const RX_KEY: &str = "Failed to get key data for Rx SA table";
const TX_KEY: &str = "Failed to get key data for Tx SA table";

const fn full(text: &'static str, means: &'static str, when: fn(&View<'_>) -> Fits) -> Entry {
    ADD.refusal(Reason::Capacity, text, means, cures::FULL, when).with(Outcome::Errors(&[ENOSPC]))
}

const fn no_aead(text: &'static str, when: fn(&View<'_>) -> Fits) -> Entry {
    ADD.refusal(Reason::AlgorithmUnsupported, text, "the device offloads AES-GCM only", cures::GCM, when)
        .by(KEYS)
        .logged("Unsupported IPsec algorithm")
}

const fn other_than_gcm(text: &'static str, when: fn(&View<'_>) -> Fits) -> Entry {
    no_aead(text, when).logged("Unsupported IPsec algorithm - please use rfc4106(gcm(aes))")
}

const fn icv(text: &'static str, when: fn(&View<'_>) -> Fits) -> Entry {
    let means = "the device offloads AES-GCM with an ICV of 16 bytes only";
    ADD.refusal(Reason::IcvLength, text, means, cures::ICV_16, when)
        .by(KEYS)
        .logged("IPsec offload requires 128 bit authentication")
}

const fn key(text: &'static str, when: fn(&View<'_>) -> Fits) -> Entry {
    ADD.refusal(Reason::KeyLength, text, "the key is too short for the device", cures::GCM, when)
        .by(KEYS)
        .logged("IPsec hw offload only supports keys up to 128 bits with a 32 bit salt")
}

/// A check on one direction alone.
fn on(direction: Option<bool>, fault: Option<bool>) -> Fits {
    certain_if(super::fits::both(direction, fault))
}

pub(super) const ENTRIES: &[Entry] = &[
    ADD.mute(
        Reason::DriverNotReady,
        Outcome::NotSupported,
        "the physical function offers no IPsec to this virtual one any longer",
        cures::IXGBEVF_BUILD,
        // Outbound it would not be done anyway.
        |view| possible_if(view.inbound()),
    ),
    ADD.refusal(
        Reason::CompressionUnsupported,
        "Unsupported protocol for IPsec offload",
        "the device offloads ESP only, and this SA compresses (IPCOMP)",
        cures::NO_COMPRESSION,
        |view| certain_if(view.protocol_is(Protocol::Comp)),
    ),
    ADD.refusal(
        Reason::ModeUnsupported,
        "Unsupported mode for ipsec offload",
        "the device offloads transport mode only",
        cures::TRANSPORT,
        |view| certain_if(view.mode_is(SaMode::Transport).map(|transport| !transport)),
    ),
    ADD.refusal(
        Reason::PacketUnsupported,
        "Unsupported ipsec offload type",
        "the device has crypto offload only",
        cures::CRYPTO,
        |view| certain_if(view.packet()),
    ),
    ADD.refusal(
        Reason::CompressionUnsupported,
        "Compression offload not supported",
        "the device offloads no SA that compresses",
        cures::NO_COMPRESSION,
        |_| Fits::Hidden,
    ),
    full("No space for SA in Rx table!", "the device's table of 1,024 inbound SAs is full", |view| {
        possible_if(view.inbound())
    }),
    no_aead(RX_KEY, |view| on(view.inbound(), view.no_aead())),
    icv(RX_KEY, |view| on(view.inbound(), view.icv_not_in(&[128]))),
    other_than_gcm(RX_KEY, |view| on(view.inbound(), view.other_than_gcm())),
    key(RX_KEY, |view| on(view.inbound(), view.key_below(160))),
    PF.mute(
        Reason::Capacity,
        Outcome::Errors(&[ENOSPC]),
        "the physical function's table of 1,024 inbound SAs, which all share, is full",
        cures::FULL,
        |view| possible_if(view.inbound()),
    ),
    full("No space for SA in Tx table", "the device's table of 1,024 outbound SAs is full", |view| {
        possible_if(view.outbound())
    }),
    no_aead(TX_KEY, |view| on(view.outbound(), view.no_aead())),
    icv(TX_KEY, |view| on(view.outbound(), view.icv_not_in(&[128]))),
    other_than_gcm(TX_KEY, |view| on(view.outbound(), view.other_than_gcm())),
    key(TX_KEY, |view| on(view.outbound(), view.key_below(160))),
    PF.mute(
        Reason::VfNotPermitted,
        Outcome::Errors(&[EACCES]),
        "the physical function does not allow it to this virtual one",
        cures::VF_RIGHTS,
        |_| Fits::Possible,
    )
    .logged("attempted to add an IPsec SA"),
    PF.mute(
        Reason::DirectionUnsupported,
        Outcome::NotSupported,
        "a virtual function offloads inbound only: the physical one refuses every outbound SA",
        cures::INBOUND_ONLY,
        |view| certain_if(view.outbound()),
    ),
    MAILBOX.mute(
        Reason::DriverNotReady,
        Outcome::Errors(&[EPERM, ENETDOWN]),
        "the physical function did not answer, or not in order",
        cures::FIRMWARE,
        |_| Fits::Possible,
    ),
];
