//! Where a key stands in a text: behind a word that announces one, in a dump of bytes, or alone.
//!
//! Names, IDs and paths may be as long as a key, and of the same digits: what stands in quotes, or is a part of a longer word, is none.

/// Words that announce a key: those of ip-xfrm(8), of files of secrets, and of what IKE derives (RFC 7296 §2.14, RFC 2409 §5).
const ANNOUNCING: [&str; 28] = [
    "key",
    "keys",
    "keymat",
    "psk",
    "ppk",
    "ppks",
    "preshared",
    "secret",
    "secrets",
    "password",
    "passwd",
    "pin",
    "keyid",
    "pkk_rsa",
    "pkk_ecdsa",
    "pkk_eddsa",
    "skeyseed",
    "skeyid",
    "skeyid_d",
    "skeyid_a",
    "skeyid_e",
    "sk_d",
    "sk_ai",
    "sk_ar",
    "sk_ei",
    "sk_er",
    "sk_pi",
    "sk_pr",
];

/// Behind these a text in quotes, or behind `=`, is the secret itself.
const WITH_TEXT: [&str; 6] = ["psk", "ppks", "secret", "password", "passwd", "pin"];

/// Between these and the key stands the name of an algorithm.
const WITH_ALGORITHM: [&str; 4] = ["enc", "auth", "auth-trunc", "aead"];

/// Digits of the shortest number that is a key where one is announced: of DES. An SPI has eight.
const ANNOUNCED: usize = 16;

/// Digits of the shortest number that is taken for a key where nothing announces one.
const LONE: usize = 32;

/// How much of what stands before is looked at.
const LOOKED_BACK: usize = 96;

/// How many bytes of `text` from `at` on are a key; 0 where none begins there. `quoted`: within quotes that close.
pub fn key_length(text: &str, at: usize, quoted: bool) -> usize {
    let (Some(before), Some(rest)) = (text.get(..at), text.get(at..)) else { return 0 };
    if before.ends_with(|c: char| c.is_ascii_alphanumeric()) {
        return 0;
    }
    match announcement(before) {
        Some(Announcement::Text) => {
            let end = if before.ends_with('"') { rest.find('"') } else { rest.find([' ', ',', ';', '"', '\'']) };
            end.unwrap_or(rest.len())
        }
        Some(Announcement::Number) => number(rest.as_bytes(), ANNOUNCED).max(base64(rest)),
        None if quoted || before.ends_with(['@', '#', '-', '_', '.', '/']) => 0,
        None => lone(rest),
    }
}

enum Announcement {
    Number,
    Text,
}

fn announcement(before: &str) -> Option<Announcement> {
    let from = (before.len().saturating_sub(LOOKED_BACK)..).find(|from| before.is_char_boundary(*from))?;
    let before = before.get(from..)?;
    let head = before.trim_end_matches([' ', '\t', ':', '=', '"', '[', '{', '(']);
    let sign = before.get(head.len()..)?;
    let (rest, last) = last_word(head);
    if is_one_of(&ANNOUNCING, last) {
        let text = is_one_of(&WITH_TEXT, last) && (sign == "=" || sign.ends_with('"'));
        return Some(if text { Announcement::Text } else { Announcement::Number });
    }
    let (_, first) = last_word(rest.trim_end());
    (sign == " " && is_one_of(&WITH_ALGORITHM, first)).then_some(Announcement::Number)
}

/// The last word of a text, and what stands before it.
fn last_word(text: &str) -> (&str, &str) {
    let from = text.rfind([' ', '\t', ',', ';', '"', '\'', '|', '=']).map_or(0, |at| at + 1);
    text.split_at_checked(from).unwrap_or((text, ""))
}

fn is_one_of(words: &[&str], word: &str) -> bool {
    words.iter().any(|one| one.eq_ignore_ascii_case(word))
}

/// Text in base 64 (`0s…`), as files of secrets write long numbers.
fn base64(rest: &str) -> usize {
    let Some(digits) = rest.strip_prefix("0s") else { return 0 };
    2 + digits.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(byte)).count()
}

/// A number that is a whole word, but for what ends a sentence.
fn lone(rest: &str) -> usize {
    let length = number(rest.as_bytes(), LONE);
    let mut behind = rest.get(length..).unwrap_or("").chars();
    let joined =
        matches!(behind.next(), Some('-' | '_' | '@' | '.' | '/')) && behind.next().is_some_and(char::is_alphanumeric);
    if joined { 0 } else { length }
}

/// Length of a number of so many hexadecimal digits: in one piece, after `0x` too, or in pieces of one size as dumps have them.
fn number(text: &[u8], least: usize) -> usize {
    let prefix = if text.starts_with(b"0x") || text.starts_with(b"0X") { 2 } else { 0 };
    let digits = text.get(prefix..).unwrap_or_default();
    let first = hex_length(digits);
    if first >= least {
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
    if count >= least { prefix + end } else { 0 }
}

fn hex_length(text: &[u8]) -> usize {
    text.iter().take_while(|b| b.is_ascii_hexdigit()).count()
}
