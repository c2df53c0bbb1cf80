//! Whether an SA serves a policy, and what stands in the way (net/xfrm/xfrm_state.c, `xfrm_state_find`; net/xfrm/xfrm_policy.c,
//! `xfrm_policy_match` and `xfrm_state_ok`).

use std::net::IpAddr;

use crate::engine::facts::sad::Sa;
use crate::model::{Direction, KernelPolicy, Mark, OffloadMode, SaMode, SaStage, Template};

/// What a policy wants that the SA has not; empty where it fits.
pub(super) fn misfits(policy: &KernelPolicy, template: &Template, sa: &Sa, way: Direction) -> Vec<String> {
    let mut misfits = Vec::new();
    let mut want = |fits: bool, what: &str, wanted: String, has: String| {
        if !fits {
            misfits.push(format!("{what} {wanted}, and it has {has}"));
        }
    };
    let (wanted, has) = (template.reqid, sa.reqid);
    let any_reqid = wanted == 0 && (way == Direction::In || has == 0);
    want(any_reqid || wanted == has, "reqid", wanted.to_string(), has.to_string());
    want(template.mode == sa.mode, "mode", template.mode.to_string(), sa.mode.to_string());
    if template.mode != SaMode::Transport {
        let same = |wanted: IpAddr, has: IpAddr| wanted.is_unspecified() || wanted == has;
        let fits = same(template.src, sa.src) && same(template.dst, sa.dst);
        want(fits, "addresses", between(template.src, template.dst), between(sa.src, sa.dst));
    }
    let (wanted, has) = (policy.id.if_id, sa.if_id);
    want(wanted == has, "if_id", format!("{wanted:#x}"), format!("{has:#x}"));
    want(fits_mark(policy.id.mark, sa.mark, way), "mark", mark(policy.id.mark), mark(sa.mark));
    if way == Direction::Out {
        let wanted = policy.offload.map(|offload| offload.ifindex);
        let has = sa.offload.filter(|offload| offload.mode == OffloadMode::Packet).map(|offload| offload.ifindex);
        let place = |held: Option<u32>| if held.is_some() { "the NIC" } else { "software" }.to_owned();
        want(wanted == has, "its place in", place(wanted), place(has));
    }
    misfits
}

/// Whether an SA can be meant at all.
pub(super) fn may_serve(template: &Template, sa: &Sa) -> bool {
    sa.stage == SaStage::Installed
        && template.protocol == sa.protocol
        && (template.spi.0 == 0 || template.spi == sa.spi)
}

/// What is sent has the policy's mark when its SA is looked up; what was received must have it by then from somebody.
fn fits_mark(policy: Mark, sa: Mark, way: Direction) -> bool {
    match way {
        Direction::Out => policy.value & policy.mask & sa.mask == sa.value,
        Direction::In => policy.mask == 0 || sa.value & policy.mask == policy.value,
    }
}

fn mark(mark: Mark) -> String {
    if mark.mask == 0 { "none".to_owned() } else { format!("{:#x}/{:#x}", mark.value, mark.mask) }
}

fn between(src: IpAddr, dst: IpAddr) -> String {
    format!("{src} to {dst}")
}
