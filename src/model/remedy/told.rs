//! What is asked for and told of remedies.

use serde::{Deserialize, Serialize};

use super::kind::RemedyKind;
use super::state::RemedyState;
use super::step::Step;
use super::target::{RemedyId, RemedyTarget};

/// A person asks for a remedy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemedyAsked {
    /// A connection's name, a finding's id or, to evacuate it, a device's name.
    pub what: String,
    /// Which remedy; the usual one where none is named.
    #[serde(default)]
    pub kind: Option<RemedyKind>,
    /// What an evacuation took off the device is put back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub back: bool,
    /// An evacuation leaves SAs in packet mode where they are, instead of refusing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub leave_packet_mode: bool,
}

/// What a remedy would do, or does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemedyPlan {
    pub kind: RemedyKind,
    pub target: RemedyTarget,
    /// Because of which finding.
    pub finding: Option<String>,
    /// How far it is.
    pub state: RemedyState,
    /// Why it is there. One sentence.
    pub why: String,
    /// Its steps in order, a sentence each.
    pub steps: Vec<String>,
    /// How it is seen that it helped. One sentence.
    pub proof: String,
}

/// A remedy has come further. Told to people, and kept in the history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemedyChange {
    pub id: RemedyId,
    pub kind: RemedyKind,
    pub target: RemedyTarget,
    /// Because of which finding; none where a person asked.
    pub finding: Option<String>,
    /// How far it is now.
    pub state: RemedyState,
    /// The step at hand, where there is one.
    pub step: Option<Step>,
    /// What was wrong is over, and not by this remedy.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub healed: bool,
    pub text: String,
}
