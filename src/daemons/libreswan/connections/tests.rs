//! ipsec.conf as people write it, and as editors leave it for a moment.

use proptest::prelude::*;

use super::*;
use crate::model::{AtStart, Setting};

fn read(text: &str) -> Option<Vec<ConfiguredConnection>> {
    let mut reader = ConnectionText::default();
    for line in text.split_inclusive('\n') {
        reader.line(line);
    }
    Box::new(reader).connections()
}

fn one(text: &str, name: &str) -> ConfiguredConnection {
    read(text).unwrap().into_iter().find(|one| one.connection == name).unwrap()
}

const SITES: &str = r#"# /etc/ipsec.conf
version 2

config setup
	logfile=/var/log/pluto.log
	plutodebug="base control"
	virtual-private=%v4:10.0.0.0/8,%v4:!10.1.0.0/16

conn %default
	ikelifetime = 8h
	nic-offload=no

conn hub
	left=192.0.2.1
	leftid="C=DE, O=Example, CN=hub"
	leftcert=hub
	# the second is for the laboratory
	leftsubnets={10.1.0.0/24 10.3.0.0/24}
	also=crypto

conn west
	also=hub
	right=198.51.100.2   # the old line
	rightsubnet=10.2.0.0/24
	nic-offload=crypto
	AUTO=start

conn crypto
	esp=aes_gcm256
	ike=aes256-sha2;modp2048
	x-note=it's "half

conn roadwarriors
	left=%defaultroute
	right=%any
	auto=add

include /etc/ipsec.d/*.conf
"#;

#[test]
fn a_connection_is_what_its_sections_and_the_default_make_of_it() {
    let all = read(SITES).unwrap();
    let names: Vec<&str> = all.iter().map(|one| one.connection.as_str()).collect();
    assert_eq!(names, ["crypto", "hub", "roadwarriors", "west"]);
    let west = one(SITES, "west");
    assert_eq!((west.start, west.certain, west.lacks.as_deref()), (AtStart::BringsUp, true, None));
    for (name, value) in [
        ("left", "192.0.2.1"),
        ("right", "198.51.100.2"),
        ("leftsubnets", "10.1.0.0/24 10.3.0.0/24"),
        ("esp", "aes_gcm256"),
        ("nic-offload", "crypto"),
        ("ikelifetime", "8h"),
    ] {
        assert_eq!(west.value(name), Setting::Is(value), "{name}");
    }
    assert_eq!(west.value("pfs"), Setting::Default);
    assert_eq!(one(SITES, "hub").value("nic-offload"), Setting::Is("no"));
    assert_eq!(one(SITES, "hub").start, AtStart::Nothing);
    assert_eq!(one(SITES, "roadwarriors").start, AtStart::Loads);
}

#[test]
fn nothing_is_kept_that_nobody_compares() {
    let text = "conn a\n\tleftrsasigkey=0sAQPl\n\tleftid=@secret\n\tleftcert=x\n\tleft=192.0.2.1\n";
    let kept: Vec<_> = one(text, "a").settings.into_keys().collect();
    assert_eq!(kept, ["left"]);
}

#[test]
fn of_a_text_that_is_not_whole_nothing_is_said() {
    for text in [
        "conn west\n\tleft",
        "conn west\n\tleftid=\"C=DE, O=",
        "conn west\n\tleftsubnets={10.1.0.0/24 ",
        "con",
        "conn",
        "\tleft=192.0.2.1\n",
        "conn west\n\tleft=192.0.2.1\r\n",
        "include /etc/ipsec.d/*.conf\n\tauto=start\n",
        "include ipsec.d/*.conf\n",
        "include /etc/{ipsec,strongswan}.d/*.conf\n",
        "conn %default\n\talso=base\nconn base\n\ttype=tunnel\n",
        "<<<<<<< HEAD\nconn west\n",
    ] {
        assert_eq!(read(text), None, "{text:?}");
    }
    let many: String = (0..MOST_SECTIONS + 1).map(|number| format!("conn c{number}\n")).collect();
    assert_eq!(read(&many), None);
}

#[test]
fn of_a_connection_that_is_not_certain_nothing_is_compared() {
    for text in [
        "conn a\n\talso=b c\nconn b\nconn c\n",
        "conn a\n\talsoflip=b\nconn b\n",
        "conn a\n\talso=\"b\n",
        "conn a\n\tesp=aes128-sha2\nconn a\n\tesp=aes256-sha2\n",
    ] {
        assert!(read(text).is_none_or(|all| all.iter().all(|one| one.connection != "a" || !one.certain)), "{text}");
    }
    // Two values of one name: one that is refused by some releases.
    let twice = one("conn a\n\tpfs=no\n\talso=b\nconn b\n\tpfs=yes\n\tesn=no\n", "a");
    assert_eq!((twice.value("pfs"), twice.value("esn")), (Setting::Unknown, Setting::Is("no")));
    let alike = one("conn a\n\tkeylife=1h\n\tsalifetime=1h\n\tlifetime=2h\n", "a");
    assert_eq!(alike.value("salifetime"), Setting::Unknown);
    let odd = one("conn a\n\tleft=192.0.2.1 192.0.2.2\n\tright=\n", "a");
    assert_eq!((odd.value("left"), odd.value("right")), (Setting::Unknown, Setting::Unknown));
}

#[test]
fn a_section_that_is_not_there_is_named_and_a_circle_ends() {
    let lacking = one("conn a\n\talso=b\n\tauto=start\nconn b\n\talso=base\n", "a");
    assert_eq!((lacking.lacks.as_deref(), lacking.certain, lacking.start), (Some("base"), false, AtStart::BringsUp));
    let circle = one("conn a\n\talso=b\nconn b\n\talso=a\n\tpfs=no\n", "a");
    assert_eq!((circle.value("pfs"), circle.certain), (Setting::Is("no"), true));
    let long: String = (0..200).map(|number| format!("conn c{number}\n\talso=c{}\n", number + 1)).collect();
    assert!(!one(&format!("{long}conn c200\n"), "c0").certain);
}

#[test]
fn groups_are_no_connections_that_come_up() {
    for host in ["%opportunisticgroup", "%opportunistic", "%group"] {
        let group = one(&format!("conn private\n\tleft=%defaultroute\n\tright={host}\n\tauto=ondemand\n"), "private");
        assert_eq!(group.start, AtStart::Nothing, "{host}");
    }
}

proptest! {
    #[test]
    fn no_pieces_make_it_panic(pieces in proptest::collection::vec(proptest::sample::select(vec![
        "conn ", "a", "%default", "\n", "\t", " ", "also=", "left=", "=", "\"", "{", "}", "#", "include ", "/x", "config setup", "auto=start", "\u{e9}", "\r",
    ]), 0..40)) {
        let _ = read(&pieces.concat());
    }

    /// A text that ends anywhere is one that is not whole, or has fewer connections and settings; never others.
    #[test]
    fn what_is_cut_off_says_nothing_else(end in 0..SITES.len()) {
        prop_assume!(SITES.is_char_boundary(end));
        let whole = read(SITES).unwrap();
        for one in read(&SITES[..end]).unwrap_or_default() {
            let known = whole.iter().find(|known| known.connection.starts_with(&one.connection));
            prop_assert!(known.is_some(), "{one:?}");
        }
    }
}
