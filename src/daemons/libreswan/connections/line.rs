//! One line of ipsec.conf(5), as pluto's own reader takes it apart (lib/libipsecconf/parser.lex).

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ConfLine<'a> {
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
pub(super) fn line(text: &str) -> ConfLine<'_> {
    if text.contains('\r') {
        return ConfLine::Strange;
    }
    let content = text.trim_matches(BLANKS);
    if content.is_empty() || content.starts_with('#') {
        ConfLine::Nothing
    } else if text.starts_with(BLANKS) {
        setting(content)
    } else {
        heading(content)
    }
}

fn heading(content: &str) -> ConfLine<'_> {
    let (word, rest) = content.split_once(BLANKS).unwrap_or((content, ""));
    match (word, value(rest)) {
        ("version", Some(_)) => ConfLine::Nothing,
        ("config", Some("setup")) => ConfLine::Setup,
        ("conn", Some(name)) => ConfLine::Conn(name),
        ("include", Some(pattern)) => ConfLine::Include(pattern),
        _ => ConfLine::Strange,
    }
}

fn setting(content: &str) -> ConfLine<'_> {
    let Some((name, rest)) = content.split_once('=') else { return ConfLine::Strange };
    let name = name.trim_end_matches(BLANKS);
    if name.is_empty() || name.contains(['"', ' ', '\t', '#']) {
        return ConfLine::Strange;
    }
    let value = value(rest);
    // A quote that is not closed may be a line that is half written. What stands behind `x-` is free text.
    let is_open = |value: &str| value.matches('"').count() % 2 == 1 || value.starts_with('{') && !value.contains('}');
    if value.is_none() && is_open(rest.trim_start_matches(BLANKS)) && !name.starts_with("x-") && !name.starts_with("x_")
    {
        return ConfLine::Strange;
    }
    ConfLine::Setting(name, value)
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
            ("", ConfLine::Nothing),
            (" \t", ConfLine::Nothing),
            ("\t# conn x", ConfLine::Nothing),
            ("#conn x", ConfLine::Nothing),
            ("version 2.0", ConfLine::Nothing),
            ("config setup", ConfLine::Setup),
            ("config\tsetup # here", ConfLine::Setup),
            ("conn west", ConfLine::Conn("west")),
            ("conn \"west side\"", ConfLine::Conn("west side")),
            ("conn %default", ConfLine::Conn("%default")),
            ("include /etc/ipsec.d/*.conf", ConfLine::Include("/etc/ipsec.d/*.conf")),
            ("\tleft=192.0.2.1", ConfLine::Setting("left", Some("192.0.2.1"))),
            (" left = 192.0.2.1 # here", ConfLine::Setting("left", Some("192.0.2.1"))),
            (" leftid=\"C=DE, CN=a b\"", ConfLine::Setting("leftid", Some("C=DE, CN=a b"))),
            (
                " leftsubnets={10.1.0.0/24 10.2.0.0/24}",
                ConfLine::Setting("leftsubnets", Some("10.1.0.0/24 10.2.0.0/24")),
            ),
            (" leftid=@a#b", ConfLine::Setting("leftid", Some("@a#b"))),
            (" left=", ConfLine::Setting("left", None)),
            (" left=a b", ConfLine::Setting("left", None)),
            (" x-note=it's \"half", ConfLine::Setting("x-note", None)),
            (" left", ConfLine::Strange),
            (" leftid=\"C=DE", ConfLine::Strange),
            (" leftsubnets={10.1.0.0/24", ConfLine::Strange),
            ("left=192.0.2.1", ConfLine::Strange),
            ("conn", ConfLine::Strange),
            ("con", ConfLine::Strange),
            ("conn a b", ConfLine::Strange),
            ("conn west\r", ConfLine::Strange),
            ("config set", ConfLine::Strange),
        ] {
            assert_eq!(line(text), expected, "{text:?}");
        }
    }
}
