//! Bonds: they hand the SA to their active slave, whose driver then speaks for itself.

use super::cures;
use super::entry::{CallerSees, CheckPlace, CheckStage, ENODEV, Entry};
use super::fits::Fits;
use crate::model::Reason;

const ADD: CheckPlace = CheckPlace::new("bonding", "drivers/net/bonding/bond_main.c bond_ipsec_add_sa");
const FAILOVER: CheckPlace = CheckPlace::new("bonding", "drivers/net/bonding/bond_main.c bond_ipsec_add_sa_all");

pub(super) const ENTRIES: &[Entry] = &[
    ADD.mute(
        Reason::NoActiveSlave,
        CallerSees::Errors(&[ENODEV]),
        "the bond has no active slave",
        cures::ACTIVE_SLAVE,
        // No slave's driver answers so.
        |view| if view.case.errno == Some(ENODEV) { Fits::Certain } else { Fits::Possible },
    ),
    ADD.refusal(
        Reason::SlaveNotCapable,
        "Slave does not support ipsec offload",
        "the bond's active slave has no IPsec offload",
        cures::SLAVES,
        |_| Fits::Possible,
    )
    .with(CallerSees::NotSupported),
    FAILOVER
        .mute(
            Reason::SlaveNotCapable,
            CallerSees::Silent,
            "the bond's new active slave has no IPsec offload: the SA was the old one's, and its packets are the CPU's now",
            cures::SLAVES,
            |_| Fits::No,
        )
        .at(CheckStage::Elsewhere)
        .logged(&["no slave xdo_dev_state_add"]),
    ADD.mute(
        Reason::UnsafeOnThisKernel,
        CallerSees::Silent,
        "an SA can corrupt memory and a failover crash the host: some kernels (stable 6.12 from 6.12.37 on) give the slave's driver the bond instead, and this one does not say whether it does",
        cures::NO_BOND,
        |_| Fits::No,
    )
    .at(CheckStage::Elsewhere),
];
