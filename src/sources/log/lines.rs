//! Bytes into lines, as they come: torn lines are kept until their end, endless ones are cut.

/// A longer line is cut. Daemons write at most a few kilobytes.
pub const MAX_LINE: usize = 64 << 10;

/// Splits a stream of bytes. Keeps at most `MAX_LINE` bytes.
#[derive(Debug, Default)]
pub struct LineSplitter {
    torn: Vec<u8>,
    /// The rest of the current line is thrown away.
    skipping: bool,
    cut: u64,
}

impl LineSplitter {
    /// Takes some bytes and gives every line that ends in them to `line`, without its line feed.
    ///
    /// # Errors
    /// Those of `line`; it is not called again then.
    pub fn push<E>(&mut self, mut bytes: &[u8], mut line: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        while let Some(end) = memchr::memchr(b'\n', bytes) {
            let (head, tail) = bytes.split_at(end);
            bytes = tail.get(1..).unwrap_or_default();
            if std::mem::take(&mut self.skipping) {
                self.torn.clear();
            } else if self.torn.is_empty() {
                line(self.bounded(head))?;
            } else {
                self.keep(head);
                self.skipping = false;
                let whole = std::mem::take(&mut self.torn);
                let told = line(&whole);
                self.torn = whole;
                self.torn.clear();
                told?;
            }
        }
        if !self.skipping {
            let full = self.keep(bytes);
            if full {
                // What there is of it is told now, so that an endless line does not wait for its end.
                let head = std::mem::take(&mut self.torn);
                return line(&head);
            }
        }
        Ok(())
    }

    /// Throws away what is torn; says whether there was something.
    pub fn discard(&mut self) -> bool {
        let had = !self.torn.is_empty();
        self.torn.clear();
        self.skipping = false;
        had
    }

    /// Throws away everything up to the next line feed.
    pub fn skip_to_next(&mut self) {
        self.discard();
        self.skipping = true;
    }

    /// How many lines were cut so far.
    pub const fn cut(&self) -> u64 {
        self.cut
    }

    fn bounded<'a>(&mut self, line: &'a [u8]) -> &'a [u8] {
        self.cut += u64::from(line.len() > MAX_LINE);
        line.get(..MAX_LINE).unwrap_or(line)
    }

    /// Appends to the torn line; true where it became too long, and its rest is to be skipped.
    fn keep(&mut self, bytes: &[u8]) -> bool {
        let room = MAX_LINE - self.torn.len();
        self.torn.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        if bytes.len() <= room {
            return false;
        }
        self.cut += 1;
        self.skipping = true;
        true
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;

    fn push(lines: &mut LineSplitter, bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut told = Vec::new();
        let done: Result<(), Infallible> = lines.push(bytes, |line| {
            told.push(line.to_vec());
            Ok(())
        });
        done.unwrap();
        told
    }

    #[test]
    fn a_torn_line_waits_for_its_end() {
        let mut lines = LineSplitter::default();
        assert!(push(&mut lines, b"on").is_empty());
        assert_eq!(push(&mut lines, b"e\ntw"), [b"one"]);
        assert_eq!(push(&mut lines, b"o\n\n"), [b"two".to_vec(), Vec::new()]);
        assert!(!lines.discard());
    }

    #[test]
    fn an_endless_line_is_cut_once_and_keeps_nothing() {
        let mut lines = LineSplitter::default();
        let mut told = Vec::new();
        for _ in 0..160 {
            told.extend(push(&mut lines, &[b'x'; MAX_LINE]));
        }
        told.extend(push(&mut lines, b"x\nnext\n"));
        assert_eq!(told.iter().map(Vec::len).collect::<Vec<_>>(), [MAX_LINE, 4]);
        assert_eq!(lines.cut(), 1);
        assert!(lines.torn.capacity() <= 2 * MAX_LINE);
    }

    #[test]
    fn a_long_line_in_one_piece_is_cut_too() {
        let mut lines = LineSplitter::default();
        let mut text = vec![b'x'; 3 * MAX_LINE];
        text.extend_from_slice(b"\nnext\n");
        assert_eq!(push(&mut lines, &text).iter().map(Vec::len).collect::<Vec<_>>(), [MAX_LINE, 4]);
        assert_eq!(lines.cut(), 1);
    }

    #[test]
    fn one_may_begin_in_the_middle_of_a_line() {
        let mut lines = LineSplitter::default();
        lines.skip_to_next();
        assert_eq!(push(&mut lines, b"rest\nnext\n"), [b"next"]);
    }

    proptest! {
        #[test]
        fn where_writes_are_torn_changes_nothing(
            text in proptest::collection::vec(proptest::sample::select(b"ab\n\xff".to_vec()), 0..200),
            cuts in proptest::collection::vec(0_usize..200, 0..8),
        ) {
            let whole = push(&mut LineSplitter::default(), &text);
            let mut lines = LineSplitter::default();
            let mut places: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
            places.push(text.len());
            places.sort_unstable();
            let mut told = Vec::new();
            let mut from = 0;
            for to in places {
                told.extend(push(&mut lines, &text[from..to]));
                from = to;
            }
            prop_assert_eq!(told, whole);
        }
    }
}
