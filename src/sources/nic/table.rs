//! The interfaces as they are known, and what was told of them: an interface is told again only where it differs.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::ethtool::EthtoolAnswer;
use crate::model::{Link, What};

/// All interfaces of the namespace.
#[derive(Debug, Default)]
pub struct InterfaceTable {
    links: BTreeMap<u32, KnownInterface>,
    /// Apart, because an address may be told before its interface.
    addresses: BTreeMap<u32, BTreeSet<IpAddr>>,
}

#[derive(Debug)]
struct KnownInterface {
    link: Link,
    told: Option<Link>,
}

impl InterfaceTable {
    /// The interface is there, as rtnetlink tells it. What ethtool and the addresses say of it is kept.
    pub fn set(&mut self, link: Link) {
        match self.links.get_mut(&link.index) {
            Some(known) => {
                let (driver, esp_hw_offload) = (known.link.driver.take(), known.link.esp_hw_offload);
                known.link = Link { driver, esp_hw_offload, ..link };
            }
            None => {
                self.links.insert(link.index, KnownInterface { link, told: None });
            }
        }
    }

    /// What ethtool says of it. Every device has features, so that one of which nothing is said has just left or got another name.
    pub fn look(&mut self, index: u32, look: EthtoolAnswer) {
        if look == EthtoolAnswer::default() {
            return;
        }
        if let Some(known) = self.links.get_mut(&index) {
            (known.link.driver, known.link.esp_hw_offload) = (look.driver, look.esp_hw_offload);
        }
    }

    /// The interface left the namespace.
    pub fn remove(&mut self, index: u32) -> Option<What> {
        self.addresses.remove(&index);
        let known = self.links.remove(&index)?;
        known.told.map(|_| What::LinkGone { index })
    }

    /// The interface has an address, or lost it.
    pub fn address(&mut self, index: u32, address: IpAddr, has: bool) {
        let addresses = self.addresses.entry(index).or_default();
        if has {
            addresses.insert(address);
        } else {
            addresses.remove(&address);
        }
    }

    /// Forgets every address, before all of them are told again.
    pub fn forget_addresses(&mut self) {
        self.addresses.clear();
    }

    /// Interfaces that are known and not among these.
    pub fn others(&self, present: &BTreeSet<u32>) -> Vec<u32> {
        self.links.keys().copied().filter(|index| !present.contains(index)).collect()
    }

    /// What is to be told of one interface, where it differs from what was told last.
    pub fn tell(&mut self, index: u32) -> Option<What> {
        let addresses = self.addresses.get(&index);
        let known = self.links.get_mut(&index)?;
        known.link.addresses = addresses.map(|all| all.iter().copied().collect()).unwrap_or_default();
        if known.told.as_ref() == Some(&known.link) {
            return None;
        }
        known.told = Some(known.link.clone());
        Some(What::Link(known.link.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(up: bool) -> Link {
        Link {
            index: 2,
            name: "eth0".to_owned(),
            up,
            carrier: up,
            kind: None,
            lower: None,
            master: None,
            driver: None,
            esp_hw_offload: None,
            addresses: Vec::new(),
        }
    }

    #[test]
    fn an_interface_is_told_only_where_it_differs() {
        let mut table = InterfaceTable::default();
        let address: IpAddr = "192.0.2.1".parse().unwrap();
        table.address(2, address, true);
        table.set(link(true));
        table.look(2, EthtoolAnswer { driver: Some("ice".to_owned()), esp_hw_offload: Some(true) });
        let Some(What::Link(told)) = table.tell(2) else { panic!() };
        assert_eq!((told.addresses.as_slice(), told.esp_hw_offload), (&[address][..], Some(true)));
        table.set(link(true));
        assert_eq!(table.tell(2), None);
        table.set(link(false));
        let Some(What::Link(told)) = table.tell(2) else { panic!() };
        assert_eq!((told.up, told.driver.as_deref()), (false, Some("ice")));
    }

    #[test]
    fn only_a_told_interface_goes() {
        let mut table = InterfaceTable::default();
        table.set(link(true));
        assert_eq!(table.remove(2), None);
        table.set(link(true));
        table.tell(2);
        assert_eq!(table.remove(2), Some(What::LinkGone { index: 2 }));
        assert_eq!(table.remove(2), None);
    }
}
