//! What the kernel is, and how it is set: a few files of `/proc`, by name.

use serde_json::{Map, Value, json};

use crate::sources::kernel_release;

/// Settings that decide on SAs.
const SETTINGS: [&str; 8] = [
    "net/core/xfrm_acq_expires",
    "net/core/xfrm_aevent_etime",
    "net/core/xfrm_aevent_rseqth",
    "net/core/xfrm_larval_drop",
    "net/ipv4/ip_forward",
    "net/ipv6/conf/all/forwarding",
    "kernel/dmesg_restrict",
    "kernel/tainted",
];

/// Modules with one of these in their name have to do with SAs on a NIC.
const MODULES: [&str; 8] = ["xfrm", "esp", "mlx5", "ixgbe", "cxgb", "nfp", "netdevsim", "octeontx2"];

/// All of it. What cannot be read is not there.
pub(super) fn kernel() -> Value {
    let read = |path: String| std::fs::read_to_string(path).ok();
    let settings = SETTINGS.iter().filter_map(|name| {
        let value = read(format!("/proc/sys/{name}"))?;
        Some(((*name).to_owned(), Value::from(value.trim())))
    });
    let counters = read("/proc/net/xfrm_stat".to_owned()).unwrap_or_default();
    let counters = counters.lines().filter_map(|line| {
        let (name, value) = line.split_once(char::is_whitespace)?;
        Some((name.to_owned(), Value::from(value.trim().parse::<u64>().ok()?)))
    });
    let modules = read("/proc/modules".to_owned()).unwrap_or_default();
    let modules = modules.lines().filter_map(|line| line.split(' ').next());
    let modules: Vec<&str> = modules.filter(|name| MODULES.iter().any(|part| name.contains(part))).collect();
    json!({
        "release": kernel_release(),
        "version": read("/proc/version".to_owned()).map(|text| text.trim().to_owned()),
        "settings": settings.collect::<Map<_, _>>(),
        "xfrm_stat": counters.collect::<Map<_, _>>(),
        "modules": modules,
    })
}
