//! Eight hours of a gateway on which nothing is wrong: whatever speaks here speaks on a healthy host.

use super::traffic::{WINDOW, mlx5};
use super::world::*;
use crate::model::*;

const HOURS: u64 = 8;
const WINDOWS: u64 = HOURS * 3600 / WINDOW;

/// What differs between tunnels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TunnelKind {
    /// IKEv2: the replaced pair goes within a second.
    V2,
    /// IKEv2 in software and in the NIC by turns is not ordinary: this one is always in the NIC.
    Offloaded,
    /// IKEv1 whose rekeys begin here: the replaced pair stays for 9 to 18 minutes.
    V1,
    /// The same at the other end: nothing says that it is a rekey.
    V1Answering,
    /// It receives alone.
    Syslog,
}

struct SoakTunnel {
    name: &'static str,
    kind: TunnelKind,
    peer: &'static str,
    reqid: u32,
    serial: u32,
    pair: (SaId, SaId),
    rekey_at: u64,
    /// Replaced pairs, with the window in which they go.
    beside: Vec<(u32, (SaId, SaId), u64)>,
}

/// A small generator of numbers (Numerical Recipes' constants): the same life each time.
pub struct Chance(pub u64);

impl Chance {
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.below(most - least + 1)
    }
}

struct TunnelLife {
    world: World,
    chance: Chance,
    serial: u32,
    window: u64,
    tunnels: Vec<SoakTunnel>,
    /// Serial, address, pair and the window in which they leave, of whoever is on the road.
    visitors: Vec<(u32, String, (SaId, SaId), u64)>,
    /// IKE SAs without a Child SA, each with the window in which it goes.
    childless: Vec<(u32, u64)>,
    /// Pairs that are about to be moved to another port of their peer.
    moving: Vec<((SaId, SaId), u16)>,
    /// Of the tunnel that traffic brings up.
    seldom: Option<(u32, (SaId, SaId), u64)>,
}

const TUNNELS: [(&str, TunnelKind, &str); 6] = [
    ("site", TunnelKind::V2, "10.0.0.2"),
    ("fast", TunnelKind::Offloaded, "10.0.0.3"),
    ("branch", TunnelKind::V1, "10.0.0.4"),
    ("old", TunnelKind::V1Answering, "10.0.0.5"),
    ("log", TunnelKind::Syslog, "10.0.0.6"),
    ("second", TunnelKind::V2, "10.0.0.7"),
];
const SELDOM: &str = "10.0.0.8";

impl TunnelLife {
    fn begin() -> Self {
        let mut world = World::unjoined();
        world.devices.insert("eth0".to_owned(), mlx5([0; 4]));
        for (name, kind, peer) in TUNNELS {
            let offload = if kind == TunnelKind::Offloaded { OffloadSetting::Crypto } else { OffloadSetting::No };
            let settings = LoadedConnection { remote: peer.parse().ok(), ..connection(name, offload) };
            world.connections.push(LoadedConnection { wanted_up: Some(true), ..settings });
        }
        let seldom = connection("seldom", OffloadSetting::No);
        world.connections.push(LoadedConnection { remote: SELDOM.parse().ok(), routed: Some(true), ..seldom });
        let road = connection("road", OffloadSetting::No);
        world.connections.push(LoadedConnection { remote: None, template: true, ..road });
        world.join();
        let (chance, tunnels, visitors) = (Chance(16), Vec::new(), Vec::new());
        let (childless, moving) = (Vec::new(), Vec::new());
        let mut life = Self { world, chance, serial: 1, window: 0, tunnels, visitors, childless, moving, seldom: None };
        life.trap();
        for (number, (name, kind, peer)) in (1..).zip(TUNNELS) {
            let reqid = 16385 + 4 * number;
            let (serial, pair) = life.pair((name, None), peer, reqid, kind == TunnelKind::Offloaded, None);
            let rekey_at = life.chance.between(5, 10);
            life.tunnels.push(SoakTunnel { name, kind, peer, reqid, serial, pair, rekey_at, beside: Vec::new() });
        }
        life
    }

