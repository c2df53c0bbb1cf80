//! Against types made by hand, against this machine's kernel, and against anything else.

use proptest::prelude::*;

use super::made::Made;
use super::{Btf, BtfError, Member, Parameter};

fn parsed(made: &Made) -> Btf {
    Btf::parse(made.bytes()).unwrap()
}

fn at(offset: u32, size: u32) -> Option<Member> {
    Some(Member { offset, size, is_pointer: false, points_to: None })
}

fn parameter(name: &str, points_to: Option<&str>) -> Parameter {
    Parameter { name: name.to_owned(), points_to: points_to.map(str::to_owned) }
}

#[test]
fn members_are_found_as_c_finds_them() {
    let (mut made, _) = Made::with_long();
    let byte = made.integer("u8", 1);
    let word = made.integer("u32", 4);
    let port = made.typedef("__be32", word);
    let words = made.array(port, 4);
    let rows = made.array(words, 3);
    let inner = made.union("", &[("v4", word, 0), ("v6", words, 0)]);
    let address = made.structure("address", &[("pad", byte, 0), ("", inner, 32)]);
    let net = made.structure("net", &[]);
    let constant = made.raw("", 10, false, 0, net, &[]);
    let pointer = made.pointer(constant);
    let reference = made.structure("", &[("net", pointer, 0)]);
    let possible = made.typedef("possible_net_t", reference);
    let words_pointer = made.pointer(word);
    made.structure(
        "state",
        &[
            ("family", byte, 8),
            ("source", address, 64),
            ("", address, 512),
            ("owner", possible, 1024),
            ("rows", rows, 2048),
            ("numbers", words_pointer, 4096),
        ],
    );
    let btf = parsed(&made);
    assert_eq!(btf.member("state", "family"), at(1, 1));
    assert_eq!(btf.member("state", "source.v6"), at(8 + 4, 16));
    assert_eq!(btf.member("state", "source.v4"), at(8 + 4, 4));
    assert_eq!(btf.member("state", "v4"), at(64 + 4, 4), "through two without a name, of which one has a tag");
    assert_eq!(btf.member("state", "rows"), at(256, 48));
    let owner = Member { offset: 128, size: 8, is_pointer: true, points_to: Some("net".to_owned()) };
    assert_eq!(btf.member("state", "owner.net"), Some(owner));
    let numbers = btf.member("state", "numbers").unwrap();
    assert_eq!((numbers.offset, numbers.is_pointer, numbers.points_to), (512, true, None));
    for missing in ["owner.net.count", "family.x", "nothing", "", ".", "source.", "source..v4", "fam", "familyx"] {
        assert_eq!(btf.member("state", missing), None, "{missing}");
    }
    assert_eq!(btf.member("stat", "family"), None);
    assert_eq!(btf.member("", "net"), None, "what has no name is not found by none");
    assert_eq!([btf.has_member("state", "family"), btf.has_member("state", "x")], [Some(true), Some(false)]);
    assert_eq!(btf.has_member("nowhere", "family"), None);
}

#[test]
fn bit_fields_are_there_and_nowhere() {
    let mut made = Made::new();
    let byte = made.integer("u8", 1);
    let part = made.raw("u8", 1, false, 0, 1, &[2 << 16 | 3]);
    made.with_bit_fields("new", &[("flags", byte, 2 << 24 | 8), ("whole", byte, 16), ("odd", byte, 17)]);
    made.structure("old", &[("flags", part, 0), ("whole", byte, 8)]);
    let btf = parsed(&made);
    assert_eq!([btf.member("new", "flags"), btf.member("new", "whole")], [None, at(2, 1)]);
    assert_eq!([btf.member("old", "flags"), btf.member("old", "whole")], [None, at(1, 1)]);
    assert_eq!(btf.member("new", "odd"), None);
    assert_eq!([btf.has_member("new", "flags"), btf.has_member("old", "flags")], [Some(true), Some(true)]);
}

#[test]
fn where_two_of_one_name_differ_there_is_no_answer() {
    let mut made = Made::new();
    let byte = made.integer("u8", 1);
    let same = [("first", byte, 0), ("second", byte, 8)];
    made.structure("same", &same);
    made.structure("same", &same);
    made.structure("other", &same);
    made.structure("other", &[("first", byte, 0), ("second", byte, 16)]);
    made.function("same", &[("a", byte)]);
    made.function("same", &[("a", byte)]);
    made.function("other", &[("a", byte)]);
    made.function("other", &[]);
    let btf = parsed(&made);
    assert_eq!(btf.member("same", "second"), at(1, 1));
    assert_eq!([btf.member("other", "first"), btf.member("other", "second")], [at(0, 1), None]);
    assert_eq!(btf.function("same").unwrap().len(), 1);
    assert_eq!(btf.function("other"), None);
}

#[test]
fn functions_say_what_they_take() {
    let (mut made, long) = Made::with_long();
    let device = made.raw("net_device", 7, false, 0, 0, &[]);
    let device = made.pointer(device);
    let text = made.pointer(long);
    let taken = [("dev", device), ("text", text), ("number", long)];
    made.function("add", &taken);
    let prototype = made.prototype(&[("", device), ("", long)]);
    let pointer = made.pointer(prototype);
    made.structure("operations", &[("number", long, 0), ("add", pointer, 64), ("text", text, 128)]);
    let btf = parsed(&made);
    let expected = vec![parameter("dev", Some("net_device")), parameter("text", None), parameter("number", None)];
    assert_eq!(btf.function("add"), Some(expected));
    assert_eq!(btf.function("operations"), None);
    let expected = vec![parameter("", Some("net_device")), parameter("", None)];
    assert_eq!(btf.pointed_function("operations", "add"), Some(expected));
    for other in ["number", "text", "none"] {
        assert_eq!(btf.pointed_function("operations", other), None, "{other}");
    }
}

