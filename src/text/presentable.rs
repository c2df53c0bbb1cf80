//! Making text from a log fit to be kept and shown: nothing that looks like a key, nothing that a terminal obeys, nothing endless.

use crate::text::is_unsafe;

/// Bytes of a kept text.
pub const MAX_BYTES: usize = 1024;

/// Hexadecimal digits from which on a run counts as a key: 16 bytes.
const KEY_DIGITS: usize = 32;

/// What stands where a run was.
const MASK: &str = "[hidden]";

/// The text, at most 1,024 bytes of it: every run of 16 or more hexadecimal bytes hidden, control and bidirectional characters escaped.
pub fn presentable(text: &str) -> String {
    // Everything beyond is cut anyway; a run that begins before the cut must be seen whole.
    let looked_at = beginning(text, 2 * MAX_BYTES);
    let mut kept = String::with_capacity(looked_at.len().min(MAX_BYTES));
    let mut rest = looked_at;
    let mut before = ' ';
    while let Some(next) = rest.chars().next() {
        let run = if before.is_ascii_alphanumeric() { 0 } else { key_length(rest.as_bytes()) };
        let length = if run > 0 {
            kept.push_str(MASK);
            run
        } else if is_unsafe(next) {
            kept.extend(next.escape_unicode());
            next.len_utf8()
        } else {
            kept.push(next);
            next.len_utf8()
        };
        before = if run > 0 { 'f' } else { next };
        rest = rest.get(length..).unwrap_or("");
    }
    if kept.len() > MAX_BYTES || looked_at.len() < text.len() {
        kept.truncate(beginning(&kept, MAX_BYTES - '…'.len_utf8()).len());
        kept.push('…');
    }
    kept
}

/// At most so many bytes of the text, no character cut in two.
fn beginning(text: &str, bytes: usize) -> &str {
    (0..=bytes.min(text.len())).rev().find_map(|end| text.get(..end)).unwrap_or("")
}

/// Length of the run of 16 or more hexadecimal bytes that begins here, 0 where none does: digits in one piece, after `0x` too, or in
/// pieces of one size as hexadecimal dumps have them.
fn key_length(text: &[u8]) -> usize {
    let prefix = if text.starts_with(b"0x") || text.starts_with(b"0X") { 2 } else { 0 };
    let digits = text.get(prefix..).unwrap_or_default();
    let first = hex_length(digits);
    if first >= KEY_DIGITS {
        return prefix + first;
    }
    if !matches!(first, 2 | 4 | 8) {
        return 0;
    }
    let mut end = first;
    let mut count = first;
    loop {
        let rest = digits.get(end..).unwrap_or_default();
        let gap = rest.iter().take(2).take_while(|b| **b == b' ').count();
        // Colons and dashes join bytes; four digits between colons are an address.
        let gap = if gap == 0 && first == 2 && matches!(rest.first(), Some(b':' | b'-')) { 1 } else { gap };
        if gap == 0 || hex_length(rest.get(gap..).unwrap_or_default()) != first {
            break;
        }
        end += gap + first;
        count += first;
    }
    if count >= KEY_DIGITS { prefix + end } else { 0 }
}

fn hex_length(text: &[u8]) -> usize {
    text.iter().take_while(|b| b.is_ascii_hexdigit()).count()
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
            assert_eq!(presentable(&format!("key {key}; end")), "key [hidden]; end", "{key}");
        }
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
        fn no_run_of_sixteen_bytes_survives(before in "[^0-9a-fA-F]{0,40}", key in "[0-9a-f]{32,200}", after in "[ -~]{0,40}") {
            let kept = presentable(&format!("{before} {key}{after}"));
            prop_assert!(!kept.contains(&key[..32]));
        }
    }
}
