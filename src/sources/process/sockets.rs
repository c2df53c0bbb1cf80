//! Bytes that wait unread in a daemon's UDP and netlink sockets, from the tables in `/proc/self/net`: udp(7), netlink(7).
//!
//! The daemon is in our network namespace, so our own tables show its sockets.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::procfs;
use crate::model::Unread;
use crate::root_path::believed;

/// Where IKE is spoken (RFC 7296 §2): counted where the daemon's own sockets cannot be seen.
const IKE_PORTS: [&str; 2] = [":01F4", ":1194"];

/// `NETLINK_XFRM` (linux/netlink.h).
const XFRM: &str = "6";

/// A table larger than this is read no further.
const MOST_BYTES: usize = 8 << 20;

/// The tables, held open.
#[derive(Debug)]
pub struct Tables {
    udp: Vec<File>,
    netlink: Option<File>,
    buffer: Vec<u8>,
}

/// Which sockets belong to one process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owned {
    /// Those with these inodes.
    Inodes(BTreeSet<u64>),
    /// Not told: root's IKE ports in this namespace, and the XFRM socket with its pid as its address, count as its own.
    Hidden,
}

/// How root has bound IKE's port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IkePort {
    /// At an address, or at several.
    EachAddress,
    /// At all addresses at once, and nowhere else.
    Whole,
    Free,
}

impl Tables {
    /// Opens them. One that cannot be opened counts as empty.
    pub fn open() -> Self {
        let open = |name: &str| File::open(format!("/proc/self/net/{name}")).ok();
        let udp = ["udp", "udp6"].into_iter().filter_map(open).collect();
        Self { udp, netlink: open("netlink"), buffer: Vec::new() }
    }

    /// What waits in the sockets of `pid`; its control socket is not among them.
    pub fn unread(&mut self, pid: u32, owned: &Owned) -> Unread {
        let mut unread = Unread::default();
        for file in &self.udp {
            let waiting = rows(file, &mut self.buffer).filter_map(|row| udp_unread(row, owned));
            unread.ike = waiting.fold(unread.ike, u64::saturating_add);
        }
        if let Some(file) = &self.netlink {
            let waiting = rows(file, &mut self.buffer).filter_map(|row| netlink_unread(row, pid, owned));
            unread.netlink = waiting.fold(0, u64::saturating_add);
        }
        unread
    }

    /// How IKE's own port is bound in this namespace.
    pub fn ike_port(&mut self) -> IkePort {
        let (mut whole, mut at_address) = (false, false);
        for file in &self.udp {
            for address in rows(file, &mut self.buffer).filter_map(ike_address) {
                let any = address.bytes().all(|digit| digit == b'0');
                whole |= any;
                at_address |= !any;
            }
        }
        match (at_address, whole) {
            (true, _) => IkePort::EachAddress,
            (false, true) => IkePort::Whole,
            (false, false) => IkePort::Free,
        }
    }

    /// The addresses (`nl_pid`) of all sockets in this namespace that speak to the kernel's XFRM: mostly their processes' ids.
    pub fn xfrm_speakers(&mut self) -> Vec<u32> {
        let Some(file) = &self.netlink else { return Vec::new() };
        rows(file, &mut self.buffer).filter_map(xfrm_speaker).filter(|address| *address != 0).collect()
    }
}

impl Owned {
    /// Looks through the open files of a process. They can be listed where they cannot be read (proc(5), `PTRACE_MODE_READ_FSCREDS`).
    pub fn by(pid: u32) -> Self {
        let Ok(files) = std::fs::read_dir(procfs::path(pid, "fd")) else { return Self::Hidden };
        let mut inodes = BTreeSet::new();
        for file in files.flatten() {
            match std::fs::read_link(file.path()) {
                Ok(target) => inodes.extend(socket_inode(&target)),
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Self::Hidden,
                // Closed in between.
                Err(_) => {}
            }
        }
        Self::Inodes(inodes)
    }

    fn has(&self, inode: &str) -> Option<bool> {
        match self {
            Self::Inodes(inodes) => Some(inode.parse().is_ok_and(|inode| inodes.contains(&inode))),
            Self::Hidden => None,
        }
    }
}

/// `socket:[1445]`
fn socket_inode(target: &Path) -> Option<u64> {
    target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}

/// The rows of a table without its heading.
fn rows<'a>(file: &File, buffer: &'a mut Vec<u8>) -> impl Iterator<Item = &'a str> {
    let length = read_whole(file, buffer);
    let text = buffer.get(..length).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or("");
    text.lines().skip(1)
}

/// Reads from the beginning to the end into a buffer that only grows. Returns how many bytes there were.
fn read_whole(file: &File, buffer: &mut Vec<u8>) -> usize {
    let mut length = 0;
    loop {
        if buffer.len() - length < 4096 {
            buffer.resize(buffer.len() + (8 << 10), 0);
        }
        let place = buffer.get_mut(length..).unwrap_or_default();
        match file.read_at(place, length as u64) {
            Ok(read) if read > 0 && length < MOST_BYTES => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            _ => return length,
        }
    }
}

