//! What is said of a peer that has moved.

use super::MoveSaid;
use crate::daemons::{Advice, Behaviour};
use crate::engine::facts::mappings::MovedPeer;
use crate::engine::findings::{Sentences, Whose};

pub(super) const OVER: &str =
    "its outbound SA sends where the peer's packets come from, or they come from there again, or the pair is gone";

pub(super) fn moved(what: Option<MoveSaid>, whose: &Whose) -> Sentences {
    let of = whose.text();
    let from = match what {
        Some(MoveSaid { restless: true, .. }) => {
            "one place after the other (its NAT changes the mapping again and again)".to_owned()
        }
        Some(MoveSaid { sender: Some(sender), .. }) => sender.to_string(),
        _ => "another address or port".to_owned(),
    };
    let to = what.map_or("where it was".to_owned(), |what| what.place.to_string());
    let many = if whose.tunnels > 1 { "; so it is with each of them" } else { "" };
    Sentences::of(
        format!(
            "the peer of {of} now sends from {from}, its outbound SA still sends to {to}: what is sent is lost{many}"
        ),
        advice(&whose.daemon),
    )
}

/// The peer alone can mend it: what would be said to it from here goes to the old place, too.
fn advice(daemon: &Behaviour) -> String {
    let (down, up) = (daemon.advice(Advice::TakeDown("NAME")), daemon.advice(Advice::BringUp("NAME")));
    let rekey = match daemon.peers_rekey_follows_nat {
        Some(true) => {
            format!(
                "; under IKEv2 a rekey that begins there ('{}') is enough, too",
                daemon.advice(Advice::Rekey("NAME"))
            )
        }
        _ => "; a rekey of the Child SA alone may not be enough".to_owned(),
    };
    format!(
        "have the peer make its IKE SA anew ('{down}' and '{up}' over there, with the name that it has there){rekey}. From here nothing reaches it. With '{}' at both ends (IKEv2) a peer that notices the change has its SAs moved. Where this comes again and again, the NAT before the peer forgets or is restarted: let the peer send keepalives more often",
        daemon.advice(Advice::Mobike)
    )
}

pub(super) fn came(name: &str, moved: &MovedPeer) -> String {
    let from =
        moved.mapping.sender.map_or("another address or port than it names".to_owned(), |sender| sender.to_string());
    format!(
        "{name}: a packet of the inbound SA {} that passed its integrity check came from {from} (XFRM_MSG_MAPPING)",
        moved.inbound
    )
}

pub(super) fn sends(name: &str, moved: &MovedPeer) -> String {
    format!("{name}: the outbound SA {} of the pair sends to {}", moved.outbound, moved.place)
}
