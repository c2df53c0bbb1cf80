"""What tunnels carry over the lab's own NIC, window by window: as it should be, and with each of the NIC's faults."""

import json
import os

from library import wire
from library.gateway import connection
from library.scenario import scenario
from library.traffic import transfer
from library.xfrm import IN, OUT, State, Xfrm

from .traffic import WINDOWS

ENDS = ("a", "b")
PEER = {"a": "b", "b": "a"}
# Between these there is packet mode, which pluto 4.10 does not ask for.
SECOND = {"a": "10.9.1.1", "b": "10.9.1.2"}


def tunnel(lab, pinging=("a",), **offload):
    """A tunnel between two watched ends, on the NIC unless `a` or `b` says no, that has carried both ways for a window."""
    lab.connect("nic")
    ends = {end: lab.gateway(end, connection(local=end, esn="either", nic_offload=offload.get(end, "yes"))) for end in ("b", "a")}
    for end in ENDS:
        lab.watch(end)
    ends["a"].up()
    for end in pinging:
        wire.ping(lab, end)
    lab.quiet(25)
    return ends


@scenario(either=())
def offloaded_healthy(lab):
    """Ping and TCP in large pieces over three rekeys, then a device that resets: nothing is found, and explain shows the NIC at work."""
    ends = tunnel(lab)
    for end in ENDS:
        wire.take_tcp(lab, end)
    for rekeying in "aba":
        for end in ENDS:
            wire.give_tcp(lab, end, 8)
        ends[rekeying].rekey()
        lab.quiet(11)
    seen = json.loads(lab.watchers["a"].verb("top", "--json", check=True))
    device, rows = seen["devices"][0], seen["sas"]
    lab.require(device["device"] == "nic0" and device["encrypts"] == {"in": "nic", "out": "nic"}, f"top says of the NIC {device}")
    lab.require([row["encrypts"] for row in rows] == ["nic", "nic"] and min(row["packets_per_second"] for row in rows) >= 5,
                f"top says of the SAs {rows}")
    lab.note("a's NIC resets: two seconds without carrier, and its counters begin at 0")
    lab.network.nic["a"].set("reset", 2000)
    lab.quiet(32)
    story = lab.watchers["a"].verb("explain", lab.gateways["a"].told_as("t1"), check=True)
    lab.require("its SAs carried" in story and "ipsec_tx_pkts grew by" in story, f"explain says nothing of the NIC:\n{story}")


def packet_mode(lab, xfrm, spi):
    """A pair of SAs in packet mode between the second addresses, at both ends, by the end that sends."""
    keys = {end: os.urandom(20) for end in ENDS}
    pairs = {end: {sender: State(SECOND[sender], SECOND[PEER[sender]], spi + ENDS.index(sender), 77, keys[sender],
                                 "out" if sender == end else "in", offload="packet") for sender in ENDS} for end in ENDS}
    for inbound in (True, False):
        for end in ENDS:
            xfrm[end].add(pairs[end][PEER[end] if inbound else end])
    return pairs


@scenario
def offloaded_healthy_in_packet_mode(lab):
    """Beside pluto's tunnel SAs in packet mode, made by hand, with TCP over three rekeys: no daemon knows them, and nothing else is found."""
    tunnel(lab)
    lab.fault("SAs in packet mode are made by hand")
    xfrm = {}
    for end in ENDS:
        lab.network.ip(end, "addr", "add", f"{SECOND[end]}/24", "dev", lab.network.device)
        xfrm[end] = Xfrm(end, lab.network.device)
        lab.at_end(xfrm[end].close)
    pairs = packet_mode(lab, xfrm, 0x2000)
    for end in ENDS:
        here, there = f"{SECOND[end]}/32", f"{SECOND[PEER[end]]}/32"
        xfrm[end].policy(IN, there, here, pairs[end][PEER[end]], offload=True)
        xfrm[end].policy(OUT, here, there, pairs[end][end], offload=True)
    for end in ENDS:
        lab.expect(end, "sa-orphaned", WINDOWS)
    for number in (1, 2, 3):
        for sender in ENDS:
            transfer((sender, SECOND[sender]), (PEER[sender], SECOND[PEER[sender]]), 4 << 20)
        before, pairs = pairs, packet_mode(lab, xfrm, 0x2000 + 2 * number)
        for end in ENDS:
            for state in before[end].values():
                xfrm[end].delete(state)
        lab.quiet(8)
    rows = json.loads(lab.watchers["a"].verb("top", "--json", check=True))["sas"]
    lab.require({"packet", "crypto"} == {row["offload"] for row in rows}, f"top shows {rows}")
    lab.quiet(12)


@scenario(either=())
def offloaded_on_paper(lab):
    """a's NIC leaves the work to the CPU without a word, b's shows counters that stand still: both are told, both ways, and are over when it is."""
    tunnel(lab)
    lab.fault("a's NIC leaves its work to the CPU; the counters of b's stand still")
    lab.network.nic["a"].set("software")
    lab.network.nic["b"].set("freeze_counters")
    for end in ENDS:
        for direction in ("in", "out"):
            lab.expect(end, "hw-sw-mismatch", WINDOWS, patience=10, reason="cpu-instead", device="nic0", direction=direction,
                       says=["grew by 0"])
    lab.network.nic["a"].set("software", 0)
    lab.expect_closed("a", "hw-sw-mismatch", WINDOWS, patience=10)
    lab.quiet(5)


