//! Against a page that the lab's kernel wrote (Linux 6.12.117), and against anything else.

use std::net::IpAddr;
use std::time::Duration;

use proptest::prelude::*;

use super::format::Format;
use super::pages::Layout;
use super::pairing::{Paired, Pairing};
use super::records::{Formats, RecordKind, ThreadRecord, ToldRecord};
use crate::model::{
    Algorithm, AlgorithmName, Boottime, Direction, OffloadMode, OffloadTry, Protocol, SaMode, SaShape, Spi,
};

/// Five adds by `ip`: ESN; over a VLAN; AES-CBC with UDP encapsulation; ESN with IPv6; AH. All words are in it, the tracepoint unfiltered.
const PAGE: &[u8] = include_bytes!("samples/page");

fn formats() -> Formats {
    let mut formats = Formats::default();
    formats.add(RecordKind::Tried, Format::parse(include_str!("samples/offload.format")));
    formats.add(RecordKind::Words, Format::parse(include_str!("samples/netlink_extack.format")));
    formats
}

fn entries() -> Vec<ThreadRecord> {
    let layout = Layout::parse(include_str!("samples/header_page")).unwrap();
    let page = layout.page(PAGE);
    assert_eq!(page.lost, 0);
    let read: Vec<ThreadRecord> =
        page.events.iter().filter_map(|(time, record)| formats().read(*time, record)).collect();
    assert_eq!(read.len(), page.events.len(), "a record was not understood");
    read
}

fn tries() -> Vec<OffloadTry> {
    let told = entries().into_iter().map(|entry| entry.told);
    told.filter_map(|told| if let ToldRecord::Try(tried) = told { Some(*tried) } else { None }).collect()
}

fn gcm() -> Algorithm {
    Algorithm { name: AlgorithmName::new(b"rfc4106(gcm(aes))"), auth: None, key_bits: 160, icv_bits: 128 }
}

fn address(text: &str) -> Option<IpAddr> {
    Some(text.parse().unwrap())
}

#[test]
fn a_refusal_tells_everything() {
    let tried = &tries()[0];
    let expected = OffloadTry {
        pid: tried.pid,
        process: "ip".to_owned(),
        spi: Spi(0x1002),
        src: address("10.9.0.1"),
        dst: address("10.9.0.2"),
        ifindex: 2,
        mode: OffloadMode::Crypto,
        direction: Direction::Out,
        errno: 22,
        text: Some("Device doesn't support offload with ESN".to_owned()),
        shape: Some(SaShape {
            protocol: Protocol::Esp,
            mode: SaMode::Transport,
            algorithm: Some(gcm()),
            esn: true,
            replay_window: 64,
            encapsulated: false,
            ipv6: false,
            if_id: 0,
        }),
    };
    assert_eq!(*tried, expected);
    assert!(tried.pid > 1);
}

#[test]
fn a_silent_fallback_has_no_errno_and_nothing_of_the_record_before() {
    let tried = &tries()[1];
    assert_eq!((tried.spi, tried.errno, tried.text.as_deref(), tried.ifindex), (Spi(0x1003), 0, None, 3));
    let shape = tried.shape.unwrap();
    assert_eq!((shape.algorithm, shape.esn, shape.replay_window), (Some(gcm()), false, 0));
}

#[test]
fn each_kind_of_sa_has_its_shape() {
    let tries = tries();
    let shape = tries[2].shape.unwrap();
    let name = AlgorithmName::new;
    let cbc = Algorithm { name: name(b"cbc(aes)"), auth: Some(name(b"hmac(sha256)")), key_bits: 128, icv_bits: 128 };
    assert_eq!((shape.algorithm, shape.encapsulated, tries[2].direction), (Some(cbc), true, Direction::In));
    let shape = tries[3].shape.unwrap();
    assert_eq!((tries[3].src, tries[3].dst), (address("fc00::1"), address("fc00::2")));
    assert_eq!((shape.mode, shape.ipv6, shape.if_id, shape.replay_window), (SaMode::Tunnel, true, 7, 128));
    let shape = tries[4].shape.unwrap();
    let hmac = Algorithm { name: name(b"hmac(sha256)"), auth: None, key_bits: 0, icv_bits: 128 };
    assert_eq!((shape.protocol, shape.algorithm, shape.replay_window), (Protocol::Ah, Some(hmac), 32));
    assert_eq!(tries[4].text.as_deref(), Some("Type doesn't support offload"));
    assert_eq!(tries.len(), 5);
}

