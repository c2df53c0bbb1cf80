//! libreswan's versions.

/// The version in the output of `ipsec --version` or `whack --version` (`Libreswan 4.10`, `Linux Libreswan v5.2 …`).
pub(super) fn version_of(output: &str) -> Option<String> {
    let (_, rest) = output.split_once("Libreswan ")?;
    version_word(rest.strip_prefix("Version ").unwrap_or(rest))
}

/// `4.10` of `4.10 IKEv2 …`, of `v4.10` and of `U4.10/K6.12`.
pub(super) fn version_word(text: &str) -> Option<String> {
    let word = text.split([' ', '/', ')']).next()?.trim();
    let word = word.trim_start_matches(['v', 'U']);
    word.starts_with(|c: char| c.is_ascii_digit()).then(|| word.chars().take(64).collect())
}

/// 4 of `4.10`.
pub(super) fn major(version: Option<&str>) -> Option<u32> {
    version?.split('.').next()?.parse().ok()
}

/// 10 of `4.10`, and of `4.10rc1`.
pub(super) fn minor(version: Option<&str>) -> Option<u32> {
    let minor = version?.split('.').nth(1)?;
    minor.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// 5.0 brought other words for much.
pub(super) fn is_5(version: Option<&str>) -> bool {
    major(version).is_some_and(|major| major >= 5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_in_all_spellings() {
        for text in [
            "Libreswan 4.10\n",
            "Linux Libreswan v4.10 (XFRM) on 6.12",
            "Libreswan Version 4.10 IKEv2",
            "Linux Libreswan U4.10/K(no kernel code presently loaded) on 6.1",
        ] {
            assert_eq!(version_of(text).as_deref(), Some("4.10"), "{text}");
        }
        assert_eq!(version_of("strongSwan 5.9"), None);
    }
}
