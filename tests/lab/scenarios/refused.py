"""The kernel refuses to offload an SA: what each end sees of it."""

from library.gateway import connection
from library.scenario import scenario

ADD_REFUSED = r"netlink response for Add SA .*Invalid argument \(errno 22\)"


@scenario
def offload_refused_initiator_alone(lab):
    """esn=either, offload on this end alone, this end initiates; and the same seen from the other end."""
    lab.connect()
    lab.gateway("b", connection(local="b", esn="either", nic_offload="no"))
    a = lab.gateway("a", connection(local="a", esn="either"))
    lab.watch("a")
    lab.watch("b")
    lab.fault("t1 is brought up at a")
    a.initiate()
    lab.expect("a", "offload-rejected", 1, ADD_REFUSED, reason="esn-unsupported", connection="t1", says=["esn=no"])
    lab.expect("b", "sa-duplicates", 60, "established Child SA", connection="t1", patience=180)
    lab.expect_change("a", "offload-rejected", lambda finding: finding["times"] >= 3, 60)


@scenario
def offload_refused_by_the_peer(lab):
    """esn=either, offload on both ends, this end initiates; and the same seen from the end that answers."""
    lab.connect()
    lab.gateway("b", connection(local="b", esn="either"))
    a = lab.gateway("a", connection(local="a", esn="either"))
    lab.watch("a")
    lab.watch("b")
    lab.fault("t1 is brought up at a")
    a.initiate()
    lab.expect("a", "tunnel-down", 2, "TS_UNACCEPTABLE", reason="peer-refused", connection="t1", says=["TS_UNACCEPTABLE"])
    lab.expect("b", "offload-rejected", 1, ADD_REFUSED, reason="esn-unsupported", connection="t1", says=["esn=no"])
    lab.quiet(35)
