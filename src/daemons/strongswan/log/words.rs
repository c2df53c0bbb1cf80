//! What charon writes of an error: the kernel's own words from 5.9.9 on, else strerror(3)'s (`netlink_log_error()` in kernel_netlink_shared.c).

/// An error as it was written: `TEXT (22)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenError {
    /// errno(3), positive.
    pub errno: u32,
    /// The kernel's own words; none where they are the C library's.
    pub words: Option<String>,
}

/// What the C libraries (glibc, musl) say of the errors that a request of netlink may end in.
const STRERROR: [(u32, &[&str]); 30] = [
    (1, &["Operation not permitted"]),
    (2, &["No such file or directory"]),
    (3, &["No such process"]),
    (4, &["Interrupted system call"]),
    (5, &["Input/output error", "I/O error"]),
    (6, &["No such device or address"]),
    (7, &["Argument list too long"]),
    (9, &["Bad file descriptor"]),
    (11, &["Resource temporarily unavailable"]),
    (12, &["Cannot allocate memory", "Out of memory"]),
    (13, &["Permission denied"]),
    (14, &["Bad address"]),
    (16, &["Device or resource busy", "Resource busy"]),
    (17, &["File exists"]),
    (19, &["No such device"]),
    (22, &["Invalid argument"]),
    (28, &["No space left on device"]),
    (34, &["Numerical result out of range", "Result not representable"]),
    (38, &["Function not implemented"]),
    (61, &["No data available"]),
    (71, &["Protocol error"]),
    (75, &["Value too large for defined data type", "Value too large for data type"]),
    (90, &["Message too long", "Message too large"]),
    (92, &["Protocol not available"]),
    (93, &["Protocol not supported"]),
    (95, &["Operation not supported", "Not supported"]),
    (97, &["Address family not supported by protocol"]),
    (101, &["Network is unreachable", "Network unreachable"]),
    (105, &["No buffer space available"]),
    (110, &["Connection timed out", "Operation timed out"]),
];

impl WrittenError {
    /// Reads `TEXT (22)`.
    pub fn read(text: &str) -> Option<Self> {
        let (words, errno) = text.trim_end().strip_suffix(')')?.rsplit_once(" (")?;
        let errno = super::prefix::number(errno)?;
        let is_strerror = STRERROR.iter().any(|(known, texts)| *known == errno && texts.contains(&words))
            || words.starts_with("Unknown error")
            || words == "No error information";
        Some(Self { errno, words: (!is_strerror && !words.is_empty()).then(|| words.to_owned()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_words_are_told_from_the_c_librarys() {
        for (text, errno, words) in [
            ("Invalid argument (22)", 22, None),
            ("No space left on device (28)", 28, None),
            ("Not supported (95)", 95, None),
            ("Unknown error 524 (524)", 524, None),
            (
                "mlx5_core: Device failed to offload this state (22)",
                22,
                Some("mlx5_core: Device failed to offload this state"),
            ),
            ("Invalid argument (28)", 28, Some("Invalid argument")),
            ("a (b) (1)", 1, Some("a (b)")),
        ] {
            let words = words.map(str::to_owned);
            assert_eq!(WrittenError::read(text), Some(WrittenError { errno, words }), "{text}");
        }
        for text in ["", "Invalid argument", "(22)", "x (22", "x (-22)", "x ()"] {
            assert_eq!(WrittenError::read(text), None, "{text}");
        }
    }
}
