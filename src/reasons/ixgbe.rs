//! Intel 82599, X540, X550: the physical function.

use super::cures;
use super::entry::{CallerSees, CheckPlace, Entry};
use super::fits::{Fits, certain_if, certain_on, possible_if};
use crate::model::{Reason, SaMode};

const ADD: CheckPlace = CheckPlace::new("ixgbe", "drivers/net/ethernet/intel/ixgbe/ixgbe_ipsec.c ixgbe_ipsec_add_sa");
const KEYS: CheckPlace =
    CheckPlace::new("ixgbe", "drivers/net/ethernet/intel/ixgbe/ixgbe_ipsec.c ixgbe_ipsec_parse_proto_keys");
const RX_KEY: &str = "Failed to get key data for Rx SA table";
const TX_KEY: &str = "Failed to get key data for Tx SA table";

pub(super) const ENTRIES: &[Entry] = &[
    ADD.no_ipcomp("Unsupported protocol for ipsec offload"),
    ADD.refusal(
        Reason::ModeUnsupported,
        "Unsupported mode for ipsec offload",
        "the device offloads transport mode only",
        cures::TRANSPORT,
        |view| certain_if(view.mode_is(SaMode::Transport).map(|transport| !transport)),
    ),
    ADD.refusal(
        Reason::AddressClash,
        "IPsec IP addr clash with mgmt filters",
        "the card's management controller filters the SA's destination address for itself",
        cures::OTHER_ADDRESS,
        |_| Fits::Hidden,
    ),
    ADD.crypto_only("Unsupported ipsec offload type"),
    ADD.no_compression("Compression offload not supported"),
    ADD.full("No space for SA in Rx table!", "the device's table of 1,024 inbound SAs is full", |view| {
        possible_if(view.inbound())
    }),
    KEYS.no_aead(RX_KEY, |view| certain_on(view.inbound(), view.no_aead())),
    KEYS.icv_of_16(RX_KEY, |view| certain_on(view.inbound(), view.icv_not_in(&[128]))),
    KEYS.other_than_gcm(RX_KEY, |view| certain_on(view.inbound(), view.other_than_gcm())),
    KEYS.key_of_128(RX_KEY, "the device offloads AES-GCM with keys of 128 bits only", cures::GCM_128, |view| {
        certain_on(view.inbound(), view.key_not_in(&[160, 128]))
    }),
    ADD.full("No space for SA in Rx IP SA table", "the device's table of 128 local addresses is full", |view| {
        possible_if(view.inbound())
    }),
    ADD.mute(
        Reason::VirtualFunctions,
        CallerSees::NotSupported,
        "the device offloads nothing outbound while it has virtual functions and is no VEPA bridge",
        cures::VEPA,
        |view| possible_if(view.outbound()),
    ),
    ADD.full("No space for SA in Tx table", "the device's table of 1,024 outbound SAs is full", |view| {
        possible_if(view.outbound())
    }),
    KEYS.no_aead(TX_KEY, |view| certain_on(view.outbound(), view.no_aead())),
    KEYS.icv_of_16(TX_KEY, |view| certain_on(view.outbound(), view.icv_not_in(&[128]))),
    KEYS.other_than_gcm(TX_KEY, |view| certain_on(view.outbound(), view.other_than_gcm())),
    KEYS.key_of_128(TX_KEY, "the device offloads AES-GCM with keys of 128 bits only", cures::GCM_128, |view| {
        certain_on(view.outbound(), view.key_not_in(&[160, 128]))
    }),
];