#[test]
fn what_leads_to_itself_leads_nowhere() {
    let (mut made, _) = Made::with_long();
    // Types 2 and 3 are each other's; 4 is an array of itself; 5 holds itself, twice, without a name.
    let circle = made.typedef("circle", 3);
    made.typedef("circle", circle);
    made.raw("", 3, false, 0, 0, &[4, 4, 2]);
    made.structure("nested", &[("", 5, 0), ("", 5, 8), ("behind", circle, 0)]);
    made.structure("holder", &[("circle", circle, 0), ("array", 4, 0), ("far", 9999, 0)]);
    let btf = parsed(&made);
    for (structure, path) in [("nested", "behind"), ("holder", "circle"), ("holder", "array"), ("holder", "far")] {
        assert_eq!(btf.member(structure, path), None, "{structure}.{path}");
    }
    assert_eq!(btf.has_member("nested", "behind"), None, "who went too far does not know");
}

#[test]
fn a_size_that_fits_nowhere_is_none() {
    let mut made = Made::new();
    let word = made.integer("u32", 4);
    let many = made.array(word, u32::MAX);
    let pointer = made.pointer(word);
    made.structure("huge", &[("many", many, 0), ("pointer", pointer, 0), ("word", word, 0)]);
    let btf = parsed(&made);
    assert_eq!([btf.member("huge", "many"), btf.member("huge", "word")], [None, at(0, 4)]);
    assert_eq!(btf.member("huge", "pointer"), None, "nothing tells how large a pointer is");
}

#[test]
fn kinds_that_are_not_known_are_stepped_over_where_they_are_laid_out() {
    let mut made = Made::new();
    made.raw("new", 33, true, 2, 0, &[1, 2, 3, 4, 5]);
    let word = made.integer("u32", 4);
    made.structure("after", &[("word", word, 32)]);
    let mut layout = vec![0; 34 * 4];
    layout[33 * 4..].copy_from_slice(&[4, 8, 0, 0]);
    assert_eq!(Btf::parse(made.with_layout(&layout)).unwrap().member("after", "word"), at(4, 4));
    assert_eq!(Btf::parse(made.bytes()).unwrap_err(), BtfError::Kind { id: 1, kind: 33 });
    assert_eq!(Btf::parse(made.with_layout(&layout[..33 * 4])).unwrap_err(), BtfError::Kind { id: 1, kind: 33 });
}

#[test]
fn what_is_none_says_why() {
    let whole = Made::with_long().0.bytes();
    assert_eq!(Btf::parse(Vec::new()).unwrap_err(), BtfError::NotBtf);
    assert_eq!(Btf::parse(b"\x7fELF".to_vec()).unwrap_err(), BtfError::NotBtf);
    let mut other = whole.clone();
    other[2] = 2;
    assert_eq!(Btf::parse(other).unwrap_err(), BtfError::Version(2));
    let mut swapped = whole.clone();
    swapped[..2].reverse();
    assert_eq!(Btf::parse(swapped).unwrap_err(), BtfError::NotBtf);
    for length in 2..whole.len() {
        Btf::parse(whole[..length].to_vec()).unwrap_err();
    }
    Btf::parse(whole).unwrap();
}

/// What the kernel tells of itself, where it does.
#[test]
fn this_machines_kernel_is_understood() {
    let Ok(bytes) = std::fs::read("/sys/kernel/btf/vmlinux") else {
        eprintln!("this kernel has no type information");
        return;
    };
    let length = bytes.len();
    let btf = Btf::parse(bytes).unwrap();
    assert!(btf.starts.len() > 10_000 && length > 1_000_000, "{} types in {length} bytes", btf.starts.len());
    assert_eq!(btf.has_member("task_struct", "comm"), Some(true));
    let name = btf.member("task_struct", "comm").unwrap();
    assert_eq!((name.size, btf.member("list_head", "prev").unwrap().points_to), (16, Some("list_head".to_owned())));
    let parent = btf.member("task_struct", "real_parent").unwrap();
    assert_eq!(parent, Member { is_pointer: true, points_to: Some("task_struct".to_owned()), ..parent });
    let wake = btf.function("wake_up_process").unwrap();
    assert_eq!(wake.first().unwrap().points_to.as_deref(), Some("task_struct"));
    if btf.has_member("xfrm_state", "id") == Some(true) {
        assert_eq!(btf.member("xfrm_state", "id.spi").unwrap().size, 4);
        assert_eq!(btf.member("xfrm_state", "id.daddr.in6.in6_u.u6_addr32").unwrap().size, 16);
        assert_eq!(btf.member("xfrm_state", "xs_net.net").unwrap().points_to.as_deref(), Some("net"));
    }
}

proptest! {
    #[test]
    fn any_bytes_are_types_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        super::fuzz::types(&bytes);
    }

    /// The header is right, whatever its numbers mean.
    #[test]
    fn any_types_are_bounded(words in proptest::collection::vec(0_u32..40, 0..100), kinds in proptest::collection::vec(0_u32..20, 0..30)) {
        let mut made = Made::new();
        for (place, kind) in kinds.iter().enumerate() {
            let items = words.get(place).copied().unwrap_or(0) as usize % 5;
            let rest: Vec<u32> = words.iter().skip(place * 3).take(items * 3).copied().collect();
            made.raw("t", u8::try_from(*kind).unwrap(), place % 2 == 1, rest.len() / 3, place as u32, &rest);
        }
        super::fuzz::types(&made.bytes());
    }
}
