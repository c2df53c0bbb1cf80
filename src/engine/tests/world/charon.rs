//! The same gateway with a charon: connections `gw/t1`, IKE SAs by a name and a number of their own, a table that may leave some out.

use super::*;

impl World {
    /// A gateway with one NIC and a charon of this version whose children `gw/t1`, `gw/t2`, … were told to offload; its IKE SA `gw[1]`
    /// stands, and nothing on it.
    pub fn charon(version: &'static str, children: &[&str]) -> Self {
        let mut world = Self::unjoined_charon(version, children);
        world.join();
        world.ike_stands(1);
        world
    }

    /// The same, nothing seen yet.
    pub fn unjoined_charon(version: &'static str, children: &[&str]) -> Self {
        let mut world = Self::unjoined();
        (world.kind, world.version) = (DaemonKind::Strongswan, version);
        world.table.partial = true;
        world.brief.idle_workers = Some(11);
        world.connections.extend(children.iter().map(|child| child_of("gw", child)));
        world
    }

    /// `gw[serial]` is in its table, and it says so.
    pub fn ike_stands(&mut self, serial: u32) {
        self.ike = serial;
        self.table.ike.push(IkeState {
            serial: Serial(serial),
            connection: "gw".to_owned(),
            instance: None,
            established: true,
        });
        self.brief.ike += 1;
        self.says("gw", serial, Statement::IkeEstablished);
    }

    /// A line of its log, as it writes of IKE SAs and of Child SAs.
    pub fn says(&mut self, name: &str, serial: u32, says: Statement) {
        let (about, text) = said(name, serial, &says);
        self.line(Some(about), says, text);
    }

    /// The same over its control socket.
    pub fn tells(&mut self, name: &str, serial: u32, says: Statement) {
        let (about, text) = said(name, serial, &says);
        self.tells_of(about, says, text);
    }

    /// Some of what it told there was not heard.
    pub fn misses(&mut self) {
        self.told_line(None, Statement::Missing { lines: None }, "missed".to_owned());
    }

    pub fn tells_of(&mut self, about: Speaker, says: Statement, text: String) {
        self.told_line(Some(about), says, text);
    }

    fn told_line(&mut self, about: Option<Speaker>, says: Statement, text: String) {
        let line = LogLine {
            time: None,
            pid: None,
            past: false,
            forgeable: false,
            severity: LogSeverity::Ordinary,
            about,
            says,
            text,
        };
        self.see(What::Told(Box::new(line)));
    }

    /// It makes this pair, and both its log and its socket say so.
    pub fn makes(&mut self, name: &str, serial: u32, rekeys: Option<u32>) -> [SaId; 2] {
        let (out, inn) = self.establish_silently(name, serial, PEER, true);
        let established = self.established(&[out, inn], rekeys);
        self.says(name, serial, established.clone());
        self.tells(name, serial, established);
        [out, inn]
    }

    pub fn established(&self, pair: &[SaId; 2], rekeys: Option<u32>) -> Statement {
        let [out, inn] = pair;
        Statement::ChildEstablished {
            ike: Some(Serial(self.ike)),
            rekeys: rekeys.map(Serial),
            spis: SpiPair { protocol: Protocol::Esp, outbound: out.spi, inbound: inn.spi },
            selectors: None,
            esn: false,
            offload_claim: None,
        }
    }

    /// A new pair takes the place of another one: the old outbound SA goes at once, the inbound one five seconds later.
    pub fn rekeys(&mut self, name: &str, (old, before): (u32, [SaId; 2]), serial: u32) -> [SaId; 2] {
        self.says(name, serial, Statement::Initiating { rekeys: None });
        let pair = self.makes(name, serial, Some(old));
        self.says(name, old, CLOSES);
        self.tells(name, old, CLOSES);
        for child in self.table.children.iter_mut().filter(|child| child.serial == Serial(old)) {
            child.established = false;
        }
        self.delete(before[0]);
        self.wait(5);
        self.delete(before[1]);
        self.table.children.retain(|child| child.serial != Serial(old));
        pair
    }

    /// The IKE SA goes, and all that it has.
    pub fn ike_goes(&mut self, serial: u32, pairs: &[(&str, u32, [SaId; 2])]) {
        let says = Statement::Deleting { is_ike: true, established: true };
        self.says("gw", serial, says.clone());
        for (name, child, pair) in pairs {
            self.tells(name, *child, CLOSES);
            let policies = pair.map(|id| policy(&self.kernel[&id]).id);
            policies.into_iter().for_each(|id| self.delete_policy(id));
            pair.iter().for_each(|id| self.delete(*id));
        }
        self.tells("gw", serial, says);
        self.table.ike.retain(|ike| ike.serial != Serial(serial));
        self.table.children.retain(|child| child.ike != Some(Serial(serial)));
        self.brief.ike = self.brief.ike.saturating_sub(1);
    }
}

/// A Child SA is taken out.
pub const CLOSES: Statement = Statement::Deleting { is_ike: false, established: true };

/// A child of an IKE connection, up from the start.
pub fn child_of(ike: &str, child: &str) -> LoadedConnection {
    LoadedConnection {
        ike: Some(ike.to_owned()),
        wanted_up: Some(true),
        routed: Some(false),
        ..connection(&format!("{ike}/{child}"), OffloadSetting::Crypto)
    }
}

fn said(name: &str, serial: u32, says: &Statement) -> (Speaker, String) {
    let (text, is_ike) = match name.split_once('/') {
        Some((_, child)) => (format!("{child}{{{serial}}}"), false),
        None => (format!("{name}[{serial}]"), true),
    };
    let kind = if is_ike { "IKE_SA" } else { "CHILD_SA" };
    let about = Speaker { connection: name.to_owned(), instance: None, serial: Some(Serial(serial)) };
    (about, format!("{kind} {text}: {says:?}"))
}
