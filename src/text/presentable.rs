//! Making text from a log fit to be kept and shown: no key, nothing that a terminal obeys, nothing endless.

use super::keys::key_length;
use crate::text::{escaped, is_unsafe};

/// Bytes of a kept text.
pub const MAX_BYTES: usize = 1024;

/// What stands where a key was.
const MASK: &str = "[hidden]";

/// The text, at most 1,024 bytes of it: keys hidden, control and bidirectional characters escaped.
pub fn presentable(text: &str) -> String {
    presentable_behind("", text)
}

/// The same behind a beginning in which no key stands: who speaks, by the names that an administrator chose.
pub fn presentable_behind(names: &str, text: &str) -> String {
    let mut kept = escaped(names).into_owned();
    // Everything beyond is cut anyway; a key that begins before the cut must be seen whole.
    let looked_at = beginning(text, 2 * MAX_BYTES);
    let mut at = 0;
    let mut quote = None;
    while let Some(next) = looked_at.get(at..).and_then(|rest| rest.chars().next()) {
        let key = key_length(looked_at, at, quote.is_some());
        if key > 0 {
            kept.push_str(MASK);
            at += key;
            continue;
        }
        match quote {
            Some(end) if next == end => quote = None,
            Some(_) => {}
            None => quote = opened(looked_at, at, next),
        }
        if is_unsafe(next) {
            kept.extend(next.escape_unicode());
        } else {
            kept.push(next);
        }
        at += next.len_utf8();
    }
    if kept.len() > MAX_BYTES || looked_at.len() < text.len() {
        kept.truncate(beginning(&kept, MAX_BYTES - '…'.len_utf8()).len());
        kept.push('…');
    }
    kept
}

/// What closes the quotes that open here; none where nothing does, and for an apostrophe.
fn opened(text: &str, at: usize, quote: char) -> Option<char> {
    let end = match quote {
        '"' => '"',
        '\'' | '`' => '\'',
        _ => return None,
    };
    let apostrophe = text.get(..at)?.ends_with(char::is_alphanumeric);
    let closes = text.get(at + 1..)?.contains(end);
    (closes && !apostrophe).then_some(end)
}

/// At most so many bytes of the text, no character cut in two.
fn beginning(text: &str, bytes: usize) -> &str {
    (0..=bytes.min(text.len())).rev().find_map(|end| text.get(..end)).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_are_hidden_in_every_spelling() {
        let bytes: Vec<String> = (0..16_u8).map(|i| format!("{:02x}", i.wrapping_mul(37))).collect();
        let dump = format!("{}  {}", bytes[..4].join(" "), bytes[4..].join(" "));
        let words: Vec<String> = bytes.chunks(4).map(<[String]>::concat).collect();
        for key in [bytes.concat(), format!("0x{}", bytes.concat()), bytes.join(":"), dump, words.join(" ")] {
            for (before, after) in [("key ", "; end"), ("", ""), ("went (", ")."), ("x=", ", y"), ("SK_ei: ", "")] {
                assert_eq!(presentable(&format!("{before}{key}{after}")), format!("{before}[hidden]{after}"), "{key}");
            }
        }
    }

    #[test]
    fn where_a_key_is_announced_no_length_saves_it() {
        for (text, shown) in [
            ("enc cbc(des) 0x0123456789abcdef sel", "enc cbc(des) [hidden] sel"),
            ("auth-trunc hmac(md5) 0x0123456789abcdef01 96", "auth-trunc hmac(md5) [hidden] 96"),
            ("aead rfc4106(gcm(aes)) 0x00112233445566778899 128", "aead rfc4106(gcm(aes)) [hidden] 128"),
            ("@west @east : PSK \"hunter two\" x", "@west @east : PSK \"[hidden]\" x"),
            ("%any : PSK 0sMTIzNDU2Nzg= x", "%any : PSK [hidden] x"),
            ("PSK 0x1122334455667788", "PSK [hidden]"),
            (
                "loaded private key for keyid: PKK_RSA:0123456789abcdef",
                "loaded private key for keyid: PKK_RSA:[hidden]",
            ),
            ("password=hunter2, user=x", "password=[hidden], user=x"),
            ("key: 11 22 33 44 55 66 77 88", "key: [hidden]"),
        ] {
            assert_eq!(presentable(text), shown);
        }
    }

    #[test]
    fn names_ids_and_paths_of_the_same_digits_stay() {
        let digits = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
        for text in [
            format!("no connection named \"{digits}\""),
            format!("peer ID is ID_FQDN: '@{digits}'"),
            format!("ID_KEY_ID `@#0x{digits}'"),
            format!("don't know @{digits} from \"site@{digits}@@203.0.113.7\""),
            format!("cannot read /etc/ipsec.d/{digits}.conf"),
            format!("{digits}.example.com: {digits}-1"),
            "initiator established IKE SA; authenticated using authby=secret and peer ID '192.0.2.1'".to_owned(),
            "authenticated peer using preshared-key-mac and ID '@east'".to_owned(),
            "no preshared key found for `@west' and `@east'".to_owned(),
            "loading secrets from \"/etc/ipsec.secrets\"; key 12345".to_owned(),
        ] {
            assert_eq!(presentable(&text), text);
        }
        // What no quotes close is no name.
        assert_eq!(presentable(&format!("\"x {digits}")), "\"x [hidden]");
        assert_eq!(presentable_behind(&format!("{digits} "), digits), format!("{digits} [hidden]"));
    }

    #[test]
    fn spis_and_addresses_stay() {
        for text in [
            "{ESP=>0x75cd8d5e <0xbba19740 xfrm=AES_GCM_16_256-NONE}",
            "esp:75cd8d5e@2001:db80:1234:5678:9abc:def0:1234:5678",
            "SPI=9fa9c9dd9ba9e901 chosen",
            "a bad cafe fed dad a bee",
        ] {
            assert_eq!(presentable(text), text);
        }
    }

    #[test]
    fn what_a_terminal_obeys_is_escaped() {
        assert_eq!(presentable("a\x1b[31m\u{202e}b\r\n\u{9b}"), r"a\u{1b}[31m\u{202e}b\u{d}\u{a}\u{9b}");
    }

    #[test]
    fn a_long_text_is_cut_and_says_so() {
        let cut = presentable(&"ü".repeat(5_000));
        assert!(cut.len() <= MAX_BYTES && cut.ends_with('…'));
        let key = format!("{} {}", "x".repeat(1_000), "ab".repeat(4_000));
        assert!(!presentable(&key).contains("abab"));
    }

    proptest! {
        #[test]
        fn always_bounded_and_harmless(text in ".{0,3000}") {
            let kept = presentable(&text);
            prop_assert!(kept.len() <= MAX_BYTES);
            prop_assert!(!kept.chars().any(is_unsafe));
        }

        #[test]
        fn no_number_of_sixteen_bytes_survives_alone(before in "[^0-9a-fA-F\"'`]{0,40}", key in "[0-9a-f]{32,200}", after in "[ -~]{0,40}") {
            let kept = presentable(&format!("{before} {key} {after}"));
            prop_assert!(!kept.contains(&key[..32]));
        }
    }
}
