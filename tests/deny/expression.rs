//! Licences as crates write them: SPDX expressions, and the older `MIT/Apache-2.0`.

/// Some choice that the expression leaves is all among those that are allowed. What cannot be read is not.
pub fn holds(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words: Vec<&str> = spaced.split_whitespace().rev().collect();
    any(&mut words, allowed) == Some(true) && words.is_empty()
}

/// Binds the least: `A OR B`.
fn any(words: &mut Vec<&str>, allowed: &[String]) -> Option<bool> {
    let mut holds = all(words, allowed)?;
    while words.pop_if(|word| *word == "OR").is_some() {
        holds |= all(words, allowed)?;
    }
    Some(holds)
}

fn all(words: &mut Vec<&str>, allowed: &[String]) -> Option<bool> {
    let mut holds = one(words, allowed)?;
    while words.pop_if(|word| *word == "AND").is_some() {
        holds &= one(words, allowed)?;
    }
    Some(holds)
}

fn one(words: &mut Vec<&str>, allowed: &[String]) -> Option<bool> {
    let word = words.pop()?;
    if word == "(" {
        let holds = any(words, allowed)?;
        return words.pop_if(|word| *word == ")").map(|_| holds);
    }
    let mut license = word.to_owned();
    if words.pop_if(|word| *word == "WITH").is_some() {
        license = format!("{license} WITH {}", words.pop()?);
    }
    Some(allowed.contains(&license))
}

#[test]
fn expressions_are_understood() {
    let allowed = ["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned);
    for (expression, expected) in [
        ("MIT", true),
        ("MIT OR Apache-2.0", true),
        ("Unlicense/MIT", true),
        ("Apache-2.0 AND ISC", false),
        ("(MIT OR Apache-2.0) AND ISC", true),
        ("(GPL-2.0 OR Apache-2.0) AND ISC", false),
        ("ISC AND GPL-2.0 OR MIT", true),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("Apache-2.0", false),
        ("MIT WITH exception", false),
        ("none", false),
        ("", false),
        ("MIT OR (", false),
        ("MIT MIT", false),
    ] {
        assert_eq!(holds(expression, &allowed), expected, "{expression}");
    }
}
