//! Intel 82599, X540, X550: a virtual function. It asks the physical one.

use super::cures;
use super::entry::{CallerSees, CheckPlace, EACCES, ENETDOWN, ENOSPC, EPERM, Entry};
use super::fits::{Fits, certain_if, certain_on, possible_if};
use crate::model::{Reason, SaMode};

const ADD: CheckPlace = CheckPlace::new("ixgbevf", "drivers/net/ethernet/intel/ixgbevf/ipsec.c ixgbevf_ipsec_add_sa");
const KEYS: CheckPlace =
    CheckPlace::new("ixgbevf", "drivers/net/ethernet/intel/ixgbevf/ipsec.c ixgbevf_ipsec_parse_proto_keys");
const PF: CheckPlace =
    CheckPlace::new("ixgbevf", "drivers/net/ethernet/intel/ixgbe/ixgbe_ipsec.c ixgbe_ipsec_vf_add_sa");
const MAILBOX: CheckPlace =
    CheckPlace::new("ixgbevf", "drivers/net/ethernet/intel/ixgbevf/ipsec.c ixgbevf_ipsec_set_pf_sa");
const RX_KEY: &str = "Failed to get key data for Rx SA table";
const TX_KEY: &str = "Failed to get key data for Tx SA table";

pub(super) const ENTRIES: &[Entry] = &[
    ADD.mute(
        Reason::DriverNotReady,
        CallerSees::NotSupported,
        "the physical function offers no IPsec to this virtual one any longer",
        cures::IXGBEVF_BUILD,
        // Outbound it would not be done anyway.
        |view| possible_if(view.inbound()),
    ),
    ADD.no_ipcomp("Unsupported protocol for IPsec offload"),
    ADD.refusal(
        Reason::ModeUnsupported,
        "Unsupported mode for ipsec offload",
        "the device offloads transport mode only",
        cures::TRANSPORT,
        |view| certain_if(view.mode_is(SaMode::Transport).map(|transport| !transport)),
    ),
    ADD.crypto_only("Unsupported ipsec offload type"),
    ADD.no_compression("Compression offload not supported"),
    ADD.full("No space for SA in Rx table!", "the device's table of 1,024 inbound SAs is full", |view| {
        possible_if(view.inbound())
    }),
    KEYS.no_aead(RX_KEY, |view| certain_on(view.inbound(), view.no_aead())),
    KEYS.icv_of_16(RX_KEY, |view| certain_on(view.inbound(), view.icv_not_in(&[128]))),
    KEYS.other_than_gcm(RX_KEY, |view| certain_on(view.inbound(), view.other_than_gcm())),
    KEYS.key_of_128(RX_KEY, "the key is too short for the device", cures::GCM, |view| {
        certain_on(view.inbound(), view.key_below(160))
    }),
    PF.mute(
        Reason::Capacity,
        CallerSees::Errors(&[ENOSPC]),
        "the physical function's table of 1,024 inbound SAs, which all share, is full",
        cures::FULL,
        |view| possible_if(view.inbound()),
    ),
    ADD.full("No space for SA in Tx table", "the device's table of 1,024 outbound SAs is full", |view| {
        possible_if(view.outbound())
    }),
    KEYS.no_aead(TX_KEY, |view| certain_on(view.outbound(), view.no_aead())),
    KEYS.icv_of_16(TX_KEY, |view| certain_on(view.outbound(), view.icv_not_in(&[128]))),
    KEYS.other_than_gcm(TX_KEY, |view| certain_on(view.outbound(), view.other_than_gcm())),
    KEYS.key_of_128(TX_KEY, "the key is too short for the device", cures::GCM, |view| {
        certain_on(view.outbound(), view.key_below(160))
    }),
    PF.mute(
        Reason::VfNotPermitted,
        CallerSees::Errors(&[EACCES]),
        "the physical function does not allow it to this virtual one",
        cures::VF_RIGHTS,
        |_| Fits::Possible,
    )
    .logged(&["attempted to add an IPsec SA"]),
    PF.mute(
        Reason::DirectionUnsupported,
        CallerSees::NotSupported,
        "a virtual function offloads inbound only: the physical one refuses every outbound SA",
        cures::INBOUND_ONLY,
        |view| certain_if(view.outbound()),
    ),
    MAILBOX.mute(
        Reason::DriverNotReady,
        CallerSees::Errors(&[EPERM, ENETDOWN]),
        "the physical function did not answer, or not in order",
        cures::FIRMWARE,
        |_| Fits::Possible,
    ),
];
