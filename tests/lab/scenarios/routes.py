"""Where packet mode's traffic leaves: the NIC encrypts what comes to it, and the kernel's routes decide what does."""

import os
import select
import socket
import threading

from library.commands import run
from library.kernel import keeps_packet_mode_in
from library.lab import boot_time
from library.scenario import scenario
from library.xfrm import IN, OUT, TRANSPORT, TUNNEL, State, Xfrm, inside

OTHER = "other0"
BY = {"a": "10.77.0.1", "b": "10.77.0.2"}
INNER = {"a": "10.20.0.1", "b": "10.30.0.1"}
PEER = {"a": "b", "b": "a"}
ETH_P_ALL, ETH_P_IP, ICMP, ESP = 3, b"\x08\x00", 1, 50


class Capture:
    """The IPv4 packets that come in at a device: (microseconds since boot, protocol, source, destination)."""

    def __init__(self, namespace, device):
        def listen():
            opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
            opened.bind((device, 0))
            return opened
        self.socket, self.packets = inside(namespace, listen), []
        self.end, self.thread = os.pipe(), threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        while True:
            ready, _, _ = select.select([self.socket, self.end[0]], [], [])
            if self.end[0] in ready:
                return
            packet, address = self.socket.recvfrom(2048)
            if packet[12:14] == ETH_P_IP and address[2] != socket.PACKET_OUTGOING:
                ends = socket.inet_ntoa(packet[26:30]), socket.inet_ntoa(packet[30:34])
                self.packets.append((boot_time(), packet[23], *ends))

    def stop(self):
        os.write(self.end[1], b".")
        self.thread.join()
        self.socket.close()


def second_link(lab):
    """Another way from a to b, which encrypts nothing; gives what comes in there at b."""
    run("ip", "link", "add", OTHER, "netns", "a", "type", "veth", "peer", "name", OTHER, "netns", "b")
    for end, address in BY.items():
        lab.network.ip(end, "addr", "add", f"{address}/24", "dev", OTHER)
        lab.network.ip(end, "link", "set", OTHER, "up")
    return lab.keep(Capture("b", OTHER))


def protect(lab, mode):
    """A pair of SAs in packet mode between a and b, with their policies; gives the addresses that they protect."""
    outer, ends = lab.network.address, INNER if mode == TUNNEL else lab.network.address
    keys = {end: os.urandom(20) for end in "ab"}
    for end in "ab":
        xfrm = Xfrm(end, lab.network.device)
        lab.at_end(xfrm.close)
        pair = {sender: State(outer[sender], outer[PEER[sender]], 0x1000 + number, 1, keys[sender],
                              "out" if sender == end else "in", mode=mode, offload="packet")
                for number, sender in enumerate("ab")}
        for state in pair.values():
            xfrm.add(state)
        here, there = f"{ends[end]}/32", f"{ends[PEER[end]]}/32"
        xfrm.policy(IN, there, here, pair[PEER[end]], offload=True)
        xfrm.policy(OUT, here, there, pair[end], offload=True)
    return ends


def ping(ends):
    """Three packets from a to b."""
    return run("ping", "-n", "-q", "-c", 3, "-i", "0.2", "-W", 1, "-I", ends["a"], ends["b"], namespace="a", check=False)


def in_clear(capture, ends):
    """What came in of a's pings as it was sent."""
    return [one for one in capture.packets if one[1:] == (ICMP, ends["a"], ends["b"])]


def out_errors():
    """What a dropped on its way out because something was wrong with it (XfrmOutError)."""
    counters = run("cat", "/proc/net/xfrm_stat", namespace="a")
    return int(next(line.split()[1] for line in counters.splitlines() if line.split()[0] == "XfrmOutError"))


