//! Numbers of the kernel's interface (include/uapi/linux/xfrm.h, include/uapi/linux/netlink.h), named as there.

pub const NLMSG_NOOP: u16 = 1;
pub const NLMSG_ERROR: u16 = 2;
pub const NLMSG_DONE: u16 = 3;

pub const NLM_F_REQUEST: u16 = 0x1;
pub const NLM_F_MULTI: u16 = 0x2;
pub const NLM_F_DUMP_INTR: u16 = 0x10;
pub const NLM_F_DUMP: u16 = 0x300;

pub const XFRM_MSG_NEWSA: u16 = 0x10;
pub const XFRM_MSG_DELSA: u16 = 0x11;
pub const XFRM_MSG_GETSA: u16 = 0x12;
pub const XFRM_MSG_NEWPOLICY: u16 = 0x13;
pub const XFRM_MSG_DELPOLICY: u16 = 0x14;
pub const XFRM_MSG_GETPOLICY: u16 = 0x15;
pub const XFRM_MSG_ALLOCSPI: u16 = 0x16;
pub const XFRM_MSG_EXPIRE: u16 = 0x18;
pub const XFRM_MSG_UPDPOLICY: u16 = 0x19;
pub const XFRM_MSG_UPDSA: u16 = 0x1a;
pub const XFRM_MSG_POLEXPIRE: u16 = 0x1b;
pub const XFRM_MSG_FLUSHSA: u16 = 0x1c;
pub const XFRM_MSG_FLUSHPOLICY: u16 = 0x1d;
pub const XFRM_MSG_MIGRATE: u16 = 0x21;
pub const XFRM_MSG_NEWSADINFO: u16 = 0x22;
pub const XFRM_MSG_NEWSPDINFO: u16 = 0x24;
pub const XFRM_MSG_MAPPING: u16 = 0x26;
pub const XFRM_MSG_GETDEFAULT: u16 = 0x28;
pub const XFRM_MSG_MIGRATE_STATE: u16 = 0x29;

pub const XFRMA_ALG_AUTH: u16 = 1;
pub const XFRMA_ALG_CRYPT: u16 = 2;
pub const XFRMA_ALG_COMP: u16 = 3;
pub const XFRMA_ENCAP: u16 = 4;
pub const XFRMA_TMPL: u16 = 5;
pub const XFRMA_SA: u16 = 6;
pub const XFRMA_POLICY: u16 = 7;
pub const XFRMA_LTIME_VAL: u16 = 9;
pub const XFRMA_REPLAY_VAL: u16 = 10;
pub const XFRMA_LASTUSED: u16 = 15;
pub const XFRMA_ALG_AEAD: u16 = 18;
pub const XFRMA_ALG_AUTH_TRUNC: u16 = 20;
pub const XFRMA_MARK: u16 = 21;
pub const XFRMA_REPLAY_ESN_VAL: u16 = 23;
pub const XFRMA_SA_EXTRA_FLAGS: u16 = 24;
pub const XFRMA_PAD: u16 = 27;
pub const XFRMA_OFFLOAD_DEV: u16 = 28;
pub const XFRMA_IF_ID: u16 = 31;
pub const XFRMA_SA_DIR: u16 = 33;
pub const XFRMA_SA_PCPU: u16 = 35;
pub const XFRMA_IPTFS_PKT_SIZE: u16 = 41;
/// The newest that is known, as all below it are, whether or not they are used: those of IP-TFS from 36 on say how it is paced.
pub const XFRMA_LAST: u16 = XFRMA_IPTFS_PKT_SIZE;

pub const XFRMA_SAD_CNT: u16 = 1;
pub const XFRMA_SPD_INFO: u16 = 1;

pub const XFRM_STATE_ESN: u8 = 128;
pub const XFRM_SA_XFLAG_OSEQ_MAY_WRAP: u32 = 2;
pub const XFRM_INF: u64 = u64::MAX;
pub const XFRM_OFFLOAD_INBOUND: u8 = 2;
pub const XFRM_OFFLOAD_PACKET: u8 = 4;
pub const XFRM_MIGRATE_STATE_CLEAR_OFFLOAD: u32 = 1;
pub const XFRM_SA_DIR_IN: u8 = 1;
pub const XFRM_SA_DIR_OUT: u8 = 2;
pub const XFRM_POLICY_OUT: u8 = 1;
pub const XFRM_POLICY_BLOCK: u8 = 1;

pub const AF_INET: u16 = 2;
pub const AF_INET6: u16 = 10;

pub const XFRMNLGRP_EXPIRE: u32 = 2;
pub const XFRMNLGRP_SA: u32 = 3;
pub const XFRMNLGRP_POLICY: u32 = 4;
pub const XFRMNLGRP_MIGRATE: u32 = 7;
pub const XFRMNLGRP_MAPPING: u32 = 8;
