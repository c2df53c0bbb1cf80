//! One line of ipsec.conf(5), as pluto's own reader takes it apart (lib/libipsecconf/parser.lex).

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// Empty, a comment, or the text's version.
    Nothing,
    /// `config setup`
    Setup,
    /// `conn NAME`
    Conn(&'a str),
    /// `include PATTERN`
    Include(&'a str),
    /// `  NAME=VALUE`; none where the value is none, or not understood.
    Setting(&'a str, Option<&'a str>),
    /// Nothing of this, or only a part of it.
    Strange,
}

const BLANKS: [char; 2] = [' ', '\t'];

/// Takes a line apart.
pub(super) fn line(text: &str) -> Line<'_> {
    if text.contains('\r') {
        return Line::Strange;
    }
    let content = text.trim_matches(BLANKS);
    if content.is_empty() || content.starts_with('#') {
        Line::Nothing
    } else if text.starts_with(BLANKS) {
        setting(content)
    } else {
        heading(content)
    }
}

fn heading(content: &str) -> Line<'_> {
    let (word, rest) = content.split_once(BLANKS).unwrap_or((content, ""));
    match (word, value(rest)) {
        ("version", Some(_)) => Line::Nothing,
        ("config", Some("setup")) => Line::Setup,
        ("conn", Some(name)) => Line::Conn(name),
        ("include", Some(pattern)) => Line::Include(pattern),
        _ => Line::Strange,
    }
}

fn setting(content: &str) -> Line<'_> {
    let Some((name, rest)) = content.split_once('=') else { return Line::Strange };
    let name = name.trim_end_matches(BLANKS);
    if name.is_empty() || name.contains(['"', ' ', '\t', '#']) {
        return Line::Strange;
    }
    let value = value(rest);
    // A quote that is not closed may be a line that is half written. What stands behind `x-` is free text.
    let is_open = |value: &str| value.matches('"').count() % 2 == 1 || value.starts_with('{') && !value.contains('}');
    if value.is_none() && is_open(rest.trim_start_matches(BLANKS)) && !name.starts_with("x-") && !name.starts_with("x_")
    {
        return Line::Strange;
    }
    Line::Setting(name, value)
}

/// One value, with nothing but a comment behind it.
fn value(rest: &str) -> Option<&str> {
    let rest = rest.trim_start_matches(BLANKS);
    let closed = |by| rest.get(1..).and_then(|inner| inner.split_once(by));
    let (value, behind) = if rest.starts_with('"') {
        closed('"')?
    } else if rest.starts_with('{') {
        closed('}')?
    } else {
        let end = rest.find(BLANKS).unwrap_or(rest.len());
        rest.split_at_checked(end)?
    };
    let behind = behind.trim_start_matches(BLANKS);
    let plain = !value.is_empty() && !value.contains(['"', '\'']) && (behind.is_empty() || behind.starts_with('#'));
    plain.then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_taken_apart_as_pluto_does() {
        for (text, expected) in [
            ("", Line::Nothing),
            (" \t", Line::Nothing),
            ("\t# conn x", Line::Nothing),
            ("#conn x", Line::Nothing),
            ("version 2.0", Line::Nothing),
            ("config setup", Line::Setup),
            ("config\tsetup # here", Line::Setup),
            ("conn west", Line::Conn("west")),
            ("conn \"west side\"", Line::Conn("west side")),
            ("conn %default", Line::Conn("%default")),
            ("include /etc/ipsec.d/*.conf", Line::Include("/etc/ipsec.d/*.conf")),
            ("\tleft=192.0.2.1", Line::Setting("left", Some("192.0.2.1"))),
            (" left = 192.0.2.1 # here", Line::Setting("left", Some("192.0.2.1"))),
            (" leftid=\"C=DE, CN=a b\"", Line::Setting("leftid", Some("C=DE, CN=a b"))),
            (" leftsubnets={10.1.0.0/24 10.2.0.0/24}", Line::Setting("leftsubnets", Some("10.1.0.0/24 10.2.0.0/24"))),
            (" leftid=@a#b", Line::Setting("leftid", Some("@a#b"))),
            (" left=", Line::Setting("left", None)),
            (" left=a b", Line::Setting("left", None)),
            (" x-note=it's \"half", Line::Setting("x-note", None)),
            (" left", Line::Strange),
            (" leftid=\"C=DE", Line::Strange),
            (" leftsubnets={10.1.0.0/24", Line::Strange),
            ("left=192.0.2.1", Line::Strange),
            ("conn", Line::Strange),
            ("con", Line::Strange),
            ("conn a b", Line::Strange),
            ("conn west\r", Line::Strange),
            ("config set", Line::Strange),
        ] {
            assert_eq!(line(text), expected, "{text:?}");
        }
    }
}
