//! Why the kernel refuses an SA whatever its offload: the texts of its extended acknowledgements that people meet, with what they mean.

use super::cures::{self, Cure};
use super::words::SpokenWords;
use crate::model::Reason;

/// One cause, and the kernel's words for it.
#[derive(Clone, Copy, Debug)]
pub struct AddRefusal {
    pub reason: Reason,
    /// Where it is written: a file of the kernel and the function.
    #[cfg_attr(not(test), expect(dead_code, reason = "it says where to look when a kernel says something else"))]
    pub source: &'static str,
    /// The words, or how they begin.
    pub texts: &'static [&'static str],
    /// What is wrong, as the end of 'the kernel refused to add its SA: …'.
    pub means: &'static str,
    /// What to do about it, as each daemon has it.
    pub(crate) cure: Cure,
}

const fn refusal(
    reason: Reason,
    source: &'static str,
    texts: &'static [&'static str],
    means: &'static str,
    cure: Cure,
) -> AddRefusal {
    AddRefusal { reason, source, texts, means, cure }
}

/// What the kernel has no words for: the error alone, and what is known.
pub static TOO_SLOW: AddRefusal = refusal(
    Reason::NegotiationTooSlow,
    "net/xfrm/xfrm_state.c xfrm_state_update, xfrm_timer_handler",
    &[],
    "the negotiation took longer than the kernel keeps a reserved SA",
    cures::LARVAL_LIFE,
);

/// The same: the driver's refusal has no words that say so.
pub static PACKET_IN_UDP: AddRefusal = refusal(
    Reason::UdpEncapUnsupported,
    "a driver's xdo_dev_state_add",
    &[],
    "packet offload was asked for, and its ESP goes in UDP: the NIC does not take both",
    cures::NO_ENCAPSULATION,
);

