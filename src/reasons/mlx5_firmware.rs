//! NVIDIA ConnectX-6 Dx and later, BlueField: what the card's firmware answers. It stands in the kernel's log alone: a line with the command
//! that failed, its status and syndrome, and for a rule another of the step that it was for.

use super::cures;
use super::entry::{
    CallerSees, CheckPlace, CheckStage, EAGAIN, EBUSY, EINVAL, EIO, ENOMEM, ENOSPC, EREMOTEIO, ETIMEDOUT, Entry,
};
use super::fits::{CaseView, Fits, both};
use super::words::has_pieces;
use crate::model::{Reason, SaMode};

const OBJECT: CheckPlace = CheckPlace::new(
    "mlx5_core",
    "drivers/net/ethernet/mellanox/mlx5/core/en_accel/ipsec_offload.c mlx5_ipsec_create_sa_ctx",
);
const RULE: CheckPlace = CheckPlace::new(
    "mlx5_core",
    "drivers/net/ethernet/mellanox/mlx5/core/en_accel/ipsec_fs.c tx_add_rule, rx_add_rule",
);
const PORTS: CheckPlace = CheckPlace::new(
    "mlx5_core",
    "drivers/net/ethernet/mellanox/mlx5/core/lib/ipsec_fs_roce.c ipsec_fs_roce_rx_mpv_create",
);

/// An outbound SA's own rule (before 6.3, and an inbound one's, too: without the direction).
const SA_RULE: &[&str] = &["fail to add TX ipsec rule err=", "fail to add ipsec rule attrs->action="];

/// The rules of an SA or a policy, and the tables that the first one brings with it.
const RULES: &[&str] = &[
    "fail to add TX ipsec rule err=",
    "fail to add RX ipsec rule err=",
    "Fail to add RX IPsec policy rule err=",
    "Failed to add ipsec rx pass rule, err=",
    "Failed to add ipsec rx sa selector rule, err=",
    "Failed to create RX SA selector",
    "Failed to create ipsec RX SA selector",
    "Failed to add ipsec rx status",
    "Failed to create rx status pass flow group",
    "Failed to add rx status pass rule",
    "fail to create IPsec miss_",
    "Fail to add ipsec tx counter rule err=",
    "setup_modify_header: … Failed to allocate modify_header",
    "Fail to add RX RoCE IPsec",
    "Fail to add TX RoCE IPsec",
    "Fail to create RoCE IPsec",
    "ipsec_fs_create_aliased_ft: … Failed to",
    // Before 6.3.
    "fail to add ipsec rule attrs->action=",
    "fail to alloc ipsec",
    "fail to add ipsec rx err copy rule err=",
    "fail to create ipsec rx miss_",
    "fail to create ipsec tx ft err=",
];

/// A rule of an SA's own, and not of a policy's, was refused.
fn sa_rule_refused(view: &CaseView<'_>) -> bool {
    let own = |line: &&str| !line.contains("_add_policy:") && SA_RULE.iter().any(|log| has_pieces(line, log));
    view.case.kernel_log.iter().any(own)
}

fn any_rule_refused(view: &CaseView<'_>) -> bool {
    view.case.kernel_log.iter().any(|line| RULES.iter().any(|log| has_pieces(line, log)))
}

fn tunnel_in_packet_mode(view: &CaseView<'_>) -> Option<bool> {
    both(view.packet(), view.mode_is(SaMode::Tunnel))
}

/// The card took the like before, so it can: it is full.
fn is_full(view: &CaseView<'_>) -> bool {
    view.case.took_before && view.case.errno == Some(ENOMEM)
}

// A rule is refused without words and with errors that have many causes: only the log shows that it was one.

fn mode_refused(view: &CaseView<'_>) -> Fits {
    let possible = sa_rule_refused(view) && tunnel_in_packet_mode(view) != Some(false);
    if possible { Fits::Hidden } else { Fits::No }
}