    /// A pair comes: into the kernel, into the daemon's table, into its log.
    fn pair(
        &mut self,
        (name, instance): (&str, Option<&str>),
        peer: &str,
        reqid: u32,
        offload: bool,
        rekeys: Option<u32>,
    ) -> (u32, (SaId, SaId)) {
        self.serial += 1;
        let (serial, world) = (self.serial, &mut self.world);
        let added = u64::try_from(world.wall().micros()).unwrap() / 1_000_000;
        let [out, inn] = [sa(LOCAL, peer, 0x1000 + serial * 2, offload), sa(peer, LOCAL, 0x1001 + serial * 2, offload)]
            .map(|row| KernelSa { reqid, counters: Counters { add_time: added, ..row.counters }, ..row });
        for row in [inn, out] {
            world.kernel.insert(row.id, row);
            world.see(What::Kernel(Event::SaAdded(Box::new(row))));
        }
        for row in [out, inn] {
            world.set_policy(policy(&row));
        }
        world.daemon_claims(name, serial, peer, (out.id.spi, inn.id.spi));
        if let Some(child) = world.table.children.last_mut() {
            child.instance = instance.map(ToOwned::to_owned);
        }
        let spis = SpiPair { protocol: Protocol::Esp, outbound: out.id.spi, inbound: inn.id.spi };
        let is_ikev1 = |(other, kind, _): &(&str, TunnelKind, &str)| {
            *other == name && matches!(kind, TunnelKind::V1 | TunnelKind::V1Answering)
        };
        // IKEv1's line does not name it.
        let ike = (!TUNNELS.iter().any(is_ikev1)).then_some(Serial(1));
        let says = Statement::ChildEstablished {
            ike,
            rekeys: rekeys.map(Serial),
            spis,
            selectors: None,
            esn: false,
            offload_claim: None,
        };
        self.says((name, instance), serial, says);
        (serial, (out.id, inn.id))
    }

    fn says(&mut self, (name, instance): (&str, Option<&str>), serial: u32, says: Statement) {
        let text = format!("\"{name}\"{} #{serial}: {says:?}", instance.unwrap_or_default());
        let (connection, instance) = (name.to_owned(), instance.map(ToOwned::to_owned));
        self.world.line(Some(Speaker { connection, instance, serial: Some(Serial(serial)) }), says, text);
    }

    /// The daemon has a pair go in UDP to and from this port of the peer.
    fn in_udp(&mut self, (out, inn): (SaId, SaId), port: u16) {
        for (id, source_port, destination_port) in [(out, 4500, port), (inn, port, 4500)] {
            let encapsulation = Some(Encapsulation { kind: 2, source_port, destination_port });
            let row = KernelSa { encapsulation, ..self.world.kernel[&id] };
            self.world.kernel.insert(id, row);
            self.world.see(What::Kernel(Event::SaUpdated(Box::new(row))));
        }
    }

    /// A NAT moves somebody, and the kernel says so of a few packets. What follows is what daemons do.
    fn nat_moves_somebody(&mut self) {
        if self.visitors.is_empty() {
            return;
        }
        let number = usize::try_from(self.chance.below(self.visitors.len() as u64)).unwrap();
        let (serial, instance, pair, until) = self.visitors[number].clone();
        let port = u16::try_from(self.chance.between(1024, 65_000)).unwrap();
        let peer = self.world.kernel[&pair.1].src;
        for _ in 0..self.chance.between(1, 20) {
            let sender = Some(std::net::SocketAddr::new(peer, port));
            self.world.see(What::Kernel(Event::Mapped { id: pair.1, mark: None, sender }));
            self.world.receive(pair.1, 1);
        }
        match self.chance.below(5) {
            // One packet went another way, and those behind it come as before.
            0 => self.world.receive(pair.1, 50),
            // It was the last packet.
            1 => self.visitors[number].3 = self.window,
            // Its IKE comes from there, too, and it gets another pair.
            2 => {
                let about = ("road", Some(instance.as_str()));
                self.says(about, self.serial + 1, Statement::Responding);
                let reqid = self.world.kernel[&pair.0].reqid;
                let (next, new) = self.pair(about, &peer.to_string(), reqid, false, Some(serial));
                self.in_udp(new, port);
                self.world.rest(seconds(1));
                self.gone(about, serial, pair);
                self.visitors[number] = (next, instance, new, until);
            }
            // The daemon heard the kernel, or the peer, and moved the SAs a little later.
            _ => self.moving.push((pair, port)),
        }
    }

    /// Those on the road work.
    fn visitors_carry(&mut self) {
        for number in 0..self.visitors.len() {
            let packets = self.chance.below(20);
            let pair = self.visitors[number].2;
            self.world.both(pair, packets);
        }
    }

    /// A pair goes, by the daemon.
    fn gone(&mut self, about: (&str, Option<&str>), serial: u32, (out, inn): (SaId, SaId)) {
        self.says(about, serial, Statement::Deleting { is_ike: false, established: true });
        self.world.table.children.retain(|child| child.serial != Serial(serial));
        for id in [out, inn] {
            let last = self.world.kernel.remove(&id).map(Box::new);
            self.world.see(What::Kernel(Event::SaDeleted { id, last }));
        }
    }

