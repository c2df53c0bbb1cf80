//! The codes of findings: one table.

use serde::{Deserialize, Serialize};

/// Each row: what it is called here, what it is called everywhere else, and what is wrong then, as the README has it.
macro_rules! codes {
    ($($variant:ident $name:literal $wrong:literal;)*) => {
        /// What is wrong. People write alert rules on these names; they never change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Code {
            $(#[doc = $wrong] #[serde(rename = $name)] $variant,)*
        }

        impl Code {
            /// Every code, worst first.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$variant),*];

            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The README's table is made of it.
            #[cfg(test)]
            pub(crate) const fn wrong(self) -> &'static str {
                match self { $(Self::$variant => $wrong,)* }
            }
        }
    };
}

codes! {
    DaemonCrashed "daemon-crashed" "the daemon crashed or was killed; says what its SAs do meanwhile";
    DaemonHung "daemon-hung" "the daemon runs and does nothing";
    DaemonCrashLoop "daemon-crash-loop" "the daemon dies again and again, or systemd gave up on it: nothing restarts it any more";
    DaemonDown "daemon-down" "no daemon runs: it was stopped, or nothing started it, or its unit failed";
    ClearTextWindow "clear-text-window" "traffic that a policy protected has no policy: says from when to when it left unencrypted";
    TunnelNotRestored "tunnel-not-restored" "a permanent tunnel is still down 60 s after a dead daemon came back";
    OffloadRejected "offload-rejected" "the kernel or the driver refused an SA because of its offload, and no SA came of it";
    OffloadCapacity "offload-capacity" "the NIC's table of SAs is full; says how many it holds";
    OffloadLost "offload-lost" "the NIC dropped its SAs: link down, device gone; the kernel sends no event for it";
    ClearTextRoute "clear-text-route" "traffic that a NIC should protect leaves by another device: it goes out unencrypted";
    RouteBlackhole "route-blackhole" "traffic that a NIC should protect is routed to another device, and the kernel drops it";
    PolicyMismatch "policy-mismatch" "SA and policy disagree: one is on the NIC and the other is not, or the policy is gone";
    SaAddFailed "sa-add-failed" "the kernel refused an SA, and not because of offload";
    SaMissing "sa-missing" "the daemon believes in an SA that the kernel does not have";
    SaHalfOpen "sa-half-open" "the kernel has one direction of a pair only, and the daemon does not know it";
    TunnelDown "tunnel-down" "a connection that should be up has no SAs; says why, and quotes the peer";
    EspBlackhole "esp-blackhole" "one direction of a tunnel went silent; says which, and where packets are lost";
    DaemonStarved "daemon-starved" "the daemon answers nobody because this host gives it no processor or no memory; it does not hang, and is not restarted";
    SaNotOffloaded "sa-not-offloaded" "the CPU encrypts an SA though offload was expected";
    HwSwMismatch "hw-sw-mismatch" "the SAs are on the NIC and the counters say that the CPU works, or the reverse";
    OffloadDowngraded "offload-downgraded" "crypto offload instead of packet offload";
    DeviceUnsafe "device-unsafe" "offload on this device may be dangerous on this kernel: a bond, and the kernel does not say that it is safe";
    SaOrphaned "sa-orphaned" "the kernel has an SA that the daemon does not know";
    PoliciesOrphaned "policies-orphaned" "policies that want an SA and belong to nobody drop packets; says which, and how to remove them";
    SaDuplicates "sa-duplicates" "a tunnel has more pairs than a rekey explains";
    IkeSaDuplicates "ike-sa-duplicates" "IKE SAs of one peer that serve no Child SA pile up";
    SaExpiring "sa-expiring" "an SA is close to its limit (time, bytes, packets, sequence numbers) and nothing replaces it";
    AcquireUnanswered "acquire-unanswered" "traffic needs an SA, the kernel asked for one, and none came";
    NeverAnswered "never-answered" "a tunnel that should be up sends, and in all its life it has never received a packet";
    NatMoved "nat-moved" "the peer's address or port behind a NAT is another one now, and the outbound SA still sends to the old one";
    NoStateDrops "no-state-drops" "packets arrive for SAs that this host does not have";
    KernelDrops "kernel-drops" "the kernel drops packets for a reason that only a counter of /proc/net/xfrm_stat shows; says which, and whose they are";
    ReplayDrops "replay-drops" "packets arrive twice, or too late for the replay window";
    AuthFailures "auth-failures" "packets arrive whose integrity check fails";
    NicDrops "nic-drops" "the NIC drops packets that it should encrypt or decrypt";
    EventsLost "events-lost" "the kernel dropped events; the tables are read again, which heals it";
    ConfigurationWrong "configuration-wrong" "swanwatch's configuration is wrong: it watches with the defaults, and no remedy acts";
    SourceBlind "source-blind" "for five minutes the log or the control socket of a running daemon, or the kernel's events, could not be read";
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