/// Read from Linux 6.12 and 7.3. A text that is a beginning ends with a space.
static REFUSALS: [AddRefusal; 14] = [
    refusal(
        Reason::AlgorithmMissing,
        "net/xfrm/xfrm_user.c attach_aead, attach_crypt, attach_auth, attach_auth_trunc, attach_one_algo",
        &[
            "Requested AEAD algorithm not found",
            "Requested CRYPT algorithm not found",
            "Requested AUTH algorithm not found",
            "Requested AUTH_TRUNC algorithm not found",
            "Requested COMP algorithm not found",
        ],
        "this kernel has not the algorithm that was negotiated, as a module or built in",
        cures::ALGORITHM,
    ),
    refusal(
        Reason::AlgorithmMissing,
        "net/ipv4/esp4.c esp_init_aead, esp_init_authenc; net/ipv4/ah4.c ah_init_state",
        &["Kernel was unable to initialize cryptographic operations"],
        "this kernel cannot set up the algorithm that was negotiated: a module of it is missing (gcm, ghash, seqiv, authenc …), FIPS mode forbids it, or the key has another length",
        cures::ALGORITHM,
    ),
    refusal(
        Reason::IcvLength,
        "net/xfrm/xfrm_user.c attach_auth_trunc",
        &["Invalid length requested for truncated ICV"],
        "the check value (ICV) is longer than its algorithm makes one",
        cures::AUTH,
    ),
    refusal(
        Reason::ReplayWindow,
        "net/xfrm/xfrm_replay.c xfrm_init_replay; net/xfrm/xfrm_user.c verify_replay",
        &[
            "ESN replay window ",
            "ESN bitmap length must be <= 128",
            "ESN attribute is too short to fit the full bitmap length",
            "ESN not compatible with legacy replay_window",
            "Missing required attribute for ESN",
        ],
        "the replay window does not go with extended sequence numbers: it is 0, or wider than the kernel has room for",
        cures::ESN_WINDOW,
    ),
    refusal(
        Reason::EsnUnsupported,
        "net/xfrm/xfrm_user.c verify_replay",
        &["ESN only supported for ESP and AH"],
        "extended sequence numbers were asked for an SA that is neither ESP nor AH",
        cures::DAEMON_FAULT,
    ),
    refusal(
        Reason::UdpEncapUnsupported,
        "net/ipv4/esp4.c esp_init_state; net/ipv6/esp6.c esp6_init_state",
        &["Unsupported encapsulation type for ESP"],
        "this kernel has not the encapsulation that was negotiated (ESP in TCP needs CONFIG_INET_ESPINTCP)",
        cures::NO_ENCAPSULATION_TYPE,
    ),
    refusal(
        Reason::UdpEncapUnsupported,
        "net/ipv4/ah4.c ah_init_state; net/ipv6/ah6.c ah6_init_state",
        &["AH is not compatible with encapsulation"],
        "AH does not pass a NAT: it cannot be wrapped in UDP",
        cures::ESP,
    ),
    refusal(
        Reason::ModeUnsupported,
        "net/xfrm/xfrm_state.c __xfrm_init_state",
        &["Requested mode not found"],
        "this kernel has not the mode that was negotiated (IP-TFS needs CONFIG_XFRM_IPTFS, BEET and tunnel their modules)",
        cures::TRANSPORT_TUNNEL,
    ),
    refusal(
        Reason::ModeUnsupported,
        "net/xfrm/xfrm_user.c verify_newsa_info",
        &["IP-TFS mode only supported with ESP", "IP-TFS "],
        "IP-TFS was asked for an SA that cannot have it: it goes with ESP in its own mode alone",
        cures::TRANSPORT_TUNNEL,
    ),
    refusal(
        Reason::ModuleMissing,
        "net/xfrm/xfrm_state.c __xfrm_init_state",
        &["Requested type not found"],
        "this kernel has no ESP or AH for this IP version: esp4, esp6, ah4 or ah6 is not loaded and cannot be",
        cures::ESP_MODULE,
    ),
    refusal(
        Reason::NoSpi,
        "net/xfrm/xfrm_state.c xfrm_alloc_spi",
        &["No SPI available in the requested range", "Requested SPI is already in use"],
        "no SPI is free in the range that was asked for",
        cures::SPI_RANGE,
    ),
    refusal(
        Reason::PerCpu,
        "net/xfrm/xfrm_user.c xfrm_state_construct, xfrm_alloc_userspi",
        &["pCPU number too big"],
        "an SA for a single CPU was asked for, and this host has fewer CPUs",
        cures::PER_CPU,
    ),
    refusal(
        Reason::Busy,
        "net/xfrm/xfrm_user.c xfrm_del_sa",
        &["SA is in use by tunnels"],
        "the kernel made the SA itself for others that compress (IPCOMP), and it goes with them",
        cures::NO_COMPRESSION,
    ),
    refusal(
        Reason::TfcPadding,
        "net/xfrm/xfrm_user.c verify_newsa_info",
        &["Excessive TFC padding"],
        "padding (TFC) to more than the largest packet was asked for",
        cures::NO_TFC,
    ),
];

/// Every one, in the order of the table.
#[cfg(test)]
pub(super) fn refusals() -> &'static [AddRefusal] {
    &REFUSALS
}

/// What the kernel's words say of an SA that it refused, where they have nothing to do with an offload.
pub fn judge_add(text: &str) -> Option<&'static AddRefusal> {
    let said = SpokenWords::read(text);
    let is_it = |text: &&str| if text.ends_with(' ') { said.text.starts_with(*text) } else { said.text == *text };
    REFUSALS.iter().find(|refusal| refusal.texts.iter().any(&is_it))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_text_is_one_cause_however_it_is_passed_on() {
        let mut texts = BTreeSet::new();
        for refusal in refusals() {
            for text in refusal.texts {
                assert!(texts.insert(text), "{text}");
                let rest = if text.ends_with(' ') { "and more" } else { "" };
                let said = format!("netlink ext_ack: {text}{rest}");
                assert_eq!(judge_add(&said).map(|found| found.reason), Some(refusal.reason), "{text}");
            }
            assert!(
                refusal.means.len() > 20 && refusal.cure.libreswan.len() > 10 && refusal.cure.strongswan.len() > 10
            );
        }
        let window = judge_add("ESN replay window is longer than the bitmap").map(|found| found.reason);
        assert_eq!(window, Some(Reason::ReplayWindow));
    }

    #[test]
    fn words_about_an_offload_are_no_such_cause() {
        for text in ["", "Device doesn't support offload with ESN", "TFC padding can't be offloaded", "ESN", "IP-TFS"] {
            assert!(judge_add(text).is_none(), "{text}");
        }
        for entry in super::super::all() {
            assert!(entry.text.is_none_or(|text| judge_add(text).is_none()), "{:?}", entry.text);
        }
    }
}
