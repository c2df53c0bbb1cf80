//! Whose checks a device goes through.

use super::case::Case;

/// One kind of device, as far as offload goes.
#[derive(Debug)]
pub(super) struct Nic {
    /// As ethtool names its driver, or `IFLA_INFO_KIND`.
    pub drivers: &'static [&'static str],
    /// Whose entries it goes through, besides core's.
    pub owners: &'static [&'static str],
    /// Has it IPsec operations?
    pub operations: Operations,
    /// Its driver has `xdo_dev_state_advance_esn`; none where that is not known.
    pub advances_esn: Option<bool>,
    /// It has checks that this table does not know.
    pub open: bool,
}

/// What tells whether a device has `xfrmdev_ops`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operations {
    /// Never.
    None,
    /// Where `esp-hw-offload` is on; nobody can switch that.
    AsFeature,
    /// `esp-hw-offload` can be switched, and says nothing once it is off.
    Switchable,
    /// A driver that is not in the table: where the feature is on, it has.
    Foreign,
    /// Always: a bond.
    Always,
}

const fn nic(drivers: &'static [&'static str], owners: &'static [&'static str], operations: Operations) -> Nic {
    Nic { drivers, owners, operations, advances_esn: Some(false), open: false }
}

static LISTED: &[Nic] = &[
    Nic { advances_esn: Some(true), ..nic(&["mlx5_core", "mlx5e_rep"], &["mlx5_core"], Operations::AsFeature) },
    nic(&["ixgbe"], &["ixgbe"], Operations::Switchable),
    nic(&["ixgbevf"], &["ixgbevf"], Operations::AsFeature),
    Nic { advances_esn: Some(true), ..nic(&["cxgb4"], &["cxgb4", "ch_ipsec"], Operations::AsFeature) },
    nic(&["nfp"], &["nfp"], Operations::Switchable),
    nic(&["rvu-nicpf", "rvu-nicvf", "rvu_nicpf", "rvu_nicvf"], &["rvu_nicpf"], Operations::Switchable),
    nic(&["netdevsim"], &["netdevsim"], Operations::AsFeature),
    BOND,
];

const BOND: Nic =
    Nic { advances_esn: Some(true), open: true, ..nic(&["bonding", "bond"], &["bonding"], Operations::Always) };

static VIRTUAL: Nic = nic(&[], &[], Operations::None);

static FOREIGN: Nic = Nic { advances_esn: None, open: true, ..nic(&[], &[], Operations::Foreign) };

/// The kinds of device that it can have been.
pub(super) fn candidates(case: &Case<'_>) -> Vec<&'static Nic> {
    let everything = || LISTED.iter().chain([&VIRTUAL, &FOREIGN]).collect();
    let Some(device) = case.device else { return everything() };
    match (device.kind, device.driver) {
        (Some(kind), _) => vec![listed(kind).unwrap_or(&VIRTUAL)],
        // The loopback interface is the one that has neither.
        (None, _) if device.name == "lo" => vec![&VIRTUAL],
        (None, Some(driver)) => vec![listed(driver).unwrap_or(&FOREIGN)],
        (None, None) => everything(),
    }
}

/// A line of the kernel's log that begins with this name may be about a device of that driver: a representor's driver has a name of its
/// own, and a part of a driver may be a module.
pub(crate) fn speaks_for(name: &str, driver: &str) -> bool {
    name == driver || listed(driver).is_some_and(|nic| nic.drivers.contains(&name) || nic.owners.contains(&name))
}

fn listed(name: &str) -> Option<&'static Nic> {
    LISTED.iter().find(|nic| nic.drivers.contains(&name))
}
