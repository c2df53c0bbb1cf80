//! strongswan.conf as people write it, and as nobody should.

use proptest::prelude::*;

use super::*;

/// What `a.b` says after this text.
fn said(text: &str) -> Option<Vec<(String, String)>> {
    let mut settings = SettingsText::new(|_| true);
    for line in text.split_inclusive('\n') {
        let mut rest = line;
        while let Some(include) = settings.line(rest) {
            rest = include.rest;
        }
    }
    settings.file_ends();
    let mut lookup = settings.lookup()?;
    let values = lookup.values(&["a", "b"]);
    (!lookup.failed).then(|| values.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

#[test]
fn values_are_words_and_strings() {
    for (text, value) in [
        ("x = 1", "1"),
        ("x=1 # not this", "1"),
        ("x = one   two\t three", "one two three"),
        ("x = \"one   two\" three", "one   two three"),
        ("x = a\"b\"c", "a b c"),
        ("x = \"# } {\"", "# } {"),
        ("x = a{b=c:d,e", "a{b=c:d,e"),
        ("x = \"q\\\"q\\\\ \\n\\t.\\z\"", "q\"q\\ \n\t.z"),
        ("x = \"one \\\n two\"", "one  two"),
        ("x = \"one\n two\"", "one\n two"),
        ("x = 1\n x = 2", "2"),
        ("x = 1 } b { x = 3", "3"),
        ("x = 1 } } a { b { x = 4", "4"),
        ("x = \"\"", ""),
        ("# x = 0\n\r\n x\t=\t1\r", "1"),
    ] {
        let text = format!("a {{ b {{ {text}\n}} }}\n");
        assert_eq!(said(&text), Some(vec![("x".to_owned(), value.to_owned())]), "{text}");
    }
}

#[test]
fn references_say_what_a_section_does_not() {
    let one = |value: &str| Some(vec![("x".to_owned(), value.to_owned())]);
    for (text, expected) in [
        ("a : c { b { } } c { b { x = 1 } }", one("1")),
        ("a : c { b { x = 2 } } c { b { x = 1 } }", one("2")),
        ("a { b : c.d, e { } } c { d { x = 1 } } e { x = 2 }", one("1")),
        ("c { d { x = 1 } } e { x = 2 } a { b : e { } } a { b : c.d { } }", one("2")),
        ("a { b : c { } } c : d { } d { x = 3 }", one("3")),
        ("a : c { } c { b : d { } } d { x = 4 }", one("4")),
        // Without a value it has none.
        ("a { b : c { x = \n } } c { x = 1 }", Some(vec![])),
        ("a { b : nobody { } }", Some(vec![])),
        ("a : a { b { x = 5 } }", one("5")),
        // Round in circles charon itself dies.
        ("a : c.d { } c : a.e { }", None),
    ] {
        assert_eq!(said(text), expected, "{text}");
    }
}

#[test]
fn what_charon_does_not_take_is_taken_by_nobody() {
    for text in [
        "a {",
        "a { }}",
        "a { b }",
        "a { x = \"open }\n",
        "a { x = \"end\\",
        "a { b.c = 1 }",
        "a, b { }",
        "a : { }",
        "a : c, { }",
        "a : c d { }",
        "\"a\" { }",
        "= 1",
        "a { include \\*.conf\n }",
        "a { x = \0\n }",
    ] {
        assert_eq!(said(text), None, "{text}");
    }
}

#[test]
fn includes_end_with_their_word() {
    for (line, pattern, rest) in [
        ("include a.conf\n", "a.conf", "\n"),
        ("include\ta.conf } # x\n", "a.conf", "} # x\n"),
        ("include a.conf}\n", "a.conf", "}\n"),
        ("include a.conf# x\n", "a.conf", "# x\n"),
        ("include \"a b.conf\" }\n", "a b.conf", " }\n"),
        ("include a\\ b.conf", "a b.conf", ""),
    ] {
        let mut settings = SettingsText::new(|_| true);
        let found = settings.line(line).map(|include| (include.pattern.into_owned(), include.rest));
        assert_eq!(found, Some((pattern.to_owned(), rest)), "{line}");
    }
    for text in ["a { b { include = 1\n } }", "a { b { include= 1\n } }", "a { b { include =1\n } }"] {
        assert_eq!(said(text), Some(vec![("include".to_owned(), "1".to_owned())]), "{text}");
    }
}

#[test]
fn much_of_anything_ends() {
    let deep = "a { ".repeat(100_000);
    assert_eq!(said(&deep), None);
    assert_eq!(said(&format!("a {{ b {{ x = {}\n }} }}", "y".repeat(1 << 20))), None);
    let many: String = (0..300).map(|number| format!("r{number}, ")).collect();
    assert_eq!(said(&format!("a : {many} c {{ }}")), None);
    // Each of them leads to the two that follow.
    let fork: String = (0..63).map(|n| format!("s{n} : s{}.x, s{}.y {{ }}\n", n + 1, n + 1)).collect();
    assert_eq!(said(&format!("a : s0 {{ }}\n{fork}")), None);
}

proptest! {
    #[test]
    fn no_pieces_make_it_panic(pieces in proptest::collection::vec(proptest::sample::select(vec![
        "a ", "b", "{", "}", "\n", "\t", " ", ":", ",", ".", "=", "\"", "#", "\\", "include ", "/x", "*", "\r", "\u{e9}", "%",
    ]), 0..60)) {
        let _ = said(&pieces.concat());
    }
}
