"""Traffic asks for an SA."""

from library.gateway import connection
from library.scenario import scenario


@scenario
def acquire_unanswered(lab):
    """auto=ondemand, the peer is gone, one ping."""
    lab.connect()
    a = lab.gateway("a", connection(local="a", auto="ondemand"))
    a.route()
    lab.watch("a")
    lab.quiet(3)
    lab.fault("one ping")
    a.ping(1)
    lab.expect("a", "acquire-unanswered", 30, "initiate on-demand for packet", connection="t1")
    lab.quiet(10)


@scenario
def acquire_answered(lab):
    """auto=ondemand, the peer is there: the ping brings the tunnel up, and nothing is wrong."""
    lab.connect("veth")
    lab.gateway("b", connection(local="b", nic_offload="no"))
    a = lab.gateway("a", connection(local="a", auto="ondemand", nic_offload="no"))
    a.route()
    lab.watch("a")
    since = a.log.mark()
    a.ping(1)
    a.log.wait_for("established Child SA", 60, since)
    a.ping(3)
    lab.quiet(40)
