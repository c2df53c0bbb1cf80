//! How many clients a socket serves at a time, and how many of one user or one address: nobody takes the places of all others.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// How many clients one socket serves at a time.
pub(super) const CLIENTS: usize = 64;

/// Of these, how many that are not root's, where the system tells users: root is always answered.
pub(super) const NOT_ROOTS: usize = 48;

/// How many of one user who is not root, or of one address.
pub(super) const OF_ONE: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ClientId {
    /// A user, over a Unix socket (`SO_PEERCRED`, unix(7)).
    User(u32),
    /// A host, over TCP.
    Address(IpAddr),
    /// The system does not tell.
    Unknown,
}

/// The places of one socket. Cheap to clone; all clones are of one socket.
#[derive(Clone, Debug, Default)]
pub(super) struct ClientPermits {
    taken: Arc<Mutex<BTreeMap<ClientId, usize>>>,
}

/// One of them, until it is dropped.
#[derive(Debug)]
pub(super) struct ClientPermit {
    client: ClientId,
    places: ClientPermits,
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoPlace {
    /// All are taken.
    #[error("{CLIENTS} clients are served already")]
    All,
    /// Those that are left are root's.
    #[error("{NOT_ROOTS} clients that are not root's are served already")]
    NotRoots,
    /// This one has as many as one may.
    #[error("{OF_ONE} clients of this user or address are served already")]
    OfOne,
}

impl ClientId {
    /// A host; whoever has one IPv6 address has 2^64 of them (RFC 4291 §2.5.1).
    pub(super) fn at(address: IpAddr) -> Self {
        Self::Address(match address.to_canonical() {
            IpAddr::V6(address) => IpAddr::V6((u128::from(address) & !u128::from(u64::MAX)).into()),
            address => address,
        })
    }
}

impl ClientPermits {
    /// Takes one.
    ///
    /// # Errors
    /// There is none for this client.
    pub(super) fn take(&self, client: ClientId) -> Result<ClientPermit, NoPlace> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let roots = taken.get(&ClientId::User(0)).copied().unwrap_or(0);
        let all: usize = taken.values().sum();
        let is_root = client == ClientId::User(0);
        let of_one = taken.entry(client).or_default();
        let full = if all >= CLIENTS {
            Some(NoPlace::All)
        } else if is_root {
            None
        } else if *of_one >= OF_ONE {
            Some(NoPlace::OfOne)
        } else if matches!(client, ClientId::User(_) | ClientId::Unknown) && all - roots >= NOT_ROOTS {
            Some(NoPlace::NotRoots)
        } else {
            None
        };
        match full {
            None => *of_one += 1,
            Some(full) => {
                if *of_one == 0 {
                    taken.remove(&client);
                }
                return Err(full);
            }
        }
        drop(taken);
        Ok(ClientPermit { client, places: self.clone() })
    }
}

impl Drop for ClientPermit {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(of_one) = taken.get_mut(&self.client) {
            *of_one -= 1;
            if *of_one == 0 {
                taken.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(places: &ClientPermits, client: ClientId, times: usize) -> Vec<ClientPermit> {
        (0..times).filter_map(|_| places.take(client).ok()).collect()
    }

    #[test]
    fn one_user_has_so_many_and_all_that_are_not_root_leave_some_to_root() {
        let places = ClientPermits::default();
        let users: Vec<_> = (1..=10).map(|user| take(&places, ClientId::User(user), 100)).collect();
        assert_eq!(users.iter().map(Vec::len).collect::<Vec<_>>(), [16, 16, 16, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(places.take(ClientId::User(1)).unwrap_err(), NoPlace::OfOne);
        assert_eq!(places.take(ClientId::User(9)).unwrap_err(), NoPlace::NotRoots);
        assert_eq!(take(&places, ClientId::User(0), 100).len(), CLIENTS - NOT_ROOTS);
    }

    #[test]
    fn root_alone_has_them_all() {
        let places = ClientPermits::default();
        let roots = take(&places, ClientId::User(0), 100);
        assert_eq!(roots.len(), CLIENTS);
        assert_eq!(places.take(ClientId::User(0)).unwrap_err(), NoPlace::All);
        drop(roots);
        assert!(places.taken.lock().unwrap().is_empty());
    }

    #[test]
    fn a_host_is_one_whatever_it_calls_itself() {
        let places = ClientPermits::default();
        let at = |text: &str| ClientId::at(text.parse().unwrap());
        let held = take(&places, at("192.0.2.1"), 10);
        assert_eq!((held.len(), take(&places, at("::ffff:192.0.2.1"), 10).len()), (10, OF_ONE - 10));
        let kept: Vec<_> = (0..100).filter_map(|n| places.take(at(&format!("2001:db8::{n:x}"))).ok()).collect();
        assert_eq!(kept.len(), OF_ONE);
        assert!(places.take(at("2001:db8:0:1::1")).is_ok());
    }
}
