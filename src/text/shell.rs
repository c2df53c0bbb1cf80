//! A word as a shell takes it.

use std::fmt::Write;

use super::is_unsafe;

/// What no shell reads as anything but itself.
const PLAIN: &str = "-_.:/@%+,=";

/// The word, quoted where a shell would read something else. In double quotes, so that it can stand in a sentence whose commands are in
/// single ones; what a terminal obeys is written by its number (`$'…'`, POSIX.1-2024 Shell Command Language, 2.2.4).
pub fn shell_word(word: &str) -> String {
    if word.chars().any(is_unsafe) {
        return by_number(word);
    }
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    let mut quoted = String::from("\"");
    for character in word.chars() {
        match character {
            // An interactive shell looks for its history within double quotes, and keeps a backslash before it.
            '!' => quoted.push_str("\"\\!\""),
            '"' | '\\' | '$' | '`' => quoted.extend(['\\', character]),
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

/// Whether a command can have it as it is, in the shell scripts of a daemon's package too.
pub fn is_shell_word(word: &str) -> bool {
    !word.is_empty() && !word.starts_with('-') && word.chars().all(is_plain)
}

fn is_plain(character: char) -> bool {
    // Letters of other scripts are letters: a shell splits and expands ASCII alone.
    character.is_alphanumeric() || PLAIN.contains(character)
}

fn by_number(word: &str) -> String {
    let mut quoted = String::from("$'");
    for character in word.chars() {
        match character {
            '\'' | '\\' => quoted.extend(['\\', character]),
            _ if is_unsafe(character) => {
                let mut units = [0; 4];
                for byte in character.encode_utf8(&mut units).bytes() {
                    let _ = write!(quoted, "\\{byte:03o}");
                }
            }
            _ => quoted.push(character),
        }
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_needs_no_quotes_has_none() {
        for word in ["t1", "west/1x2", "büro-münchen", "site@0f1e2d3c@@203.0.113.7", "tun:1", "a=b", "-dash"] {
            assert_eq!(shell_word(word), word);
        }
        for (word, quoted) in
            [("conn with space", "\"conn with space\""), ("it's", "\"it's\""), ("a\"b", "\"a\\\"b\""), ("", "\"\"")]
        {
            assert_eq!(shell_word(word), quoted);
        }
        assert!(!is_shell_word("-dash") && !is_shell_word("a b") && is_shell_word("west/1x2"));
    }

    fn as_bash_reads(words: &[String]) -> Vec<u8> {
        let script =
            format!("printf '%s\\0' {}", words.iter().map(|word| shell_word(word)).collect::<Vec<_>>().join(" "));
        Command::new("bash").args(["-c", &script]).output().unwrap().stdout
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn a_shell_reads_the_word(words in proptest::collection::vec("[^\u{0}]{0,12}|[ -~]{1,12}", 1..12)) {
            let read: String = words.iter().map(|word| format!("{word}\u{0}")).collect();
            prop_assert_eq!(as_bash_reads(&words), read.into_bytes());
        }
    }
}
