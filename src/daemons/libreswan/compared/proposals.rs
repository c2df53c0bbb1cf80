//! `esp=` as it is written against the algorithms as pluto prints them, where each word of both is known; Diffie-Hellman groups are left out.

use std::collections::BTreeSet;

use crate::daemons::Difference;
use crate::model::{ConfiguredConnection, LoadedConnection, Setting};

/// A cipher and what checks it, in pluto's words.
type CipherPair = (String, &'static str);

pub(super) fn esp(written: &ConfiguredConnection, loaded: &LoadedConnection) -> Option<Difference> {
    let child = &loaded.child;
    // A connection of which the algorithms are not shown has the default ones; its lifetimes show that all of it was shown.
    if child.ah != Some(false) || child.life.is_none() || written.value("ah") != Setting::Default {
        return None;
    }
    let (said, told) = match (written.value("esp"), child.algorithms.as_deref()) {
        (Setting::Is(text), Some(shown)) if as_written(text)? != as_shown(shown)? => (text, shown),
        (Setting::Is(text), None) if as_written(text).is_some() => (text, "(its default)"),
        (Setting::Default, Some(shown)) => ("(its default)", shown),
        _ => return None,
    };
    Some(Difference { setting: "esp", loaded: format!("esp={told}"), written: format!("esp={said}") })
}

/// `aes_gcm256-null,aes256-sha2_512;dh19`
fn as_written(text: &str) -> Option<BTreeSet<CipherPair>> {
    text.split(',')
        .map(|proposal| {
            let proposal = proposal.trim().to_ascii_lowercase();
            let mut parts = proposal.split([';', '-']);
            let cipher = cipher(parts.next()?)?;
            let is_aead = cipher.starts_with("AES_GCM");
            let check = match parts.next() {
                None if is_aead => "NONE",
                Some("null" | "none") if is_aead => "NONE",
                Some(group) if is_aead && is_group(group) => "NONE",
                Some("sha1") if !is_aead => "HMAC_SHA1_96",
                Some("sha2" | "sha256" | "sha2_256") if !is_aead => "HMAC_SHA2_256_128",
                Some("sha384" | "sha2_384") if !is_aead => "HMAC_SHA2_384_192",
                Some("sha512" | "sha2_512") if !is_aead => "HMAC_SHA2_512_256",
                _ => return None,
            };
            parts.all(is_group).then_some((cipher, check))
        })
        .collect()
}

fn is_group(word: &str) -> bool {
    ["dh", "modp", "ecp_", "ecp", "curve"].iter().any(|kind| word.starts_with(kind))
}

/// A cipher with its length: without one pluto has several.
fn cipher(word: &str) -> Option<String> {
    let digits = word.len().checked_sub(3)?;
    let (name, bits) = word.split_at_checked(digits)?;
    if !["128", "192", "256"].contains(&bits) {
        return None;
    }
    match name.trim_end_matches('_') {
        "aes" | "aes_cbc" => Some(format!("AES_CBC_{bits}")),
        "aes_gcm" | "aes_gcm_c" | "aes_gcm_16" => Some(format!("AES_GCM_16_{bits}")),
        _ => None,
    }
}

/// `AES_GCM_16_256-NONE, AES_CBC_256-HMAC_SHA2_512_256-DH19`
fn as_shown(text: &str) -> Option<BTreeSet<CipherPair>> {
    const CHECKS: [&str; 4] = ["HMAC_SHA1_96", "HMAC_SHA2_256_128", "HMAC_SHA2_384_192", "HMAC_SHA2_512_256"];
    text.split(',')
        .map(|proposal| {
            let mut parts = proposal.trim().split('-');
            let shown = parts.next()?;
            let is_aead = shown.starts_with("AES_GCM_16_");
            cipher(&shown.to_ascii_lowercase()).filter(|known| known == shown)?;
            let check = match parts.next() {
                None if is_aead => "NONE",
                Some("NONE") if is_aead => "NONE",
                Some(group) if is_aead && is_group(&group.to_ascii_lowercase()) => "NONE",
                Some(check) if !is_aead => *CHECKS.iter().find(|known| **known == check)?,
                _ => return None,
            };
            parts.all(|group| is_group(&group.to_ascii_lowercase())).then_some((shown.to_owned(), check))
        })
        .collect()
}
