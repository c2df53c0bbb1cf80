"""Where nothing is wrong, nothing is found."""

from library.gateway import connection
from library.scenario import scenario


@scenario(either=())
def healthy_rekeyed_three_times(lab):
    """A tunnel with offload on both ends, rekeyed three times, watched for 60 s from both ends."""
    lab.connect()
    b = lab.gateway("b", connection(local="b"))
    a = lab.gateway("a", connection(local="a"))
    lab.watch("a")
    lab.watch("b")
    a.up()
    for rekeying in (a, a, b):
        lab.quiet(15)
        rekeying.rekey()
    lab.quiet(15)


@scenario
def healthy_ike_rekeyed(lab):
    """The IKE SA is rekeyed: its Child SA stays, and so does the silence."""
    lab.connect()
    lab.gateway("b", connection(local="b"))
    a = lab.gateway("a", connection(local="a", auto="start"))
    lab.watch("a")
    a.log.wait_for("established Child SA", 60)
    since = a.log.mark()
    a.whack("--rekey-ike", "--asynchronous", "--name", "t1")
    a.log.wait_for(r"deleting state \(STATE_V2_ESTABLISHED_IKE_SA\)", 60, since)
    lab.quiet(10)


@scenario(either=())
def offload_auto_without_a_capable_nic(lab):
    """4.x nic-offload=auto, and the default, on a host whose NIC cannot offload."""
    lab.connect("veth")
    b = lab.gateway("b", connection(local="b", nic_offload=None))
    a = lab.gateway("a", connection(local="a", nic_offload="auto"))
    lab.watch("a")
    lab.watch("b")
    a.up()
    a.ping(5)
    b.rekey()
    lab.quiet(10)


@scenario
def taken_down_by_the_administrator(lab):
    """Down, up again, unloaded and loaded by order: no tunnel is missed that nobody wants."""
    lab.connect()
    lab.gateway("b", connection(local="b"))
    a = lab.gateway("a", connection(local="a"))
    lab.watch("a")
    a.up()
    a.whack("--terminate", "--name", "t1")
    lab.quiet(8)
    a.up()
    a.whack("--delete", "--name", "t1")
    lab.quiet(8)
