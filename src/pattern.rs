//! Names by a pattern, as glob(3) has it: `*`, `?` and `[…]`.

use glob::Pattern;

/// Several stars are one in glob(3), `**` too. None where it is no pattern: an open `[` matches nothing but itself.
pub fn pattern(text: &str) -> Option<Pattern> {
    let mut one = String::new();
    for c in text.chars() {
        if c != '*' || !one.ends_with('*') {
            one.push(c);
        }
    }
    Pattern::new(&one).ok()
}
