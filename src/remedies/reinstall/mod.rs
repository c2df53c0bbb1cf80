//! An SA is taken out of the kernel and put back in its place, on the NIC or off it, with everything that it had.
//!
//! Where the kernel can change an SA's offload in place (Linux 7.2 and later; of some only off a device) it is asked to, and nothing is away.
//! Elsewhere there are no two SAs of one name, so that it is away for a moment (the gap). What makes that safe: the device is asked first whether it takes such an SA; while an outbound SA is away a policy blocks its packets; the sequence
//! number is the one of the kernel's own last word about the SA, moved ahead; and an SA that is refused is put back as it was.
//!
//! `machine` decides, over the trait in `kernel`; `sockets` is the real kernel.

mod carried;
mod end;
mod gap;
pub mod hands;
mod kernel;
mod looked;
mod machine;
mod objection;
mod order;
mod sequence;
mod sockets;
#[cfg(test)]
mod tests;

pub use self::end::{ReinstallEnd, WhyNotAsOrdered};
pub use self::kernel::{Deleted, Kernel};
pub use self::machine::Machine;
pub use self::order::ReinstallOrder;
pub use self::sockets::{MoveTarget, ReinstallSockets};

/// Does it, from the first look to the end. An intent has to be on disk before.
pub fn reinstall(order: ReinstallOrder, kernel: &mut impl Kernel) -> ReinstallEnd {
    let mut machine = Machine::new(order);
    loop {
        if let Some(end) = machine.step(kernel) {
            return end;
        }
    }
}
