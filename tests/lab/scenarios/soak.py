"""Hours of ordinary life between two gateways, one of libreswan 4.10 and one of 5.2, in which nothing is wrong: nothing may be found."""

import random
import socket
import time

from library import wire
from library.commands import in_namespace, run
from library.follower import Follower
from library.gateway import SECRET, connection
from library.libreswan5 import Gateway5
from library.scenario import scenario
from library.xfrm import inside

# How many hours of the VM's time, as `tests/lab/soak` asks.
HOURS = "/run/results/hours"
# Rekeyed after 80 to 140 of 180 seconds, as with the defaults after 7 h 12 min to 7 h 51 min of eight hours.
SCALED = {"salifetime": "180s", "rekeymargin": "40s", "rekeyfuzz": "150%"}
ROAD_WARRIORS = ("10.9.0.11", "10.9.0.12")


def subnets(local, number, remote=None):
    """The two ends' subnets of a tunnel with this number, seen from `local`."""
    own, other = (1, 2) if local == "a" else (2, 1)
    return {"type": "tunnel", "nic-offload": "no", "leftsubnet": f"10.{own}.{number}.0/24", "rightsubnet": f"10.{other}.{remote or number}.0/24"}


def connections(local):
    """What stands between the gateways, as one of them has it in its ipsec.conf."""
    v2, v1 = {"auto": "start"}, {"auto": "start", "ikev2": "no", "esp": "aes_gcm128-null", "ike": "aes256-sha2_512-dh14"}
    dpd = {"dpddelay": "20", **({"dpdtimeout": "60", "dpdaction": "restart"} if local == "a" else {})}
    lasts = 1
    if local == "b":  # one end begins and renews, the other waits
        v2, v1, lasts = {"auto": "add"}, {**v1, "auto": "add"}, 6
    reauth = {"leftid": f"@{local}-reauth", "rightid": f"@{'b' if local == 'a' else 'a'}-reauth", "reauth": "yes", "ikelifetime": f"{600 * lasts}s"}
    return "".join((
        connection("site", local, **subnets(local, 1), **v2, **SCALED, **dpd, ikelifetime=f"{1500 * lasts}s"),
        connection("branch", local, **subnets(local, 2), **v1, **dpd, salifetime="3600s"),
        connection("old", local, **subnets(local, 3), **v1, **SCALED, ikelifetime=f"{900 * lasts}s"),
        connection("syslog", local, **subnets(local, 4), **v2, **SCALED),
        connection("renewed", local, **subnets(local, 5), **v2, **SCALED, **reauth),
        connection("seldom", local, **subnets(local, 6), **{**v2, "auto": "ondemand" if local == "a" else "add"}),
        connection("hosts", local, nic_offload="no", **v2, **SCALED, leftprotoport="tcp", rightprotoport="tcp"),
    ))


def template():
    """At a: whoever knows the secret may come."""
    return connection("road", "a", right="%any", rightid=None, nic_offload="no", type="tunnel", leftsubnet="10.1.7.0/24", **SCALED)


def road_warriors():
    """At b, which is all of them: each has an address of its own."""
    return "".join(
        connection(f"road{number}", "b", left=address, leftid=f"@road{number}", nic_offload="no", type="tunnel", rightsubnet="10.1.7.0/24", **SCALED)
        for number, address in enumerate(ROAD_WARRIORS))


def gateway(lab, end, text, **options):
    one = lab.gateway(end, text, start=False, setup="\tikev1-policy=accept\n", **options)
    with open(f"{one.directory}/ipsec.secrets", "w", encoding="ascii") as file:
        file.write(f': PSK "{SECRET}"\n')
    return one.start()


def in_memory(lab):
    """Moves libreswan 5 into the VM's memory.

    While a file of the machine outside is read the VM has nothing to do, and its time jumps: no command would end in time.
    """
    copy = "/run/lab/libreswan-5"
    run("cp", "-a", Gateway5.root(), copy, timeout=None)
    run("mount", "--bind", copy, Gateway5.root())
    lab.at_end(lambda: run("umount", "--recursive", Gateway5.root()))


def addresses(lab):
    """A host in each subnet, and the road warriors'."""
    for end, own in (("a", 1), ("b", 2)):
        for number in range(1, 8):
            lab.network.ip(end, "addr", "add", f"10.{own}.{number}.1/32", "dev", "lo")
    for address in ROAD_WARRIORS:
        lab.network.ip("b", "addr", "add", f"{address}/24", "dev", lab.network.device)
    routes(lab)


