"""Who takes SAs out, and who sends what is dropped: by the kernel's own audit functions and its netlink handler."""

import json
import re
import statistics
import subprocess
import time

from library import tracefs, wire
from library.commands import in_namespace
from library.gateway import connection
from library.pktgen import Flood
from library.scenario import scenario

from .traffic import WINDOWS

STRANGER = "10.9.0.9"
# The SPI of `wire.forge_esp` where no other is asked for, and that of the flood.
FORGED, FLOOD = "0xdeadbeef", "0xbe9be955"
# Runs of the flood with the probes and without them, and packets of each.
RUNS, PACKETS = 3, 15_000
# Senders that the kernel counts apart.
ROWS = 256


def two(local):
    """t1 for UDP and t2 for pings, so that one of them stands whatever happens to the other."""
    text = ""
    for name, protocol in (("t1", "udp"), ("t2", "icmp")):
        text += connection(name, local, leftprotoport=protocol, rightprotoport=protocol, nic_offload="no")
    return text


def by_hand(namespace, *words):
    """Run `ip xfrm` as somebody would; gives the process that it was."""
    process = subprocess.Popen(in_namespace(namespace, ["ip", "xfrm", *words]))
    process.wait()
    return process.pid


def inbound(watcher, connection_name):
    """The SPI of the connection's newest inbound SA."""
    rows = map(json.loads, watcher.verb("sas", "--json", check=True).splitlines())
    return [row["spi"] for row in rows if (row["connection"], row["direction"]) == (connection_name, "in")][-1]


def evidence(watcher, code):
    """What the open finding of this code says of who did it."""
    found = [one for one in watcher.status()["findings"] if one["code"] == code]
    return [line["text"] for one in found for line in one["evidence"] if line["source"] == "attribution"]


def says_in_time(lab, watcher, code, *patterns, seconds=90):
    """Wait until the finding's evidence has such lines; they may come later than the finding."""
    deadline = time.monotonic() + seconds
    while not all(any(re.search(pattern, line) for line in evidence(watcher, code)) for pattern in patterns):
        lab.require_in_time(time.monotonic() < deadline, f"{code} never says /{patterns}/: {evidence(watcher, code)}")
        time.sleep(0.5)
    lab.report.extend(f"  {watcher.name}: {code}: {line}" for line in evidence(watcher, code))


def counting():
    """Whether senders are counted now."""
    return any("senders" in name for name in tracefs.left(every=True))


def wait_counting(lab, wanted):
    deadline = time.monotonic() + 120
    while counting() != wanted:
        lab.require_in_time(time.monotonic() < deadline, f"the probes {'never came' if wanted else 'never went'}")
        time.sleep(0.1)


@scenario(needs=("histograms",), longest=900)
def attribution_named(lab):
    """An SA is deleted by hand while the peer sends; somebody sends on what is gone, in a flood of others; a flush by hand: each is named."""
    lab.connect("veth")
    lab.gateway("b", two("b"))
    a = lab.gateway("a", two("a"))
    first = lab.watch("a")
    for name in ("t1", "t2"):
        a.up(name)
    wire.take_udp(lab, "a")
    sending = wire.send_udp(lab, "b")
    wire.ping(lab, "b")
    lab.quiet(12)
    source = [line for line in first.status()["coverage"] if line["source"] == "attribution"]
    lab.require([line["state"] for line in source] == ["ok"], f"coverage says {source}")
    here, there = lab.network.address["a"], lab.network.address["b"]

    spi = inbound(first, "t1")
    lab.fault("t1's inbound SA is deleted by hand at a, and b goes on sending")
    pid = by_hand("a", "state", "delete", "dst", here, "proto", "esp", "spi", spi)
    lab.expect("a", "sa-missing", 5, connection="t1", direction="in")
    deleted = rf"was deleted by ip \(pid {pid}\) at "
    was = rf"^{there} sends on SPI {spi}, which was t1's until [0-9: UTC]+ \(deleted by ip \(pid {pid}\)\): "
    says_in_time(lab, first, "sa-missing", deleted, was)
    sending.stop()
    wait_counting(lab, False)
    a.whack("--terminate", "--name", "t1")
    lab.expect_closed("a", "sa-missing", 30)

    lab.note("another swanwatch, which may count at once")
    lab.require(first.stop() == 0, "it did not end in order")
    lab.require(tracefs.left(every=True) == [], f"left in tracefs: {tracefs.left(every=True)}")
    a.up("t1")
    second = lab.watch("a", name="second")
    lab.quiet(12)
    spi = inbound(second, "t1")
    pid = by_hand("a", "state", "delete", "dst", here, "proto", "esp", "spi", spi)
    lab.expect("second", "sa-missing", 5, connection="t1", direction="in")
    a.whack("--terminate", "--name", "t1")
    lab.expect_closed("second", "sa-missing", 30)

    lab.fault("ESP comes on what was t1's, and in a flood on an SPI that nobody ever had")
    lab.network.ip("b", "addr", "add", f"{STRANGER}/24", "dev", lab.network.device)
    wire.forge_esp(lab, there, here, spi)
    wire.forge_esp(lab, STRANGER, here)
    wait_counting(lab, True)
    flood = Flood(lab, here)
    rates = {True: [], False: []}
    for wanted in (True, False):
        wait_counting(lab, wanted)
        for _ in range(RUNS):
            rate = flood.run(PACKETS)
            if counting() == wanted:
                rates[wanted].append(rate)
    lab.require(rates[True] and rates[False], f"the flood was not counted with and without the probes: {rates}")
    with_probes, without = (statistics.median(rates[wanted]) for wanted in (True, False))
    lab.report.append(f"  a flood of forged ESP: {without:.0f} packets/s, {with_probes:.0f} while senders are counted"
                      f" ({(1 / with_probes - 1 / without) * 1e6:.1f} µs a packet); {rates}")
    lab.expect("second", "no-state-drops", WINDOWS, patience=120, reason="no-state", says=["XfrmInNoStates grew by"])
    was = rf"^{there} sends on SPI {spi}, which was t1's until [0-9: UTC]+ \(deleted by ip \(pid {pid}\)\): "
    says_in_time(lab, second, "no-state-drops", was, r"sends on SPI (0xdeadbeef|0xbe9be955), which no SA was seen to have here", "more senders? sent|others sent")
    with open(second.recording, encoding="utf-8") as file:
        told = [json.loads(line)["what"]["senders"]["answer"]["Ok"] for line in file if '"what":{"senders"' in line]
    lab.require(len(told) == 1, f"senders were counted {len(told)} times, not once")
    lab.require(len(told[0]["rows"]) <= ROWS and told[0]["more"] > 0, f"{len(told[0]['rows'])} rows, {told[0]['more']} more packets")

    lab.fault("ip xfrm state flush")
    pid = by_hand("a", "state", "flush")
    lab.expect("second", "sa-missing", 5, r'"sas-flushed"', connection="t2")
    says_in_time(lab, second, "sa-missing", rf"^all SAs were flushed by ip \(pid {pid}\) at ")
    lab.require(second.stop() == 0, "it did not end in order")
    lab.require(tracefs.left(every=True) == [], f"left in tracefs: {tracefs.left(every=True)}")