    fn carries(&mut self, number: usize) {
        let SoakTunnel { kind, pair: (out, inn), .. } = self.tunnels[number];
        let packets = self.chance.below(400);
        match kind {
            TunnelKind::Syslog => self.world.receive(inn, packets / 4),
            TunnelKind::Offloaded => self.world.healthy((out, inn), packets * 100),
            _ => {
                // Some windows are idle, and some carry a little more one way.
                let packets = packets.saturating_sub(100);
                let less = packets - packets / 5;
                self.world.send(out, packets);
                self.world.receive(inn, less);
            }
        }
    }

    fn rekey(&mut self, number: usize) {
        let SoakTunnel { name, kind, peer, reqid, serial, pair, .. } = self.tunnels[number];
        let begins = matches!(kind, TunnelKind::V1)
            || matches!(kind, TunnelKind::V2 | TunnelKind::Offloaded) && self.chance.below(2) == 0;
        let says = if begins { Statement::Initiating { rekeys: Some(Serial(serial)) } } else { Statement::Responding };
        self.says((name, None), self.serial + 1, says);
        let said = Some(serial).filter(|_| !matches!(kind, TunnelKind::V1 | TunnelKind::V1Answering));
        let (next, new) = self.pair((name, None), peer, reqid, kind == TunnelKind::Offloaded, said);
        // With the defaults of IKEv1 after 9 to 18 minutes; a lifetime of an hour, so that eight hours have rekeys.
        let (stays, again) = match kind {
            TunnelKind::V1 | TunnelKind::V1Answering => (self.chance.between(54, 108), self.chance.between(252, 306)),
            _ => (0, self.chance.between(5, 10)),
        };
        let window = self.window;
        let tunnel = &mut self.tunnels[number];
        (tunnel.serial, tunnel.pair, tunnel.rekey_at) = (next, new, window + again);
        if stays == 0 {
            self.world.rest(seconds(1));
            self.gone((name, None), serial, pair);
        } else {
            tunnel.beside.push((serial, pair, window + stays));
        }
    }

    fn replaced_ones_go(&mut self, number: usize) {
        let window = self.window;
        let tunnel = &mut self.tunnels[number];
        let name = tunnel.name;
        let (due, stay) = tunnel.beside.drain(..).partition(|(_, _, until)| *until <= window);
        tunnel.beside = stay;
        let due: Vec<(u32, (SaId, SaId), u64)> = due;
        for (serial, pair, _) in due {
            self.gone((name, None), serial, pair);
        }
    }

    /// What asks for the seldom tunnel: it names no ends.
    fn trap(&mut self) {
        let like = policy(&sa(LOCAL, SELDOM, 0, false));
        let any = "0.0.0.0".parse().unwrap();
        let template = Template { src: any, dst: any, reqid: 0, mode: SaMode::Transport, ..like.template.unwrap() };
        self.world.set_policy(KernelPolicy { template: Some(template), ..like });
    }

    /// An IKE SA is replaced: the old one stays for a moment, or, as IKEv1 keeps it, for up to its margin with its fuzz. Now and then both
    /// ends begin at once, and one of the two never gets a Child SA.
    fn ike_sas(&mut self) {
        let window = self.window;
        if self.chance.below(90) == 0 && self.childless.len() < 3 {
            self.serial += 1;
            let stays = self.chance.between(1, 700);
            self.childless.push((self.serial, window + stays));
            let connection = TUNNELS[0].0.to_owned();
            let ike = IkeState { serial: Serial(self.serial), connection, instance: None, established: true };
            self.world.table.ike.push(ike);
        }
        let (due, stay) = self.childless.drain(..).partition(|(_, until)| *until <= window);
        self.childless = stay;
        let due: Vec<(u32, u64)> = due;
        for (serial, _) in due {
            self.world.table.ike.retain(|ike| ike.serial != Serial(serial));
            self.says((TUNNELS[0].0, None), serial, Statement::Deleting { is_ike: true, established: true });
        }
        // Each caller has one of his own, which may be without a Child SA for a while.
        self.world.table.ike.retain(|ike| ike.instance.is_none());
        for (serial, instance, ..) in &self.visitors {
            let (connection, instance) = ("road".to_owned(), Some(instance.clone()));
            let ike = IkeState { serial: Serial(10_000 + serial), connection, instance, established: true };
            self.world.table.ike.push(ike);
        }
        let count = |number: usize| u32::try_from(number).unwrap();
        let (ike, children) = (count(self.world.table.ike.len()), count(self.world.table.children.len()));
        self.world.brief = BriefStatus { ike, half_open: 0, children, idle_workers: None, encrypts_itself: false };
    }

