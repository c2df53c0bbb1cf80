//! The whole table, owner by owner.

use std::sync::LazyLock;

use super::entry::Entry;
use super::{
    bonding, chelsio, cn10k, core, device, ixgbe, ixgbevf, mlx5, mlx5_firmware, mlx5_policy, netdevsim, nfp, older,
    request,
};

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let files = [
        core::ENTRIES,
        request::ENTRIES,
        older::ENTRIES,
        device::ENTRIES,
        mlx5::ENTRIES,
        mlx5_firmware::ENTRIES,
        mlx5_policy::ENTRIES,
        ixgbe::ENTRIES,
        ixgbevf::ENTRIES,
        chelsio::ENTRIES,
        nfp::ENTRIES,
        cn10k::ENTRIES,
        netdevsim::ENTRIES,
        bonding::ENTRIES,
    ];
    files.concat()
});

/// Every entry, owner by owner, in the order in which the kernel checks.
pub fn all() -> &'static [Entry] {
    &ENTRIES
}
