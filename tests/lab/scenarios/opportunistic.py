"""Opportunistic encryption: whoever answers is spoken to in ESP, and who does not in clear, as was configured. Nothing of it is a fault."""

import os

from library.commands import run
from library.gateway import connection
from library.scenario import scenario

GROUP = "private-or-clear"
# An address of b's at which nobody negotiates.
DUMB = "10.9.0.9"


def group(local):
    """No identity and no secret: each end takes the other as it comes (RFC 7619)."""
    return connection(
        GROUP, local, right="%opportunisticgroup", leftid="%null", rightid="%null", authby="null", auto="ondemand", nic_offload="no",
        negotiationshunt="passthrough", failureshunt="passthrough", keyingtries="1", retransmit_timeout="3s", salifetime="120s",
        rekey="no")


def members():
    """The group's members, for both ends."""
    os.makedirs("/etc/ipsec.d/policies", exist_ok=True)
    with open(f"/etc/ipsec.d/policies/{GROUP}", "w", encoding="ascii") as file:
        file.write("10.9.0.0/24\n")


def ping(namespace, source, target, count):
    run("ping", "-n", "-q", "-c", str(count), "-i", "0.2", "-W", "1", "-I", source, target, namespace=namespace, check=False, timeout=90)


@scenario
def opportunistic(lab):
    """Two ends of an opportunistic group come and go, and one that only speaks in clear: nothing is found."""
    lab.connect("veth")
    lab.network.ip("b", "addr", "add", f"{DUMB}/24", "dev", lab.network.device)
    members()
    b = lab.gateway("b", group("b"))
    a = lab.gateway("a", group("a"))
    lab.watch("a")
    lab.watch("b")
    since = a.log.mark()
    ping("a", "10.9.0.1", "10.9.0.2", 10)
    a.log.wait_for(r"established Child SA", 60, since)
    ping("a", "10.9.0.1", "10.9.0.2", 20)
    lab.note("nobody negotiates there")
    ping("a", "10.9.0.1", DUMB, 20)
    a.log.wait_for(r"3 second timeout exceeded", 60, since)
    lab.note("b's end goes, and traffic asks for it again: the IKE SA stands, and pluto makes no other Child SA")
    since = a.log.mark()
    b.whack("--deletestate", "2")
    a.log.wait_for(r"ESP traffic information", 60, since)
    ping("a", "10.9.0.1", "10.9.0.2", 20)
    # Longer than the kernel keeps what traffic asked for.
    lab.quiet(45)
