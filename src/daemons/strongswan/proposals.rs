//! The algorithms of a child as `esp_proposals` and `ah_proposals` have them, `aes128gcm16-x25519-noesn, aes256-sha256`, as the kernel's
//! (src/libstrongswan/crypto/proposal).

use super::Strongswan;
use crate::daemons::{Proposal, Proposals};
use crate::model::Algorithm;

/// What charon makes of the word `default`, and proposes where it was told nothing (`proposal_create_default_aead`,
/// `proposal_create_default`).
const DEFAULT: &str = "default";
const DEFAULTS: &str = "aes128gcm16-aes192gcm16-aes256gcm16, aes128-aes192-aes256-sha256-sha384-sha512-sha1-aesxcbc";
const DEFAULTS_OF_AH: &str = "sha256-sha384-sha512-sha1-aesxcbc";

/// More alternatives than this are no configuration that a person wrote.
const MOST: usize = 256;

const ESN: &str = "esn";
const NO_ESN: &str = "noesn";

impl Proposals for Strongswan {
    fn default_proposals(&self, _ah: bool) -> &'static str {
        DEFAULT
    }

    fn proposals(&self, list: &str, ah: bool) -> Vec<Proposal> {
        let mut found: Vec<Proposal> = Vec::new();
        for proposal in each(list) {
            let is_default = proposal.eq_ignore_ascii_case(DEFAULT);
            let defaults = if ah { DEFAULTS_OF_AH } else { DEFAULTS };
            for one in if is_default { each(defaults) } else { each(proposal) } {
                for choice in choices(one, ah) {
                    if found.len() < MOST && !found.contains(&choice) {
                        found.push(choice);
                    }
                }
            }
        }
        found
    }
}

/// A proposal of this list has extended sequence numbers.
pub(super) fn has_esn(list: &str) -> bool {
    each(list).any(|proposal| words(proposal).any(|word| word == ESN))
}

/// One has none: where a proposal says nothing it is proposed without (`check_proposal`).
pub(super) fn has_no_esn(list: &str) -> bool {
    each(list).any(|proposal| words(proposal).all(|word| word != ESN) || words(proposal).any(|word| word == NO_ESN))
}

fn each(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|proposal| !proposal.is_empty())
}

fn words(proposal: &str) -> impl Iterator<Item = &str> {
    proposal.split('-').map(str::trim).filter(|word| !word.is_empty())
}

/// Every cipher of a proposal with every check value of it; key exchanges and the like are no part of an SA.
fn choices(proposal: &str, ah: bool) -> Vec<Proposal> {
    let (mut ciphers, mut checks) = (Vec::new(), Vec::new());
    for word in words(proposal) {
        match check_value(word) {
            Some(check) => checks.push((word, check)),
            None if is_key_exchange(word) || word == ESN || word == NO_ESN || word.starts_with("prf") => {}
            None => ciphers.push(word),
        }
    }
    if ah {
        let authentication = |(hmac, icv): (&str, u16)| Algorithm::authentication(hmac, icv);
        return checks.into_iter().map(|(word, check)| (word.to_owned(), check.map(authentication))).collect();
    }
    let mut found = Vec::new();
    for cipher in ciphers {
        match aead(cipher) {
            Some(algorithm) => found.push((cipher.to_owned(), Some(algorithm))),
            None if checks.is_empty() => found.push((cipher.to_owned(), None)),
            None => found.extend(checks.iter().map(|(word, check)| {
                let algorithm =
                    cbc_bits(cipher).zip(*check).map(|(bits, (hmac, icv))| Algorithm::aes_cbc(bits, hmac, icv));
                (format!("{cipher}-{word}"), algorithm)
            })),
        }
    }
    found
}

/// AES-GCM and ChaCha20-Poly1305.
fn aead(word: &str) -> Option<Algorithm> {
    if word == "chacha20poly1305" {
        return Some(Algorithm::chacha20_poly1305());
    }
    let (bits, check) = word.strip_prefix("aes")?.split_once("gcm")?;
    let bits = key_length(bits)?;
    // In bytes, or in bits.
    let check = match check {
        "8" | "64" => 64,
        "12" | "96" => 96,
        "" | "16" | "128" => 128,
        _ => return None,
    };
    Some(Algorithm::aes_gcm(bits, check))
}

fn cbc_bits(word: &str) -> Option<u16> {
    match word.strip_prefix("aes")? {
        "" => Some(128),
        bits => key_length(bits),
    }
}

fn key_length(bits: &str) -> Option<u16> {
    match bits {
        "128" => Some(128),
        "192" => Some(192),
        "256" => Some(256),
        _ => None,
    }
}

