//! What the running kernel can do, by its own types: whoever took over a change of another release has its types, too.
//!
//! It is asked once and does not change while the kernel runs.

use std::sync::OnceLock;
use std::time::Duration;

use tokio::time::timeout;

use super::kernel_types;
use crate::btf::{Btf, Parameter};
use crate::model::{Abilities, Coverage, Source, SourceState};

/// Reading takes tens of milliseconds; after this time a start goes on without.
const DEADLINE: Duration = Duration::from_secs(5);

const OPERATIONS: &str = "xfrmdev_ops";

/// What was found, and how that is told.
#[derive(Clone, Debug)]
pub struct AbilitiesFound {
    pub abilities: Abilities,
    pub coverage: Coverage,
}

/// What the kernel can do. The first caller reads for tens of milliseconds: for a thread that may block.
pub fn abilities() -> Abilities {
    asked_of_kernel().abilities
}

/// The same for a start, which it does not hold up for long.
pub async fn ask() -> AbilitiesFound {
    match timeout(DEADLINE, tokio::task::spawn_blocking(|| asked_of_kernel().clone())).await {
        Ok(Ok(asked)) => asked,
        Ok(Err(error)) => nothing(&error.to_string()),
        Err(_) => nothing("its types could not be read in time"),
    }
}

fn asked_of_kernel() -> &'static AbilitiesFound {
    static ASKED: OnceLock<AbilitiesFound> = OnceLock::new();
    ASKED.get_or_init(|| match kernel_types::read() {
        Ok(types) => told(&types),
        Err(error) => nothing(&error.to_string()),
    })
}

fn told(types: &Btf) -> AbilitiesFound {
    let abilities = of(types);
    // One that cannot offload at all has no such structure, and nothing of it can matter.
    let cannot_offload = types.has_member("net_device", OPERATIONS) == Some(false);
    let matters = |words| !cannot_offload && (words != Abilities::KEEPS_IN || abilities.packet_mode != Some(false));
    let of_all = abilities.all().into_iter();
    let unknown: Vec<_> =
        of_all.filter(|(known, words)| known.is_none() && matters(*words)).map(|(_, words)| words).collect();
    let (state, detail) = match unknown.as_slice() {
        [] => (SourceState::Ok, "what the kernel can do is read from its own types".to_owned()),
        _ => (
            SourceState::Degraded,
            format!(
                "this kernel does not say whether it can {}: a reason that depends on it is not known",
                unknown.join(", or ")
            ),
        ),
    };
    AbilitiesFound { abilities, coverage: Coverage { source: Source::Kernel, state, detail } }
}

/// Nothing is known, and why.
pub fn nothing(why: &str) -> AbilitiesFound {
    let detail = format!("this kernel does not say what it can do ({why}): a reason that depends on it is not known");
    let coverage = Coverage { source: Source::Kernel, state: SourceState::Absent, detail };
    AbilitiesFound { abilities: Abilities::default(), coverage }
}

fn of(types: &Btf) -> Abilities {
    let add = types.pointed_function(OPERATIONS, "xdo_dev_state_add");
    let has = |function: &str| types.function(function).is_some();
    // Functions of other files that callers need: where one is told of, the other would be.
    let tells = has("xfrm_dev_state_add") && has("xfrm_dev_offload_ok");
    let type_is_last = tells.then(|| has("xfrm_set_type_offload"));
    let packet_mode = types.has_member(OPERATIONS, "xdo_dev_policy_add");
    // The change that made packet mode keep to its device had this one called from outside of its file. Before, it may have been told of
    // all the same, where the compiler kept it a function.
    let packet_mode_keeps_in = match (packet_mode, type_is_last, has("xfrm4_tunnel_check_size")) {
        (Some(true), Some(true), true) => Some(true),
        (Some(true), Some(false), false) => Some(false),
        _ => None,
    };
    Abilities {
        drivers_speak: add.as_deref().map(|taken| takes(taken, "netlink_ext_ack")),
        device_is_named: add.as_deref().map(|taken| takes(taken, "net_device")),
        packet_mode,
        type_is_last,
        packet_mode_keeps_in,
        migrates_offload: types.function("xfrm_migrate").map(|taken| takes(&taken, "xfrm_user_offload")),
    }
}

/// Whether one of the parameters points to such a structure.
fn takes(parameters: &[Parameter], structure: &str) -> bool {
    parameters.iter().any(|parameter| parameter.points_to.as_deref() == Some(structure))
}

#[cfg(test)]
mod tests;
