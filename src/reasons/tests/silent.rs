//! The kernel took the SA in software and said nothing.

use super::*;

fn on<'a>(kind: &'a str, driver: Option<&'a str>, shape: &'a SaShape) -> Case<'a> {
    let device = Device { name: "up0", driver, kind: Some(kind), esp_hw_offload: Some(false) };
    Case { device: Some(device), ..crypto("", 0, shape) }
}

pub fn cases(shape: &SaShape) -> Vec<(Case<'_>, Reason)> {
    let with = |driver, direction| Case { direction: Some(direction), ..crypto(driver, 0, shape) };
    let feature = |driver, esp_hw_offload| Case {
        device: Some(Device { esp_hw_offload, ..nic(driver) }),
        ..crypto(driver, 0, shape)
    };
    let lo = Device { name: "lo", driver: None, kind: None, esp_hw_offload: None };
    let bond = on("bond", Some("bonding"), shape);
    vec![
        // A1
        (on("vlan", Some("802.1Q VLAN Support"), shape), Reason::DeviceNotCapable),
        (on("macvlan", None, shape), Reason::DeviceNotCapable),
        (on("bridge", Some("bridge"), shape), Reason::DeviceNotCapable),
        (on("team", Some("team"), shape), Reason::DeviceNotCapable),
        (on("veth", Some("veth"), shape), Reason::DeviceNotCapable),
        (on("dummy", Some("dummy"), shape), Reason::DeviceNotCapable),
        (on("xfrm", None, shape), Reason::DeviceNotCapable),
        (Case { device: Some(lo), ..crypto("", 0, shape) }, Reason::DeviceNotCapable),
        (
            Case { errno: Some(22), wanted: Some(OffloadMode::Packet), ..on("vlan", None, shape) },
            Reason::DeviceNotCapable,
        ),
        // A2
        (feature("e1000e", Some(false)), Reason::DeviceNotCapable),
        (feature("mlx5_core", Some(false)), Reason::DeviceNotCapable),
        (feature("cxgb4", Some(false)), Reason::DeviceNotCapable),
        (feature("ixgbevf", Some(false)), Reason::DeviceNotCapable),
        (feature("netdevsim", Some(false)), Reason::DeviceNotCapable),
        (feature("ixgbe", Some(false)), Reason::FeatureOff),
        (feature("nfp", Some(false)), Reason::FeatureOff),
        (feature("e1000e", None), Reason::Unknown),
        (feature("a_vendors_own", Some(true)), Reason::Unknown),
        // A3
        (Case { device_missing: true, ..crypto("ixgbe", 0, shape) }, Reason::DeviceGone),
        // A4
        (with("mlx5_core", Direction::In), Reason::DriverNotReady),
        (feature("mlx5_core", None), Reason::Unknown),
        (
            Case { wanted: Some(OffloadMode::Packet), errno: Some(95), ..with("mlx5_core", Direction::In) },
            Reason::DriverNotReady,
        ),
        // A5
        (with("ixgbe", Direction::Out), Reason::VirtualFunctions),
        (with("ixgbe", Direction::In), Reason::Unknown),
        (Case { wanted: Some(OffloadMode::Packet), errno: Some(95), ..with("ixgbe", Direction::Out) }, Reason::Unknown),
        // A6
        (with("ixgbevf", Direction::Out), Reason::DirectionUnsupported),
        (with("ixgbevf", Direction::In), Reason::DriverNotReady),
        // A7
        (with("cxgb4", Direction::Out), Reason::ModuleMissing),
        // A8
        (with("rvu-nicpf", Direction::In), Reason::DirectionUnsupported),
        // A9: the slave's driver may have answered.
        (bond, Reason::Unknown),
        (Case { errno: Some(19), ..bond }, Reason::NoActiveSlave),
        // A10
        (Case { migrated: true, ..with("mlx5_core", Direction::In) }, Reason::Migrated),
        (Case { migrated: true, abilities: Abilities::LINUX_7_3, ..with("mlx5_core", Direction::In) }, Reason::Unknown),
        (Case { migrated: true, ..with("netdevsim", Direction::In) }, Reason::Migrated),
        (Case { migrated: true, ..on("vlan", None, shape) }, Reason::DeviceNotCapable),
    ]
}

#[test]
fn a_silent_fallback_is_told_by_device_driver_and_direction() {
    let shape = plain();
    for (case, expected) in cases(&shape) {
        assert_eq!(reason(&case), expected, "{case:?}");
    }
}