def moved(lab, capture, ends, to):
    """The route to `to` moves: the finding comes before the first packet, and says what becomes of them; it moves back, and all is well."""
    lab.require("3 received" in ping(ends), "pings are lost while all is well")
    lab.require(not in_clear(capture, ends), "something went the other way while all was well")
    route = (f"{to}/32", "via", BY["b"], "dev", OTHER)
    lab.fault(f"the route to {to} moves to {OTHER}")
    lab.network.ip("a", "route", "add", *route)
    scope = f"{lab.network.address['a']}-{lab.network.address['b']}"
    drops = keeps_packet_mode_in()
    code, becomes = ("route-blackhole", "is dropped: its route") if drops else ("clear-text-route", "leaves unencrypted: its route")
    found = lab.expect("a", code, 1, r'"routes-changed"', reason="other-device", device=lab.network.device,
                       says=(becomes, rf"goes by {OTHER}", rf"by {OTHER} via {BY['b']}"))
    lab.require(found["id"] == f"{code}:{scope}", f"its id is {found['id']}")
    lab.require(not capture.packets or not in_clear(capture, ends), "a clear packet came before the finding")
    before = out_errors()
    ping(ends)
    clear, dropped = in_clear(capture, ends), out_errors() - before
    encrypted = [one for one in capture.packets if one[1] == ESP]
    lab.require(bool(clear) != drops and not encrypted and bool(dropped) == drops, f"at {OTHER} came {capture.packets}, {dropped} were dropped")
    if clear:
        lab.report.append(f"  the first clear packet came {(clear[0][0] - found['at']) / 1e6:.3f} s after the finding")
    else:
        lab.report.append(f"  nothing came at {OTHER}, {dropped} packets were dropped")
    lab.network.ip("a", "route", "del", *route)
    lab.expect_closed("a", code, 1)
    capture.packets.clear()
    lab.require("3 received" in ping(ends), "pings are lost after the route is back")
    lab.require(not in_clear(capture, ends), "something goes the other way though the route is back")


@scenario
def route_of_packet_mode_moves(lab):
    """Packet mode, transport: the route of what is protected moves to another device, and the NIC never sees it."""
    lab.connect("nic")
    capture = second_link(lab)
    ends = protect(lab, TRANSPORT)
    lab.watch("a", configuration=None)
    moved(lab, capture, ends, ends["b"])
    lab.quiet(3)


@scenario
def route_of_packet_mode_tunnel_moves(lab):
    """Packet mode, tunnel: the route between the gateways decides, the one of the inner addresses does not."""
    lab.connect("nic")
    capture = second_link(lab)
    for end in "ab":
        lab.network.ip(end, "addr", "add", f"{INNER[end]}/32", "dev", "lo")
    for end in "ab":
        other = PEER[end]
        lab.network.ip(end, "route", "add", f"{INNER[other]}/32", "via", lab.network.address[other], "dev", lab.network.device,
                       "src", INNER[end])
        # What packet mode sends from here is a plain packet to the kernel: it wants the inner address' neighbour.
        link = lab.network.ip(other, "-o", "link", "show", lab.network.device).split("link/ether ")[1].split()[0]
        lab.network.ip(end, "neigh", "add", INNER[other], "lladdr", link, "dev", lab.network.device)
    ends = protect(lab, TUNNEL)
    lab.watch("a", configuration=None)
    moved(lab, capture, ends, lab.network.address["b"])
    inner = (f"{INNER['b']}/32", "via", BY["b"], "dev", OTHER, "src", INNER["a"])
    lab.network.ip("a", "route", "replace", *inner)
    lab.require("3 received" in ping(ends), "the NIC does not get what the inner route sends elsewhere")
    lab.require(not in_clear(capture, ends), "the inner route decided")
    lab.quiet(5)


@scenario
def route_of_crypto_mode_moves(lab):
    """Crypto mode: the route moves, the kernel encrypts by itself, and nothing is to be told."""
    lab.connect("nic")
    capture = second_link(lab)
    outer = lab.network.address
    xfrm = Xfrm("a", lab.network.device)
    lab.at_end(xfrm.close)
    state = State(outer["a"], outer["b"], 0x1000, 1, os.urandom(20), "out", mode=TRANSPORT, offload="crypto")
    xfrm.add(state)
    xfrm.policy(OUT, f"{outer['a']}/32", f"{outer['b']}/32", state)
    lab.watch("a", configuration=None)
    lab.network.ip("a", "route", "add", f"{outer['b']}/32", "via", BY["b"], "dev", OTHER)
    ping(outer)
    lab.require(not in_clear(capture, outer), "a packet came in clear")
    lab.require([one for one in capture.packets if one[1] == ESP], f"no ESP came: {capture.packets}")
    lab.quiet(3)
