//! Text that others wrote, made safe to show. Peers choose their IDs and their reasons.

use std::borrow::Cow;

/// The text with every character that moves the cursor, hides itself, or turns the order of its neighbours around written as
/// `\u{…}`: control characters (C0, DEL, C1), line and paragraph separators, bidirectional controls (Unicode UAX 9), and those
/// that have no width. Nothing else is changed, so that what is escaped already stays as it is.
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_unsafe(character) {
            safe.extend(character.escape_unicode());
        } else {
            safe.push(character);
        }
    }
    Cow::Owned(safe)
}

/// Whether a character is escaped.
pub fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_harmless_is_not_copied() {
        assert!(matches!(escaped("«Zürich» → [1] 192.0.2.9, O=Ärger"), Cow::Borrowed(_)));
    }

    #[test]
    fn terminals_and_readers_are_not_fooled() {
        assert_eq!(escaped("a\u{1b}[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(escaped("one\ntwo\r"), "one\\u{a}two\\u{d}");
        assert_eq!(escaped("\u{202e}live\u{2069}"), "\\u{202e}live\\u{2069}");
        assert_eq!(escaped("\u{9b}31m\u{200d}"), "\\u{9b}31m\\u{200d}");
    }

    #[test]
    fn escaping_twice_is_escaping_once() {
        let once = escaped("x\u{7}\\").into_owned();
        assert_eq!(escaped(&once), once);
    }
}
