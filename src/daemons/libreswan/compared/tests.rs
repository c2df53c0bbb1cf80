//! Pairs of what is written and what each release shows of it: alike, and with one line changed.

use super::differences;
use crate::daemons::libreswan::Libreswan;
use crate::daemons::libreswan::releases::RELEASES;
use crate::daemons::libreswan::tables::connections;
use crate::daemons::libreswan::tables::releases::shown_by;
use crate::daemons::{ConfigurationLanguage, Difference};
use crate::model::{ConfiguredConnection, LoadedConnection};

/// What made the connections of `tables::releases`.
const WRITTEN: &str = "conn %default
\tencapsulation=yes
conn here
\tleft=192.0.2.1
\tleftid=@a
\tleftsubnet=10.1.0.0/24
\tauthby=secret
conn t1
\talso=here
\tright=198.51.100.2
\trightid=@b
\trightsubnet=10.2.0.0/24
\treplay-window=64
\tesn=no
\tauto=start
conn rw
\tleft=192.0.2.1
\tleftid=@a
\tright=%any
\tauthby=secret
\tikev2=no
\ttype=transport
\tpfs=no
\trekey=no
\tauto=add
";

fn written(text: &str) -> Vec<ConfiguredConnection> {
    let mut reader = Libreswan.connections_reader();
    for line in text.split_inclusive('\n') {
        reader.line(line);
    }
    reader.connections().unwrap()
}

fn version(release: &str) -> &str {
    if release == "main" { "5.5" } else { release }
}

fn all(text: &str, loaded: &[LoadedConnection], release: &str) -> Vec<Difference> {
    let written = written(text);
    let of = |one: &LoadedConnection| {
        let written = written.iter().find(|written| written.connection == one.connection).unwrap();
        differences(written, one, Some(version(release)))
    };
    loaded.iter().flat_map(of).collect()
}

#[test]
fn what_is_loaded_as_it_is_written_differs_in_no_release() {
    for release in RELEASES {
        assert_eq!(all(WRITTEN, &shown_by(release), release), [], "{release}");
    }
}

#[test]
fn each_line_that_is_changed_is_found_in_every_release() {
    for (before, after, setting, loaded, now) in [
        ("\tesn=no", "\tesn=either", "esn", "esn=no", "esn=either"),
        ("=64", "=128", "replay-window", "replay-window=64", "replay-window=128"),
        ("\tencapsulation=yes\n", "", "encapsulation", "encapsulation=yes", "encapsulation=auto, by default"),
        ("\tesn=no", "\tesn=no\n\ttype=transport", "type", "type=tunnel", "type=transport"),
        ("\tesn=no", "\tesn=no\n\tpfs=no", "pfs", "pfs=yes", "pfs=no"),
        ("\tesn=no", "\tesn=no\n\tphase2=ah", "phase2", "phase2=esp", "phase2=ah"),
        ("\tesn=no", "\tesn=no\n\tikev2=never", "ikev2", "ikev2=yes", "ikev2=no"),
        ("\tright=198.51.100.2", "\tright=198.51.100.3", "right", "right=198.51.100.2", "right=198.51.100.3"),
        (
            "leftsubnet=10.1.0.0/24",
            "leftsubnet=10.1.0.0/16",
            "leftsubnet",
            "leftsubnet=10.1.0.0/24",
            "leftsubnet=10.1.0.0/16",
        ),
        ("\trightsubnet=10.2.0.0/24\n", "", "rightsubnet", "rightsubnet=10.2.0.0/24", "rightsubnet=198.51.100.2/32"),
    ] {
        let text = WRITTEN.replacen(before, after, 1);
        assert_ne!(text, WRITTEN);
        for release in RELEASES.into_iter().filter(|release| !release.starts_with('3')) {
            let found = all(&text, &shown_by(release), release);
            let expected = Difference { setting, loaded: loaded.to_owned(), written: now.to_owned() };
            assert_eq!(found, [expected], "{release}");
        }
    }
    // Nothing is known for certain of what 3.x does where nothing is written.
    assert_eq!(all(&WRITTEN.replace("=64", "=128"), &shown_by("3.32"), "3.32"), []);
    assert_eq!(differences(&written(WRITTEN)[0], &shown_by("4.10")[0], None), []);
}