/// The kernel's name of a word for a check value, with its bits; none of it where that is nothing that is probed.
fn check_value(word: &str) -> Option<Option<(&'static str, u16)>> {
    match word {
        "sha" | "sha1" => Some(Some(("hmac(sha1)", 96))),
        "sha256" | "sha2_256" => Some(Some(("hmac(sha256)", 128))),
        "sha384" | "sha2_384" => Some(Some(("hmac(sha384)", 192))),
        "sha512" | "sha2_512" => Some(Some(("hmac(sha512)", 256))),
        "sha1_160" | "sha256_96" | "sha2_256_96" | "md5" | "md5_128" | "aesxcbc" | "camelliaxcbc" | "aescmac" => {
            Some(None)
        }
        _ => None,
    }
}

/// With their places where there are several (`ke1_mlkem768`), from 6.0 on.
fn is_key_exchange(word: &str) -> bool {
    const BEGIN: [&str; 11] =
        ["modp", "ecp", "curve", "x25519", "x448", "ntru", "newhope", "gost", "mlkem", "frodo", "none"];
    let word = match word.strip_prefix("ke").and_then(|rest| rest.split_once('_')) {
        Some((_, exchange)) => exchange,
        None => word,
    };
    BEGIN.iter().any(|begin| word.starts_with(begin))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(list: &str, ah: bool) -> Vec<(String, bool)> {
        Strongswan.proposals(list, ah).into_iter().map(|(name, algorithm)| (name, algorithm.is_some())).collect()
    }

    #[test]
    fn what_people_write_is_read() {
        for (list, expected) in [
            ("aes128gcm16-x25519-noesn", &[("aes128gcm16", true)][..]),
            ("aes256gcm128-esn , aes256-sha256-modp2048", &[("aes256gcm128", true), ("aes256-sha256", true)]),
            ("aes-sha1", &[("aes-sha1", true)]),
            (
                "aes128-aes256-sha256-sha512-ecp256",
                &[("aes128-sha256", true), ("aes128-sha512", true), ("aes256-sha256", true), ("aes256-sha512", true)],
            ),
            ("aes256gcm16-x25519-ke1_mlkem768", &[("aes256gcm16", true)]),
            ("chacha20poly1305-prfsha256-x25519", &[("chacha20poly1305", true)]),
            ("3des-md5", &[("3des-md5", false)]),
            ("aes128ccm16, aes128ctr-sha1", &[("aes128ccm16", false), ("aes128ctr-sha1", false)]),
            ("aes128", &[("aes128", false)]),
            ("", &[]),
        ] {
            let expected: Vec<_> = expected.iter().map(|(name, known)| ((*name).to_owned(), *known)).collect();
            assert_eq!(names(list, false), expected, "{list}");
        }
        assert_eq!(Strongswan.proposals("aes128gcm8", false)[0].1, Some(Algorithm::aes_gcm(128, 64)));
        assert_eq!(Strongswan.proposals("aes-sha256", false)[0].1, Some(Algorithm::aes_cbc(128, "hmac(sha256)", 128)));
        assert_eq!(
            Strongswan.proposals("sha512-noesn", true)[0].1,
            Some(Algorithm::authentication("hmac(sha512)", 256))
        );
        assert_eq!(names("aes128gmac", true), []);
    }

    #[test]
    fn the_default_is_what_charon_proposes_by_itself() {
        let defaults = names(Strongswan.default_proposals(false), false);
        assert_eq!(defaults, names("DEFAULT", false));
        assert_eq!(defaults.len(), 3 + 3 * 5);
        assert_eq!(defaults.iter().filter(|(_, known)| *known).count(), 3 + 3 * 4);
        assert_eq!(names("default", true).len(), 5);
        assert_eq!(names("aes128gcm16, default", false).len(), 3 + 3 * 5);
    }

    #[test]
    fn a_proposal_that_says_nothing_is_without_extended_sequence_numbers() {
        for (list, with, without) in [
            ("default", false, true),
            ("aes128gcm16", false, true),
            ("aes128gcm16-noesn", false, true),
            ("aes128gcm16-esn", true, false),
            ("aes128gcm16-esn-noesn", true, true),
            ("aes128gcm16-esn, aes128-sha256", true, true),
            ("aes128gcm16-esn, aes128-sha256-esn", true, false),
        ] {
            assert_eq!((has_esn(list), has_no_esn(list)), (with, without), "{list}");
        }
    }

    proptest! {
        #[test]
        fn no_list_makes_it_panic(list in "[a-z0-9_, -]{0,80}", ah: bool) {
            let _ = (Strongswan.proposals(&list, ah), has_esn(&list), has_no_esn(&list));
        }
    }
}