/// `sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode …`
fn udp_unread(row: &str, owned: &Owned) -> Option<u64> {
    let mut fields = row.split_ascii_whitespace();
    let local = fields.nth(1)?;
    let (_, received) = fields.nth(2)?.split_once(':')?;
    let uid = fields.nth(2)?;
    let inode = fields.nth(1)?;
    // Anybody may bind port 4500 at an address that is free.
    let by_port = || IKE_PORTS.iter().any(|port| local.ends_with(port)) && uid.parse().is_ok_and(is_believed);
    let ours = owned.has(inode).unwrap_or_else(by_port);
    if ours { u64::from_str_radix(received, 16).ok() } else { None }
}

/// The address at which root has bound port 500, in hexadecimal digits.
fn ike_address(row: &str) -> Option<&str> {
    let mut fields = row.split_ascii_whitespace();
    let address = fields.nth(1)?.strip_suffix(IKE_PORTS[0])?;
    let uid = fields.nth(5)?;
    uid.parse().is_ok_and(is_believed).then_some(address)
}

/// `sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode`
fn netlink_unread(row: &str, pid: u32, owned: &Owned) -> Option<u64> {
    let mut fields = row.split_ascii_whitespace().skip(1);
    let protocol = fields.next()?;
    let address = fields.next()?;
    let received = fields.nth(1)?;
    let inode = fields.nth(4)?;
    // Under any other protocol anybody may take this address.
    let ours = owned.has(inode).unwrap_or_else(|| protocol == XFRM && address.parse() == Ok(pid));
    if ours { received.parse().ok() } else { None }
}

fn is_believed(uid: u32) -> bool {
    believed().contains(&uid)
}

fn xfrm_speaker(row: &str) -> Option<u32> {
    let mut fields = row.split_ascii_whitespace().skip(1);
    if fields.next()? == XFRM { fields.next()?.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use super::*;

    const UDP: &str = "  88: 0100000A:01F4 00000000:0000 07 00000000:00001400 00:00000000 00000000     0        0 30211 2 0000000000000000 0";
    const NETLINK: &str = "000000002aa2b681 6   4711   00000440 2304     0        0     2        0        30215   ";

    #[test]
    fn rows_are_read_by_inode_and_without() {
        let mine = Owned::Inodes([30_211, 30_215].into());
        let others = Owned::Inodes([1].into());
        assert_eq!(udp_unread(UDP, &mine), Some(0x1400));
        assert_eq!(udp_unread(UDP, &others), None);
        assert_eq!(udp_unread(UDP, &Owned::Hidden), Some(0x1400));
        assert_eq!(udp_unread(&UDP.replace(":01F4", ":01F5"), &Owned::Hidden), None);
        assert_eq!(udp_unread(&UDP.replace("     0        0 30211", " 65534        0 30211"), &Owned::Hidden), None);
        assert_eq!(netlink_unread(&NETLINK.replace(" 6   4711", " 0   4711"), 4711, &Owned::Hidden), None);
        assert_eq!(netlink_unread(NETLINK, 1, &mine), Some(2304));
        assert_eq!(netlink_unread(NETLINK, 4711, &others), None);
        assert_eq!(netlink_unread(NETLINK, 4711, &Owned::Hidden), Some(2304));
        assert_eq!(netlink_unread(NETLINK, 1, &Owned::Hidden), None);
        assert_eq!(xfrm_speaker(NETLINK), Some(4711));
    }

    #[test]
    fn an_address_of_ikes_port_is_read_where_it_is_roots() {
        assert_eq!(ike_address(UDP), Some("0100000A"));
        assert_eq!(ike_address(&UDP.replace("     0        0 30211", " 65534        0 30211")), None);
        assert_eq!(ike_address(&UDP.replace(":01F4", ":1194")), None);
    }

    #[test]
    fn a_torn_row_is_no_row() {
        for cut in 0..60 {
            assert_eq!(udp_unread(&UDP[..cut], &Owned::Hidden), None);
            assert_eq!(netlink_unread(&NETLINK[..cut], 4711, &Owned::Hidden), None);
        }
    }

    #[test]
    fn a_datagram_that_waits_is_seen_until_it_is_read() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let mut tables = Tables::open();
        let pid = std::process::id();
        let inode = rustix::fs::fstat(&socket).unwrap().st_ino;
        assert!(matches!(Owned::by(pid), Owned::Inodes(inodes) if inodes.contains(&inode)));
        let owned = Owned::Inodes([inode].into());
        socket.send_to(b"anybody there?", socket.local_addr().unwrap()).unwrap();
        assert!(tables.unread(pid, &owned).ike > 0);
        socket.recv(&mut [0; 64]).unwrap();
        assert_eq!(tables.unread(pid, &owned).ike, 0);
    }
}