#[test]
fn offload_is_compared_in_the_words_of_the_release() {
    for (release, line, expected) in [
        ("4.3", "\tnic-offload=auto\n", None),
        ("4.10", "", None),
        ("4.10", "\tnic-offload=yes\n", Some(("nic-offload=auto", "nic-offload=yes"))),
        ("4.10", "\tnic-offload=no\n", Some(("nic-offload=auto", "nic-offload=no"))),
        ("5.2", "", None),
        ("5.2", "\tnic-offload=no\n", None),
        ("5.4", "\tnic-offload=yes\n", Some(("nic-offload=no", "nic-offload=crypto"))),
        ("5.4", "\tnic-offload=packet\n", Some(("nic-offload=no", "nic-offload=packet"))),
        // It would not be loaded at all.
        ("5.4", "\tnic-offload=auto\n", None),
    ] {
        let text = WRITTEN.replace("\tesn=no\n", &format!("\tesn=no\n{line}"));
        let found = all(&text, &shown_by(release), release);
        let found: Vec<_> = found.iter().map(|one| (one.loaded.as_str(), one.written.as_str())).collect();
        assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{release} {line}");
    }
}

/// One connection as 4.10 shows it, with these lines for others.
fn shown(ends: &str, lines: &[&str]) -> LoadedConnection {
    let own = [
        "ike_life: 28800s; ipsec_life: 3600s; replay_window: 128; rekey_margin: 540s; rekey_fuzz: 100%;",
        "policy: IKEv2+PSK+ENCRYPT+TUNNEL+PFS+UP+IKE_FRAG_ALLOW+ESN_NO+ESN_YES;",
    ];
    let mut text = format!("000 \"t1\": {ends}; erouted; eroute owner: #2\n");
    own.iter().chain(lines).for_each(|line| text.push_str(&format!("000 \"t1\":   {line}\n")));
    connections(text.as_bytes()).value.remove(0)
}

fn found(settings: &str, loaded: &LoadedConnection) -> Vec<(String, String)> {
    let text = format!("conn t1\n{}", settings.split(' ').map(|line| format!("\t{line}\n")).collect::<String>());
    let found = differences(&written(&text)[0], loaded, Some("4.10"));
    found.into_iter().map(|one| (one.loaded, one.written)).collect()
}

const PAIR: &str = "10.1.0.0/24===192.0.2.1[@a]...198.51.100.2[@b]===10.2.0.0/24";

#[test]
fn what_pluto_changes_by_itself_is_no_difference() {
    for settings in [
        // Which end is left is not said.
        "left=198.51.100.2 leftsubnet=10.2.0.0/24 right=192.0.2.1 rightsubnet=10.1.0.0/24",
        "left=%defaultroute leftsubnet=10.1.0.0/24 right=198.51.100.2 rightsubnet=10.2.0.0/24",
        "left=%eth0 leftsubnet=10.1.0.77/24 right=gw.example.org rightsubnet=10.2.0.0/24",
        // Moves, is redirected, gets an address, is one of several pairs.
        "left=192.0.2.9 right=198.51.100.2 mobike=yes",
        "left=192.0.2.1 right=198.51.100.9 accept-redirect=yes",
        "left=192.0.2.1 right=198.51.100.2 leftmodecfgclient=yes rightsubnet=0.0.0.0/0",
        "left=192.0.2.1 right=198.51.100.2 leftsubnets=10.1.0.0/24,10.3.0.0/24 rightsubnet=10.9.0.0/24",
        "left=192.0.2.1 right=198.51.100.2 leftsourceip=10.1.0.1 rightsubnet=10.9.0.0/24",
        "left=192.0.2.1 right=198.51.100.2 leftsubnet=10.1/16 rightsubnet=vhost:%no",
        "left=192.0.2.1 right=198.51.100.2 leftsubnet=10.1.0.0/24 rightsubnet=10.2.0.0/24 narrowing=yes",
        // Cut down, or in words that are not known.
        "ikelifetime=2d",
        "ikelifetime=28800 salifetime=1h",
        "ikelifetime=8h salifetime=60m",
        "salifetime=3600s",
        "salifetime=0 ikelifetime=soon",
        "type=passthrough",
        "esn=maybe pfs=perhaps",
        "keyexchange=ike ikev2=no",
        "keyexchange=ikev1",
    ] {
        assert_eq!(found(settings, &shown(PAIR, &[])), [], "{settings}");
    }
    let mut road = shown("192.0.2.1[@a]...%any[@b]", &[]);
    assert_eq!(found("left=192.0.2.9 right=%any", &road), []);
    road.template = false;
    road.remote = "198.51.100.7".parse().ok();
    road.instance = Some("[1] 198.51.100.7".to_owned());
    assert_eq!(found("left=192.0.2.9 right=%any", &road), []);
    // What is never negotiated has none of this.
    let clear = connections(b"000 \"t1\": 192.0.2.1...198.51.100.2; prospective erouted; eroute owner: #0\n000 \"t1\":   policy: IKEv2+NEVER+PASS;\n");
    assert_eq!(found("left=192.0.2.9 type=passthrough nic-offload=no", &clear.value[0]), []);
}

