//! Netronome and Corigine Agilio. The card does the SA later, on its own: a fault then stands in the kernel's log alone.

use super::cures;
use super::entry::{ANY, CallerSees, CheckPlace, EBUSY, ENOMEM, Entry};
use super::fits::{CaseView, Fits, both, certain_if, possible_if};
use crate::model::Reason;

const ADD: CheckPlace =
    CheckPlace::new("nfp", "drivers/net/ethernet/netronome/nfp/crypto/ipsec.c nfp_net_xfrm_add_state");
const LATER: CheckPlace =
    CheckPlace::new("nfp", "drivers/net/ethernet/netronome/nfp/nfp_net_common.c nfp_net_mbox_amsg_work");

const AES: [&str; 3] = ["rfc4106(gcm(aes))", "rfc4543(gcm(aes))", "cbc(aes)"];
const GCM: [&str; 2] = ["rfc4106(gcm(aes))", "rfc4543(gcm(aes))"];
const CBC: [&str; 1] = ["cbc(aes)"];
/// Besides ChaCha20 and 3DES, which some of the cards have.
const CIPHERS: [&str; 4] = ["rfc4106(gcm(aes))", "rfc4543(gcm(aes))", "cbc(aes)", "ecb(cipher_null)"];
const SOME_CARDS: [&str; 2] = ["cbc(des3_ede)", "rfc7539esp(chacha20,poly1305)"];
const AUTHS: [&str; 6] = ["digest_null", "hmac(md5)", "hmac(sha1)", "hmac(sha256)", "hmac(sha384)", "hmac(sha512)"];
const LENGTHS: [(&str, &[u16]); 5] = [
    ("hmac(md5)", &[96, 128]),
    ("hmac(sha1)", &[96, 80]),
    ("hmac(sha256)", &[96, 128]),
    ("hmac(sha384)", &[96, 192]),
    ("hmac(sha512)", &[96, 256]),
];

/// Neither an AEAD nor an authentication that the card has.
fn strange_authentication(view: &CaseView<'_>) -> Option<bool> {
    let known = view.auth_in(&AUTHS).map(|known| !known);
    both(known, view.no_aead())
}

/// AES-CCM, or AES-GCM with a short ICV: the kernel numbers AES-GCM by its ICV.
fn strange_aead(view: &CaseView<'_>) -> Option<bool> {
    let short = both(view.cipher_in(&GCM), view.icv_not_in(&[128]));
    view.cipher_in(&["rfc4309(ccm(aes))"]).map(|ccm| ccm || short == Some(true))
}

