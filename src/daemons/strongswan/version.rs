//! strongSwan's versions.

/// Major, minor and patch of `5.9.8`, and of `6.0.1dr2`; none where it is none.
pub(super) fn parts(version: Option<&str>) -> Option<(u32, u32, u32)> {
    let mut numbers = version?.split('.').map(|part| {
        let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        part.get(..end)?.parse().ok()
    });
    let (major, minor) = (numbers.next()??, numbers.next()??);
    Some((major, minor, numbers.next().flatten().unwrap_or(0)))
}

/// From this version on; none where the version is not known.
pub(super) fn is_from(version: Option<&str>, first: (u32, u32, u32)) -> Option<bool> {
    parts(version).map(|version| version >= first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers() {
        for (text, read) in [
            ("5.9.8", Some((5, 9, 8))),
            ("5.9.10", Some((5, 9, 10))),
            ("6.0", Some((6, 0, 0))),
            ("6.1.0dr1", Some((6, 1, 0))),
            ("6.0rc1", Some((6, 0, 0))),
            ("6", None),
            ("x.1", None),
            ("", None),
        ] {
            assert_eq!(parts(Some(text)), read, "{text}");
        }
        assert_eq!(is_from(Some("5.9.10"), (5, 9, 9)), Some(true));
        assert_eq!(is_from(Some("5.9.8"), (5, 9, 9)), Some(false));
        assert_eq!(is_from(None, (5, 9, 9)), None);
    }
}
