//! The one place for `unsafe`: what no library offers safely.
#![expect(unsafe_code, reason = "calls whose contracts the compiler cannot check; each says why it keeps them")]

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use rustix::io::{FdFlags, fcntl_setfd};
use rustix::ioctl::{Getter, Opcode, Updater, ioctl};
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};
use rustix::thread::{CapabilitySet, CapabilitySets, set_capabilities, set_no_new_privs};
use tokio::io::unix::AsyncFd;

/// ioctl(2) number of ethtool (include/uapi/linux/sockios.h).
const SIOCETHTOOL: Opcode = 0x8946;
/// ioctl(2) number of what is unread (include/uapi/linux/sockios.h, `TIOCOUTQ`).
const SIOCOUTQ: Opcode = 0x5411;
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
    /// The driver's version, zero-terminated.
    pub version: [u8; 32],
    /// The firmware's version, zero-terminated.
    pub firmware: [u8; 32],
    /// The device's place on its bus, zero-terminated.
    pub bus: [u8; 32],
    rest: [u8; 64],
}

/// A set of strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StringSet {
    /// `ETH_SS_STATS`: names of the driver's counters.
    Counters = 1,
    /// `ETH_SS_FEATURES`.
    Features = 4,
}

/// `struct ethtool_sset_info` for one set.
#[repr(C)]
#[derive(Clone, Copy)]
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
    let name = interface_name(interface)?;
    answer.command();
    let mut request = InterfaceRequest { name, data: std::ptr::from_mut(answer).cast(), rest: [0; 16] };
    // SAFETY: SIOCETHTOOL takes a `struct ifreq`, which `request` begins with. Its pointer is `answer`, exclusively borrowed for the
    // call, and by the contract of `EthtoolAnswer` the kernel stays inside of it and leaves a valid value.
    unsafe { ioctl(socket.as_fd(), Updater::<SIOCETHTOOL, _>::new(&mut request)) }.map_err(Into::into)
}

/// Memory with a page behind it that nobody may write to. What the kernel copies too far into it fails with `EFAULT` and overwrites
/// nothing: for answers whose length the kernel alone decides.
pub struct Guarded {
    start: *mut std::ffi::c_void,
    /// Bytes before the guard.
    room: usize,
    whole: usize,
}

impl Guarded {
    /// At least so many bytes, all zero.
    ///
    /// # Errors
    /// What mmap(2) or mprotect(2) says.
    pub fn new(bytes: usize) -> io::Result<Self> {
        let page = rustix::param::page_size();
        let room = bytes.max(1).next_multiple_of(page);
        let whole = room + page;
        let (read_write, private) = (ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE);
        // SAFETY: a new anonymous mapping at an address of the kernel's choice overlaps nothing of ours.
        let start = unsafe { mmap_anonymous(std::ptr::null_mut(), whole, read_write, private) }?;
        let guarded = Self { start, room, whole };
        // SAFETY: the last page of the mapping made above, which nothing refers to.
        unsafe { mprotect(start.wrapping_byte_add(room), page, MprotectFlags::empty()) }?;
        Ok(guarded)
    }

    /// What is in it.
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: `room` bytes from `start` are mapped readable, zeroed by the kernel, until `self` is dropped; they are written to only
        // through `&mut self`.
        unsafe { std::slice::from_raw_parts(self.start.cast(), self.room) }
    }

    /// Puts these numbers at its beginning and zero into the rest.
    pub fn begin(&mut self, header: &[u32]) {
        // SAFETY: as in `bytes`, writable, and `&mut self` is the only way to it.
        let bytes = unsafe { std::slice::from_raw_parts_mut(self.start.cast::<u8>(), self.room) };
        bytes.fill(0);
        for (place, number) in bytes.chunks_exact_mut(4).zip(header) {
            place.copy_from_slice(&number.to_ne_bytes());
        }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // SAFETY: the mapping made by `new`, to which no reference is left. It cannot fail for such an address and length.
        let _ = unsafe { munmap(self.start, self.whole) };
    }
}

/// As `ethtool`, for an answer whose length the kernel decides. `answer` begins with the command, ETHTOOL_GSTRINGS or ETHTOOL_GSTATS.
///
/// # Errors
/// As `ethtool`; `EFAULT` where the answer is longer than the room for it.
pub fn ethtool_long(socket: BorrowedFd<'_>, interface: &str, answer: &mut Guarded) -> io::Result<()> {
    let mut request = InterfaceRequest { name: interface_name(interface)?, data: answer.start, rest: [0; 16] };
    // SAFETY: as in `ethtool`. The kernel may write any number of bytes from `start` on; those beyond `room` meet the guard page, where
    // its copying ends with `EFAULT`. Any bytes are a value of `[u8]`.
    unsafe { ioctl(socket.as_fd(), Updater::<SIOCETHTOOL, _>::new(&mut request)) }.map_err(Into::into)
}

