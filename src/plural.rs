//! Numbers in sentences: grouped, and with the noun and the verb that they take.

/// `1,234,567`
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// `1 problem`, `2 problems`; `1 entry`, `2 entries`
pub(crate) fn counted(number: u64, one: &str) -> String {
    let number_shown = count(number);
    match one.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'o', 'u'])) {
        _ if number == 1 => format!("{number_shown} {one}"),
        Some(stem) => format!("{number_shown} {stem}ies"),
        None => format!("{number_shown} {one}s"),
    }
}

/// `is` or `are`
pub(crate) const fn are(number: u64) -> &'static str {
    if number == 1 { "is" } else { "are" }
}

/// `was` or `were`
pub(crate) const fn were(number: u64) -> &'static str {
    if number == 1 { "was" } else { "were" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        for (number, shown) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(count(number), shown);
        }
    }

    #[test]
    fn one_is_one_and_no_more() {
        for (number, one, shown) in [
            (0, "SA", "0 SAs"),
            (1, "SA", "1 SA"),
            (2, "entry", "2 entries"),
            (1, "entry", "1 entry"),
            (3, "key", "3 keys"),
            (1_000, "more problem", "1,000 more problems"),
        ] {
            assert_eq!(counted(number, one), shown);
        }
        assert_eq!([0, 1, 2].map(are), ["are", "is", "are"]);
        assert_eq!([0, 1, 2].map(were), ["were", "was", "were"]);
    }
}
