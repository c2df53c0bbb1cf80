//! The algorithms of a connection as pluto prints them, `AES_GCM_16_256-NONE, AES_CBC-HMAC_SHA2_256_128-MODP2048`, as the kernel's.

use super::Libreswan;
use crate::daemons::{Proposal, Proposals};
use crate::model::Algorithm;

/// What pluto proposes where it was told nothing (seen of 4.10, IKEv2).
const DEFAULTS: &str = "AES_GCM_16_256-NONE, AES_GCM_16_128-NONE, AES_CBC_256-HMAC_SHA2_512_256+HMAC_SHA2_256_128, \
                            AES_CBC_128-HMAC_SHA2_512_256+HMAC_SHA2_256_128";

/// More alternatives than this are no configuration that a person wrote.
const MOST: usize = 256;

impl Proposals for Libreswan {
    fn default_proposals(&self, ah: bool) -> &'static str {
        if ah { "HMAC_SHA2_512_256, HMAC_SHA2_256_128" } else { DEFAULTS }
    }

    fn proposals(&self, list: &str, ah: bool) -> Vec<Proposal> {
        choices(list, ah)
    }
}

fn choices(list: &str, ah: bool) -> Vec<Proposal> {
    let mut found: Vec<Proposal> = Vec::new();
    for proposal in list.split(',').map(str::trim).filter(|proposal| !proposal.is_empty()) {
        let mut parts = proposal.split('-');
        let ciphers = if ah { "" } else { parts.next().unwrap_or_default() };
        let auths = parts.next().unwrap_or_default();
        for cipher in ciphers.split('+') {
            for auth in auths.split('+') {
                for choice in choice(cipher, auth, ah) {
                    if found.len() < MOST && !found.contains(&choice) {
                        found.push(choice);
                    }
                }
            }
        }
    }
    found
}

fn choice(cipher: &str, auth: &str, ah: bool) -> Vec<Proposal> {
    let (hmac, icv) = match auth {
        "HMAC_SHA1_96" => ("hmac(sha1)", 96),
        "HMAC_SHA2_256_128" => ("hmac(sha256)", 128),
        "HMAC_SHA2_384_192" => ("hmac(sha384)", 192),
        "HMAC_SHA2_512_256" => ("hmac(sha512)", 256),
        _ => ("", 0),
    };
    if ah {
        return vec![(auth.to_owned(), (icv > 0).then(|| Algorithm::authentication(hmac, icv)))];
    }
    if cipher == "CHACHA20_POLY1305" {
        return vec![(cipher.to_owned(), Some(Algorithm::chacha20_poly1305()))];
    }
    for (prefix, check) in [("AES_GCM_16", 128), ("AES_GCM_12", 96), ("AES_GCM_8", 64)] {
        if let Some(rest) = cipher.strip_prefix(prefix) {
            return lengths(rest)
                .into_iter()
                .map(|bits| (format!("{prefix}_{bits}"), Some(Algorithm::aes_gcm(bits, check))))
                .collect();
        }
    }
    if let Some(rest) = cipher.strip_prefix("AES_CBC")
        && icv > 0
    {
        return lengths(rest)
            .into_iter()
            .map(|bits| (format!("AES_CBC_{bits}-{auth}"), Some(Algorithm::aes_cbc(bits, hmac, icv))))
            .collect();
    }
    let name = if matches!(auth, "NONE" | "") { cipher.to_owned() } else { format!("{cipher}-{auth}") };
    vec![(name, None)]
}

/// pluto proposes 256 and 128 where no length is given.
fn lengths(rest: &str) -> Vec<u16> {
    match rest.strip_prefix('_').and_then(|bits| bits.parse().ok()) {
        Some(bits @ (128 | 192 | 256)) => vec![bits],
        Some(_) => vec![],
        None => vec![256, 128],
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(list: &str, ah: bool) -> Vec<(String, bool)> {
        choices(list, ah).into_iter().map(|(name, algorithm)| (name, algorithm.is_some())).collect()
    }

    #[test]
    fn what_pluto_prints_is_read() {
        let list = "AES_GCM_16-NONE, AES_GCM_8_128-NONE, AES_CBC_128-HMAC_SHA1_96, 3DES_CBC-HMAC_SHA2_512_256+HMAC_SHA2_256_128";
        let expected = [
            ("AES_GCM_16_256", true),
            ("AES_GCM_16_128", true),
            ("AES_GCM_8_128", true),
            ("AES_CBC_128-HMAC_SHA1_96", true),
            ("3DES_CBC-HMAC_SHA2_512_256", false),
            ("3DES_CBC-HMAC_SHA2_256_128", false),
        ];
        assert_eq!(names(list, false), expected.map(|(name, known)| (name.to_owned(), known)));
        assert_eq!(choices("AES_GCM_8_128-NONE", false)[0].1, Some(Algorithm::aes_gcm(128, 64)));
        assert_eq!(choices("CHACHA20_POLY1305-NONE", false)[0].1, Some(Algorithm::chacha20_poly1305()));
        assert_eq!(
            choices("AES_CBC-HMAC_SHA2_256_128-MODP2048", false)[1].1,
            Some(Algorithm::aes_cbc(128, "hmac(sha256)", 128)),
            "the group is no part of the SA"
        );
        assert_eq!(choices("HMAC_SHA2_256_128", true)[0].1, Some(Algorithm::authentication("hmac(sha256)", 128)));
        assert_eq!(names(DEFAULTS, false).len(), 6);
        assert!(names(DEFAULTS, false).iter().all(|(_, known)| *known));
    }

    proptest! {
        #[test]
        fn no_list_makes_it_panic(list in "[A-Z0-9_+, -]{0,80}", ah: bool) {
            let _ = choices(&list, ah);
        }
    }
}
