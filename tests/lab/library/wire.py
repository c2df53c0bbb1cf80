"""Traffic through a tunnel, and what becomes of its ESP on the way out of one end."""

import socket

from .commands import in_namespace, run
from .follower import Follower

UDP_PROTOCOL, ESP_PROTOCOL = 17, 50

# Copies what comes to nowhere, and what is asked for from nowhere: TCP that fills packets of the largest size.
TCP = """
import socket, sys
if sys.argv[1] == "take":
    server = socket.create_server((sys.argv[2], 5001))
    print("ready", flush=True)
    while True:
        taken = server.accept()[0]
        count = sum(iter(lambda: len(taken.recv(1 << 20)), 0))
        print("took", count, flush=True)
else:
    to = socket.create_connection((sys.argv[2], 5001), timeout=50)
    for _ in range(int(sys.argv[3])):
        to.sendall(bytes(1 << 20))
"""


def ping(lab, end, interval=0.05, size=56):
    """Ping the peer until the scenario ends, 20 times a second."""
    peer = lab.network.address["b" if end == "a" else "a"]
    argv = ["ping", "-n", "-i", str(interval), "-s", str(size), peer]
    return lab.keep(Follower(in_namespace(lab.network.namespace[end], argv)))


def take_tcp(lab, end):
    """Take TCP at one end until the scenario ends."""
    argv = ["python3", "-c", TCP, "take", lab.network.address[end]]
    follower = lab.keep(Follower(in_namespace(lab.network.namespace[end], argv)))
    follower.wait_for("ready", 30)
    return follower


def give_tcp(lab, end, megabytes):
    """Send so much to the other end."""
    peer = lab.network.address["b" if end == "a" else "a"]
    run("python3", "-c", TCP, "give", peer, str(megabytes), namespace=lab.network.namespace[end])


def _tc(lab, end, *arguments):
    run("tc", *arguments, namespace=lab.network.namespace[end])


def drop(lab, end, protocol):
    """From here on nothing of this IP protocol leaves this end. Returns what lets it out again."""
    device = lab.network.device
    _tc(lab, end, "qdisc", "add", "dev", device, "clsact")
    _tc(lab, end, "filter", "add", "dev", device, "egress", "protocol", "ip", "u32", "match", "ip", "protocol", str(protocol), "0xff",
        "action", "drop")
    return lambda: _tc(lab, end, "qdisc", "del", "dev", device, "clsact")


def drop_esp(lab, end):
    """From here on no ESP leaves this end. IKE does. Returns what lets it out again."""
    return drop(lab, end, ESP_PROTOCOL)


# Without a device that takes it, the kernel encrypts behind the sender's queueing discipline: netem there would change what is in clear,
# and nobody would notice. What is to be found damaged is damaged where it arrives; the sequence number stands 24 bytes into the packet.


def corrupt_esp(lab, end, every=1):
    """From here on every packet of the ESP that arrives at this end, or every second, has a changed byte. `end` sees it, its peer does not."""
    device = lab.network.device
    which = ["match", "u8", "0x01", "0x01", "at", "27"] if every == 2 else []
    _tc(lab, end, "qdisc", "add", "dev", device, "clsact")
    _tc(lab, end, "filter", "add", "dev", device, "ingress", "protocol", "ip", "u32", "match", "ip", "protocol", "50", "0xff",
        *which, "action", "pedit", "munge", "offset", "48", "u8", "invert")


def duplicate_esp(lab, end):
    """From here on the ESP that leaves this end leaves twice, under the same sequence number."""
    device = lab.network.device
    _tc(lab, end, "qdisc", "add", "dev", device, "root", "handle", "1:", "prio", "bands", "4")
    _tc(lab, end, "qdisc", "add", "dev", device, "parent", "1:4", "handle", "40:", "netem", "duplicate", "100%")
    _tc(lab, end, "filter", "add", "dev", device, "parent", "1:", "protocol", "ip", "u32", "match", "ip", "protocol", "50", "0xff",
        "flowid", "1:4")


UDP = """
import socket, sys, time
out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
while True:
    for _ in range(int(sys.argv[3])):
        try:
            out.sendto(bytes(200), (sys.argv[1], int(sys.argv[2])))
        except OSError:  # refused by the peer's host, or not let out by this one
            pass
    time.sleep(0.1)
"""


