"""Offload was expected and the SA is in software."""

from library.gateway import connection
from library.scenario import scenario


def told_to_offload_but_cannot(lab, link):
    lab.connect(link)
    lab.gateway("b", connection(local="b", nic_offload="no"))
    a = lab.gateway("a", connection(local="a"))
    lab.watch("a")
    lab.watch("b")
    lab.fault(f"t1 is brought up over {lab.network.device}")
    a.up()
    for direction in ("in", "out"):
        lab.expect("a", "sa-not-offloaded", 1, "initiator established Child SA", reason="device-not-capable", connection="t1",
                   direction=direction, says=[rf"\b{lab.network.device}\b"])
    lab.quiet(5)


@scenario
def not_offloaded_over_a_vlan(lab):
    """The daemon is told to offload an SA whose address is on a VLAN, which cannot."""
    told_to_offload_but_cannot(lab, "vlan")


@scenario
def not_offloaded_by_another_device(lab):
    """The daemon is told to offload on a device without any offload."""
    told_to_offload_but_cannot(lab, "veth")


@scenario
def fell_back_to_software(lab):
    """4.x nic-offload=auto on a capable NIC, esn=either: the NIC refuses, pluto falls back and says nothing of it."""
    lab.connect()
    lab.gateway("b", connection(local="b", esn="either", nic_offload="no"))
    a = lab.gateway("a", connection(local="a", esn="either", nic_offload="auto"))
    lab.watch("a")
    lab.watch("b")
    lab.fault("t1 is brought up")
    a.up()
    for direction in ("in", "out"):
        lab.expect("a", "sa-not-offloaded", 1, "initiator established Child SA", reason="esn-unsupported", connection="t1",
                   direction=direction, says=["esn=no"])
    lab.quiet(5)
