"""strongSwan's charon dies, hangs, and is not alone."""

import signal
import time

from library.charon import Charon
from library.charon_unit import CharonUnit
from library.commands import run
from library.dropin import drop_in
from library.gateway import connection
from library.scenario import scenario
from library.vici import REQUEST, Vici, encode, packet

from .orphaned import add_by_hand
from .strangers import wait_said

# So many calls that wait for their end leave charon two workers, and so many none.
CALLS, ALL = 9, 13


@scenario(daemon="charon")
def charon_killed_by_hand(lab):
    """charon SIGKILLed and started again by hand: SAs and policies go on; afterwards the old pair is nobody's, on the NIC, until it ends by itself."""
    lab.connect()
    lab.gateway("b", connection(local="b"))
    a = lab.gateway("a", connection(local="a"))
    lab.watch("a")
    a.up()
    lab.quiet(3)
    lab.fault("SIGKILL")
    a.kill()
    lab.expect("a", "daemon-crashed", 2, r'"daemon-gone"', says=[r"carry|still|go on", r"until"])
    lab.quiet(8)
    lab.note("charon is started again")
    a.start()
    a.up()
    lab.expect_closed("a", "daemon-crashed", 5)
    lab.expect("a", "sa-orphaned", 12)
    lab.quiet(6)
    lab.note("SIGTERM")
    a.signal(signal.SIGTERM)
    lab.expect("a", "daemon-down", 2)
    lab.quiet(5)


def wait_for_ever(lab, gateway, child):
    """A call that is over when the child is up, and not before: as 'swanctl --initiate' makes it."""
    line = Vici(gateway.control)
    line.stream.sendall(packet(REQUEST, "initiate", encode({"child": child, "ike": "gw", "timeout": "0"})))
    lab.at_end(line.stream.close)


@scenario(daemon="charon")
def charon_hung(lab):
    """charon stopped by SIGSTOP; then, going on, without a worker: it runs, takes every connection, reads every packet, and answers nobody."""
    lab.connect()
    for end in ("b", "a"):
        text = "".join(connection(f"t{number}", end, leftprotoport=f"tcp/{4000 + number}", rightprotoport=f"tcp/{4000 + number}")
                       for number in range(1, ALL + 2))
        lab.gateway(end, text)
    a, b = lab.gateways["a"], lab.gateways["b"]
    watcher = lab.watch("a")
    a.up("t1")
    lab.quiet(3)
    lab.fault("SIGSTOP")
    a.signal(signal.SIGSTOP)
    lab.expect("a", "daemon-hung", 5, r'"state":"stopped"', says=["stopped|SIGSTOP|SIGCONT"])
    lab.quiet(5)
    a.signal(signal.SIGCONT)
    lab.expect_closed("a", "daemon-hung", 5)
    lab.note("the peer stops, and calls wait for it")
    b.signal(signal.SIGSTOP)
    for number in range(CALLS):
        wait_for_ever(lab, a, f"t{number + 2}")
    deadline = time.monotonic() + 60
    while not any(note["name"] == "few-workers" for note in watcher.status()["notes"]):
        lab.require_in_time(time.monotonic() < deadline, f"no note of few workers: {watcher.status()['notes']}")
        time.sleep(0.5)
    for number in range(CALLS, ALL):
        wait_for_ever(lab, a, f"t{number + 2}")
    lab.expect("a", "daemon-hung", 70, reason="no-workers", patience=30)
    lab.quiet(5)


@scenario(daemon="charon")
def charon_trap_unanswered(lab):
    """start_action=trap, the peer is gone, one ping; and where it is there, the ping brings the tunnel up."""
    soon = " plugins {\n  kernel-netlink {\n   xfrm_acq_expires = 10\n  }\n }\n"
    lab.connect("veth")
    options = {"nic_offload": "no", "auto": "ondemand"}
    a = lab.gateway("a", connection(local="a", **options), settings=soon)
    lab.watch("a")
    lab.quiet(3)
    lab.fault("one ping")
    a.ping(1)
    lab.expect("a", "acquire-unanswered", 30, "creating acquire job for policy", connection="t1")
    lab.quiet(5)
    lab.note("the peer is there")
    since = a.log.mark()
    lab.gateway("b", connection(local="b", nic_offload="no"))
    a.log.wait_for(r"CHILD_SA t1\{\d+\} established", 90, since)
    lab.expect_closed("a", "acquire-unanswered", 10)
    lab.quiet(5)


