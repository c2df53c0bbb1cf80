//! A network namespace of its own for the whole program, got by starting it again.

use std::process::Command;

/// Set in the namespace.
const INSIDE: &str = "SWANWATCH_TEST_NAMESPACE";

/// Returns where the program is in a namespace of its own. Else starts it there and ends with its status, or says why it cannot.
pub fn enter() {
    if std::env::var_os(INSIDE).is_some() {
        return;
    }
    // As root in a namespace alone; else as root of a user namespace, which is enough for NETLINK_XFRM.
    for flags in [&["-n"][..], &["-rn"]] {
        let able = Command::new("unshare").args(flags).arg("true").output().is_ok_and(|output| output.status.success());
        if !able {
            continue;
        }
        let program = std::env::current_exe().expect("the program's own path");
        let status = Command::new("unshare")
            .args(flags)
            .arg(program)
            .args(std::env::args_os().skip(1))
            .env(INSIDE, "1")
            .status()
            .expect("starting again in a network namespace");
        std::process::exit(status.code().unwrap_or(1));
    }
    eprintln!(
        "skipped: no network namespace of its own can be made here (unshare -n needs root, unshare -rn user namespaces)"
    );
    std::process::exit(0);
}

/// Runs a command of iproute2, which must succeed, and returns what it printed.
pub fn ip(arguments: &str) -> String {
    let output = Command::new("ip").args(arguments.split(' ')).output().expect("iproute2");
    assert!(output.status.success(), "ip {arguments}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("ip prints UTF-8")
}