/// The same records, laid out as one rung down: a call tells all but what became of it.
#[test]
fn a_call_tells_its_sa_and_its_parts_tell_the_rest() {
    let begun = include_str!("samples/offload.format")
        .replace("field:u64 dev;", "field:u64 x;")
        .replace("s32 ret;", "s32 other;");
    let mut formats = Formats::default();
    formats.add(RecordKind::Begun, Format::parse(&begun));
    let layout = Layout::parse(include_str!("samples/header_page")).unwrap();
    let page = layout.page(PAGE);
    let told: Vec<ToldRecord> =
        page.events.iter().filter_map(|(time, record)| Some(formats.read(*time, record)?.told)).collect();
    assert_eq!(told.len(), 5);
    for (told, tried) in told.into_iter().zip(tries()) {
        let ToldRecord::Begun(begun, _) = told else { panic!("{told:?}") };
        assert_eq!(
            (begun.spi, begun.src, begun.ifindex, begun.shape),
            (tried.spi, tried.src, tried.ifindex, tried.shape)
        );
        assert_eq!(begun.errno, 0);
    }
    let common = "ID:9\n field:unsigned short common_type;offset:0;size:2;\n field:int common_pid;offset:4;size:4;\n";
    let read = |kind, field: &str, value: &[u8]| {
        let mut formats = Formats::default();
        formats.add(kind, Format::parse(&format!("{common} {field}")));
        let record = [&9_u16.to_ne_bytes()[..], &[0, 0], &7_u32.to_ne_bytes(), value].concat();
        formats.read(1, &record).map(|entry| (entry.thread, entry.told))
    };
    let result = "field:s32 ret;offset:8;size:4;";
    assert_eq!(read(RecordKind::Ended, result, &(-22_i32).to_ne_bytes()), Some((7, ToldRecord::Ended(-22))));
    assert_eq!(read(RecordKind::Ended, result, &[0]), None, "cut");
    let sa = "field:u64 x;offset:8;size:8;";
    for kind in [RecordKind::Added, RecordKind::Updated] {
        assert_eq!(read(kind, sa, &5_u64.to_ne_bytes()), Some((7, ToldRecord::InSoftware(5))));
        assert_eq!(read(kind, result, &[0; 4]), None, "no address");
    }
    let words = "field:__data_loc char[] text;offset:8;size:4;";
    let text = [&(3_u32 << 16 | 12).to_ne_bytes()[..], b"no\0"].concat();
    assert_eq!(read(RecordKind::Answered, words, &text), Some((7, ToldRecord::Answered(Some("no".to_owned())))));
    assert_eq!(read(RecordKind::Answered, words, &[0; 4]), Some((7, ToldRecord::Answered(None))));
}

#[test]
fn less_that_can_be_fetched_is_less_that_is_told() {
    let text = include_str!("samples/offload.format");
    let without = |names: &[&str]| {
        let keep = |line: &&str| {
            !names.iter().any(|name| line.contains(&format!(" {name};")) || line.contains(&format!(" {name}[];")))
        };
        let tried = Format::parse(&text.lines().filter(keep).collect::<Vec<_>>().join("\n"));
        let mut formats = Formats::default();
        formats.add(RecordKind::Tried, tried);
        let layout = Layout::parse(include_str!("samples/header_page")).unwrap();
        layout.page(PAGE).events.iter().find_map(|(time, record)| formats.read(*time, record))
    };
    let first = |names: &[&str]| match without(names).unwrap().told {
        ToldRecord::Try(tried) => *tried,
        other => panic!("{other:?}"),
    };
    assert_eq!(first(&["mode"]).shape, None);
    assert_eq!((first(&["src", "dst"]).src, first(&["src", "dst"]).dst), (None, None));
    assert_eq!(first(&["text"]).text, None);
    assert_eq!(first(&["text", "mode", "dst"]).spi, Spi(0x1002));
    assert!(without(&["ret"]).is_none(), "without its result it is no try");
}

fn pair(pairing: &mut Pairing, entries: Vec<ThreadRecord>) -> Vec<Paired> {
    let (now, mut out) = (Boottime::from_micros(1_000_000), Vec::new());
    entries.into_iter().for_each(|entry| pairing.take(entry, now, &mut out));
    pairing.waited(now + Duration::from_secs(1), &mut out);
    assert_eq!(pairing.due(), None);
    out
}

fn said(paired: &[Paired]) -> Vec<&str> {
    let texts = paired.iter().map(|one| if let Paired::Words { text, .. } = one { Some(text.as_str()) } else { None });
    texts.flatten().collect()
}

