//! The kernel's structures as they lie in a netlink message (include/uapi/linux/xfrm.h, include/uapi/linux/netlink.h).
//!
//! Fields without meaning for swanwatch are there all the same: a structure is its layout. Nothing here can hold a key: key bytes lie
//! behind the algorithm structures and are named by none of these types.

use zerocopy::byteorder::{big_endian as be, native_endian as ne};
use zerocopy::{FromBytes, FromZeros, Immutable, IntoBytes, KnownLayout, Unaligned};

macro_rules! layout {
    ($(#[$doc:meta])* $name:ident, $size:literal { $($(#[$field_doc:meta])* $field:ident: $kind:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
        #[repr(C)]
        pub struct $name { $($(#[$field_doc])* pub $field: $kind,)* }

        impl Default for $name {
            fn default() -> Self {
                Self::new_zeroed()
            }
        }

        // A wrong layout must not compile.
        const _: () = assert!(size_of::<$name>() == $size);
    };
}

layout! {
    /// `struct nlmsghdr`.
    MessageHeader, 16 {
        /// Length with this header.
        length: ne::U32,
        /// `XFRM_MSG_…` or `NLMSG_…`.
        kind: ne::U16,
        /// `NLM_F_…`.
        flags: ne::U16,
        /// The request's number.
        seq: ne::U32,
        /// What the sender wrote here; the kernel does not check it.
        port: ne::U32,
    }
}

layout! {
    /// `struct nlattr`.
    AttributeHeader, 4 {
        /// Length with this header, without padding.
        length: ne::U16,
        /// `XFRMA_…`.
        kind: ne::U16,
    }
}

layout! {
    /// `struct xfrm_selector`.
    Selector, 56 {
        dst: [u8; 16],
        src: [u8; 16],
        dst_port: be::U16,
        dst_port_mask: be::U16,
        src_port: be::U16,
        src_port_mask: be::U16,
        /// `AF_INET`, `AF_INET6`, or 0 where an SA's selector takes both.
        family: ne::U16,
        /// Bits of the destination prefix.
        dst_prefix: u8,
        /// Bits of the source prefix.
        src_prefix: u8,
        /// Inner protocol.
        protocol: u8,
        pad: [u8; 3],
        ifindex: ne::U32,
        /// Owner.
        user: ne::U32,
    }
}

layout! {
    /// `struct xfrm_id`.
    Id, 24 {
        dst: [u8; 16],
        spi: be::U32,
        /// 50, 51, 108.
        protocol: u8,
        pad: [u8; 3],
    }
}

layout! {
    /// `struct xfrm_lifetime_cfg`.
    LifetimeLimits, 64 {
        soft_bytes: ne::U64,
        hard_bytes: ne::U64,
        soft_packets: ne::U64,
        hard_packets: ne::U64,
        /// Seconds after the add, soft.
        soft_add_seconds: ne::U64,
        /// Seconds after the add, hard.
        hard_add_seconds: ne::U64,
        /// Seconds after the first use, soft.
        soft_use_seconds: ne::U64,
        /// Seconds after the first use, hard.
        hard_use_seconds: ne::U64,
    }
}

layout! {
    /// `struct xfrm_lifetime_cur`.
    LifetimeUsed, 32 {
        bytes: ne::U64,
        packets: ne::U64,
        /// Seconds since the epoch.
        add_time: ne::U64,
        /// Seconds since the epoch.
        use_time: ne::U64,
    }
}

layout! {
    /// `struct xfrm_stats`.
    Stats, 12 {
        /// Packets outside the window.
        replay_window: ne::U32,
        /// Packets seen twice.
        replay: ne::U32,
        /// Packets that failed the integrity check.
        integrity_failed: ne::U32,
    }
}

layout! {
    /// `struct xfrm_usersa_info`.
    SaInfo, 224 {
        /// Inner packets.
        selector: Selector,
        /// Destination, SPI, protocol.
        id: Id,
        src: [u8; 16],
        limits: LifetimeLimits,
        used: LifetimeUsed,
        /// Failures.
        stats: Stats,
        /// Acquire's number.
        seq: ne::U32,
        /// Request id.
        reqid: ne::U32,
        /// Family of the outer addresses.
        family: ne::U16,
        /// `XFRM_MODE_…`.
        mode: u8,
        /// Packets; 0 where the ESN attribute tells.
        replay_window: u8,
        /// `XFRM_STATE_…`.
        flags: u8,
        pad: [u8; 7],
    }
}

layout! {
    /// `struct xfrm_usersa_id`.
    SaKey, 24 {
        dst: [u8; 16],
        spi: be::U32,
        /// Family of the destination.
        family: ne::U16,
        /// 50, 51, 108.
        protocol: u8,
        pad: u8,
    }
}

layout! {
    /// `struct xfrm_user_migrate_state` (Linux 7.2 and later).
    MigrateState, 132 {
        /// Whose.
        key: SaKey,
        dst: [u8; 16],
        src: [u8; 16],
        /// By which it is found.
        mark: Mark,
        selector: Selector,
        reqid: ne::U32,
        /// `XFRM_MIGRATE_STATE_…`.
        flags: ne::U32,
        /// Of the new addresses.
        family: ne::U16,
        reserved: ne::U16,
    }
}

layout! {
    /// `struct xfrm_user_expire`.
    SaExpire, 232 {
        sa: SaInfo,
        /// 1 where it is gone.
        hard: u8,
        pad: [u8; 7],
    }
}

layout! {
    /// `struct xfrm_user_mapping`.
    Mapping, 64 {
        /// The inbound SA.
        id: SaKey,
        /// Request id.
        reqid: ne::U32,
        /// Peer's address so far.
        old_src: [u8; 16],
        /// Peer's address now.
        new_src: [u8; 16],
        /// Peer's port so far.
        old_port: be::U16,
        /// Peer's port now.
        new_port: be::U16,
    }
}

layout! {
    /// `struct xfrm_userpolicy_info`.
    PolicyInfo, 168 {
        /// Its packets.
        selector: Selector,
        limits: LifetimeLimits,
        /// What it passed.
        used: LifetimeUsed,
        /// Lower wins.
        priority: ne::U32,
        /// Kernel's number.
        index: ne::U32,
        /// In, out, forward.
        direction: u8,
        /// Allow, block.
        action: u8,
        /// `XFRM_POLICY_…`.
        flags: u8,
        share: u8,
        pad: [u8; 4],
    }
}

layout! {
    /// `struct xfrm_userpolicy_id`.
    PolicyKey, 64 {
        /// Its packets; all zero where it was deleted by index.
        selector: Selector,
        /// Kernel's number.
        index: ne::U32,
        /// In, out, forward.
        direction: u8,
        pad: [u8; 3],
    }
}

layout! {
    /// `struct xfrm_user_polexpire`.
    PolicyExpire, 176 {
        policy: PolicyInfo,
        /// 1 where it is gone.
        hard: u8,
        pad: [u8; 7],
    }
}

layout! {
    /// `struct xfrm_user_tmpl`.
    Template, 64 {
        /// Outer destination, SPI, protocol.
        id: Id,
        /// Family of the outer addresses.
        family: ne::U16,
        pad: [u8; 2],
        /// Outer source.
        src: [u8; 16],
        /// Request id.
        reqid: ne::U32,
        /// `XFRM_MODE_…`.
        mode: u8,
        share: u8,
        /// May be left out on the way in.
        optional: u8,
        /// Padding.
        pad2: u8,
        /// Allowed algorithms.
        algorithms: [ne::U32; 3],
    }
}

layout! {
    /// The fixed part of `struct xfrm_algo`; the key follows.
    AlgorithmHead, 68 {
        /// Zero-terminated name.
        name: [u8; 64],
        /// Length of the key in bits.
        key_bits: ne::U32,
    }
}

layout! {
    /// The fixed part of `struct xfrm_algo_aead` and `struct xfrm_algo_auth`; the key follows.
    CheckedAlgorithmHead, 72 {
        /// Zero-terminated name.
        name: [u8; 64],
        /// Length of the key in bits.
        key_bits: ne::U32,
        /// Length of the integrity check value in bits.
        icv_bits: ne::U32,
    }
}

layout! {
    /// `struct xfrm_encap_tmpl`.
    Encapsulation, 24 {
        /// `UDP_ENCAP_…`.
        kind: ne::U16,
        src_port: be::U16,
        dst_port: be::U16,
        pad: [u8; 2],
        /// Original address.
        original: [u8; 16],
    }
}

layout! {
    /// `struct xfrm_replay_state`.
    Replay, 12 {
        /// Last number sent.
        sent: ne::U32,
        /// Highest number received.
        received: ne::U32,
        /// Window.
        bitmap: ne::U32,
    }
}

layout! {
    /// The fixed part of `struct xfrm_replay_state_esn`; the bitmap follows.
    ReplayEsn, 24 {
        /// Words of the bitmap.
        bitmap_words: ne::U32,
        /// Last number sent, low half.
        sent: ne::U32,
        /// Highest number received, low half.
        received: ne::U32,
        /// Last number sent, high half.
        sent_high: ne::U32,
        /// Highest number received, high half.
        received_high: ne::U32,
        /// Packets.
        window: ne::U32,
    }
}

layout! {
    /// `struct xfrm_mark`.
    Mark, 8 {
        value: ne::U32,
        mask: ne::U32,
    }
}

layout! {
    /// `struct xfrm_user_offload` without its padding.
    Offload, 5 {
        ifindex: ne::U32,
        /// `XFRM_OFFLOAD_…`.
        flags: u8,
    }
}

layout! {
    /// `struct xfrmu_spdinfo`: numbers of policies in, out, forward, and the same of sockets.
    SpdInfo, 24 {
        /// The six counts.
        counts: [ne::U32; 6],
    }
}
