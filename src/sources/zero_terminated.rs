//! Text as C keeps it: up to the first zero.

/// The bytes before the first zero; all of them where there is none.
pub fn bytes(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// The text before the first zero, without space around it.
pub fn text(field: &[u8]) -> String {
    String::from_utf8_lossy(bytes(field)).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_behind_the_zero_is_none_of_it() {
        for (field, expected) in [(&b" mlx5_core\0old"[..], "mlx5_core"), (b"full", "full"), (b"\0", ""), (b"", "")] {
            assert_eq!(text(field), expected);
        }
        assert_eq!(bytes(b"a \0"), b"a ");
    }
}
