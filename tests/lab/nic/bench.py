"""What the NIC's self-test works with: two namespaces, a tunnel between them made by hand, traffic through it."""

import contextlib
import itertools
import os
import socket

from library.commands import run
from library.network import Network
from library.traffic import transfer
from library.xfrm import FORWARD, IN, NETLINK_XFRM, OUT, TRANSPORT, TUNNEL, State, Xfrm, inside

OUTER = {4: {"a": "10.9.0.1", "b": "10.9.0.2"}, 6: {"a": "2001:db8:9::1", "b": "2001:db8:9::2"}}
INNER = {4: {"a": "10.20.0.1", "b": "10.30.0.1"}, 6: {"a": "2001:db8:20::1", "b": "2001:db8:30::1"}}
FULL = {4: 32, 6: 128}
ROUTES = {4: {"a": "10.30.0.0/24", "b": "10.20.0.0/24"}, 6: {"a": "2001:db8:30::/64", "b": "2001:db8:20::/64"}}
OTHER = {"a": "b", "b": "a"}


class Failed(Exception):
    """The NIC did not do what it should."""


def require(holds, text):
    if not holds:
        raise Failed(text)


class Bench:
    """Network, and an Xfrm for each end. `up` makes a tunnel between them, `modes` says who does the work at which end."""

    def __init__(self):
        self.spis, self.reqids = itertools.count(0x1000), itertools.count(1)
        self.states, self.modes, self.inner, self.outer = {}, {}, {}, {}
        self.network = Network("nic")
        self.reload(load=False)

    def reload(self, load=True):
        """Addresses and routes of both ends; where the module has been unloaded, it is loaded again."""
        if load:
            self.network.reload_nics()
        self.device, self.nic = self.network.device, self.network.nic
        for end in "ab":
            if not load:
                for family in (4, 6):
                    self.network.ip(end, "addr", "add", f"{INNER[family][end]}/{FULL[family]}", "dev", "lo")
            self.restore(end)
        self.xfrm = {end: Xfrm(end, self.device) for end in "ab"}

    def restore(self, end):
        """What a link loses when it is set down."""
        ip = self.network.ip
        ip(end, "addr", "replace", f"{OUTER[6][end]}/64", "dev", self.device, "nodad")
        for family in (4, 6):
            ip(end, f"-{family}", "route", "replace", ROUTES[family][end], "via", OUTER[family][OTHER[end]],
               "dev", self.device, "src", INNER[family][end])
            # What packet mode sends from here is a plain packet on the link to the kernel: it wants the inner address' neighbour.
            ip(end, "neigh", "replace", INNER[family][OTHER[end]], "lladdr", self.address(OTHER[end]), "dev", self.device)

    def address(self, end):
        """The link address of a NIC."""
        return self.network.ip(end, "-o", "link", "show", self.device).split("link/ether ")[1].split()[0]

    def close(self):
        for one in self.xfrm.values():
            one.close()
        self.network.remove()

    @contextlib.contextmanager
    def host_behind_a(self):
        """A namespace with 10.20.0.9 whose gateway is a."""
        run("ip", "netns", "add", "host")
        try:
            run("ip", "-n", "a", "link", "add", "inside", "type", "veth", "peer", "name", "eth0", "netns", "host")
            run("ip", "-n", "a", "addr", "add", "10.20.0.254/24", "dev", "inside")
            run("ip", "-n", "a", "link", "set", "inside", "up")
            run("ip", "-n", "host", "addr", "add", "10.20.0.9/24", "dev", "eth0")
            run("ip", "-n", "host", "link", "set", "eth0", "up")
            run("ip", "-n", "host", "route", "add", "default", "via", "10.20.0.254")
            run("sysctl", "-qw", "net.ipv4.ip_forward=1", namespace="a")
            # What b answers in packet mode is not for b's own neighbours: see above.
            self.network.ip("b", "neigh", "add", "10.20.0.9", "lladdr", self.address("a"), "dev", self.device)
            yield "host"
        finally:
            run("ip", "netns", "del", "host")

    # --- tunnels

    def _pair(self, key_bits, **options):
        """The two SAs, by the end that sends: a state for each end that has it."""
        made = {}
        for sender in "ab":
            spi, key = next(self.spis), os.urandom(key_bits // 8 + 4)
            made[sender] = {end: State(self.outer[sender], self.outer[OTHER[sender]], spi, self.reqid, key,
                                       "out" if end == sender else "in", offload=self.modes[end], **options) for end in "ab"}
        return made

    def up(self, modes, family=4, mode=TRANSPORT, inner=None, bits=128, nets=None, **options):
        """A tunnel with everything between the two hosts, or between `nets`. `modes`: None, "crypto" or "packet" for each end."""
        self.down()
        self.modes, self.outer = modes, OUTER[family]
        self.inner = INNER[inner or family] if mode == TUNNEL else OUTER[family]
        length = FULL[(inner or family) if mode == TUNNEL else family]
        nets = nets or {end: f"{self.inner[end]}/{length}" for end in "ab"}
        self.reqid, self.options = next(self.reqids), {"mode": mode, **options}
        self.states = self._pair(bits, **self.options)
        for end in "ab":
            here, there = nets[end], nets[OTHER[end]]
            packet = modes[end] == "packet"
            for sender in "ba":
                self.xfrm[end].add(self.states[sender][end])
            self.xfrm[end].policy(IN, there, here, self.states[OTHER[end]][end], packet)
            self.xfrm[end].policy(OUT, here, there, self.states[end][end], packet)
            if mode == TUNNEL:
                self.xfrm[end].policy(FORWARD, there, here, self.states[OTHER[end]][end])

    def rekey(self):
        """Both SAs replaced, the new ones in place before the old ones go."""
        old, self.states = self.states, self._pair(128, **self.options)
        for end in "ab":
            self.xfrm[end].add(self.states[OTHER[end]][end])
        for end in "ab":
            self.xfrm[end].add(self.states[end][end])
        for end in "ab":
            for sender in "ab":
                self.xfrm[end].delete(old[sender][end])

    def listen_for_acquire(self, end):
        """A socket that gets the ACQUIREs of an end, as a daemon's does."""
        listener = inside(end, lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_XFRM))
        listener.bind((0, 1))
        return listener

    def down(self):
        """No SA and no policy is left at either end."""
        for one in self.xfrm.values():
            one.flush()

    # --- what was counted

    def told(self, sender, end):
        """What the kernel at `end` says of the SA that `sender` sends on."""
        return self.xfrm[end].get(self.states[sender][end])

    def wire(self, sender, end):
        """How many packets of `sender` passed at `end`, by its SA."""
        told = self.told(sender, end)
        return told["oseq"] if end == sender and self.modes[end] != "packet" else told["packets"]

    def held(self, sender, end):
        """What the NIC at `end` says of that SA; None where it does not hold it."""
        found = self.nic[end].held(spi=f"0x{self.states[sender][end].spi:08x}")
        return found[0] if found else None

    def look_around(self):
        """All that counts something, for the report of a check that fails."""
        lines = []
        for end in "ab":
            counts = {name: value for name, value in self.nic[end].counts().items() if value}
            errors = [" ".join(line.split()) for line in run("cat", "/proc/net/xfrm_stat", namespace=end).splitlines()
                      if not line.endswith("\t0") and line.split()[1] != "0"]
            lines += [f"{end}: {counts}", f"{end}: {errors}", *(f"{end}: {one}" for one in self.nic[end].held())]
            lines += [f"{end}: {line}" for line in run("ip", "-s", "neigh", namespace=end).splitlines()]
        return lines

    # --- traffic

    def ping(self, count=3, size=56, wait=2, namespace="a", source=None):
        """How many of a's pings b answers."""
        answer = run("ping", "-n", "-q", "-c", count, "-i", "0.05", "-W", wait, "-s", size, "-I", source or self.inner["a"],
                     self.inner["b"], namespace=namespace, check=False)
        return int(answer.split(" received")[0].split()[-1]) if " received" in answer else 0

    def transfer(self, size, sender="a", seconds=60):
        """Send so many bytes by TCP and compare them at the other end."""
        receiver = OTHER[sender]
        transfer((sender, self.inner[sender]), (receiver, self.inner[receiver]), size, seconds)