def routes(lab):
    """What pluto's script would set, were it not left out."""
    for end, other, peer in (("a", 2, "10.9.0.2"), ("b", 1, "10.9.0.1")):
        lab.network.ip(end, "route", "replace", f"10.{other}.0.0/16", "via", peer)


def ping(lab, end, number, interval):
    own, other = (1, 2) if end == "a" else (2, 1)
    argv = ["ping", "-n", "-q", "-i", str(interval), "-I", f"10.{own}.{number}.1", f"10.{other}.{number}.1"]
    return lab.keep(Follower(in_namespace(lab.network.namespace[end], argv)))


LOG = """
import socket, sys, time
log = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
log.bind((sys.argv[1], 0))
while True:
    try:
        log.sendto(bytes(120), (sys.argv[2], 514))
    except OSError:  # while the cable is out
        pass
    time.sleep(float(sys.argv[3]))
"""


def one_way(lab):
    """b's log goes to a, and nothing comes back, for hours."""
    wire.take_udp(lab, "a", "10.1.4.1", 514)
    lab.keep(Follower(in_namespace(lab.network.namespace["b"], ["python3", "-c", LOG, "10.2.4.1", "10.1.4.1", "2"])))


def stray(lab):
    """Two packets of ESP that nobody asked for, as any host gets them now and then."""
    out = inside(lab.network.namespace["b"], lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 50))
    with out:
        for number in range(2):
            out.sendto((0xDEADBEEF).to_bytes(4, "big") + number.to_bytes(4, "big") + bytes(64), ("10.9.0.1", 0))


def flap(lab, end):
    """A cable is pulled and put back."""
    lab.network.ip(end, "link", "set", lab.network.device, "down")
    lab.quiet(3)
    lab.network.ip(end, "link", "set", lab.network.device, "up")
    routes(lab)


def now_and_then(lab, a, b, chance):
    """One of the things that happen on every day."""
    what = chance.choice(("road", "road", "road", "seldom", "seldom", "burst", "burst", "order", "stray", "flap", "rekey", "look"))
    lab.note(what)
    if what == "road":
        name = chance.choice(("road0", "road1"))
        up = f'"{name}"' in b.whack("--trafficstatus")
        b.whack("--terminate" if up else "--initiate", "--asynchronous", "--name", name)
        if not up:
            lab.quiet(5)
            address = ROAD_WARRIORS[int(name[-1])]
            run("ping", "-n", "-q", "-c", "30", "-i", "0.5", "-I", address, "10.1.7.1", namespace="b", check=False)
    elif what == "seldom":
        run("ping", "-n", "-q", "-c", "20", "-i", "0.5", "-I", "10.1.6.1", "10.2.6.1", namespace="a", check=False)
        lab.quiet(chance.randrange(10, 60))
        b.whack("--terminate", "--name", "seldom")
    elif what == "burst":
        number = chance.choice((1, 2, 3, 5))
        run("ping", "-n", "-q", "-c", "300", "-i", "0.01", "-s", "1300", "-I", f"10.1.{number}.1", f"10.2.{number}.1", namespace="a", check=False)
    elif what == "order":
        a.whack("--terminate", "--name", "hosts")
        lab.quiet(chance.randrange(10, 90))
        a.whack("--initiate", "--asynchronous", "--name", "hosts")
    elif what == "stray":
        stray(lab)
    elif what == "flap":
        flap(lab, chance.choice("ab"))
    elif what == "rekey":
        chance.choice((a, b)).whack("--initiate", "--asynchronous", "--name", chance.choice(("site", "old")))
    else:
        a.whack("--trafficstatus")


@scenario(longest=14 * 24 * 3600, by_name=True)
def soak(lab):
    """Ordinary life of two gateways for hours: IKEv1, IKEv2, rekeys, road warriors, on-demand, one-way traffic, a cable out and in."""
    lab.connect("veth")
    in_memory(lab)
    addresses(lab)
    b = gateway(lab, "b", connections("b") + road_warriors(), kind=Gateway5)
    a = gateway(lab, "a", connections("a") + template())
    a.route("seldom")
    lab.watch("a")
    # b only sends there.
    only_sends = "connections: { syslog: { one_way: true } }\n"
    lab.watch("b", configuration=b.watch_configuration() + only_sends, prefix=b.watch_prefix)
    lab.quiet(60)
    for number in (1, 2, 3):
        ping(lab, "a", number, 4)
    ping(lab, "b", 5, 3)
    one_way(lab)
    with open(HOURS, encoding="ascii") as file:
        end = time.monotonic() + float(file.read()) * 3600
    chance = random.Random(16)
    while time.monotonic() < end:
        now_and_then(lab, a, b, chance)
        lab.quiet(chance.randrange(20, 120))