pub(super) const ENTRIES: &[Entry] = &[
    ADD.refusal(
        Reason::ModeUnsupported,
        "Unsupported mode for xfrm offload",
        "the device offloads transport and tunnel mode only",
        cures::TRANSPORT_TUNNEL,
        |view| certain_if(view.odd_mode()),
    ),
    ADD.no_ipcomp("Unsupported protocol for xfrm offload"),
    ADD.refusal(
        Reason::EsnUnsupported,
        "Unsupported XFRM_REPLAY_MODE_ESN for xfrm offload",
        "the device offloads no SA with extended sequence numbers",
        cures::ESN,
        |view| certain_if(view.esn()),
    ),
    ADD.crypto_only("Unsupported xfrm offload type"),
    ADD.refusal(
        Reason::AlgorithmUnsupported,
        "Unsupported authentication algorithm",
        "the device does not know the SA's authentication",
        cures::AUTH,
        // MD5 is missing on the NFP3800 alone.
        |view| match (view.auth_in(&["hmac(md5)"]), strange_authentication(view)) {
            (Some(true), _) => Fits::Possible,
            (_, strange) => certain_if(strange),
        },
    ),
    ADD.refusal(
        Reason::IcvLength,
        "Unsupported authentication algorithm trunc length",
        "the device does not know this length of the authentication's value",
        cures::AUTH,
        |view| certain_if(view.truncated_otherwise(&LENGTHS)),
    ),
    ADD.refusal(
        Reason::KeyLength,
        "Insufficient space for offloaded auth key",
        "the authentication's key is too long for the device",
        cures::AUTH,
        |_| Fits::Hidden,
    ),
    ADD.refusal(
        Reason::AlgorithmUnsupported,
        "Unsupported encryption algorithm for offload",
        "the device does not know the SA's cipher",
        cures::GCM,
        |view| match (strange_aead(view), view.cipher_in(&SOME_CARDS)) {
            (Some(true), _) => Fits::Certain,
            (_, Some(true)) => Fits::Possible,
            // A cipher without a number of its own passes for none.
            _ => possible_if(view.cipher_in(&CIPHERS).map(|known| !known)),
        },
    ),
    ADD.refusal(
        Reason::IcvLength,
        "ICV must be 128bit with CHACHA20_POLY1305",
        "the device offloads ChaCha20-Poly1305 with an ICV of 16 bytes only",
        cures::GCM,
        |view| possible_if(both(view.chacha(), view.icv_not_in(&[128]))),
    ),
    ADD.refusal(
        Reason::KeyLength,
        "Unsupported CHACHA20 key length",
        "the device offloads ChaCha20-Poly1305 with keys of 256 bits only",
        cures::GCM,
        |view| possible_if(both(view.chacha(), view.key_not_in(&[288]))),
    ),
    ADD.refusal(
        Reason::AlgorithmUnsupported,
        "Invalid AES key data",
        "the SA has no AES key where its cipher needs one",
        cures::GCM,
        |_| Fits::Hidden,
    ),
    ADD.refusal(
        Reason::IcvLength,
        "ICV must be 128bit with SADB_X_EALG_AES_GCM_ICV16",
        "the device offloads AES-GCM with an ICV of 16 bytes only",
        cures::ICV_16,
        // The kernel numbers AES-GCM by its ICV, so another one is another cipher, and refused as such.
        |_| Fits::Hidden,
    ),
    ADD.refusal(
        Reason::KeyLength,
        "Unsupported AES key length",
        "the device offloads AES with keys of 128, 192 or 256 bits only",
        cures::GCM_ANY,
        |view| {
            let gcm = both(view.cipher_in(&GCM), view.key_not_in(&[160, 224, 288]));
            let cbc = both(view.cipher_in(&CBC), view.key_not_in(&[128, 192, 256]));
            match (gcm, cbc, view.cipher_in(&AES)) {
                (Some(true), ..) | (_, Some(true), _) => Fits::Certain,
                (Some(false), Some(false), _) | (.., Some(false)) => Fits::No,
                _ => Fits::Possible,
            }
        },
    ),
    ADD.refusal(
        Reason::KeyLength,
        "aead: Insufficient space for offloaded key",
        "the key is too long for the device",
        cures::GCM_ANY,
        |_| Fits::Hidden,
    ),
    ADD.refusal(
        Reason::KeyLength,
        "ealg: Insufficient space for offloaded key",
        "the key is too long for the device",
        cures::GCM_ANY,
        |_| Fits::Hidden,
    ),
    ADD.no_family("Unsupported address family"),
    ADD.refusal(
        Reason::Capacity,
        "Unable to get sa_data number for IPsec",
        "the device's table of 16,384 SAs is full",
        cures::FULL,
        |_| Fits::Possible,
    )
    .with(CallerSees::Errors(&[EBUSY])),
    ADD.refusal(
        Reason::FirmwareError,
        "Failed to issue IPsec command",
        "the driver could not tell the card",
        cures::FIRMWARE,
        |_| Fits::Possible,
    )
    .with(CallerSees::Errors(&[ENOMEM])),
    LATER
        .mute(
            Reason::FirmwareError,
            CallerSees::Errors(&ANY),
            "the card refused the SA after the kernel had been told that it took it",
            cures::FIRMWARE,
            |_| Fits::Hidden,
        )
        .at(super::entry::CheckStage::Elsewhere)
        .logged(&["Config cmd 3 to HW failed"]),
];
