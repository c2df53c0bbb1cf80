"""SAs vanish from the kernel behind pluto's back."""

from library.commands import in_namespace, run
from library.follower import Follower
from library.gateway import connection
from library.scenario import scenario

from .device import three

GONE = r'"sa-deleted"'


def one_tunnel(lab, link="netdevsim"):
    lab.connect(link)
    software = {"nic_offload": "no"} if link == "veth" else {}
    lab.gateway("b", connection(local="b", **software))
    a = lab.gateway("a", connection(local="a", **software))
    lab.watch("a")
    a.up()
    return a


@scenario(either=())
def outbound_deleted(lab):
    """The outbound SA is deleted, no traffic."""
    a = one_tunnel(lab)
    lab.fault("the outbound SA is deleted")
    a.delete_state("out")
    lab.expect("a", "sa-missing", 5, GONE, connection="t1", direction="out")
    lab.quiet(8)


@scenario(either=())
def inbound_deleted(lab):
    """The inbound SA is deleted, no traffic."""
    a = one_tunnel(lab)
    lab.fault("the inbound SA is deleted")
    a.delete_state("in")
    lab.expect("a", "sa-missing", 5, GONE, connection="t1", direction="in")
    lab.quiet(8)


@scenario(either=("charon",))
def inbound_deleted_under_traffic(lab):
    """The inbound SA is deleted under traffic: pluto never notices."""
    a = one_tunnel(lab, "veth")
    lab.keep(Follower(in_namespace("a", ["ping", "-n", "-i", "0.2", "10.9.0.2"])))
    lab.fault("the inbound SA is deleted under traffic")
    a.delete_state("in")
    lab.expect("a", "sa-missing", 5, GONE, connection="t1", direction="in")
    lab.quiet(8)


@scenario
def outbound_deleted_under_traffic(lab):
    """The outbound SA is deleted under traffic: pluto makes a new pair, and the finding closes."""
    a = one_tunnel(lab, "veth")
    lab.keep(Follower(in_namespace("a", ["ping", "-n", "-i", "0.2", "10.9.0.2"])))
    lab.fault("the outbound SA is deleted under traffic")
    a.delete_state("out")
    lab.expect("a", "sa-missing", 5, GONE, connection="t1", direction="out")
    lab.expect_closed("a", "sa-missing", 2, "initiator established Child SA")
    lab.quiet(8)


@scenario(either=())
def states_flushed(lab):
    """ip xfrm state flush with three connections: one finding for each."""
    lab.connect()
    lab.gateway("b", three("b"))
    a = lab.gateway("a", three("a"))
    for name in ("t1", "t2", "t3"):
        a.up(name)
    lab.watch("a")
    lab.fault("ip xfrm state flush")
    run("ip", "xfrm", "state", "flush", namespace="a")
    for name in ("t1", "t2", "t3"):
        lab.expect("a", "sa-missing", 5, r'"sas-flushed"', connection=name)
    lab.quiet(8)
