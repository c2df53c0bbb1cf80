//! swanctl.conf as people write it, and as editors leave it for a moment.

use super::*;
use crate::model::Setting;

const SITES: &str = r#"# swanctl.conf
connections {
  defaults {
  }
  gw : templates.site {
    remote_addrs = 198.51.100.2
    children {
      t1 : templates.child {
        remote_ts = 10.2.0.0/24
        hw_offload = crypto   # the NIC
      }
      t2 : templates.child {
        remote_ts = 10.3.0.0/24
        start_action =
      }
    }
  }
  road {
    version = 2
    remote_addrs = %any
    children {
      rw { start_action = trap|start
           HW_OFFLOAD = "auto" }
      drop { mode = drop
             start_action = trap }
    }
  }
}
secrets {
  ike-1 { id = gw
          secret = "not kept" }
}
templates {
  site { local_addrs = 192.0.2.1
         encap = yes
         local { auth = psk } }
  child { local_ts = 10.1.0.0/24
          start_action = trap
          esp_proposals = aes128gcm16-x25519-esn, aes256-sha256
          updown = /usr/lib/ipsec/_updown iptables }
}
"#;

fn read(text: &str) -> Option<Vec<ConfiguredConnection>> {
    let mut reader = SwanctlText::default();
    for line in text.split_inclusive('\n') {
        reader.line(line);
    }
    reader.file_ends();
    Box::new(reader).connections()
}

fn one(text: &str, name: &str) -> ConfiguredConnection {
    read(text).unwrap().into_iter().find(|one| one.connection == name).unwrap()
}

#[test]
fn a_child_is_what_its_sections_and_templates_make_of_it() {
    let all = read(SITES).unwrap();
    let starts: Vec<_> = all.iter().map(|one| (one.connection.as_str(), one.start, one.certain)).collect();
    assert_eq!(
        starts,
        [
            ("gw/t1", AtStart::Routes, true),
            ("gw/t2", AtStart::Loads, true),
            ("road/drop", AtStart::Nothing, true),
            ("road/rw", AtStart::BringsUp, true),
        ]
    );
    let t1 = one(SITES, "gw/t1");
    for (name, value) in [
        ("hw_offload", "crypto"),
        ("local_ts", "10.1.0.0/24"),
        ("remote_ts", "10.2.0.0/24"),
        ("esp_proposals", "aes128gcm16-x25519-esn, aes256-sha256"),
        ("connection.local_addrs", "192.0.2.1"),
        ("connection.remote_addrs", "198.51.100.2"),
        ("connection.encap", "yes"),
    ] {
        assert_eq!(t1.value(name), Setting::Is(value), "{name}");
    }
    assert_eq!(one(SITES, "gw/t2").value("start_action"), Setting::Default);
    assert_eq!(one(SITES, "road/rw").value("hw_offload"), Setting::Is("auto"));
    let kept: Vec<_> = all.iter().flat_map(|one| one.settings.keys()).filter(|name| name.contains("updown")).collect();
    assert!(kept.is_empty() && !format!("{all:?}").contains("not kept"));
}

#[test]
fn what_is_not_certain_is_not_compared() {
    for text in [
        "connections { gw { children { a { mode = tunnel\n Mode = transport } } } }",
        "connections { gw { children { a { start_action = soon } } } }",
        "connections { gw { Children { b { } } children { a { } } } }",
    ] {
        assert!(!one(text, "gw/a").certain, "{text}");
    }
    for text in ["connections { %any { children { a { } } } }", "connections { gw { children { a"] {
        assert_eq!(read(text), None, "{text}");
    }
    assert_eq!(read(""), Some(vec![]));
}

/// A text that ends anywhere is one that is not whole, or has fewer connections.
#[test]
fn what_is_cut_off_says_nothing_else() {
    let whole = read(SITES).unwrap();
    for end in 0..SITES.len() {
        for found in read(&SITES[..end]).unwrap_or_default() {
            assert!(whole.iter().any(|known| known.connection == found.connection), "{end}: {found:?}");
        }
    }
}
