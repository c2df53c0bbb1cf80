use std::net::IpAddr;

use serde_json::json;

use super::*;

fn known(names: &[&str]) -> Map {
    let mut map = Map::new();
    names.iter().for_each(|name| map.learn(&json!({ "connection": name })));
    map
}

#[test]
fn an_address_is_the_same_other_one_everywhere() {
    let map = Map::new();
    let text = map.text("esp 0xc63bbe1f to 192.0.2.9, from 192.0.2.9: 2001:db8::9/128");
    assert!(!text.contains("192.0.2.9") && !text.contains("2001:db8::9"), "{text}");
    let address = map.text("192.0.2.9");
    assert!(address.parse::<IpAddr>().is_ok(), "{address}");
    assert_eq!(text.matches(&address).count(), 2, "{text}");
    assert!(text.starts_with("esp 0xc63bbe1f to "), "{text}");
}

#[test]
fn a_network_still_holds_its_hosts() {
    let map = Map::new();
    let (network, length) = (map.text("10.20.30.0/24"), 24);
    let base: u32 = network.strip_suffix("/24").unwrap().parse::<std::net::Ipv4Addr>().unwrap().into();
    assert_eq!(base & 0xff, 0, "{network}");
    for host in ["10.20.30.1", "10.20.30.254"] {
        let host: u32 = map.text(host).parse::<std::net::Ipv4Addr>().unwrap().into();
        assert_eq!(host >> (32 - length), base >> (32 - length));
    }
    let outside: u32 = map.text("10.20.31.1").parse::<std::net::Ipv4Addr>().unwrap().into();
    assert_ne!(outside >> 8, base >> 8);
    assert!(map.text("2001:db8:1::/48").ends_with("::/48"));
}

#[test]
fn what_only_looks_like_an_address_stays() {
    let map = Map::new();
    for text in [
        "2026-03-01T12:00:00.000000Z",
        "6.12.94+deb13-amd64",
        "00:11:22:33:44:55",
        "999.1.2.3",
        "::",
        "127.0.0.1",
        "0.0.0.0/0",
        "::1",
    ] {
        assert_eq!(map.text(text), text);
    }
}

#[test]
fn a_name_is_the_same_other_one_everywhere_and_its_neighbours_stay() {
    let map = known(&["branch-7", "hq"]);
    let text = map.text("\"branch-7\"[1] #3: branch-7 is down. See hq; branch-70 and hqx are others");
    assert_eq!(text, "\"connection-1\"[1] #3: connection-1 is down. See connection-2; branch-70 and hqx are others");
    assert_eq!(map.text("tunnel-down:branch-7"), "tunnel-down:connection-1");
    assert_eq!(map.text("on hq."), "on connection-2.");
}

#[test]
fn peers_are_known_by_their_identities() {
    let mut map = Map::new();
    map.learn(&json!({"text": "ID_FQDN: '@gw.example.com' and ID_DER_ASN1_DN: 'C=CH, O=Example, CN=moon' and joe@example.org"}));
    let text = map.text("'@gw.example.com' CN=moon joe@example.org");
    for secret in ["gw.example.com", "moon", "joe", "example.org", "Example"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}

#[test]
fn keys_that_are_names_and_words_of_the_format() {
    let map = known(&["t1", "tunnel"]);
    let mut row = json!({"t1": {"connection": "t1", "direction": "in", "mode": "tunnel"}});
    map.change(&mut row);
    assert_eq!(row, json!({"connection-1": {"connection": "connection-1", "direction": "in", "mode": "tunnel"}}));
}

#[test]
fn who_is_told_is_not() {
    let mut map = Map::new();
    map.learn(
        &json!({ "alerts": ["exec /opt/moon/page", "webhook hooks.moon.example:443", "alertmanager 192.0.2.7:9093"] }),
    );
    let text = map.text("alerts: exec /opt/moon/page failed; hooks.moon.example does not answer");
    assert_eq!(text, "alerts: exec /opt/receiver-1/receiver-2 failed; receiver-3 does not answer");
}

#[test]
fn who_stands_in_a_line_that_is_only_quoted_gets_another_name() {
    let mut map = known(&["rw"]);
    let line = |text: &str| json!({ "says": "said", "text": text });
    map.learn(&line("\"rw\"[2] 192.0.2.9 #4: XAUTH: User moonlight: Attempting to login"));
    map.learn(&line("\"rw\"[2] 192.0.2.9 #4: Peer ID is FQDN: 'east-gate'"));
    let text = map.text("the daemon says: User moonlight, 'east-gate'");
    assert_eq!(text, "the daemon says: User peer-1, 'peer-2'");
}

#[test]
fn identities_at_the_ends_of_an_ike_sa_and_in_quotes_get_other_names() {
    let mut map = known(&["gw/t1"]);
    let lines = [
        "[IKE] IKE_SA gw[1] established between 192.0.2.1[moon]...192.0.2.9[CN=sun, O=Acme]",
        "[IKE] deleting IKE_SA gw[1] between 2001:db8::1[fe80]...2001:db8::9[east.example.org]",
        "[IKE] no shared key found for 'west-gate' - 'north'",
        "[CFG] constraint check failed: EAP identity 'carol' required",
    ];
    lines.iter().for_each(|line| map.learn(&json!({ "text": line })));
    for line in lines {
        let text = map.text(line);
        for secret in
            ["moon", "sun", "Acme", "fe80", "east.example.org", "west-gate", "north", "carol", "gw", "192.0.2."]
        {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
    }
    assert_eq!(
        map.text("[IKE] CHILD_SA t1{2} closed of gw[1]"),
        "[IKE] CHILD_SA connection-2{2} closed of connection-1[1]"
    );
}
