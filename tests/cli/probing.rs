use std::process::Command;

use crate::{code, stderr, stdout, swanwatch};

#[test]
fn a_device_or_connections_must_be_named() {
    for arguments in
        [&["probe"][..], &["probe", "lo", "--jsn"], &["probe", "--connections", "--packet"], &["probe", "a", "b"]]
    {
        let output = swanwatch(arguments);
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(stderr(&output).contains("Usage"), "{arguments:?}");
    }
    let output = swanwatch(&["probe"]);
    assert!(stderr(&output).contains("'swanwatch probe --connections'"), "{}", stderr(&output));
}

#[test]
fn no_such_device_is_said_without_any_privilege() {
    let output = swanwatch(&["probe", "no-such\u{1b}device"]);
    assert_eq!((code(&output), stdout(&output)), (1, ""));
    let said = stderr(&output);
    assert!(said.contains("there is no interface 'no-such\\u{1b}device' in this network namespace"), "{said}");
}

/// In a user namespace of its own a process has every capability, but not over this network namespace.
#[test]
fn without_the_capability_nothing_is_tried() {
    let unshared = Command::new("unshare").args(["-U", env!("CARGO_BIN_EXE_swanwatch"), "probe", "lo"]).output();
    let Ok(output) = unshared.map_err(|error| eprintln!("skipped: no unshare: {error}")) else { return };
    if stderr(&output).contains("unshare") {
        eprintln!("skipped: no user namespace: {}", stderr(&output));
        return;
    }
    assert_eq!(code(&output), 77, "{}", stderr(&output));
    assert!(stderr(&output).contains("CAP_NET_ADMIN"), "{}", stderr(&output));
    assert_eq!(stdout(&output), "");
}
