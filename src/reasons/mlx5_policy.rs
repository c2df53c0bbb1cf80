//! NVIDIA ConnectX-6 Dx and later, BlueField: the policy's part. Packet offload alone has one.

use super::cures::{self, Cure};
use super::entry::EOPNOTSUPP;
use super::entry::{CallerSees, CheckPlace, CheckStage, Entry};
use super::fits::Fits;
use crate::model::Reason;

const VALIDATE: CheckPlace =
    CheckPlace::new("mlx5_core", "drivers/net/ethernet/mellanox/mlx5/core/en_accel/ipsec.c mlx5e_xfrm_validate_policy");
const ADD: CheckPlace =
    CheckPlace::new("mlx5_core", "drivers/net/ethernet/mellanox/mlx5/core/en_accel/ipsec.c mlx5e_xfrm_add_policy");

const fn refusal(reason: Reason, text: &'static str, means: &'static str, cure: Cure) -> Entry {
    VALIDATE.refusal(reason, text, means, cure, |_| Fits::Hidden).at(CheckStage::Elsewhere)
}

pub(super) const ENTRIES: &[Entry] = &[
    refusal(
        Reason::PacketUnsupported,
        "Device doesn't support IPsec packet offload",
        "the card's driver has no IPsec running, so it takes no policy",
        cures::CRYPTO,
    )
    .by(ADD)
    .with(CallerSees::Errors(&[EOPNOTSUPP])),
    refusal(
        Reason::PolicyUnsupported,
        "Cannot offload non-main policy types",
        "the device takes policies of type main only",
        cures::POLICY_SHAPE,
    ),
    refusal(
        Reason::PolicyUnsupported,
        "Cannot offload more than one template",
        "the device takes policies with one transform only, so no IPCOMP and no AH beside ESP",
        cures::NO_COMPRESSION,
    ),
    refusal(
        Reason::PolicyUnsupported,
        "Cannot offload forward policy",
        "the device takes policies in and out only, none for forwarding",
        cures::DAEMON_FAULT,
    ),
    refusal(
        Reason::PolicyUnsupported,
        "Unsupported policy with reqid 0 without at least one of upper protocol or ip addr(s) different than 0",
        "the device takes no policy for everything that has no reqid",
        cures::REQID,
    ),
    refusal(
        Reason::SelectorProtocol,
        "Device does not support upper protocol other than TCP/UDP",
        "the policy is for an upper protocol that is neither TCP nor UDP",
        cures::SELECTOR,
    ),
    refusal(
        Reason::PolicyUnsupported,
        "Device does not support policy priority",
        "this card knows no priorities of policies",
        cures::POLICY_SHAPE,
    ),
    refusal(
        Reason::PolicyUnsupported,
        "Device does not support requested policy priority",
        "the device does not know the policy's priority, the lowest of all",
        cures::POLICY_SHAPE,
    ),
    refusal(
        Reason::PacketUnsupported,
        "Packet offload is not supported",
        "this card, or its steering mode, has no packet offload",
        cures::CRYPTO,
    ),
];
