//! A connection loses its last pair, or gets none: by whose word, and by whose order.

use crate::engine::facts::Facts;
use crate::engine::facts::claims::{Child, Connection, Tunnel};
use crate::engine::facts::down::{Down, WANTED_AFTER, WhyDown};
use crate::engine::facts::happened::Happened;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::speakers::IkeSpeaker;
use crate::engine::facts::standing::TunnelPlace;
use crate::engine::facts::timer::Timer;
use crate::model::{Evidence, Notify, Reason, Serial, SilentAt, Statement};

/// RFC 7296 §3.10.1.
const NO_PROPOSAL: &str = "NO_PROPOSAL_CHOSEN";

impl Facts {
    /// Why nothing came of a negotiation, where a line says that by itself, and with which word of the peer.
    pub(super) fn why_by_word<'a>(
        &self,
        says: &'a Statement,
        connection: Option<Slot<Connection>>,
        speaker: IkeSpeaker,
    ) -> Option<(WhyDown, Option<&'a str>)> {
        match says {
            Statement::PeerRefused { notify } if notify.0 == NO_PROPOSAL => {
                Some((self.refused_as_proposed(connection, WhyDown::ProposalRefused), Some(NO_PROPOSAL)))
            }
            Statement::PeerRefused { notify } => Some((self.refused_by(speaker, notify), Some(&notify.0))),
            Statement::Silent { at } => Some((WhyDown::Silent(*at), None)),
            Statement::NoAnswer => Some((WhyDown::NoAnswer, None)),
            Statement::AuthenticationFailed => Some((WhyDown::Authentication, None)),
            Statement::NoProposal if self.is_of_quick_mode(connection, speaker) => {
                Some((self.refused_as_proposed(connection, WhyDown::NoProposal), Some(NO_PROPOSAL)))
            }
            Statement::NoProposal => Some((WhyDown::NoProposal, None)),
            _ => None,
        }
    }

    /// The peer refuses a Child SA where the IKE SA stands. Some peers say so where their kernel refuses the SA: of a proposal that they took
    /// before nothing else can be meant.
    fn refused_as_proposed(&self, connection: Option<Slot<Connection>>, never_stood: WhyDown) -> WhyDown {
        let row = connection.and_then(|connection| self.claims.connection_at(connection));
        if row.is_some_and(|row| row.stood) { WhyDown::PeerRefused } else { never_stood }
    }

    /// An IKEv1 peer refuses it in the name of the IKE SA, which stands.
    fn is_of_quick_mode(&self, connection: Option<Slot<Connection>>, speaker: IkeSpeaker) -> bool {
        let loaded = connection.and_then(|connection| self.loaded_at(connection));
        let stands = || speaker.ike().is_some_and(|ike| self.life.is_ike_standing(ike));
        loaded.is_some_and(|loaded| loaded.child.ikev1 == Some(true)) && stands()
    }

    /// An IKEv1 peer says in the name of the IKE SA what it refuses. Before that stands, these two are about who this end is; a peer
    /// that cannot read the first encrypted message has another secret.
    fn refused_by(&self, speaker: IkeSpeaker, notify: &Notify) -> WhyDown {
        let of_identity = matches!(notify.0.as_str(), "INVALID_ID_INFORMATION" | "PAYLOAD_MALFORMED");
        let stands = speaker.ike().is_none_or(|ike| self.life.is_ike_standing(ike));
        if of_identity && !stands { WhyDown::OwnIdRefused } else { WhyDown::PeerRefused }
    }

    /// What the daemon says of one pair of subnets, or of the whole connection.
    pub(in crate::engine) fn went_down(
        &mut self,
        place: TunnelPlace,
        why: WhyDown,
        notify: Option<&str>,
        seen: Evidence,
    ) {
        let (connection, pair) = place;
        // Whoever sends from an address that is gone hears no answer.
        let is_gone = why == WhyDown::NoAnswer && self.address_gone(connection).is_some();
        let why = if is_gone { WhyDown::AddressGone } else { why };
        let (now, of_all) = (self.now, pair.is_none() || self.is_of_all(connection, why, notify));
        match self.claims.connection_mut(connection) {
            Some(row) if !row.subnets.is_empty() => {
                let meant = |name, wanted| if of_all { wanted } else { pair == Some(name) };
                for (_, pair) in row.subnets.iter_mut().filter(|(name, pair)| meant(*name, pair.wanted)) {
                    let down = pair.down.get_or_insert_with(|| Down::new(why, now));
                    down.is_said((why, notify), now, seen.clone());
                }
            }
            _ => {
                let down = self.down.entry(connection).or_insert_with(|| Down::new(why, now));
                down.is_said((why, notify), now, seen);
            }
        }
        self.touch_connection(connection);
    }

    /// What befalls the IKE SA befalls each pair of subnets: they share it.
    fn is_of_all(&self, connection: Slot<Connection>, why: WhyDown, notify: Option<&str>) -> bool {
        match why {
            WhyDown::NoAnswer
            | WhyDown::Authentication
            | WhyDown::OwnIdRefused
            | WhyDown::AddressGone
            | WhyDown::EndsUnclear => true,
            WhyDown::Silent(at) => at != SilentAt::QuickMode,
            WhyDown::LostWithIke | WhyDown::PeerDeleted | WhyDown::KernelRefused(_) => false,
            // Of a Child SA where the IKE SA stands.
            WhyDown::NoProposal | WhyDown::ProposalRefused => self.has_no_sa(connection),
            WhyDown::PeerRefused => notify == Some(NO_PROPOSAL) && self.has_no_sa(connection),
        }
    }

    fn has_no_sa(&self, connection: Slot<Connection>) -> bool {
        !self.life.has_ike(connection, self.ike_names.of(connection)) && !self.has_child((connection, None))
    }

    /// An IKEv1 peer refuses Child SAs in the name of the IKE SA: of which pair of subnets, nobody says.
    pub(super) fn is_of_any_pair(&self, connection: Slot<Connection>, speaker: IkeSpeaker) -> bool {
        let of_ike = speaker.ike().is_some_and(|speaker| self.life.is_ike_standing(speaker));
        of_ike && !self.has_child((connection, None))
    }

    /// The kernel refused its SA, and that was told: it is why it is down until something else is tried.
    pub(in crate::engine) fn down_by_refusal(&mut self, connection: Slot<Connection>, reason: Reason) {
        let Some(refusal) = self.refusals.pending(connection) else { return };
        let (Some(line), place) = (refusal.lines.first().cloned(), (connection, refusal.pair)) else { return };
        if self.has_child(place) {
            return;
        }
        match place.1 {
            Some(_) => self.down_may_change(place),
            None => self.downs_mut(connection).for_each(Down::may_change),
        }
        let why = WhyDown::KernelRefused(reason);
        self.went_down(place, why, None, line);
        self.downs_mut(connection).filter(|down| down.why == why).for_each(Down::hold);
    }

    /// Something is tried anew: what comes of it counts.
    pub(in crate::engine) fn down_may_change(&mut self, (connection, pair): TunnelPlace) {
        let row = self.claims.connection_mut(connection);
        let of_pair =
            row.zip(pair).and_then(|(row, name)| row.subnets.get_mut(name)).and_then(|pair| pair.down.as_mut());
        of_pair.into_iter().chain(self.down.get_mut(&connection)).for_each(Down::may_change);
    }

    /// What was said last of a connection, or of each of its pairs of subnets.
    fn downs_mut(&mut self, connection: Slot<Connection>) -> impl Iterator<Item = &mut Down> {
        let row = self.claims.connection_mut(connection);
        let pairs = row.into_iter().flat_map(|row| row.subnets.iter_mut());
        pairs.filter_map(|(_, pair)| pair.down.as_mut()).chain(self.down.get_mut(&connection))
    }

    pub(super) fn downs(&self, connection: Slot<Connection>) -> impl Iterator<Item = &Down> {
        let pairs = self.claims.connection_at(connection).into_iter().flat_map(|row| row.subnets.iter());
        pairs.filter_map(|(_, pair)| pair.down.as_ref()).chain(self.down.get(&connection))
    }

    /// The peer deletes a pair, or the IKE SA of one. An older pair goes after each rekey.
    pub(in crate::engine) fn peer_deletes(
        &mut self,
        connection: Slot<Connection>,
        speaker: IkeSpeaker,
        serial: Option<Serial>,
        seen: Evidence,
    ) {
        let child = serial.and_then(|serial| self.claims.find_child(serial));
        let tunnel = child.and_then(|child| self.claims.child_at(child)).map(|child| child.tunnel);
        let place = tunnel.and_then(|tunnel| self.pair_of_tunnel(tunnel)).unwrap_or((connection, None));
        let connection = place.0;
        let is_newest = tunnel.is_some_and(|tunnel| self.claims.newest(tunnel) == child);
        let goes_with_ike = child.is_none() && self.last_pair_is_of(connection, speaker.ike());
        if is_newest || goes_with_ike || !self.has_pair(connection) {
            self.peer_deleted_place(place, seen);
        }
    }

    pub(super) fn peer_deleted_place(&mut self, place: TunnelPlace, seen: Evidence) {
        let connection = place.0;
        self.negotiation_over(connection);
        // A peer that refused deletes what it had made for it: its refusal says more.
        if !self.has_pair(connection) && self.is_down_by(connection, Down::is_refused) {
            self.down_is_shown_by(connection, &seen);
            self.touch_connection(connection);
        } else {
            self.went_down(place, WhyDown::PeerDeleted, None, seen.clone());
        }
        self.taken_down_by_peer(connection, seen);
        self.timers.set(self.now + WANTED_AFTER, Timer::Wanted(connection));
    }

    /// Every pair that this connection has is of this IKE SA.
    pub(super) fn last_pair_is_of(&self, connection: Slot<Connection>, ike: Option<Serial>) -> bool {
        let tunnels = self.claims.connection_at(connection).map(|row| &row.tunnels);
        let mut newest = tunnels.into_iter().flatten().filter_map(|tunnel| self.claims.newest_child(*tunnel));
        newest.all(|child| Some(child.ike) == ike)
    }

    /// A further line of the same attempt.
    pub(in crate::engine) fn down_is_shown_by(&mut self, connection: Slot<Connection>, line: &Evidence) {
        self.downs_mut(connection).for_each(|down| down.is_shown_by(line.clone()));
    }

    /// Whether something such was said of the connection, or of one of its pairs of subnets, last.
    pub(in crate::engine) fn is_down_by(&self, connection: Slot<Connection>, is_so: impl Fn(&Down) -> bool) -> bool {
        self.downs(connection).any(is_so)
    }

    /// The daemon's last word about a place without a pair of SAs.
    pub(in crate::engine) fn down_of(&self, (connection, pair): TunnelPlace) -> Option<&Down> {
        let row = self.claims.connection_at(connection)?;
        match pair {
            Some(name) if !row.subnets.is_empty() => row.subnets.get(name)?.down.as_ref(),
            _ => self.down.get(&connection),
        }
    }

    /// What is known of it by now is told.
    pub(in crate::engine) fn down_was_told(&mut self, connection: Slot<Connection>) {
        if let Some(down) = self.down.get_mut(&connection) {
            down.is_told();
        }
        // What is said of one that still has its SAs is told when it has not.
        let without: Vec<_> =
            self.wanted_places(connection).into_iter().filter(|place| !self.has_child(*place)).collect();
        let Some(row) = self.claims.connection_mut(connection) else { return };
        for name in without.into_iter().filter_map(|(_, pair)| pair) {
            if let Some(down) = row.subnets.get_mut(name).and_then(|pair| pair.down.as_mut()) {
                down.is_told();
            }
        }
    }

    /// A pair of SAs is there: what was said before is over.
    pub(in crate::engine) fn is_not_down(&mut self, (connection, pair): TunnelPlace) {
        self.down.remove(&connection);
        let row = self.claims.connection_mut(connection);
        if let Some(pair) = row.zip(pair).and_then(|(row, name)| row.subnets.get_mut(name)) {
            pair.down = None;
        }
    }

    /// A Child SA goes because its IKE SA was killed: its connection should be up and is not.
    pub(in crate::engine) fn went_with_ike(&mut self, child: Slot<Child>) {
        let Some(row) = self.claims.child_at(child) else { return };
        let (ike, tunnel) = (row.ike, row.tunnel);
        let Some(killer) = self.life.killer_of(ike).cloned() else { return };
        let Some(place) = self.pair_of_tunnel(tunnel) else { return };
        let connection = place.0;
        if !self.is_of_caller(tunnel) {
            self.pair_is_wanted(place);
            if let Some(row) = self.claims.connection_mut(connection) {
                row.wanted = true;
            }
        }
        self.went_down(place, WhyDown::LostWithIke, None, killer);
        for down in self.downs_mut(connection).filter(|down| down.why == WhyDown::LostWithIke) {
            down.ike = Some(ike);
        }
        self.timers.set(self.now + WANTED_AFTER, Timer::Wanted(connection));
    }

    /// Made for whoever called: it comes back when its caller does.
    fn is_of_caller(&self, tunnel: Slot<Tunnel>) -> bool {
        let Some(row) = self.claims.tunnel_at(tunnel) else { return false };
        let template = self.claims.connection_at(row.connection).is_none_or(|connection| {
            // A peer whose address is known is no caller, whatever the daemon makes of it.
            connection.loaded.as_ref().is_none_or(|loaded| loaded.template)
        });
        template && self.is_instance(row.instance.map(|name| self.names.text(name)))
    }

    /// An operator took it down, or unloaded it: then it should not be up.
    pub(in crate::engine) fn taken_down(&mut self, place: TunnelPlace, unloaded: bool, seen: Evidence) {
        let connection = place.0;
        let others = self.pair_taken_down(place, unloaded);
        if let Some(row) = self.claims.connection_mut(connection) {
            row.negotiating = None;
        }
        self.touch_connection(connection);
        if others {
            self.place_went_by_order(place);
            return;
        }
        if let Some(row) = self.claims.connection_mut(connection) {
            row.wanted = false;
            for (_, pair) in row.subnets.iter_mut() {
                (pair.wanted, pair.down) = (false, None);
            }
            if unloaded {
                row.loaded = None;
            }
        }
        self.down.remove(&connection);
        self.takedowns.settle(connection);
        self.said.forget(connection);
        self.refusals.settle(connection);
        self.went_by_order(connection);
        self.happens(Happened::TakenDown(connection, seen));
    }
}
