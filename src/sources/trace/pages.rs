//! The pages of the kernel's ring buffer, as `trace_pipe_raw` gives them (Documentation/trace/ring-buffer-design.rst,
//! kernel/trace/ring_buffer.c).
//!
//! Not the text of `trace_pipe`: there a process's name stands in the middle of a line, and a process may choose a name with a line
//! break in it. In a page every record has a length, and every text in it too.

use super::format::{Field, Format, number};

/// Events are missing before this page (`RB_MISSED_EVENTS`).
const MISSED: u64 = 1 << 31;
/// How many stands behind the last event (`RB_MISSED_STORED`).
const MISSED_STORED: u64 = 1 << 30;
/// No page is larger, whatever its description says.
const MOST: usize = 1 << 20;
/// Bytes of an event's header: 5 bits of kind, 27 bits of time since the event before.
const HEADER: usize = 4;

/// What a page's header looks like.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    timestamp: Field,
    commit: Field,
    data: Field,
}

/// A page that was read.
#[derive(Clone, Debug, Default)]
pub struct BufferPage<'a> {
    /// Nanoseconds of the trace clock, and the record.
    pub events: Vec<(u64, &'a [u8])>,
    /// How many events the kernel dropped before it; at least one where it dropped any.
    pub lost: u64,
}

impl Layout {
    /// From `events/header_page`; none where that says nothing of the kind.
    pub fn parse(text: &str) -> Option<Self> {
        let format = Format::parse(text);
        let [timestamp, commit, data] = ["timestamp", "commit", "data"].map(|name| format.field(name));
        Some(Self { timestamp: timestamp?, commit: commit?, data: data? })
    }

    /// Bytes of a page.
    pub const fn page_size(&self) -> usize {
        let size = self.data.offset.saturating_add(self.data.size);
        if size < MOST { size } else { MOST }
    }

    /// Takes a page apart. One that is not whole gives what can be read of it.
    pub fn page<'a>(&self, bytes: &'a [u8]) -> BufferPage<'a> {
        let field = |field: Field| bytes.get(field.offset..)?.get(..field.size).and_then(number);
        let mut page = BufferPage::default();
        let (Some(time), Some(commit)) = (field(self.timestamp), field(self.commit)) else { return page };
        let data = bytes.get(self.data.offset..).unwrap_or_default();
        let length = usize::try_from(commit & (MISSED_STORED - 1)).unwrap_or(usize::MAX);
        if commit & MISSED != 0 {
            let stored = (commit & MISSED_STORED != 0).then(|| data.get(length..)?.get(..self.commit.size));
            page.lost = stored.flatten().and_then(number).unwrap_or(1).max(1);
        }
        events(data.get(..length.min(data.len())).unwrap_or_default(), time, &mut page.events);
        page
    }
}

fn events<'a>(mut data: &'a [u8], mut time: u64, events: &mut Vec<(u64, &'a [u8])>) {
    while let Some(header) = word(data, 0) {
        let (kind, delta) = bits(header);
        let next = word(data, 1);
        let length = match kind {
            // A longer record, whose length counts its own four bytes.
            0 => {
                let Some(length) = next.map(|length| length as usize) else { return };
                time = time.wrapping_add(delta);
                let Some(record) = data.get(2 * HEADER..HEADER.saturating_add(length)) else { return };
                events.push((time, record));
                HEADER.saturating_add(length)
            }
            // Padding; without time it fills the page.
            29 => {
                let Some(length) = next.filter(|_| delta != 0) else { return };
                time = time.wrapping_add(delta);
                HEADER.saturating_add(length as usize)
            }
            // More time than 27 bits hold.
            30 => {
                let Some(more) = next else { return };
                time = time.wrapping_add(u64::from(more) << 27 | delta);
                2 * HEADER
            }
            // A time of its own, without its upper 5 bits.
            31 => {
                let Some(more) = next else { return };
                time = time & !(u64::MAX >> 5) | u64::from(more) << 27 | delta;
                2 * HEADER
            }
            words => {
                time = time.wrapping_add(delta);
                let length = HEADER + 4 * words as usize;
                let Some(record) = data.get(HEADER..length) else { return };
                events.push((time, record));
                length
            }
        };
        // Events are aligned to four bytes; no event is without length.
        let Some(rest) = data.get(length.next_multiple_of(4)..) else { return };
        data = rest;
    }
}

fn word(data: &[u8], index: usize) -> Option<u32> {
    let bytes = data.get(HEADER * index..)?.first_chunk()?;
    Some(u32::from_ne_bytes(*bytes))
}

/// Kind and time: bit fields lie the other way round where bytes do.
fn bits(header: u32) -> (u32, u64) {
    if cfg!(target_endian = "big") {
        (header >> 27, u64::from(header & 0x07ff_ffff))
    } else {
        (header & 0x1f, u64::from(header >> 5))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn layout() -> Layout {
        Layout::parse(include_str!("samples/header_page")).unwrap()
    }

    fn page(commit: u64, data: &[u32]) -> Vec<u8> {
        let mut page = [1_000_u64.to_ne_bytes(), commit.to_ne_bytes()].concat();
        page.extend(data.iter().flat_map(|word| word.to_ne_bytes()));
        page
    }

    fn event(kind: u32, delta: u32) -> u32 {
        if cfg!(target_endian = "big") { kind << 27 | delta } else { kind | delta << 5 }
    }

    #[test]
    fn every_kind_of_event_is_walked_over() {
        let data = [
            event(1, 5),
            0xaaaa_aaaa,
            event(30, 3),
            1,
            event(29, 7),
            8,
            0,
            event(0, 1),
            12,
            0xbbbb_bbbb,
            0xcccc_cccc,
            event(31, 9),
            2,
            event(1, 1),
            0xdddd_dddd,
            event(29, 0),
            0xffff_ffff,
        ];
        let bytes = page(4 * data.len() as u64, &data);
        let read = layout().page(&bytes);
        let times: Vec<u64> = read.events.iter().map(|(time, _)| *time).collect();
        assert_eq!(times, [1_005, 1_005 + (1 << 27) + 3 + 7 + 1, (2 << 27) + 9 + 1]);
        assert_eq!(read.events[1].1, [0xbb, 0xbb, 0xbb, 0xbb, 0xcc, 0xcc, 0xcc, 0xcc]);
        assert_eq!(read.lost, 0);
    }

    #[test]
    fn lost_events_are_counted_and_never_nothing() {
        let data = [event(1, 5), 0, 7, 0];
        assert_eq!(layout().page(&page(8 | MISSED | MISSED_STORED, &data)).lost, 7);
        assert_eq!(layout().page(&page(8 | MISSED, &data)).lost, 1);
        assert_eq!(layout().page(&page(16 | MISSED | MISSED_STORED, &data)).lost, 1, "the number is cut off");
        assert_eq!(layout().page(&page(8, &data)).lost, 0);
    }

    proptest! {
        #[test]
        fn any_bytes_end_and_give_records_within_them(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let read = layout().page(&bytes);
            prop_assert!(read.events.len() <= bytes.len() / HEADER);
        }

        #[test]
        fn any_data_behind_a_good_header_ends(data in proptest::collection::vec(any::<u32>(), 0..300)) {
            layout().page(&page(4 * data.len() as u64, &data));
        }
    }
}
