//! The one place for `unsafe`: what no library offers safely.
#![expect(unsafe_code, reason = "calls whose contracts the compiler cannot check; each says why it keeps them")]

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::ioctl::{Opcode, Updater, ioctl};
use tokio::io::unix::AsyncFd;

/// ioctl(2) number of ethtool (include/uapi/linux/sockios.h).
const SIOCETHTOOL: Opcode = 0x8946;
/// Room in `struct ifreq` for a name, with its zero.
const NAME: usize = 16;

/// Structures that ethtool commands write (include/uapi/linux/ethtool.h).
///
/// # Safety
/// For the command in `command()`, the kernel reads and writes no byte outside of a value of this type, and any bytes that it writes
/// are a value of it.
pub unsafe trait EthtoolAnswer {
    /// Puts command and lengths in.
    fn command(&mut self);
}

/// `struct ethtool_drvinfo`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct DriverInfo {
    command: u32,
    /// Zero-terminated.
    pub driver: [u8; 32],
    versions: [u8; 64],
    /// Name of the device on its bus, zero-terminated.
    pub bus: [u8; 32],
    rest: [u8; 64],
}

/// `struct ethtool_sset_info` for one set.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct SetSize {
    command: u32,
    reserved: u32,
    mask: u64,
    /// How many strings the set has; nothing is written where the device has no such set.
    pub count: u32,
}

/// `struct ethtool_gstrings` of the features' names.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct FeatureNames {
    command: u32,
    set: u32,
    /// How many the kernel wrote.
    pub count: u32,
    /// Zero-terminated names, in the order of the features' bits.
    pub names: [[u8; 32]; FEATURES],
}

/// `struct ethtool_gfeatures`.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct FeatureBits {
    command: u32,
    /// How many of the blocks the kernel wrote.
    pub size: u32,
    /// 32 features each.
    pub blocks: [FeatureBlock; FEATURES / 32],
}

/// `struct ethtool_get_features_block`.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct FeatureBlock {
    /// Features that can be changed.
    pub available: u32,
    /// Features that are wanted.
    pub requested: u32,
    /// Features that are on.
    pub active: u32,
    /// Features that never change.
    pub never_changed: u32,
}

/// `struct ifreq` with a pointer; larger than the kernel's on 32 bits, which reads only its own part.
#[repr(C)]
struct InterfaceRequest {
    name: [u8; NAME],
    data: *mut std::ffi::c_void,
    rest: [u8; 16],
}

/// More than any kernel has (NETDEV_FEATURE_COUNT, at most 64 in `netdev_features_t`).
pub const FEATURES: usize = 256;
/// `ETH_SS_FEATURES`.
const FEATURES_SET: u32 = 4;

/// Registers a descriptor with the runtime (tokio's safe constructors are deprecated as unsound for arbitrary types).
///
/// # Errors
/// What epoll_ctl(2) says.
pub fn register(descriptor: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an `OwnedFd` is open until it is dropped, always names the same descriptor, and moves into the `AsyncFd` here.
    unsafe { AsyncFd::register(descriptor) }.map_err(Into::into)
}

/// Asks ethtool about an interface over any socket of its namespace.
///
/// # Errors
/// `InvalidInput` for a name that no interface can have; `EOPNOTSUPP` where the driver cannot say; `ENODEV` where it is gone.
pub fn ethtool<T: EthtoolAnswer>(socket: BorrowedFd<'_>, interface: &str, answer: &mut T) -> io::Result<()> {
    let mut name = [0; NAME];
    // One byte stays zero.
    let place = name.get_mut(..NAME - 1).and_then(|room| room.get_mut(..interface.len()));
    place.ok_or(io::ErrorKind::InvalidInput)?.copy_from_slice(interface.as_bytes());
    answer.command();
    let mut request = InterfaceRequest { name, data: std::ptr::from_mut(answer).cast(), rest: [0; 16] };
    // SAFETY: SIOCETHTOOL takes a `struct ifreq`, which `request` begins with. Its pointer is `answer`, exclusively borrowed for the
    // call, and by the contract of `EthtoolAnswer` the kernel stays inside of it and leaves a valid value.
    unsafe { ioctl(socket.as_fd(), Updater::<SIOCETHTOOL, _>::new(&mut request)) }.map_err(Into::into)
}

// SAFETY: ETHTOOL_GDRVINFO writes one `struct ethtool_drvinfo`, 196 bytes (`ethtool_get_drvinfo`), all of them plain numbers.
unsafe impl EthtoolAnswer for DriverInfo {
    fn command(&mut self) {
        const { assert!(size_of::<DriverInfo>() == 196) };
        self.command = 0x3;
    }
}

// SAFETY: ETHTOOL_GSSET_INFO writes the header and one number for each bit of the mask (`ethtool_get_sset_info`); it has one bit.
unsafe impl EthtoolAnswer for SetSize {
    fn command(&mut self) {
        *self = Self { command: 0x37, reserved: 0, mask: 1 << FEATURES_SET, count: 0 };
    }
}

// SAFETY: ETHTOOL_GSTRINGS of the features writes as many names as the kernel has features (`ethtool_get_strings`), whatever room the
// caller says there is. That number is built into the kernel and the same for every device: bits of a 64 bit word. There is room for 256.
unsafe impl EthtoolAnswer for FeatureNames {
    fn command(&mut self) {
        (self.command, self.set, self.count) = (0x1b, FEATURES_SET, 0);
    }
}

// SAFETY: ETHTOOL_GFEATURES writes the header and at most `size` blocks (`ethtool_get_features`), which is how many there are.
unsafe impl EthtoolAnswer for FeatureBits {
    fn command(&mut self) {
        *self = Self { command: 0x3a, size: (FEATURES / 32) as u32, ..Self::default() };
    }
}

impl Default for DriverInfo {
    fn default() -> Self {
        Self { command: 0, driver: [0; 32], versions: [0; 64], bus: [0; 32], rest: [0; 64] }
    }
}

impl Default for FeatureNames {
    fn default() -> Self {
        Self { command: 0, set: 0, count: 0, names: [[0; 32]; FEATURES] }
    }
}