@scenario(either=())
def offloaded_swallowed_on_receipt(lab):
    """Both NICs decrypt and count, and hand nothing up: each end finds that nothing comes."""
    tunnel(lab, pinging=ENDS)
    lab.fault("what the NICs receive arrives nowhere")
    for end in ENDS:
        lab.network.nic[end].set("swallow_rx")
    for end in ENDS:
        lab.expect(end, "esp-blackhole", WINDOWS, patience=10, connection="t1", direction="in",
                   says=["packets were sent and none received"])
    lab.quiet(5)


@scenario(either=())
def offloaded_swallowed_on_sending(lab):
    """a's NIC encrypts and counts, and sends nothing: a, which asks and hears nothing, finds it; b does not."""
    tunnel(lab)
    lab.fault("what a's NIC sends goes nowhere")
    lab.network.nic["a"].set("swallow_tx")
    lab.expect("a", "esp-blackhole", WINDOWS, patience=10, reason="no-answer", connection="t1", direction="in",
               says=["packets were sent and none received"])
    lab.network.nic["a"].set("swallow_tx", 0)
    lab.expect_closed("a", "esp-blackhole", WINDOWS, patience=10)


@scenario(either=())
def offloaded_authentication_fails(lab):
    """No packet that a's NIC receives is authentic, and every second one of b's: a carries nothing, b drops beside traffic."""
    tunnel(lab)
    wire.send_udp(lab, "a")
    lab.fault("integrity checks fail in the NICs")
    lab.network.nic["a"].set("fail_auth_every", 1)
    lab.network.nic["b"].set("fail_auth_every", 2)
    lab.expect("a", "esp-blackhole", WINDOWS, patience=10, reason="auth-failed", connection="t1", direction="in",
               says=["failed their integrity check"])
    lab.expect("b", "auth-failures", WINDOWS, patience=10, reason="auth-failed", connection="t1", direction="in",
               says=["failed their integrity check"])
    lab.quiet(5)


def two_tunnels(lab, **second):
    """Two tunnels between watched ends, on the NIC unless options of the second say no: t1 for ICMP, t2 for UDP."""
    lab.connect("nic")
    protocols = {"t1": ("icmp", {}), "t2": ("udp", second)}
    ends = {end: lab.gateway(end, "".join(connection(name, local=end, esn="either", leftprotoport=one, rightprotoport=one, **options)
                                          for name, (one, options) in protocols.items())) for end in ("b", "a")}
    for end in ENDS:
        lab.watch(end)
    for name in protocols:
        ends["a"].up(name)
    return ends


@scenario(either=())
def offloaded_unasked(lab):
    """t2 claims no offload, and a's NIC counts what it sends in step with it: a is told, and shows the NIC at work; b and t1 are right."""
    t2 = two_tunnels(lab, nic_offload="no")["a"].told_as("t2")
    wire.take_udp(lab, "b")
    wire.send_udp(lab, "a")
    lab.quiet(25)
    lab.fault("a's NIC counts ESP that the CPU made")
    lab.network.nic["a"].set("count_software")
    finding = lab.expect("a", "hw-sw-mismatch", WINDOWS, patience=10, reason="nic-instead", device="nic0", direction="out")
    lab.require(finding["affected"]["list"] == [t2], f"affected is {finding['affected']}")
    rows = map(json.loads, lab.watchers["a"].verb("sas", "--device", "nic0", "--json", check=True).splitlines())
    encrypts = {(row["connection"], row["direction"]): row["encrypts"] for row in rows}
    lab.require(encrypts[(t2, "out")] == "nic" and encrypts[(t2, "in")] == "cpu", f"sas says who encrypts: {encrypts}")
    lab.network.nic["a"].set("count_software", 0)
    lab.expect_closed("a", "hw-sw-mismatch", WINDOWS, patience=10)
    lab.quiet(5)


@scenario(either=())
def offloaded_forgotten(lab):
    """a's NIC forgets its SAs. What is rekeyed carries again; the rest the NIC drops, which is told of it."""
    ends = two_tunnels(lab)
    wire.ping(lab, "a")
    wire.take_udp(lab, "b")
    wire.send_udp(lab, "a")
    lab.quiet(25)
    lab.fault("a's NIC forgets its SAs, and t1 is rekeyed")
    lab.network.nic["a"].set("forget")
    ends["a"].rekey("t1")
    lab.expect("a", "nic-drops", WINDOWS, patience=10, reason="nic-drop", device="nic0", says=["ipsec_tx_drop_pkts grew by"])
    lab.quiet(5)


@scenario(either=())
def offloaded_at_one_end(lab):
    """a is offloaded and b is not: ping and TCP over a rekey, and nothing is found."""
    ends = tunnel(lab, b="no")
    wire.take_tcp(lab, "b")
    wire.give_tcp(lab, "a", 8)
    ends["b"].rekey()
    lab.quiet(25)


@scenario(either=())
def offloaded_at_the_other_end(lab):
    """b is offloaded and a is not, and a sends what nobody answers: nothing is found, and it is said that one way alone was seen."""
    lab.connect("nic")
    lab.gateway("b", connection(local="b", esn="either"))
    a = lab.gateway("a", connection(local="a", esn="either", nic_offload="no"))
    for end in ENDS:
        lab.watch(end)
    a.up()
    wire.take_udp(lab, "b")
    wire.send_udp(lab, "a")
    lab.quiet(55)
    for end in ENDS:
        story = lab.watchers[end].verb("explain", lab.gateways["a"].told_as("t1"), check=True)
        lab.require("one way only so far" in story, f"explain does not say that it cannot tell:\n{story}")
