use super::*;
use crate::sources::nic::DriverIdentity;

fn link(kind: Option<&str>) -> Link {
    Link {
        index: 3,
        name: "eth0".to_owned(),
        up: true,
        carrier: true,
        kind: kind.map(str::to_owned),
        lower: None,
        master: None,
        driver: None,
        esp_hw_offload: None,
        addresses: vec![],
    }
}

fn facts(driver: &str) -> DeviceFacts {
    DeviceFacts {
        identity: DriverIdentity { driver: Some(driver.to_owned()), ..DriverIdentity::default() },
        ..DeviceFacts::default()
    }
}

#[test]
fn a_device_is_left_alone_from_nine_tenths_on() {
    let held = |inbound, outbound| HeldSas { inbound, outbound };
    assert!(room(&link(None), &facts("netdevsim"), held(15, 14)).is_ok());
    let error = room(&link(None), &facts("netdevsim"), held(15, 15)).unwrap_err().to_string();
    assert!(error.contains("holds 30 SAs, and has room for 33:"), "{error}");
    assert!(room(&link(None), &facts("ixgbe"), held(900, 900)).is_ok());
    let error = room(&link(None), &facts("ixgbe"), held(1, 922)).unwrap_err().to_string();
    assert!(error.contains("holds 922 SAs, and has room for 1024 outbound:"), "{error}");
    assert!(room(&link(None), &facts("mlx5_core"), held(u32::MAX / 2, 0)).is_ok());
    assert!(room(&link(None), &DeviceFacts::default(), held(9, 9)).is_ok());
}

#[test]
fn a_bond_is_refused_unless_forced_and_even_then_warned_of_but_where_the_kernel_says_that_it_is_safe() {
    let (unsure, safe) = (Abilities::LINUX_6_12, Abilities::LINUX_7_3);
    let error = check(&link(Some("bond")), &facts("bonding"), &unsure, false).unwrap_err().to_string();
    assert!(
        error.contains("is a bond") && error.contains("crashes the kernel") && error.contains("--force"),
        "{error}"
    );
    assert!(warnings(&link(Some("bond")), &unsure)[0].contains("crashes the kernel"));
    assert_eq!(warnings(&link(Some("bond")), &safe), Vec::<String>::new());
    assert_eq!(warnings(&link(None), &unsure), Vec::<String>::new());
    assert!(warnings(&Link { up: false, ..link(None) }, &unsure)[0].contains("is down"));
}

#[test]
fn two_probes_cannot_run_at_once() {
    let held = lock().unwrap();
    assert!(matches!(lock(), Err(ProbeError::AnotherProbe(_))));
    drop(held);
    assert!(lock().is_ok());
}

#[test]
fn prefixes_with_our_addresses_are_known_and_default_routes_are_none() {
    for (net, prefix, expected) in [
        ("192.0.2.0", 24, true),
        ("192.0.2.128", 25, true),
        ("192.0.2.9", 32, true),
        ("192.0.0.0", 16, true),
        ("198.51.100.0", 24, true),
        ("192.0.3.0", 24, false),
        ("0.0.0.0", 0, false),
        ("128.0.0.0", 1, false),
        ("10.0.0.0", 8, false),
        ("2001:db8::", 32, true),
        ("2001:db8:1::", 48, true),
        ("2001:d00::", 24, true),
        ("2000::", 3, false),
        ("::", 0, false),
        ("2001:db9::", 32, false),
    ] {
        assert_eq!(overlaps(net.parse().unwrap(), prefix), expected, "{net}/{prefix}");
    }
}

#[test]
fn a_route_is_read_and_one_that_drops_is_no_use() {
    let route = |kind| [&[2, 24, 0, 0, 254, 3, 0, kind, 0, 0, 0, 0][..], &[8, 0, 1, 0, 192, 0, 2, 0]].concat();
    assert_eq!(destination(&route(1)), Some(("192.0.2.0".parse().unwrap(), 24)));
    assert_eq!(destination(&route(6)), None);
    assert_eq!(destination(&route(1)[..12]), None);
    assert_eq!(destination(&[2, 24]), None);
}