/// Memory that is taken by what was sent on a Unix stream socket and its other end has not read yet (`SIOCOUTQ`, unix_ioctl in net/unix/af_unix.c), in
/// bytes and somewhat more than was sent.
///
/// # Errors
/// It is no such socket.
pub fn unread_by_peer(socket: BorrowedFd<'_>) -> io::Result<i32> {
    // SAFETY: SIOCOUTQ, 0x5411 on every architecture but alpha, mips, powerpc and sparc, where the number means nothing to a socket, writes one `int`.
    unsafe { ioctl(socket, Getter::<SIOCOUTQ, i32>::new()) }.map_err(Into::into)
}

fn interface_name(interface: &str) -> io::Result<[u8; NAME]> {
    let mut name = [0; NAME];
    // One byte stays zero.
    let place = name.get_mut(..NAME - 1).and_then(|room| room.get_mut(..interface.len()));
    place.ok_or(io::ErrorKind::InvalidInput)?.copy_from_slice(interface.as_bytes());
    Ok(name)
}

// SAFETY: ETHTOOL_GDRVINFO writes one `struct ethtool_drvinfo`, 196 bytes (`ethtool_get_drvinfo`), all of them plain numbers.
unsafe impl EthtoolAnswer for DriverInfo {
    fn command(&mut self) {
        const { assert!(size_of::<DriverInfo>() == 196) };
        self.command = 0x3;
    }
}

// SAFETY: ETHTOOL_GSSET_INFO writes the header and one number for each bit of the mask (`ethtool_get_sset_info`); it has one bit, which
// only `SetSize::of` sets: there is no other way to make one.
unsafe impl EthtoolAnswer for SetSize {
    fn command(&mut self) {
        self.command = 0x37;
    }
}

// SAFETY: ETHTOOL_GSTRINGS of the features writes as many names as the kernel has features (`ethtool_get_strings`), whatever room the
// caller says there is. That number is built into the kernel and the same for every device: bits of a 64 bit word. There is room for 256.
unsafe impl EthtoolAnswer for FeatureNames {
    fn command(&mut self) {
        (self.command, self.set, self.count) = (0x1b, StringSet::Features as u32, 0);
    }
}

// SAFETY: ETHTOOL_GFEATURES writes the header and at most `size` blocks (`ethtool_get_features`), which is how many there are.
unsafe impl EthtoolAnswer for FeatureBits {
    fn command(&mut self) {
        *self = Self { command: 0x3a, size: (FEATURES / 32) as u32, ..Self::default() };
    }
}

impl SetSize {
    /// To ask for the size of this set.
    pub const fn of(set: StringSet) -> Self {
        Self { command: 0, reserved: 0, mask: 1 << set as u32, count: 0 }
    }
}

impl Default for DriverInfo {
    fn default() -> Self {
        Self { command: 0, driver: [0; 32], version: [0; 32], firmware: [0; 32], bus: [0; 32], rest: [0; 64] }
    }
}

impl Default for FeatureNames {
    fn default() -> Self {
        Self { command: 0, set: 0, count: 0, names: [[0; 32]; FEATURES] }
    }
}

/// Takes every capability from the program that this will start, also where root starts it: with `no_new_privs`, execve(2) gives no
/// program a capability that its starter had not (`cap_bprm_creds_from_file`), and the starter has given up all. (To empty the bounding
/// set instead would take CAP_SETPCAP, which a service with few capabilities has not.)
pub fn drop_all_capabilities(command: &mut tokio::process::Command) {
    let give_up = || {
        set_no_new_privs(true)?;
        let none = CapabilitySet::empty();
        set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })?;
        Ok(())
    };
    // SAFETY: between fork and exec only what is async-signal-safe may be called: these are two system calls, without allocation or locks.
    unsafe { command.pre_exec(give_up) };
}

/// A command that executes the file behind `program`, whatever its name means by now (proc_pid_fd(5)). A script is opened anew by its
/// interpreter, so the child has the descriptor; no other program that is started meanwhile has.
pub fn command_of(program: OwnedFd) -> tokio::process::Command {
    let mut command = tokio::process::Command::new(format!("/proc/self/fd/{}", program.as_raw_fd()));
    let leave_open = move || Ok(fcntl_setfd(&program, FdFlags::empty())?);
    // SAFETY: as in `drop_all_capabilities`: one system call. The closure holds the descriptor open for as long as the command can be started.
    unsafe { command.pre_exec(leave_open) };
    command
}
