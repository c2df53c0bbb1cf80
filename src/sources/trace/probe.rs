//! The return probe on `xfrm_dev_state_add` (net/xfrm/xfrm_device.c): what it fetches, and what a kernel lets it fetch.
//!
//! Arguments and their members are found through the kernel's type information (BTF), so that no offset is guessed. A member that a
//! kernel names otherwise costs the group that it is in, and no more.

use std::io;
use std::path::Path;

use super::place;

/// The event's name in its group.
pub const EVENT: &str = "offload";

/// What the filter and the identity of a try need: without these there is no probe.
const NEEDED: &str = "ret=$retval:s32 netns=net->ns.inum:u32 dev=x->xso.dev:x64 spi=x->id.spi:x32 family=x->props.family:u16 \
    ifindex=xuo->ifindex:s32 flags=xuo->flags:u8 comm=$comm";
const ADDRESSES: &str = "dst=x->id.daddr.in6.in6_u.u6_addr32:x32[4] src=x->props.saddr.in6.in6_u.u6_addr32:x32[4]";
/// Of an algorithm its name and lengths, never its key. The pointers tell whether what is behind them is there: a number that could
/// not be fetched is not zero, but whatever was in the buffer before.
const SHAPE: &str = "protocol=x->id.proto:u8 mode=x->props.mode:u8 saflags=x->props.flags:u8 window=x->props.replay_window:u8 \
    if_id=x->if_id:u32 encap=x->encap:x64 esn=x->replay_esn:x64 esn_window=x->replay_esn->replay_window:u32 \
    aead=x->aead:x64 aead_name=x->aead->alg_name:string aead_key=x->aead->alg_key_len:u32 aead_icv=x->aead->alg_icv_len:u32 \
    crypt=x->ealg:x64 crypt_name=x->ealg->alg_name:string crypt_key=x->ealg->alg_key_len:u32 \
    auth=x->aalg:x64 auth_name=x->aalg->alg_name:string auth_icv=x->aalg->alg_trunc_len:u32";
const TEXT: &str = "text=extack->_msg:string";

/// What may be missing, and what is then not known.
const OPTIONAL: [(&str, &str); 3] =
    [(ADDRESSES, "the SA's addresses"), (SHAPE, "the SA's algorithm and mode"), (TEXT, "the kernel's words to others")];

/// Defines it in the group. Gives what this kernel does not tell.
///
/// # Errors
/// There can be no such probe.
pub fn define(root: &Path, group: &str) -> io::Result<Vec<&'static str>> {
    let all: Vec<&str> = OPTIONAL.iter().map(|(fetched, _)| *fetched).collect();
    if try_to_define(root, group, &all).is_ok() {
        return Ok(Vec::new());
    }
    let mut told = Vec::new();
    let mut missing = Vec::new();
    for (fetched, meaning) in OPTIONAL {
        match try_to_define(root, group, &[fetched]) {
            Ok(()) => {
                remove(root, group)?;
                told.push(fetched);
            }
            Err(_) => missing.push(meaning),
        }
    }
    try_to_define(root, group, &told).map(|()| missing)
}

/// Removes it. Nothing happens where there is none.
pub fn remove(root: &Path, group: &str) -> io::Result<()> {
    place::remove(root, group, EVENT)
}

/// Which calls leave a record: those for an SA of this namespace that failed, or that left the offload out without an error.
pub fn filter(netns: u32) -> String {
    format!("netns == {netns} && (ret != 0 || dev == 0)")
}

fn try_to_define(root: &Path, group: &str, fetched: &[&str]) -> io::Result<()> {
    let fetched = fetched.join(" ");
    let line = format!("f:{group}/{EVENT} xfrm_dev_state_add%return {NEEDED} {fetched}");
    place::define(root, line.trim_end())
}
