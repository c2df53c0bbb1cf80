"""The daemon dies or hangs, without a service manager."""

import signal
import socket

from library.check import Wrong
from library.commands import in_namespace, run
from library.follower import Follower
from library.gateway import connection
from library.scenario import scenario


@scenario
def killed_by_hand(lab):
    """pluto SIGKILLed, and started again by hand: its SAs go on meanwhile."""
    lab.connect("veth")
    lab.gateway("b", connection(local="b", nic_offload="no"))
    a = lab.gateway("a", connection(local="a", nic_offload="no", auto="start"))
    lab.watch("a")
    a.log.wait_for("established Child SA", 60)
    lab.keep(Follower(in_namespace("a", ["ping", "-n", "-i", "0.5", "10.9.0.2"])))
    lab.fault("SIGKILL")
    a.kill()
    lab.expect("a", "daemon-crashed", 2, r'"daemon-gone"', says=[r"carry|still|go on", r"until"])
    lab.quiet(10)
    lab.note("pluto is started again")
    a.forget()
    since = a.log.mark()
    a.start()
    a.log.wait_for("established Child SA", 60, since)
    lab.expect_closed("a", "daemon-crashed", 5)
    # A start by hand flushes nothing: the pair of the dead pluto stays in the kernel, and no living one knows it.
    lab.expect("a", "sa-orphaned", 12)
    lab.quiet(8)


@scenario
def shut_down_by_hand(lab):
    """whack --shutdown: an orderly end is no crash."""
    lab.connect()
    lab.gateway("b", connection(local="b"))
    a = lab.gateway("a", connection(local="a"))
    lab.watch("a")
    a.up()
    lab.fault("whack --shutdown")
    a.whack("--shutdown")
    lab.expect("a", "daemon-down", 2, r'"daemon-gone"')
    lab.quiet(8)


def waiting(gateway):
    """Connections that wait on a gateway's control socket."""
    for line in run("ss", "--unix", "--listening", "--no-header", namespace=gateway.namespace).splitlines():
        fields = line.split()
        if gateway.control in fields:
            return int(fields[2])
    raise Wrong(f"nobody listens on {gateway.control}")


def connects_at_once(path):
    """Whether pluto.ctl (a stream socket) takes a connection without making the caller wait; the connection is closed again."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.setblocking(False)
        try:
            client.connect(path)
        except BlockingIOError:
            return False
    return True


@scenario
def stopped_by_a_signal(lab):
    """pluto SIGSTOPped: found hung, healed by SIGCONT, and whack is never locked out meanwhile."""
    lab.connect()
    lab.gateway("b", connection(local="b"))
    a = lab.gateway("a", connection(local="a"))
    lab.watch("a")
    a.up()
    lab.fault("SIGSTOP")
    a.signal(signal.SIGSTOP)
    lab.expect("a", "daemon-hung", 5, r'"state":"stopped"', says=["stopped|SIGSTOP|SIGCONT"])
    lab.quiet(75)
    pending = waiting(a)
    lab.note(f"{pending} connections wait on pluto.ctl")
    lab.require(pending <= 2, f"{pending} connections wait on pluto.ctl after 75 s; its backlog is 5")
    lab.require(connects_at_once(a.control), "an operator's connect would block while pluto is stopped")
    lab.note("SIGCONT")
    a.signal(signal.SIGCONT)
    lab.require("IKE SAs" in a.whack("--briefstatus", timeout=30), "whack got no answer after SIGCONT")
    lab.expect_closed("a", "daemon-hung", 5)
    lab.quiet(8)


@scenario
def not_started_yet(lab):
    """No pluto yet: swanwatch waits and says so; then it joins what comes."""
    lab.connect()
    lab.gateway("b", connection(local="b"))
    a = lab.gateway("a", connection(local="a"), start=False)
    watcher = lab.watch("a")
    status = watcher.status()
    lab.require(status["daemon"]["state"] == "absent", f"the daemon is {status['daemon']['state']!r}, not absent")
    said = watcher.verb("status")
    lab.require("pluto" in said or "libreswan" in said or "daemon" in said, f"status does not say what it waits for:\n{said}")
    lab.quiet(5)
    lab.fault("pluto starts")
    a.start()
    a.up()
    lab.quiet(8)
    status = watcher.status()
    lab.require(status["daemon"]["state"] == "up", f"the daemon is {status['daemon']['state']!r}, not up")
    lab.require(status["summary"]["tunnels"]["up"] == 1, f"tunnels: {status['summary']['tunnels']}")
    lab.require(status["summary"]["offloaded"]["crypto"] == 2, f"offloaded: {status['summary']['offloaded']}")
