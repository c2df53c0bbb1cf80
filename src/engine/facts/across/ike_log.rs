//! Lines about an IKE SA whose connection has a name of its own: they count for the connections that are its children.

use crate::engine::facts::Facts;
use crate::engine::facts::down::{Down, WANTED_AFTER};
use crate::engine::facts::ike_names::IkeOf;
use crate::engine::facts::names::Name;
use crate::engine::facts::speakers::IkeSpeaker;
use crate::engine::facts::takedowns::TakedownCause;
use crate::engine::facts::timer::Timer;
use crate::model::{Evidence, LogLine, Question, Serial, Speaker, Statement};

impl Facts {
    pub(super) fn ike_line(&mut self, name: Name, about: &Speaker, line: &LogLine, seen: Evidence) {
        let ike = about.serial;
        if let Some((why, notify)) = self.why_by_word(&line.says, None, IkeSpeaker::Ike(ike)) {
            let stands = ike.is_some_and(|ike| self.life.is_ike_standing(ike));
            if stands && matches!(line.says, Statement::PeerRefused { .. } | Statement::NoProposal) {
                return self.ike_speaks_of_child(name, line, seen);
            }
            for connection in self.on_ike(name, ike) {
                self.negotiation_over(connection);
                self.went_down((connection, None), why, notify, seen.clone());
            }
            return;
        }
        match &line.says {
            Statement::IkeEstablished | Statement::IkeRekeyed { .. } => self.ike_of_name_stands(name, ike, &line.says),
            Statement::Deleting { is_ike: true, .. } => self.ike_of_name_ends(name, ike, &seen),
            Statement::IkeFailed { .. } => {
                if let Some(ike) = ike {
                    self.life.ike_failed(ike, &seen);
                }
                for connection in self.on_ike(name, ike) {
                    self.negotiation_over(connection);
                    self.down_is_shown_by(connection, &seen);
                }
                self.ike_of_name_ends(name, ike, &seen);
            }
            Statement::PeerDeletes => {
                let lost = self.on_ike(name, ike).into_iter().filter(|connection| self.has_pair(*connection));
                for connection in lost.collect::<Vec<_>>() {
                    self.peer_deleted_place((connection, None), seen.clone());
                }
            }
            Statement::PeerDead => self.peer_of_name_is_dead(name, ike, &seen),
            // Which of its children it is for, their own lines say; nobody has wished for the others.
            Statement::Initiating { .. } => {
                for connection in self.without_pair(name) {
                    self.down_may_change((connection, None));
                    self.begins_anew(connection);
                    self.timers.set(self.now + WANTED_AFTER, Timer::Wanted(connection));
                    self.negotiates(connection);
                }
            }
            Statement::Responding | Statement::Negotiating { .. } => {
                self.without_pair(name).into_iter().for_each(|connection| self.negotiates(connection));
            }
            Statement::ConnectionAdded => {
                let children: Vec<_> = self.ike_names.children(name).collect();
                children.into_iter().for_each(|connection| self.connection_loaded(connection));
                // It may be new, and nobody knows its children.
                self.want_daemon(Question::Connections);
            }
            Statement::ConnectionTerminated => {
                let children: Vec<_> = self.ike_names.children(name).collect();
                children.into_iter().for_each(|connection| self.takes_down(connection, seen.clone()));
            }
            Statement::ConnectionDown | Statement::ConnectionDeleted => {
                let unloaded = matches!(line.says, Statement::ConnectionDeleted);
                let children: Vec<_> = self.ike_names.children(name).collect();
                children.into_iter().for_each(|one| self.taken_down((one, None), unloaded, seen.clone()));
            }
            _ => self.ike_speaks_of_child(name, line, seen),
        }
    }

    /// It is about a Child SA, and does not say which: the one that was begun last.
    fn ike_speaks_of_child(&mut self, name: Name, line: &LogLine, seen: Evidence) {
        let within = self.larval_life();
        let Some(connection) = self.ike_names.meant(name, self.now, within) else { return };
        let text = self.connection_text(connection);
        let about = Speaker { connection: text, instance: None, serial: None };
        self.negotiation_line(&about, connection, line, seen);
    }

    fn ike_of_name_stands(&mut self, name: Name, ike: Option<Serial>, says: &Statement) {
        let Some(new) = ike else { return };
        self.life.ike_stands(new, IkeOf::Name(name));
        match says {
            Statement::IkeRekeyed { replaces: Some(old) } => self.inherits(*old, new),
            Statement::IkeRekeyed { replaces: None } => self.ike_names.replaces_one(name, new, self.now),
            _ => {}
        }
    }

    pub(super) fn inherits(&mut self, old: Serial, new: Serial) {
        self.claims.inherit(old, new);
        self.ikes.serves(new);
    }

    /// What stands on it goes with it, and no line tells of each.
    fn ike_of_name_ends(&mut self, name: Name, ike: Option<Serial>, seen: &Evidence) {
        let Some(ike) = ike else { return };
        if let Some(heir) = self.ike_names.heir_of(name, ike, self.now) {
            self.inherits(ike, heir);
        }
        self.life.ike_gone(ike, self.now);
        self.ikes.remove(ike);
        let children: Vec<_> = self.claims.children_of_ike(ike).collect();
        for child in children {
            let tunnel = self.claims.child_at(child).map(|row| row.tunnel);
            let place = tunnel.and_then(|tunnel| self.pair_of_tunnel(tunnel));
            if let Some((connection, _)) = place {
                self.may_fall_with_address(connection, seen);
                let is_told = self.is_down_by(connection, |down: &Down| self.now.since(down.said) < WANTED_AFTER);
                if !is_told {
                    self.went_with_ike(child);
                }
            }
            self.drop_child(child);
        }
        for connection in self.without_pair(name) {
            self.refusal_followed(connection, seen.clone());
            self.touch_connection(connection);
        }
    }

    /// One sign for all that the daemon takes down because of it.
    fn peer_of_name_is_dead(&mut self, name: Name, ike: Option<Serial>, seen: &Evidence) {
        let on_it = self.on_ike(name, ike);
        let peer = on_it.first().and_then(|one| self.loaded_at(*one)).and_then(|loaded| loaded.remote);
        self.takedowns_follow(TakedownCause::PeerDead(peer), seen.clone());
        for connection in on_it {
            self.negotiation_over(connection);
            self.peer_is_dead_for(connection, seen.clone());
        }
    }
}
