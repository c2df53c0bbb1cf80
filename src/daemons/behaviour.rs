//! What a daemon of one kind and release does, where others do otherwise.

use crate::model::{DaemonKind, OffloadMode, OffloadSetting};

/// Made once for a daemon, when its version becomes known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behaviour {
    pub kind: DaemonKind,
    /// Its version, in its own words.
    pub version: Option<String>,
    /// What people call the releases that do so.
    pub release: &'static str,
    /// What it does for a connection that was told nothing about offload; none where that is not known.
    pub default_offload: Option<OffloadSetting>,
    /// The one mode that [`OffloadSetting::Auto`] asks for; none where it takes the best that it gets.
    pub auto_mode: Option<OffloadMode>,
    /// With [`OffloadSetting::Auto`] it goes on in software, without a word, where the kernel refuses.
    pub auto_falls_back: bool,
    /// It gives up the whole IKE SA when the kernel refuses one SA; none where that is not known.
    pub refusal_ends_ike_sa: Option<bool>,
    /// What a refusal costs with some release, in words.
    pub refusal_costs: Option<&'static str>,
    /// What a start by hand leaves with some release, in words.
    pub start_by_hand_leaves: Option<&'static str>,
    /// It negotiates a new pair by itself at the first packet that finds none.
    pub heals_at_first_packet: bool,
    /// An order to bring up what is up makes a new pair, so that it heals one that the kernel has lost; else it is refused as a duplicate.
    pub initiate_heals: bool,
    /// Where it authenticates anew it deletes the IKE SA, with every tunnel on it, before it has the next one. None where that is not known.
    pub reauth_breaks_first: Option<bool>,
    /// When it starts it flushes the SAs and policies that it finds. None where that is not known.
    pub flushes_at_start: Option<bool>,
    /// It looks at the host's addresses, and makes its bypass policies for IKE, when it is told to; else it hears of addresses by itself, and its
    /// bypass is its sockets' and goes with them.
    pub looks_when_told: bool,
    /// Seconds that the inbound SA of a pair that was rekeyed stays, for packets that are on their way.
    pub replaced_inbound_stays: u32,
    /// Its tables say what should be up now; else what its configuration brings up at the start, whatever was ordered since.
    pub tells_what_is_wanted: bool,
    /// It tells of what it makes and ends by itself, over its control socket.
    pub tells_by_itself: bool,
    /// From the reqid that it tells of a connection on, so many may be its SAs'.
    pub reqids_of_connection: u32,
    /// Where the address or port of a peer has changed, a rekey of the Child SA that the peer begins makes a pair that sends to the new one;
    /// without it a new IKE SA alone does. None where that is not known.
    pub peers_rekey_follows_nat: Option<bool>,
    /// One of a template's instances can be rekeyed alone.
    pub rekeys_single_instance: bool,
}

/// What a daemon of a release does.
pub trait Behaves {
    /// Of this version, none where it is not known.
    fn behaviour(&self, version: Option<&str>) -> Behaviour;
}