#[test]
fn words_of_a_try_are_told_once_in_whatever_order_they_come() {
    let in_order = entries();
    assert!(in_order.iter().any(|entry| matches!(entry.told, ToldRecord::Words(_))), "the sample has words");
    let reversed = in_order.iter().rev().cloned().collect();
    for entries in [in_order, reversed] {
        let paired = pair(&mut Pairing::new(false), entries);
        assert_eq!(paired.len(), 5, "{paired:?}");
        assert_eq!(said(&paired), Vec::<&str>::new());
    }
}

#[test]
fn a_probe_without_words_takes_the_last_before_its_return() {
    let wordless = entries().into_iter().map(|mut entry| {
        if let ToldRecord::Try(tried) = &mut entry.told {
            tried.text = None;
        }
        entry
    });
    let paired = pair(&mut Pairing::new(true), wordless.collect());
    let texts: Vec<Option<&str>> =
        paired.iter().map(|one| if let Paired::Try(tried) = one { tried.text.as_deref() } else { None }).collect();
    let key_data = Some("netdevsim: Failed to get key data for SA table");
    let esn = Some("Device doesn't support offload with ESN");
    assert_eq!(texts, [esn, None, key_data, esn, Some("Type doesn't support offload")]);
}

#[test]
fn other_words_and_other_threads_words_are_not_a_trys() {
    let words = |thread, time, text: &str| ThreadRecord { time, thread, told: ToldRecord::Words(text.to_owned()) };
    let tried = entries().remove(entries().iter().position(|entry| matches!(entry.told, ToldRecord::Try(_))).unwrap());
    let (thread, time) = (tried.thread, tried.time);
    let esn = "Device doesn't support offload with ESN";
    let early = time - 200_000_000;
    let others = vec![
        words(thread, early, esn),
        words(thread, time - 9, "something else"),
        words(thread + 1, time - 8, esn),
        words(thread, time - 7, esn),
        tried,
        words(thread, time + 1, esn),
    ];
    let paired = pair(&mut Pairing::new(false), others);
    assert_eq!(said(&paired), [esn, "something else", esn, esn], "only the ones directly before it are its own");
}

#[test]
fn waiting_words_are_bounded() {
    let mut pairing = Pairing::new(false);
    let mut out = Vec::new();
    for time in 0..10_000 {
        let entry = ThreadRecord { time, thread: 1, told: ToldRecord::Words(format!("{time}")) };
        pairing.take(entry, Boottime::from_micros(1), &mut out);
    }
    assert!(out.len() > 9_000, "what cannot wait is told: {}", out.len());
}

/// A record of the probe whose process has chosen this name.
fn named(name: &[u8]) -> Vec<u8> {
    let format = Format::parse(include_str!("samples/offload.format"));
    let layout = Layout::parse(include_str!("samples/header_page")).unwrap();
    let page = layout.page(PAGE);
    let record = page
        .events
        .iter()
        .find(|(time, record)| matches!(formats().read(*time, record).unwrap().told, ToldRecord::Try(_)));
    let mut record = record.unwrap().1.to_vec();
    let place = u32::try_from((name.len() + 1) << 16 | record.len()).unwrap();
    let at = format.field("comm").unwrap().offset;
    record[at..at + 4].copy_from_slice(&place.to_ne_bytes());
    record.extend_from_slice(name);
    record.push(0);
    record
}

proptest! {
    #[test]
    fn no_name_makes_another_record_of_it(name in proptest::collection::vec(1..=255_u8, 0..16)) {
        let entry = formats().read(7, &named(&name)).unwrap();
        let ToldRecord::Try(tried) = entry.told else { panic!("{entry:?}") };
        prop_assert_eq!((tried.spi, tried.errno), (Spi(0x1002), 22));
        prop_assert!(!tried.process.chars().any(char::is_control), "{}", tried.process);
    }

    #[test]
    fn any_bytes_are_no_record_or_one(bytes in proptest::collection::vec(any::<u8>(), 0..400), kind in 0..2_u8) {
        let formats = formats();
        let kind = if kind == 0 { RecordKind::Tried } else { RecordKind::Words };
        let id = formats.of(kind).unwrap().id.unwrap();
        let _ = formats.read(0, &bytes);
        let record = [&id.to_ne_bytes()[..], &bytes].concat();
        if let Some(ThreadRecord { told: ToldRecord::Words(text), .. }) = formats.read(0, &record) {
            prop_assert!(text.len() <= 1024);
        }
    }

    #[test]
    fn any_description_is_read(text in "(\\s*field:[a-z_ \\[\\]]{0,20};\\s*offset:[0-9]{0,22};\\s*size:[0-9]{0,22};\n){0,4}", bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        let format = Format::parse(&text);
        let _ = (format.record(&bytes).text("a"), format.record(&bytes).number(""));
        let _ = Layout::parse(&text);
    }
}
