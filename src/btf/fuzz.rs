//! The fuzz target: type information, asked for every name in it.

use super::Btf;

/// Names that are asked for: all of them would be the square of the input.
const NAMES: usize = 64;

/// Whatever it is, each question has an answer within bounds, and two readings agree.
pub(crate) fn types(bytes: &[u8]) {
    let Ok(btf) = Btf::parse(bytes.to_vec()) else { return };
    assert!(btf.starts.len() * 12 <= bytes.len());
    let again = Btf::parse(bytes.to_vec());
    let names: Vec<String> = bytes
        .split(|byte| *byte == 0)
        .filter_map(|name| std::str::from_utf8(name).ok())
        .filter(|name| !name.is_empty())
        .take(NAMES)
        .map(str::to_owned)
        .collect();
    for name in &names {
        assert_eq!(btf.function(name), again.as_ref().ok().and_then(|again| again.function(name)));
        let parameters = btf.function(name).unwrap_or_default();
        assert!(parameters.len() * 8 <= bytes.len());
        for other in names.iter().take(8) {
            let member = btf.member(name, other);
            assert!(member.is_none() || btf.has_member(name, other) == Some(true));
            let function = btf.pointed_function(name, other);
            assert!(function.is_none() || btf.has_member(name, other) == Some(true));
        }
    }
}
