//! What refines a finding's code: one closed list.

use serde::{Deserialize, Serialize};

/// What refines a code. `Unknown` where the evidence does not decide: a wrong cause is worse than none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The evidence does not decide.
    Unknown,
    /// The interface has no IPsec offload (a VLAN, a bridge, a driver without it): the kernel fell back without a word.
    DeviceNotCapable,
    /// The interface could, but `esp-hw-offload` is off.
    FeatureOff,
    /// The kernel refused the offload and the daemon went on without it.
    FellBack,
    /// The peer refused the Child SA.
    PeerRefused,
    /// The Child SA went with its IKE SA.
    LostWithIkeSa,
    /// The peer deleted it, and this end does not negotiate anew.
    PeerDeleted,
    /// The connection's address at this end is on no interface.
    AddressGone,
    /// The peer does not answer.
    NoAnswer,
    /// Authentication failed.
    Authentication,
    /// No common proposal.
    NoProposal,
    /// The link was taken down.
    LinkDown,
    /// The device is gone from this namespace.
    DeviceRemoved,
    /// SAs were deleted, one by one, by somebody else than the daemon.
    Deleted,
    /// All SAs were flushed by somebody else than the daemon.
    Flushed,
    /// The process is stopped by a signal.
    Stopped,
    /// The process is held by a debugger.
    Traced,
    /// The process waits in the kernel.
    Uninterruptible,
    /// The process does not answer.
    Unresponsive,
    /// Its control group is frozen.
    Frozen,
    /// The process works without an end.
    Spins,
    /// The process sleeps, and what it waits for does not come.
    Sleeps,
    /// None of its worker threads is free.
    NoWorkers,

    // --- what a daemon is starved of
    /// Others have the processor.
    Processor,
    /// Its control group's share of the processor is used up.
    Quota,
    /// Memory.
    Memory,

    /// The process died of a signal or an assertion.
    Died,
    /// An operator or the service manager ended it in order.
    OrderlyStop,
    /// Nobody listens at the control socket of a daemon that is known by that alone.
    SocketGone,
    /// It is due, and nothing has started it.
    NotStarted,
    /// Its unit failed.
    Failed,
    /// The process died several times within minutes.
    DiedAgain,
    /// The service manager restarts it no more.
    StartLimit,

    // --- why the kernel refused an offload, or left it out without a word: the entries are in `crate::reasons`
    /// The kernel or the device knows no extended sequence numbers for offloaded SAs.
    EsnUnsupported,
    /// Not this cipher or authentication.
    AlgorithmUnsupported,
    /// Not a key of this length.
    KeyLength,
    /// Not an integrity check value of this length.
    IcvLength,
    /// AH is never offloaded.
    AhNotOffloadable,
    /// IPCOMP is never offloaded.
    CompressionUnsupported,
    /// Not this mode: transport, tunnel, BEET, …
    ModeUnsupported,
    /// Not this address family.
    FamilyUnsupported,
    /// Not with UDP encapsulation, or not of this kind.
    UdpEncapUnsupported,
    /// Not a replay window of this size.
    ReplayWindow,
    /// Not with traffic flow confidentiality padding.
    TfcPadding,
    /// Not with this IV generator.
    IvGenerator,
    /// Not with an XFRM interface id inbound.
    IfIdUnsupported,
    /// Not for selectors of this upper protocol.
    SelectorProtocol,
    /// Packet offload needs a reqid.
    ReqidMissing,
    /// Not with these byte or packet limits.
    LimitsUnsupported,
    /// Not in this direction.
    DirectionUnsupported,
    /// The SA's direction and the offload's contradict each other.
    DirectionMismatch,
    /// The kernel does not know what it was asked: the daemon is newer than it.
    RequestUnknown,
    /// The device has no packet offload.
    PacketUnsupported,
    /// The device has no crypto offload.
    CryptoUnsupported,
    /// The device takes no policies, or not such ones.
    PolicyUnsupported,
    /// esp4_offload or esp6_offload is not loaded.
    ModuleMissing,
    /// The device is full, or its hash table has no place for this SA.
    Capacity,
    /// The device is occupied by something else: eswitch, TC offload, another SA command.
    Busy,
    /// The driver's IPsec part is not running.
    DriverNotReady,
    /// The device's firmware refused.
    FirmwareError,
    /// The SA's address is taken by the device's management filters.
    AddressClash,
    /// The physical function does not allow it to this virtual function.
    VfNotPermitted,
    /// Virtual functions stand in the way on the physical function.
    VirtualFunctions,
    /// The device that was named does not exist.
    DeviceGone,
    /// The bond has no active slave.
    NoActiveSlave,
    /// The bond's active slave has no IPsec offload.
    SlaveNotCapable,
    /// The SA was migrated (MOBIKE), and the kernel forgets the offload then.
    Migrated,
    /// Offload on this kind of device is dangerous on this kernel.
    UnsafeOnThisKernel,

    // --- why the kernel refused an SA, whatever its offload
    /// The kernel has not the algorithm, or cannot set it up.
    AlgorithmMissing,
    /// An SA with this SPI and destination is there already.
    SpiTaken,
    /// No SPI is free in the range.
    NoSpi,
    /// An SA for a CPU that is not there.
    PerCpu,
    /// The SA that was reserved expired before the negotiation was over (net.core.xfrm_acq_expires).
    NegotiationTooSlow,

    // --- what became of a tunnel's packets
    /// Their integrity check fails.
    AuthFailed,
    /// The replay window refuses them.
    Replay,
    /// They come on an SA that the kernel has not.
    NoState,
    /// The NIC drops them.
    NicDrop,

    // --- why the kernel drops packets: the counters of /proc/net/xfrm_stat, with what they mean in `engine::findings::kernel_drops`
    /// No memory for what belongs to an inbound packet.
    InError,
    /// Too many transforms, one in another.
    InBufferError,
    /// Malformed: no SPI can be read.
    InHdrError,
    /// It cannot be decrypted.
    InStateProtoError,
    /// What is inside is not what the SA's mode allows.
    InStateModeError,
    /// Seen already, or too old.
    InStateSeqError,
    /// The inbound SA is at its limit.
    InStateExpired,
    /// Another encapsulation than the SA has, or outside of its selector.
    InStateMismatch,
    /// The inbound SA is being removed.
    InStateInvalid,
    /// The policy wants another SA than the one that it came on.
    InTmplMismatch,
    /// No policy fits what was decrypted.
    InNoPols,
    /// A policy blocks what arrives.
    InPolBlock,
    /// No policy could be looked up for what arrives.
    InPolError,
    /// Too large, by the wrong device, or no memory.
    OutError,
    /// There is no way to the peer.
    OutBundleGenError,
    /// The way is not valid any more.
    OutBundleCheckError,
    /// The policy wants an SA that is not there.
    OutNoStates,
    /// Encrypting fails.
    OutStateProtoError,
    /// It cannot be wrapped: most often it is too large.
    OutStateModeError,
    /// The sequence numbers are used up.
    OutStateSeqError,
    /// The outbound SA is at its limit.
    OutStateExpired,
    /// A policy blocks what is sent.
    OutPolBlock,
    /// The policy is being removed.
    OutPolDead,
    /// The SA that the policy wants cannot be chosen.
    OutPolError,
    /// Malformed, of what passes through.
    FwdHdrError,
    /// The outbound SA is being removed.
    OutStateInvalid,
    /// The SA is only reserved.
    AcquireError,
    /// The SA was added for the inbound direction.
    OutStateDirError,
    /// The SA was added for the outbound direction.
    InStateDirError,
    /// No payload of IP-TFS.
    InIptfsError,
    /// The queue of IP-TFS is full.
    OutNoQueueSpace,

    // --- who does the work
    /// The CPU, though the SA claims the NIC.
    CpuInstead,
    /// The NIC, though the SA claims none.
    NicInstead,

    // --- which limit of an SA is near
    Time,
    Bytes,
    Packets,
    /// Its sequence numbers: 32 bits, which never begin again.
    Sequence,

    // --- why SA and policy disagree
    /// The device holds the SA, but its policy is not on it.
    PolicyNotOffloaded,
    /// The device holds the policy, but its SA is not on it.
    SaNotOffloaded,
    /// The policy is gone.
    PolicyMissing,
    /// The daemon's bypass for IKE is not there: the device swallows IKE.
    BypassMissing,

    // --- what swanwatch cannot see
    /// The daemon's log.
    Log,
    /// The daemon's control socket.
    ControlSocket,
    /// The kernel's XFRM events.
    XfrmEvents,

    // --- why a tunnel has more than one pair
    /// Two pairs stand beside each other, and no rekey explains it.
    TwoPairs,

    // --- why traffic leaves unprotected
    /// Its route leaves by another device than its policy is on.
    OtherDevice,
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = serde_json::to_value(self).ok();
        f.write_str(text.as_ref().and_then(|v| v.as_str()).unwrap_or("unknown"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_shown_as_they_are_written() {
        assert_eq!(Reason::LostWithIkeSa.to_string(), "lost-with-ike-sa");
    }
}