    /// Somebody comes for a while, from anywhere.
    fn road_warrior(&mut self) {
        let address = format!("10.0.1.{}", self.serial % 200 + 1);
        let instance = format!("[{}] {address}", self.serial);
        self.says(("road", Some(&instance)), self.serial + 1, Statement::Responding);
        let (serial, pair) = self.pair(("road", Some(&instance)), &address, 16500 + self.serial, false, None);
        // Most are behind a NAT.
        if self.chance.below(4) > 0 {
            self.in_udp(pair, 4500);
        }
        self.world.both(pair, 50);
        let stays = self.chance.between(3, 120);
        self.visitors.push((serial, instance, pair, self.window + stays));
    }

    fn visitors_go(&mut self) {
        let window = self.window;
        let (due, stay) = std::mem::take(&mut self.visitors).into_iter().partition(|(.., until)| *until <= window);
        self.visitors = stay;
        let due: Vec<(u32, String, (SaId, SaId), u64)> = due;
        for (serial, instance, pair, _) in due {
            self.gone(("road", Some(&instance)), serial, pair);
            let caller = pair.0.dst;
            let is_of_it = |id: &PolicyId| id.selector.dst == caller || id.selector.src == caller;
            let of_it: Vec<_> = self.world.policies.keys().copied().filter(is_of_it).collect();
            of_it.into_iter().for_each(|policy| self.world.delete_policy(policy));
        }
    }

    /// Traffic asks for a tunnel, which the peer takes down when it is idle.
    fn seldom(&mut self) {
        match self.seldom.take() {
            None => {
                let (src, dst) = (LOCAL.parse().ok(), SELDOM.parse().ok());
                self.world.log_of_daemon(Statement::OnDemand { src, dst });
                self.says(("seldom", None), self.serial + 1, Statement::Initiating { rekeys: None });
                let (serial, pair) = self.pair(("seldom", None), SELDOM, 16449, false, None);
                self.world.both(pair, 20);
                self.seldom = Some((serial, pair, self.window + self.chance.between(1, 20)));
            }
            Some((serial, pair, until)) if until <= self.window => self.gone(("seldom", None), serial, pair),
            stays => self.seldom = stays,
        }
    }

    /// What every host counts now and then.
    fn small_drops(&mut self) {
        const ORDINARY: [&str; 9] = [
            "XfrmInNoStates",
            "XfrmInError",
            "XfrmInStateSeqError",
            "XfrmInStateProtoError",
            "XfrmInNoPols",
            "XfrmInTmplMismatch",
            "XfrmOutNoStates",
            "XfrmFwdHdrError",
            "XfrmAcquireError",
        ];
        let which = usize::try_from(self.chance.below(9)).unwrap();
        let more = self.chance.between(1, 3);
        *self.world.host.xfrm.entry(ORDINARY[which].to_owned()).or_default() += more;
    }

    fn cable(&mut self) {
        self.world.see(What::Link(Link { carrier: false, ..nic(true) }));
        self.world.rest(seconds(3));
        self.world.see(What::Link(nic(true)));
    }

    fn one_window(&mut self) {
        for number in 0..self.tunnels.len() {
            if self.tunnels[number].rekey_at <= self.window {
                self.rekey(number);
            }
            self.replaced_ones_go(number);
            self.carries(number);
        }
        self.visitors_go();
        self.ike_sas();
        for (pair, port) in std::mem::take(&mut self.moving) {
            if self.world.kernel.contains_key(&pair.0) {
                self.in_udp(pair, port);
            }
        }
        self.visitors_carry();
        match self.chance.below(60) {
            0..3 => self.road_warrior(),
            3..5 => self.small_drops(),
            5 => self.cable(),
            6..9 => self.nat_moves_somebody(),
            _ => {}
        }
        if self.seldom.is_some() || self.chance.below(40) == 0 {
            self.seldom();
        }
        self.window += 1;
        // What was rested meanwhile is part of the window: the replaced pairs of IKEv1 stay for so many seconds, and no more.
        let ends = START + self.window * WINDOW * 1_000_000;
        self.world.wait(ends.saturating_sub(self.world.now()) / 1_000_000);
        // Eight hours of it are more than a test needs to keep.
        self.world.forget_seen();
    }
}

#[test]
fn nothing_is_found_in_eight_hours_of_ordinary_life() {
    let mut life = TunnelLife::begin();
    for _ in 0..WINDOWS {
        life.one_window();
        assert_eq!(life.world.told, [], "after {} s", life.window * WINDOW);
    }
    // It was alive.
    assert!(life.serial > 1_000, "{} pairs", life.serial);
    assert!(life.world.samplings as u64 > WINDOWS * 9 / 10, "{} samplings", life.world.samplings);
    let mut rows = Vec::new();
    life.world.engine.sas(0, 100, &mut rows);
    assert!(rows.iter().all(|row| row.connection.is_some()), "{rows:?}");
    assert_eq!(life.world.engine.status(RealTime::default()).summary.tunnels.down, 0);
}
