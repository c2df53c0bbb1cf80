//! netdevsim, the kernel's own test device.

use super::cures::{self, Cure};
use super::entry::{CallerSees, CheckPlace, ENOSPC, Entry};
use super::fits::{CaseView, Fits, certain_if};
use crate::model::Reason;

const ADD: CheckPlace = CheckPlace::new("netdevsim", "drivers/net/netdevsim/ipsec.c nsim_ipsec_add_sa");
const KEYS: CheckPlace = CheckPlace::new("netdevsim", "drivers/net/netdevsim/ipsec.c nsim_ipsec_parse_proto_keys");

/// The words are one; which of them it is stands in the kernel's log.
const fn keys(
    reason: Reason,
    logs: &'static [&'static str],
    means: &'static str,
    cure: Cure,
    when: fn(&CaseView<'_>) -> Fits,
) -> Entry {
    ADD.refusal(reason, "Failed to get key data for SA table", means, cure, when).by(KEYS).logged(logs)
}

pub(super) const ENTRIES: &[Entry] = &[
    ADD.no_ipcomp("Unsupported protocol for ipsec offload"),
    ADD.no_compression("Compression offload not supported"),
    ADD.crypto_only("Unsupported ipsec offload type"),
    ADD.refusal(
        Reason::Capacity,
        "No space for SA in Rx table!",
        "the device's table of 33 SAs is full",
        cures::FULL,
        |_| Fits::Possible,
    )
    .with(CallerSees::Errors(&[ENOSPC])),
    keys(
        Reason::AlgorithmUnsupported,
        &["Unsupported IPsec algorithm"],
        "the device offloads AES-GCM only",
        cures::GCM,
        |view| certain_if(view.no_aead()),
    ),
    keys(
        Reason::IcvLength,
        &["IPsec offload requires 128 bit authentication"],
        "the device offloads AES-GCM with an ICV of 16 bytes only",
        cures::ICV_16,
        |view| certain_if(view.icv_not_in(&[128])),
    ),
    keys(
        Reason::AlgorithmUnsupported,
        &["Unsupported IPsec algorithm - please use rfc4106(gcm(aes))"],
        "the device offloads AES-GCM only",
        cures::GCM,
        |view| certain_if(view.other_than_gcm()),
    ),
    keys(
        Reason::KeyLength,
        &["IPsec hw offload only supports 128 bit keys with optional 32 bit salt"],
        "the key is too short for the device",
        cures::GCM,
        |view| certain_if(view.key_below(128)),
    ),
];
