//! Fuzz targets: the kernel's ring buffer, and its own description of what is in it.

use std::sync::LazyLock;

use super::calls::Calls;
use super::format::Format;
use super::pages::Layout;
use super::pairing::Pairing;
use super::records::{Formats, RecordKind, ToldRecord};
use crate::fuzzing::{can_be_shown, comes_back};
use crate::model::Boottime;

/// As Linux 6.12 lays it out.
pub(super) static LAYOUT: LazyLock<Option<Layout>> =
    LazyLock::new(|| Layout::parse(include_str!("samples/header_page")));
static FORMATS: LazyLock<Formats> = LazyLock::new(|| {
    let mut formats = Formats::default();
    formats.add(RecordKind::Tried, Format::parse(include_str!("samples/offload.format")));
    formats.add(RecordKind::Words, Format::parse(include_str!("samples/netlink_extack.format")));
    formats
});

/// Pages of a kernel whose layout is known.
pub(crate) fn pages(bytes: &[u8]) {
    if let Some(layout) = &*LAYOUT {
        read(layout, &FORMATS, bytes);
    }
}

/// A description, then, behind a zero, what it is to describe.
pub(crate) fn formats(bytes: &[u8]) {
    let end = memchr::memchr(0, bytes).unwrap_or(bytes.len());
    let (text, rest) = bytes.split_at_checked(end).unwrap_or_default();
    let text = String::from_utf8_lossy(text);
    let format = Format::parse(&text);
    let mut formats = Formats::default();
    // Which kind it is of, the first byte says.
    let kinds = RecordKind::OF_PROBES.into_iter().chain([RecordKind::Words]);
    let kind = kinds.cycle().nth(usize::from(rest.get(1).copied().unwrap_or(0))).unwrap_or(RecordKind::Words);
    formats.add(kind, format.clone());
    formats.add(RecordKind::Words, format);
    if let Some(entry) = formats.read(0, rest) {
        told(&entry.told);
    }
    if let Some(layout) = Layout::parse(&text) {
        assert!(layout.page_size() <= 1 << 20);
        read(&layout, &formats, rest);
    }
}

/// Nothing is read twice or from outside of the page, and every word that waits for its try comes out.
fn read(layout: &Layout, formats: &Formats, bytes: &[u8]) {
    let page = layout.page(bytes);
    assert!(page.events.iter().map(|(_, record)| record.len()).sum::<usize>() <= bytes.len());
    let mut pairing = Pairing::new(bytes.last().is_some_and(|byte| byte & 1 == 1));
    let mut calls = Calls::new(bytes.last().is_some_and(|byte| byte & 2 == 2));
    let (mut out, mut whole) = (Vec::new(), Vec::new());
    for (time, record) in &page.events {
        if let Some(entry) = formats.read(*time, record) {
            told(&entry.told);
            calls.take(entry, Boottime::from_micros(*time / 1_000), &mut whole);
        }
    }
    let end = Boottime::from_micros(u64::MAX);
    calls.all_read_since(u64::MAX, end, &mut whole);
    calls.waited(end, &mut whole);
    assert!(calls.due().is_none());
    for entry in whole {
        let now = Boottime::from_micros(entry.time / 1_000);
        pairing.take(entry, now, &mut out);
    }
    pairing.waited(Boottime::from_micros(u64::MAX), &mut out);
    assert!(pairing.due().is_none());
    assert!(out.len() <= page.events.len());
}

fn told(told: &ToldRecord) {
    match told {
        ToldRecord::Try(tried) | ToldRecord::Begun(tried, _) => {
            comes_back(&**tried);
            can_be_shown(&tried.process, usize::MAX);
        }
        ToldRecord::Words(words) | ToldRecord::Answered(Some(words)) => can_be_shown(words, 1024),
        ToldRecord::Ended(_) | ToldRecord::InSoftware(_) | ToldRecord::Answered(None) => {}
    }
}
