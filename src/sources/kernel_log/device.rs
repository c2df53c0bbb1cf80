//! Which interface of this namespace a driver's line is about.
//!
//! A name alone does not say it: another namespace may have an interface of the same name. So the interface of that name here must
//! belong to the device that the line names.

use std::fs;

use super::line::KernelLine;
use crate::sources::nic::Ethtool;

/// Where the kernel lists a device's interfaces, by buses that have them.
const BUSES: [&str; 3] = ["pci", "netdevsim", "auxiliary"];

/// The interface's name; none where it cannot be known. Waits for the kernel's RTNL lock: for a thread that may block.
pub fn find(line: &KernelLine<'_>, on_bus: Option<&str>) -> Option<String> {
    let ethtool = Ethtool::open().ok()?;
    let on_bus = line.on_bus.or(on_bus);
    match line.interface {
        Some(name) => belongs(&ethtool, name, line.driver, on_bus).then(|| name.to_owned()),
        None => {
            let mut here = interfaces(on_bus?).into_iter().filter(|name| belongs(&ethtool, name, line.driver, on_bus));
            let only = here.next()?;
            // A device with two ports has two interfaces; the line does not say which.
            here.next().is_none().then_some(only)
        }
    }
}

/// There is an interface of that name here, and it is that device's.
fn belongs(ethtool: &Ethtool, name: &str, driver: &str, on_bus: Option<&str>) -> bool {
    let identity = ethtool.identity(name);
    match on_bus {
        Some(on_bus) => identity.bus.as_deref() == Some(on_bus),
        // One without hardware, such as a bond.
        None => identity.driver.as_deref() == Some(driver),
    }
}

fn interfaces(on_bus: &str) -> Vec<String> {
    // The kernel's own word, and still a part of a path here.
    if on_bus.starts_with('.') || on_bus.contains('/') {
        return Vec::new();
    }
    let folders = BUSES.iter().filter_map(|bus| fs::read_dir(format!("/sys/bus/{bus}/devices/{on_bus}/net")).ok());
    folders.flatten().flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_alone_is_no_evidence() {
        let line = |interface| KernelLine { driver: "ixgbe", on_bus: Some("0000:01:00.0"), interface };
        assert_eq!(find(&line(Some("lo")), None), None, "here, but another device's");
        assert_eq!(find(&line(Some("no-such-name-of-that-length")), None), None);
        assert_eq!(find(&line(None), None), None);
        assert_eq!(find(&KernelLine { driver: "ixgbe", on_bus: Some("../../../../etc"), interface: None }, None), None);
    }
}