TAKE_UDP = """
import socket, sys
taken = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
taken.bind((sys.argv[1], int(sys.argv[2])))
print("ready", flush=True)
while True:
    taken.recv(2048)
"""


def take_udp(lab, end, address=None, port=9):
    """Take what `send_udp` or another sends to the end's address, or to `address`, without an answer, until the scenario ends."""
    argv = ["python3", "-c", TAKE_UDP, address or lab.network.address[end], str(port)]
    follower = lab.keep(Follower(in_namespace(lab.network.namespace[end], argv)))
    follower.wait_for("ready", 30)
    return follower


def send_udp(lab, end, to=None, port=9, burst=20):
    """Send the peer, or `to`, 200 datagrams a second (ten bursts), or what the lab can of it, until the scenario ends; who is not there to take them
    has errors sent back."""
    to = to or lab.network.address["b" if end == "a" else "a"]
    return lab.keep(Follower(in_namespace(lab.network.namespace[end], ["python3", "-c", UDP, to, str(port), str(burst)])))


FORGE = """
import socket, struct, sys, time
out = socket.socket(socket.AF_INET, socket.SOCK_RAW, 50)
out.bind((sys.argv[1], 0))
number = 0
while True:
    number += 1
    out.sendto(struct.pack("!II", int(sys.argv[3], 16), number) + bytes(64), (sys.argv[2], 0))
    time.sleep(0.02)
"""


def forge_esp(lab, source, target, spi="0xdeadbeef"):
    """ESP with an SPI that nobody has, or with this one, from `source` to `target`, 50 packets a second until the scenario ends."""
    argv = ["python3", "-c", FORGE, source, target, spi]
    return lab.keep(Follower(in_namespace(lab.network.namespace["b"], argv)))


FORGE_ON = """
import os, socket, struct, sys, time
device, target, hardware, source, spi = sys.argv[1], *map(bytes.fromhex, sys.argv[2:5]), int(sys.argv[5], 16)
wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
wire.bind((device, 3))
print("ready", flush=True)

def is_of_it(packet):
    return packet[9] == 50 and packet[12:20] == source + target and struct.unpack_from("!I", packet, 20)[0] == spi

real = b""
while not (len(real) > 28 and is_of_it(real)):
    real = wire.recv(2048)
print("caught", flush=True)
number = struct.unpack_from("!I", real, 24)[0] + 1000
while True:
    number += 1
    # One that the window has room for and that nobody signed, and one that was signed and is old.
    for packet in (real[:24] + struct.pack("!I", number) + os.urandom(len(real) - 28), real):
        wire.sendto(packet, (device, 0x0800, 0, 0, hardware))
    time.sleep(0.04)
"""


def forge_esp_on(lab, source, target, spi):
    """From the first ESP on that b, in software, sends on this SA of a's until the scenario ends: it is repeated, and forged with broken ICVs."""
    device = lab.network.device
    show = run("cat", f"/sys/class/net/{device}/address", namespace=lab.network.namespace["a"]).strip()
    number = lambda address: socket.inet_aton(address).hex()  # noqa: E731: one line is enough
    argv = ["python3", "-c", FORGE_ON, device, number(target), show.replace(":", ""), number(source), spi]
    follower = lab.keep(Follower(in_namespace(lab.network.namespace["b"], argv)))
    follower.wait_for("ready", 30)
    return follower


FORGE_IKE = """
import os, socket, struct, sys, time
out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
out.bind((sys.argv[1], 500))
while True:
    # RFC 7296, 3.1: an IKE_SA_INIT request whose one payload, a nonce, is not enough to answer it.
    payload = struct.pack("!BBH", 0, 0, 36) + os.urandom(32)
    header = os.urandom(8) + bytes(8) + struct.pack("!BBBBII", 40, 0x20, 34, 0x08, 0, 28 + len(payload))
    out.sendto(header + payload, (sys.argv[2], 500))
    time.sleep(0.1)
"""


def forge_ike(lab, source, target):
    """The beginning of an IKE SA ten times a second, from an address that pluto at b does not use, until the scenario ends."""
    argv = ["python3", "-c", FORGE_IKE, source, target]
    return lab.keep(Follower(in_namespace(lab.network.namespace["b"], argv)))
