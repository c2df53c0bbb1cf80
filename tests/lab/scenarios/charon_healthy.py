"""strongSwan's charon in ordinary life."""

from library.charon import Charon6
from library.gateway import connection
from library.scenario import scenario


def ordinary_life(lab):
    """Three rekeys from either end, a rekey of the IKE SA, and a new one in its place."""
    lab.connect()
    b = lab.gateway("b", connection(local="b"))
    a = lab.gateway("a", connection(local="a"))
    # What is not in its usual place is found by the configuration that a has in its.
    watcher = lab.watch("a", configuration=None)
    lab.watch("b")
    a.up()
    for rekeying in (a, b, a):
        lab.quiet(7)
        rekeying.rekey()
    a.rekey_ike()
    lab.quiet(7)
    # 5.9 takes everything away before it makes it anew.
    a.rekey_ike(reauth=True)
    lab.quiet(8)
    status = watcher.status()
    daemon = status["daemon"]
    lab.require((daemon["kind"], daemon["state"], daemon["version"]) == ("strongswan", "up", a.version), f"the daemon is {daemon}")
    lab.require(status["summary"]["tunnels"]["up"] == 1, f"tunnels: {status['summary']['tunnels']}")
    lab.require(status["summary"]["offloaded"]["crypto"] == 2, f"offloaded: {status['summary']['offloaded']}")
    lab.note("t1 is taken down in order, and comes again")
    a.terminate()
    lab.quiet(5)
    a.up()
    lab.quiet(5)


@scenario(daemon="charon")
def charon_healthy(lab):
    """strongSwan 5.9.8, watched from both ends: rekeys of Child SA and IKE SA and a reauthentication, which breaks before it makes."""
    ordinary_life(lab)


@scenario(daemon="charon-6")
def charon_6_healthy(lab):
    """strongSwan 6.0.1: the same; it makes before it breaks, and keeps the old inbound SA for five seconds."""
    ordinary_life(lab)


@scenario(daemon="charon")
def charon_in_software(lab):
    """5.9.8 with hw_offload=auto and a trap, 6.0.1 with none at the other end, where no NIC can: a ping brings it up, and no offload is missed."""
    lab.connect("veth")
    b = lab.gateway("b", connection(local="b", nic_offload=None), kind=Charon6)
    a = lab.gateway("a", connection(local="a", nic_offload="auto", auto="ondemand"))
    lab.watch("a")
    lab.watch("b")
    since = a.log.mark()
    a.ping(1)
    a.log.wait_for(r"CHILD_SA t1\{\d+\} established", 60, since)
    a.ping(5)
    b.rekey()
    lab.quiet(8)