fn rule_refused(view: &CaseView<'_>) -> Fits {
    let of_mode = || sa_rule_refused(view) && tunnel_in_packet_mode(view) == Some(true);
    match view.case.errno {
        _ if !any_rule_refused(view) || is_full(view) => Fits::No,
        Some(EINVAL) if of_mode() => Fits::No,
        _ => Fits::Hidden,
    }
}

fn no_room_for_a_rule(view: &CaseView<'_>) -> Fits {
    if any_rule_refused(view) { Fits::Hidden } else { Fits::No }
}

pub(super) const ENTRIES: &[Entry] = &[
    OBJECT
        .mute(
            Reason::Capacity,
            CallerSees::Errors(&[EAGAIN, ENOMEM, ENOSPC]),
            "the card has no place for another SA, key or rule",
            cures::FULL,
            |view| if view.case.errno == Some(EAGAIN) { Fits::Hidden } else { Fits::Possible },
        )
        .logged(&["CREATE_GENERAL_OBJECT(0xa00) … limits exceeded(0x8)", "CREATE_GENERAL_OBJECT(0xa00) … no resources(0xf)"]),
    OBJECT
        .mute(
            Reason::FirmwareError,
            CallerSees::Errors(&[EIO, ENOMEM, EREMOTEIO]),
            "the card's firmware refused the SA, or had no memory for it",
            cures::FIRMWARE,
            // ENOMEM is a limit's answer, too.
            |view| if is_full(view) { Fits::No } else { Fits::Possible },
        )
        .logged(&[
            "CREATE_GENERAL_OBJECT(0xa00) … internal error(0x1)",
            "CREATE_GENERAL_OBJECT(0xa00) … bad system state(0x4)",
            "CREATE_GENERAL_OBJECT(0xa00) … bad input length(0x50)",
            "CREATE_GENERAL_OBJECT(0xa00) … bad output length(0x51)",
            "CREATE_GENERAL_OBJECT(0xa00) … unknown status",
        ]),
    OBJECT
        .mute(
            Reason::FirmwareError,
            CallerSees::Errors(&[EINVAL]),
            "the card's firmware refused the SA",
            cures::FIRMWARE,
            |_| Fits::Hidden,
        )
        // Steering answers EINVAL without words, too: only the log tells.
        .at(CheckStage::Elsewhere)
        .logged(&[
            "CREATE_GENERAL_OBJECT(0xa00) … bad operation(0x2)",
            "CREATE_GENERAL_OBJECT(0xa00) … bad parameter(0x3)",
            "CREATE_GENERAL_OBJECT(0xa00) … bad resource(0x5)",
            "CREATE_GENERAL_OBJECT(0xa00) … bad resource state(0x9)",
            "CREATE_GENERAL_OBJECT(0xa00) … bad index(0xa)",
        ]),
    RULE.mute(
        Reason::ModeUnsupported,
        CallerSees::Errors(&[EINVAL]),
        "as the card is set up, its firmware sends no packet offload in tunnel mode: a ConnectX-7's virtual function does not while the eswitch is in switchdev mode",
        cures::TRANSPORT_OR_LEGACY,
        mode_refused,
    )
    .logged(SA_RULE),
    RULE.mute(
        Reason::FirmwareError,
        CallerSees::Errors(&[EIO, EAGAIN, ENOMEM, EBUSY, EINVAL, ETIMEDOUT, EREMOTEIO]),
        "the card's firmware refused a rule that steers the SA's packets",
        cures::FIRMWARE,
        rule_refused,
    )
    .logged(RULES),
    RULE.mute(
        Reason::Capacity,
        CallerSees::Errors(&[EAGAIN, ENOMEM, ENOSPC]),
        "the card has no place for another rule that steers an SA's packets",
        cures::FULL,
        no_room_for_a_rule,
    )
    .logged(RULES),
    PORTS
        .mute(
            Reason::DeviceNotCapable,
            CallerSees::NotSupported,
            "the card's ports share one RDMA device, and the port that leads them has no IPsec",
            cures::NONE,
            |_| Fits::Hidden,
        )
        .at(CheckStage::Elsewhere)
        .logged(&["IPsec not supported on master device"]),
];