#[test]
fn what_a_person_changes_is_one() {
    let told = |settings: &str| found(settings, &shown(PAIR, &[]));
    let one = |loaded: &str, written: &str| vec![(loaded.to_owned(), written.to_owned())];
    for (settings, loaded, written) in [
        ("ikelifetime=4h", "ikelifetime=28800s", "ikelifetime=4h"),
        ("keylife=2h", "salifetime=3600s", "salifetime=2h"),
        ("esn=no", "esn=either", "esn=no"),
        ("left=%defaultroute right=198.51.100.3", "right=192.0.2.1 or 198.51.100.2", "right=198.51.100.3"),
        ("left=192.0.2.1 right=2001:db8::2", "right=198.51.100.2", "right=2001:db8::2"),
        (
            "left=192.0.2.1 right=198.51.100.2 leftsubnet=10.1.0.0/24 rightsubnet=10.2.0.0/16",
            "rightsubnet=10.2.0.0/24",
            "rightsubnet=10.2.0.0/16",
        ),
    ] {
        assert_eq!(told(settings), one(loaded, written), "{settings}");
    }
}

#[test]
fn proposals_are_compared_where_every_word_is_known() {
    for (written, shown_as, differs) in [
        ("aes_gcm256", "AES_GCM_16_256-NONE", false),
        ("aes_gcm256-null", "AES_GCM_16_256", false),
        ("aes_gcm_c_256-null;dh31", "AES_GCM_16_256-NONE-DH31", false),
        ("aes256-sha2,aes128-sha1", "AES_CBC_256-HMAC_SHA2_256_128, AES_CBC_128-HMAC_SHA1_96", false),
        ("aes256-sha2_512;modp2048", "AES_CBC_256-HMAC_SHA2_512_256-MODP2048", false),
        ("AES256-SHA512", "AES_CBC_256-HMAC_SHA2_512_256", false),
        ("aes_gcm256-null", "AES_GCM_16_128-NONE", true),
        ("aes256-sha2", "AES_CBC_256-HMAC_SHA2_256_128, AES_CBC_128-HMAC_SHA1_96", true),
        // Without a length, in another order, or in words of its own.
        ("aes-sha1", "AES_CBC-HMAC_SHA1_96", false),
        ("aes-sha1", "AES_CBC_256-HMAC_SHA1_96", false),
        ("aes256+aes128-sha2", "AES_CBC_256+AES_CBC_128-HMAC_SHA2_256_128", false),
        ("chacha20_poly1305", "CHACHA20_POLY1305-NONE", false),
        ("3des-md5", "3DES_CBC-HMAC_MD5_96", false),
    ] {
        let loaded = shown(PAIR, &[&format!("ESP algorithms: {shown_as}")]);
        assert_eq!(!found(&format!("esp={written}"), &loaded).is_empty(), differs, "{written} {shown_as}");
        assert_eq!(!found(&format!("phase2alg={written}"), &loaded).is_empty(), differs, "{written} {shown_as}");
    }
    let expected = |loaded: &str, written: &str| vec![(loaded.to_owned(), written.to_owned())];
    assert_eq!(found("esp=aes_gcm256", &shown(PAIR, &[])), expected("esp=(its default)", "esp=aes_gcm256"));
    let loaded = shown(PAIR, &["ESP algorithms: AES_GCM_16_256-NONE"]);
    assert_eq!(found("pfs=yes", &loaded), expected("esp=AES_GCM_16_256-NONE", "esp=(its default)"));
}
