//! The string literals of the project's sources: what its tests feed a parser with, and the words that a parser knows.

use std::io;
use std::path::{Path, PathBuf};

/// Every literal in the .rs files below a folder.
pub fn below(folder: &Path) -> io::Result<Vec<Vec<u8>>> {
    let mut found = Vec::new();
    for file in files(folder)? {
        literals(&std::fs::read(file)?, &mut found);
    }
    Ok(found)
}

fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.append(&mut self::files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Good enough for this project's style: comments are lines of their own, and no character literal is a quote but `'"'` and `b'"'`.
fn literals(source: &[u8], found: &mut Vec<Vec<u8>>) {
    let mut at = 0;
    while let Some(byte) = source.get(at) {
        let rest = &source[at..];
        if rest.starts_with(b"//") {
            at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        } else if rest.starts_with(b"'\"'") {
            at += 3;
        } else if let Some((literal, length)) = raw(rest) {
            found.push(literal);
            at += length;
        } else if *byte == b'"' {
            let (literal, length) = plain(rest);
            found.push(literal);
            at += length;
        } else {
            at += 1;
        }
    }
}

/// `r#"…"#`, and its length in the source.
fn raw(source: &[u8]) -> Option<(Vec<u8>, usize)> {
    let behind = source.strip_prefix(b"r")?;
    let fences = behind.iter().take_while(|byte| **byte == b'#').count();
    let text = behind.get(fences..)?.strip_prefix(b"\"")?;
    let end = [&b"\""[..], &b"#".repeat(fences)].concat();
    let length = text.windows(end.len()).position(|window| window == end)?;
    Some((text[..length].to_vec(), 2 + fences + length + end.len()))
}

/// `"…"` with its escapes undone, and its length in the source.
fn plain(source: &[u8]) -> (Vec<u8>, usize) {
    let (mut text, mut at) = (Vec::new(), 1);
    while let Some(byte) = source.get(at) {
        at += 1;
        match byte {
            b'"' => break,
            b'\\' => {
                let escape = source.get(at).copied().unwrap_or(b'\\');
                at += 1;
                match escape {
                    b'n' => text.push(b'\n'),
                    b't' => text.push(b'\t'),
                    b'r' => text.push(b'\r'),
                    b'0' => text.push(0),
                    b'x' => {
                        let digits = source.get(at..at + 2).and_then(|digits| std::str::from_utf8(digits).ok());
                        text.extend(digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()));
                        at += 2;
                    }
                    b'\n' => at += source[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count(),
                    b'u' => {
                        let end = source[at..].iter().position(|byte| *byte == b'}').unwrap_or(0);
                        let digits = source.get(at + 1..at + end).and_then(|digits| std::str::from_utf8(digits).ok());
                        let read =
                            digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
                        text.extend(read.unwrap_or(' ').to_string().bytes());
                        at += end + 1;
                    }
                    other => text.push(other),
                }
            }
            byte => text.push(*byte),
        }
    }
    (text, at)
}
