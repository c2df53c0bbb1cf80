//! Which device the kernel took, and whether it has IPsec operations at all: it falls back to the CPU without a word.

use super::cures::{self, Cure};
use super::entry::{CORE, CallerSees, CheckPlace, CheckStage, Entry};
use super::fits::{CaseView, Fits, both, certain_if};
use super::owners::Operations;
use crate::model::Reason;

const STANDS_ON_A_NIC: [&str; 6] = ["vlan", "macvlan", "macvtap", "ipvlan", "ipvtap", "macsec"];
const JOINS_NICS: [&str; 3] = ["bridge", "team", "openvswitch"];

const fn quiet(means: &'static str, cure: Cure, when: fn(&CaseView<'_>) -> Fits) -> Entry {
    CORE.mute(Reason::DeviceNotCapable, CallerSees::Quiet, means, cure, when).at(CheckStage::Device)
}

/// Operations come with the feature.
fn lacks(view: &CaseView<'_>, owner: &str) -> Fits {
    if view.nic.operations != Operations::AsFeature || !view.nic.owners.contains(&owner) {
        return Fits::No;
    }
    certain_if(view.feature().map(|on| !on))
}

pub(super) const ENTRIES: &[Entry] = &[
    CORE.mute(
        Reason::DeviceGone,
        CallerSees::Quiet,
        "the device that the daemon named is not there, and the kernel took another, or none, by the route",
        cures::INTERFACE,
        |view| match (view.case.device_missing, view.case.device) {
            (true, _) => Fits::Certain,
            (false, Some(_)) => Fits::No,
            (false, None) => Fits::Hidden,
        },
    )
    .at(CheckStage::Device),
    quiet(
        "a VLAN, MACVLAN, IPVLAN or MACsec interface has no IPsec offload, even if the NIC below it has",
        cures::ON_THE_NIC,
        |view| on_virtual(view, |view| view.kind_is(&STANDS_ON_A_NIC)),
    ),
    quiet("a bridge or a team has no IPsec offload, even if its ports have", cures::ON_THE_NIC, |view| {
        on_virtual(view, |view| view.kind_is(&JOINS_NICS))
    }),
    quiet(
        "a virtual interface (loopback, dummy, veth, tun, xfrm, …) has no IPsec offload",
        cures::OTHER_NIC,
        |view| on_virtual(view, |view| !view.kind_is(&STANDS_ON_A_NIC) && !view.kind_is(&JOINS_NICS)),
    ),
    quiet("the device's driver has no IPsec offload", cures::OTHER_NIC, |view| match view.nic.operations {
        Operations::Foreign => certain_if(view.feature().map(|on| !on)),
        _ => Fits::No,
    }),
    quiet("the kernel's mlx5_core is built without IPsec, or the card has none", cures::MLX5_BUILD, |view| {
        lacks(view, "mlx5_core")
    })
    .by(CheckPlace::new(
        "mlx5_core",
        "drivers/net/ethernet/mellanox/mlx5/core/en_accel/ipsec.c mlx5e_ipsec_build_netdev",
    )),
    quiet("the kernel's cxgb4 is built without IPsec, or the card has none", cures::CHELSIO_BUILD, |view| {
        lacks(view, "cxgb4")
    })
    .by(CheckPlace::new("cxgb4", "drivers/net/ethernet/chelsio/cxgb4/cxgb4_main.c init_one")),
    quiet("the physical function offers no IPsec to this virtual one", cures::IXGBEVF_BUILD, |view| {
        lacks(view, "ixgbevf")
    })
    .by(CheckPlace::new("ixgbevf", "drivers/net/ethernet/intel/ixgbevf/ipsec.c ixgbevf_init_ipsec_offload")),
    quiet("the kernel's netdevsim is built without IPsec", cures::OTHER_NIC, |view| lacks(view, "netdevsim"))
        .by(CheckPlace::new("netdevsim", "drivers/net/netdevsim/ipsec.c nsim_ipsec_init")),
    // The kernel does not look at the feature when it adds an SA; daemons do before they ask.
    CORE.mute(Reason::FeatureOff, CallerSees::Silent, "esp-hw-offload is off on the device", cures::FEATURE, |view| {
        match view.nic.operations {
            Operations::Switchable => certain_if(view.feature().map(|on| !on)),
            Operations::Always if view.feature() != Some(true) => Fits::Possible,
            _ => Fits::No,
        }
    })
    .at(CheckStage::Device),
    CORE.refusal(
        Reason::EsnUnsupported,
        "Device doesn't support offload with ESN",
        "the device's driver offloads no SA with extended sequence numbers",
        cures::ESN,
        |view| certain_if(both(both(view.crypto(), view.esn()), view.nic.advances_esn.map(|advances| !advances))),
    )
    .at(CheckStage::Device),
    CORE.mute(
        Reason::Migrated,
        CallerSees::Silent,
        "the SA moved to other addresses (MOBIKE), and the kernel forgets the offload then",
        cures::REKEY,
        |view| match (view.case.migrated, view.case.abilities.migrates_offload) {
            (false, _) => Fits::No,
            (true, Some(false)) => Fits::Certain,
            // The daemon may ask for it again.
            (true, _) => Fits::Possible,
        },
    )
    .by(CheckPlace::new("core", "net/xfrm/xfrm_state.c xfrm_state_migrate"))
    .at(CheckStage::Later),
];

fn on_virtual(view: &CaseView<'_>, is: impl Fn(&CaseView<'_>) -> bool) -> Fits {
    match (view.nic.operations, view.case.device) {
        (Operations::None, Some(_)) if !is(view) => Fits::No,
        (Operations::None, Some(device)) if device.kind.is_some() || device.name == "lo" => Fits::Certain,
        (Operations::None, _) => Fits::Possible,
        _ => Fits::No,
    }
}
