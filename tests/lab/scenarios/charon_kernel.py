"""What the kernel and the NIC do to strongSwan's SAs: refused, without room, taken away; and what charon does of it."""

from library.commands import run
from library.gateway import connection
from library.scenario import scenario

from .device import three
from .missing import GONE
from .rekey import remedies, watch

REFUSED = r"unable to add SAD entry"
# What the NIC has room for, in pairs, and one.
PAIRS = range(1, 18)


def ports(number):
    return {"leftprotoport": f"tcp/{4000 + number}", "rightprotoport": f"tcp/{4000 + number}"}


def refused(lab):
    """ESN, which the NIC has not: t1 is refused by a's kernel, t2 by b's, whose log names no connection; the IKE SA outlives both."""
    lab.connect()
    for end, offloads in (("b", ("no", "yes")), ("a", ("yes", "no"))):
        lab.gateway(end, "".join(connection(f"t{number}", end, esn="either", nic_offload=word, **ports(number))
                                 for number, word in enumerate(offloads, 1)))
        lab.watch(end)
    a = lab.gateways["a"]
    lab.fault("t1 is brought up at a, whose kernel refuses")
    a.initiate("t1")
    lab.expect("a", "offload-rejected", 1, REFUSED, reason="esn-unsupported", connection="t1", says=["-noesn"])
    lab.quiet(5)
    lab.note("t2 is brought up at a, and b's kernel refuses")
    a.initiate("t2")
    for direction in ("in", "out"):
        lab.expect("b", "offload-rejected", 5, reason="esn-unsupported", direction=direction, device="nsim0", says=["-noesn"])
    lab.expect("a", "tunnel-down", 2, "NO_PROPOSAL_CHOSEN", reason="peer-refused", connection="t2", says=["NO_PROPOSAL_CHOSEN"])
    lab.quiet(8)
    lab.require(a.sas()["gw"]["state"] == "ESTABLISHED", f"the IKE SA is gone: {a.sas()}")


@scenario(daemon="charon")
def charon_refused(lab):
    """esn-noesn with offload at one end, then at the other: each is told where it happens, and the other end knows that its peer refused."""
    refused(lab)


@scenario(daemon="charon-6", by_name=True)
def charon_6_refused(lab):
    """The same with strongSwan 6.0.1, whose log has the kernel's own words."""
    refused(lab)


@scenario(daemon="charon")
def charon_full_nic(lab):
    """The 17th tunnel finds no room on the NIC: the other 16 live on; but none of them can be rekeyed."""
    lab.connect()
    lab.gateway("b", "".join(connection(f"n{number}", "b", nic_offload="no", **ports(number)) for number in PAIRS))
    a = lab.gateway("a", "".join(connection(f"n{number}", "a", **ports(number)) for number in PAIRS))
    watcher = lab.watch("a")
    for number in PAIRS[:-1]:
        a.up(f"n{number}")
    lab.quiet(5)
    lab.fault("one tunnel more than the NIC has room for")
    a.initiate(f"n{PAIRS[-1]}")
    lab.expect("a", "offload-capacity", 1, r"No space left on device", reason="capacity", device="nsim0", says=[r"\b3[234] SAs"])
    lab.quiet(5)
    up = watcher.status()["summary"]["tunnels"]["up"]
    lab.require(up == len(PAIRS) - 1, f"{up} tunnels are up")
    lab.note("a rekey needs room for a second pair")
    since = a.log.mark()
    a.vici("rekey", child="n1", ike="gw")
    a.log.wait_for("CHILD_SA rekeying failed, trying again", 60, since)
    lab.expect_change("a", "offload-capacity", lambda data: "gw/n1" in str(data["affected"]) or data["times"] > 1, 10)
    lab.quiet(5)
    up = watcher.status()["summary"]["tunnels"]["up"]
    lab.require(up == len(PAIRS) - 1, f"{up} tunnels are up after the rekey that failed")


@scenario(daemon="charon")
def charon_healed_by_rekey(lab):
    """What goes with the link charon does not heal by itself, not even at the next packet: swanwatch has it rekey all three connections."""
    lab.connect()
    lab.gateway("b", three("b"))
    a = lab.gateway("a", three("a"))
    watch(lab, "a")
    for name in ("t1", "t2", "t3"):
        a.up(name)
    lab.quiet(3)
    lab.fault("the link goes down, and up again")
    run("ip", "link", "set", "nsim0", "down", namespace="a")
    finding = lab.expect("a", "offload-lost", 2, r'"link":\{[^}]*"name":"nsim0"[^}]*"up":false', device="nsim0")
    lab.require(finding["affected"]["connections"] == 3, f"3 connections, not {finding['affected']}")
    run("ip", "link", "set", "nsim0", "up", namespace="a")
    lab.expect_closed("a", "offload-lost", 60)
    lab.require(len({one["spi"] for one in a.states()}) >= 6, f"the SAs of a: {a.states()}")
    said = [one["text"] for one in remedies(lab, "a")]
    lab.require(any("gw/t3" in text for text in said), f"what was done: {said}")
    lab.quiet(8)


@scenario(daemon="charon")
def charon_flushed(lab):
    """One SA is deleted, and healed by a rekey; all are flushed, and a packet asks: what waits for its answer is no SA, and a rekey by hand closes it."""
    lab.connect()
    lab.gateway("b", three("b"))
    a = lab.gateway("a", three("a"))
    a.up("t1")
    watch(lab, "a")
    lab.quiet(3)
    lab.fault("t1's inbound SA is deleted")
    a.delete_state("in")
    lab.expect("a", "sa-missing", 5, GONE, connection="t1", direction="in")
    lab.expect_closed("a", "sa-missing", 30)
    lab.watchers["a"].stop()
    a.up("t2")
    lab.watch("a", name="again")
    lab.note("ip xfrm state flush")
    run("ip", "xfrm", "state", "flush", namespace="a")
    for name in ("t1", "t2"):
        lab.expect("again", "sa-missing", 5, r'"sas-flushed"', connection=a.told_as(name))
    # The kernel's larval SA has the very SPI of the deleted one.
    run("bash", "-c", "echo > /dev/udp/10.9.0.2/7001", namespace="a", check=False)
    lab.quiet(8)
    for name in ("t1", "t2"):
        a.rekey(name)
        lab.expect_closed("again", "sa-missing", 5)
    lab.quiet(6)
