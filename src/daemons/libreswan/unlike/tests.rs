//! The commands that notes advise.

use crate::daemons::libreswan::Libreswan;
use crate::daemons::{Advice, Advises};

#[test]
fn a_connection_is_loaded_anew_in_the_words_of_the_version() {
    let usual = "/etc/ipsec.conf";
    for (name, file, version, expected) in [
        ("t1", usual, Some("4.10"), "ipsec auto --replace t1"),
        ("t1", usual, None, "ipsec auto --replace t1"),
        ("t1", usual, Some("5.2"), "ipsec replace t1"),
        ("t1", "/run/a/ipsec.conf", Some("4.3"), "ipsec auto --config /run/a/ipsec.conf --replace t1"),
        ("t1", "/run/a/ipsec.conf", Some("5.4"), "ipsec addconn --config /run/a/ipsec.conf -- t1"),
        ("a b", usual, Some("4.10"), "ipsec whack --delete --name \"a b\"; ipsec addconn -- \"a b\""),
        ("a b", usual, Some("5.2"), "ipsec addconn -- \"a b\""),
        ("-x", usual, Some("5.2"), "ipsec addconn -- -x"),
    ] {
        assert_eq!(Libreswan.advice(Advice::LoadAnew { name, file }, version), expected);
    }
}