@scenario
def charon_beside_pluto(lab):
    """pluto and charon in one namespace: the one that has UDP 500 is watched, the other is a line of coverage, and SAs that may be its are nobody's orphans."""
    lab.connect()
    lab.gateway("b", connection(local="b"))
    a = lab.gateway("a", connection(local="a"))
    other = Charon(lab.network, "a", connection(local="a", nic_offload="no"), settings=" port = 0\n port_nat_t = 0\n", name="a2")
    lab.gateways["a2"] = other
    other.start()
    watcher = lab.watch("a", configuration=None)
    a.up()
    daemon = watcher.status()["daemon"]
    lab.require((daemon["kind"], daemon["pid"]) == ("libreswan", a.pid), f"the daemon is {daemon}")
    wait_said(lab, watcher, "charon-systemd")
    lab.fault("two SAs are added that may be charon's, and charon is killed")
    add_by_hand("a", "10.9.0.1", "10.9.0.7", "0x1001")
    add_by_hand("a", "10.9.0.7", "10.9.0.1", "0x1002")
    lab.quiet(20)
    other.kill()
    lab.quiet(5)
    watcher.stop()
    other.start()
    named = lab.watch("a", "daemon: strongswan\n", name="named")
    daemon = named.status()["daemon"]
    lab.require((daemon["kind"], daemon["pid"]) == ("strongswan", other.pid), f"the daemon is {daemon}")
    lab.quiet(5)


def under_the_unit(lab, start="start"):
    """Gateway a is the machine itself, where strongswan.service runs charon, b is in a namespace; swanwatch without a configuration."""
    lab.connect("veth", names=(None, "b"))
    lab.gateway("b", connection(local="b", nic_offload="no"))
    a = lab.unit(connection("t1", "a", nic_offload="no", auto=start), kind=CharonUnit)
    since = a.log.mark()
    a.start()
    a.log.wait_for(r"CHILD_SA t1\{\d+\} established", 120, since)
    return a


@scenario(systemd=True, daemon="charon")
def charon_unit_killed(lab):
    """charon SIGKILLed under Debian's unit: systemd starts it again, and loads its connections; nothing is flushed, and nothing leaves in clear."""
    a = under_the_unit(lab)
    lab.watch("a", configuration=None)
    lab.fault("SIGKILL")
    since = a.log.mark()
    a.kill()
    lab.expect("a", "daemon-crashed", 2, r'"daemon-gone"')
    a.log.wait_for(r"CHILD_SA t1\{\d+\} established", 240, since)
    lab.expect_closed("a", "daemon-crashed", 5)
    lab.expect("a", "sa-orphaned", 12)
    lab.quiet(5)
    lab.note("systemctl stop")
    run("systemctl", "stop", "strongswan", timeout=180)
    lab.expect("a", "daemon-down", 2)
    lab.quiet(5)


@scenario(systemd=True, daemon="charon")
def charon_restarted_by_swanwatch(lab):
    """charon SIGKILLed under its unit, which has Restart=no: systemd is asked to restart it, which loads its connections, and the tunnel is back."""
    drop_in(lab, "Restart=no", unit="strongswan")
    a = under_the_unit(lab)
    lab.watch("a", configuration="act: [restart]\n")
    lab.fault("SIGKILL")
    since = a.log.mark()
    a.kill()
    lab.expect("a", "daemon-crashed", 2, r'"daemon-gone"')
    a.log.wait_for(r"CHILD_SA t1\{\d+\} established", 240, since)
    lab.expect_closed("a", "daemon-crashed", 5)
    lab.expect("a", "sa-orphaned", 12)
    lab.quiet(5)
