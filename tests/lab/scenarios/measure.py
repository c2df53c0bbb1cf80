"""Who encrypts, counted packet by packet: `explain --measure`."""

import json
import os
import signal
import subprocess
import time

from library import tracefs
from library.commands import in_namespace, run
from library.gateway import connection
from library.scenario import scenario
from library.swanwatch import BINARY
from library.xfrm import IN, OUT, State, Xfrm

SECONDS = 4
# Packets that may pass between the two counts that are compared.
UNDER_WAY = 2
SIX = {"a": "2001:db8:9::1", "b": "2001:db8:9::2"}
PEER = {"a": "b", "b": "a"}
# Without CAP_SYS_PTRACE the first process's view of /sys cannot be had, and `ip netns exec` has hidden ours.
WITHOUT_TRACEFS = ("setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace")


def order(watcher, spi, *more):
    """The command that measures an SA."""
    return [BINARY, "explain", "--measure", str(spi), "--seconds", str(SECONDS), "--socket", watcher.socket, *more]


def measured(lab, watcher, spi):
    """(packets in software, packets)."""
    answer = json.loads(run(*order(watcher, spi, "--json"), namespace=watcher.namespace))
    lab.report.append(f"  {watcher.name}: {spi}: {answer['verdict']}")
    return answer["software"], answer["packets"]


def traffic(lab, peer):
    """Pings from a, twenty a second, until the scenario ends."""
    process = subprocess.Popen(in_namespace("a", ["ping", "-n", "-q", "-i", "0.05", peer]), stdout=subprocess.DEVNULL)
    lab.at_end(lambda: (process.kill(), process.wait()))


def by_hand(lab, outer, **options):
    """A pair of SAs in transport mode between a and b, with their policies; gives the SPIs by sender."""
    spis, length = {"a": 0x1000, "b": 0x1001}, 128 if ":" in outer["a"] else 32
    keys = {end: os.urandom(20) for end in "ab"}
    for end in "ab":
        xfrm = Xfrm(end, lab.network.device)
        lab.at_end(xfrm.close)
        pair = {sender: State(outer[sender], outer[PEER[sender]], spis[sender], 1, keys[sender], "out" if sender == end else "in",
                              **options) for sender in "ab"}
        for state in pair.values():
            xfrm.add(state)
        here, there = f"{outer[end]}/{length}", f"{outer[PEER[end]]}/{length}"
        xfrm.policy(IN, there, here, pair[PEER[end]])
        xfrm.policy(OUT, here, there, pair[end])
    return {end: f"0x{spi:08x}" for end, spi in spis.items()}


def all_in_software(lab, watcher, spi):
    software, packets = measured(lab, watcher, spi)
    lab.require(packets > 0 and abs(software - packets) <= UNDER_WAY, f"{spi}: {software} of {packets} are in software, not all")


def nothing_measures(lab):
    left = [name for name in tracefs.left() if "measure" in name]
    lab.require(not left, f"left in tracefs: {left}")


@scenario(needs=("histograms",))
def measure_in_software(lab):
    """Real plutos over veth: the CPU did all packets of both SAs; nothing is left, also after the service was killed meanwhile."""
    lab.connect("veth")
    lab.gateway("b", connection(local="b", nic_offload="no"))
    a = lab.gateway("a", connection(local="a", nic_offload="no"))
    watcher = lab.watch("a")
    a.up()
    traffic(lab, lab.network.address["b"])
    for state in a.states():
        all_in_software(lab, watcher, state["spi"])
    nothing_measures(lab)
    spi = a.states()[0]["spi"]
    first = subprocess.Popen(in_namespace("a", order(watcher, spi)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    lab.at_end(lambda: (first.kill(), first.wait()))
    while not any("measure" in name and name.startswith("p:") for name in tracefs.left()):
        time.sleep(0.05)
        lab.require(first.poll() is None, "the measurement ended before its probes were seen")
    second = run(*order(watcher, spi), namespace="a", check=False)
    lab.require("another SA is being measured" in second, f"a second one says {second}")
    killed = lab.watchers.pop("a")
    os.kill(killed.process.pid, signal.SIGKILL)
    killed.process.wait()
    lab.require(first.wait() == 69, f"who had asked ended with {first.wait()}")
    lab.require([name for name in tracefs.left() if "measure" in name], "the killed one left nothing, so that this shows nothing")
    all_in_software(lab, lab.watch("a", name="second"), spi)
    nothing_measures(lab)


@scenario(needs=("histograms",))
def measure_by_ipv6(lab):
    """IPv6 over veth, SAs made by hand: the CPU did all packets."""
    lab.connect("veth")
    for end, address in SIX.items():
        lab.network.ip(end, "addr", "add", f"{address}/64", "dev", lab.network.device, "nodad")
    spis = by_hand(lab, SIX)
    watcher = lab.watch("a", configuration=None)
    traffic(lab, SIX["b"])
    for spi in spis.values():
        all_in_software(lab, watcher, spi)


@scenario(needs=("histograms",))
def measure_on_the_nic(lab):
    """Our own NIC: the CPU did none; then the NIC leaves the work to it, and the CPU did all, whatever the SA claims."""
    lab.connect("nic")
    spis = by_hand(lab, lab.network.address, offload="crypto")
    watcher = lab.watch("a", configuration=None)
    traffic(lab, lab.network.address["b"])
    for spi in spis.values():
        software, packets = measured(lab, watcher, spi)
        lab.require(software == 0 and packets > 0, f"{spi}: {software} of {packets} are in software, not none")
    for end in "ab":
        lab.network.nic[end].set("software")
    for spi in spis.values():
        all_in_software(lab, watcher, spi)


@scenario
def measure_without_tracefs(lab):
    """Where there can be no probes, and where there is no such SA, the command says so."""
    lab.connect("veth")
    spis = by_hand(lab, lab.network.address)
    watcher = lab.watch("a", configuration=None, prefix=WITHOUT_TRACEFS)
    for spi, says in ((spis["a"], "cannot be counted here: no tracefs is mounted"), ("0x00000bad", "has no SA with SPI 0x00000bad")):
        command = subprocess.run(in_namespace("a", order(watcher, spi)), capture_output=True, text=True, check=False)
        lab.require(command.returncode == 1 and says in command.stderr, f"{command.returncode}: {command.stderr}")
