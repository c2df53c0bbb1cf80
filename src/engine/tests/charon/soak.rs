//! Hours of a charon on which nothing is wrong: rekeys of either SA, reauthentication, tables that leave out what is busy, a log that is behind
//! what the daemon tells, callers and traps.

use super::*;
use crate::engine::tests::soak::Chance;

struct CharonLife {
    world: World,
    chance: Chance,
    breaks_first: bool,
    ikes: u32,
    children: u32,
    tunnels: Vec<(&'static str, u32, [SaId; 2])>,
    /// Lines of the log that come later.
    late: Vec<(String, u32, Statement)>,
}

const NAMES: [&str; 3] = ["gw/t1", "gw/t2", "gw/t3"];

impl CharonLife {
    fn begin(version: &'static str, seed: u64) -> Self {
        let world = World::charon(version, &["t1", "t2", "t3"]);
        let breaks_first = version.starts_with('5');
        let (chance, tunnels, late) = (Chance(seed), Vec::new(), Vec::new());
        let mut life = Self { world, chance, breaks_first, ikes: 1, children: 0, tunnels, late };
        for name in NAMES {
            life.up(name);
        }
        life
    }

    /// By its log, over its socket, or both, in either order.
    fn say(&mut self, name: &str, serial: u32, says: Statement) {
        match self.chance.below(3) {
            0 => {
                self.world.says(name, serial, says.clone());
                self.world.tells(name, serial, says);
            }
            1 => {
                self.world.tells(name, serial, says.clone());
                self.world.says(name, serial, says);
            }
            _ => {
                self.world.tells(name, serial, says.clone());
                self.late.push((name.to_owned(), serial, says));
            }
        }
    }

    fn the_log_catches_up(&mut self) {
        for (name, serial, says) in std::mem::take(&mut self.late) {
            self.world.says(&name, serial, says);
        }
    }

    fn pair(&mut self, name: &'static str, rekeys: Option<u32>) -> (u32, [SaId; 2]) {
        self.children += 1;
        let serial = self.children;
        self.world.says(name, serial, Statement::Initiating { rekeys: None });
        let (out, inn) = self.world.establish_silently(name, serial, PEER, true);
        let established = self.world.established(&[out, inn], rekeys);
        self.say(name, serial, established);
        (serial, [out, inn])
    }

    fn up(&mut self, name: &'static str) {
        let (serial, pair) = self.pair(name, None);
        self.tunnels.push((name, serial, pair));
    }

    /// The outbound SA goes at once, the inbound one five seconds later, and the table has it meanwhile.
    fn rekey(&mut self, number: usize) {
        let (name, old, before) = self.tunnels[number];
        let (serial, pair) = self.pair(name, Some(old));
        self.tunnels[number] = (name, serial, pair);
        self.say(name, old, CLOSES);
        for child in self.world.table.children.iter_mut().filter(|child| child.serial == Serial(old)) {
            child.established = false;
        }
        self.world.delete(before[0]);
        self.world.wait(self.chance.below(6));
        self.the_log_catches_up();
        self.world.wait(5);
        self.world.delete(before[1]);
        self.world.table.children.retain(|child| child.serial != Serial(old));
    }

    fn rekey_ike(&mut self) {
        let old = self.ikes;
        self.ikes += 1;
        let new = self.ikes;
        // Its log does not say whom it replaces.
        let is_first = self.chance.below(2) == 0;
        if is_first {
            self.world.tells("gw", new, Statement::IkeRekeyed { replaces: Some(Serial(old)) });
        }
        self.world.says("gw", new, Statement::IkeRekeyed { replaces: None });
        self.world.says("gw", old, Statement::Deleting { is_ike: true, established: true });
        if !is_first {
            self.world.tells("gw", new, Statement::IkeRekeyed { replaces: Some(Serial(old)) });
        }
        self.world.ike = new;
        self.world.table.ike.iter_mut().for_each(|ike| ike.serial = Serial(new));
        self.world.table.children.iter_mut().for_each(|child| child.ike = Some(Serial(new)));
    }

    fn reauthenticate(&mut self) {
        let (old, before) = (self.ikes, std::mem::take(&mut self.tunnels));
        self.ikes += 1;
        if self.breaks_first {
            self.world.ike_goes(old, &before);
            self.world.rest(std::time::Duration::from_millis(self.chance.below(800)));
            self.world.says("gw", self.ikes, Statement::Initiating { rekeys: None });
        }
        self.world.ike_stands(self.ikes);
        for name in NAMES {
            self.up(name);
        }
        if !self.breaks_first {
            self.world.rest(std::time::Duration::from_millis(self.chance.below(2000)));
            let policies = self.world.policies.clone();
            self.world.ike_goes(old, &before);
            policies.into_values().for_each(|policy| self.world.set_policy(policy));
        }
    }

    /// For a while a busy IKE SA is left out.
    fn one_step(&mut self) {
        match self.chance.below(8) {
            0..4 => {
                let number = usize::try_from(self.chance.below(3)).unwrap();
                self.rekey(number);
            }
            4 => self.rekey_ike(),
            5 => self.reauthenticate(),
            6 => {
                let whole =
                    std::mem::replace(&mut self.world.table, StateTable { partial: true, ..StateTable::default() });
                self.world.says("gw", self.ikes, Statement::ConnectionAdded);
                self.world.misses();
                self.world.wait(self.chance.below(60));
                self.world.table = whole;
            }
            _ => self.world.see(What::EventsLost { malformed: 0 }),
        }
        self.world.wait(self.chance.below(400));
        self.the_log_catches_up();
        self.world.brief.idle_workers = Some(u32::try_from(7 + self.chance.below(5)).unwrap());
        self.world.forget_seen();
    }
}

#[test]
fn nothing_is_found_in_hours_of_ordinary_life() {
    for (version, seed) in [("5.9.8", 1), ("5.9.8", 2), ("6.0.1", 3), ("6.0.1", 4), ("6.1.0", 5)] {
        let mut life = CharonLife::begin(version, seed);
        for step in 0..200 {
            life.one_step();
            let told: Vec<_> =
                life.world.told.iter().map(|(_, it)| it).filter(|it| it.code != Code::EventsLost).collect();
            assert!(told.is_empty(), "{version} {seed} step {step}: {told:#?}");
        }
        let children: Vec<_> = life.world.engine.facts.claims.children().map(|(_, child)| child.serial.0).collect();
        assert_eq!(children.len(), 3, "{version} {seed}");
        assert!(life.world.engine.facts.claims.children().all(|(_, child)| child.ike == Serial(life.ikes)));
        assert!(life.children > 100, "{}", life.children);
    }
}
