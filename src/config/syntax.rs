//! What is no YAML, in words for whoever wrote the file.

use super::node::TOO_MUCH;

/// The parser's words and ours.
const WORDS: &[(&str, &str)] = &[
    ("tab character", TAB),
    (
        "mapping values are not allowed",
        "a ':' stands where none can be: is the line indented as those around it, or does a text want quotes?",
    ),
    (
        "did not find expected key",
        "the line is indented as none of those before it, or a quote or a bracket before it is not closed",
    ),
    ("did not find expected ',' or '}'", "the mapping that '{' began goes on wrongly: a ',' or the '}' is missing"),
    ("did not find expected ',' or ']'", "the list that '[' began goes on wrongly: a ',' or the ']' is missing"),
    ("did not find expected '-' indicator", "the items of the list are not indented alike, or one has no '-'"),
    ("did not find expected node content", "a value is missing here"),
    ("could not find expected ':'", "a ':' is missing behind a key"),
    ("found unexpected end of stream", "a quote is not closed"),
    ("found unexpected document indicator", "a quote or a bracket is not closed where the document ends"),
    (
        "found unknown escape character",
        "'\\' stands before a letter that means nothing behind it; in '…' it is an ordinary letter",
    ),
    ("block sequence entries are not allowed", "a '-' stands where no list can begin: is it in a line of its own?"),
    ("mapping keys are not allowed", "a '?' stands where no key can be: does a text want quotes?"),
    ("more than one document", "a second document begins ('---'); expected one"),
    ("EOF while parsing", "the file ends too early"),
    ("unknown anchor", "an alias ('*') has no anchor ('&') before it: does a text want quotes?"),
    ("undefined tag handle", "a '!' begins a tag that is not known: does a text want quotes?"),
    (
        "did not find expected alphabetic or numeric character",
        "'*' or '&' wants a name behind it: does a text want quotes?",
    ),
    ("recursion limit", "too many levels stand in each other"),
    ("repetition limit", TOO_MUCH),
    (TOO_MUCH, TOO_MUCH),
    ("control characters are not allowed", "a control character stands here"),
    ("UTF-8", "this is no UTF-8"),
    ("utf-8", "this is no UTF-8"),
    (
        "invalid type",
        "a list or a mapping stands where a key is to be: is it a template ('{{ … }}') that was not filled in?",
    ),
];

const TAB: &str = "a tab stands here; YAML is indented by spaces alone";

/// What the parser says of a place in a file.
pub(super) fn words(parser: &str, text: &[u8], (line, column): (usize, usize)) -> String {
    let line = text.split(|byte| *byte == b'\n').nth(line.saturating_sub(1)).unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let found = line.chars().nth(column.saturating_sub(1));
    if found == Some('\t') || line.chars().take_while(|c| c.is_whitespace()).any(|c| c == '\t') {
        return TAB.to_owned();
    }
    if parser.contains("cannot start any token") {
        let found = found.map_or_else(String::new, |found| format!("'{found}'"));
        return format!("no text begins with {found} but in quotes");
    }
    let template = if line.contains("{{") { "; is '{{' a template that was not filled in?" } else { "" };
    let known = WORDS.iter().find(|(theirs, _)| parser.contains(theirs)).map(|(_, ours)| *ours);
    match known {
        Some(ours) if ours.contains("{{") => ours.to_owned(),
        Some(ours) => format!("{ours}{template}"),
        None => format!("this is no YAML{template}"),
    }
}
