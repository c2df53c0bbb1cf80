"""A pluto of libreswan 4.3 at one end: it tells an SA, a refusal and a rekey otherwise than 4.10."""

from library.gateway import connection
from library.libreswan4_3 import Gateway43
from library.scenario import scenario


@scenario
def libreswan_4_3(lab):
    """Offload with libreswan 4.3: healthy over a rekey; refused for its ESN, in which 4.3 gives up the IKE SA; killed, which is a crash."""
    lab.connect()
    b = lab.gateway("b", connection(local="b", nic_offload="no"))
    a = lab.gateway("a", connection(local="a"), kind=Gateway43)
    watcher = lab.watch("a", prefix=a.watch_prefix)
    told = watcher.status()["daemon"]
    lab.require(told["version"] == "4.3", f"the daemon is {told}")
    a.up()
    lab.quiet(8)
    a.rekey()
    lab.quiet(8)
    tunnels = watcher.status()["summary"]["tunnels"]
    lab.require(tunnels["up"] == 1, f"its tunnels are {tunnels}")
    lab.fault("both ends take ESN, which the NIC of a refuses")
    a.reload(connection(local="a", esn="yes"))
    b.reload(connection(local="b", nic_offload="no", esn="yes"))
    a.initiate()
    lab.expect("a", "offload-rejected", 1, r"Invalid argument", reason="esn-unsupported", connection="t1", says=["esn=no"])
    lab.note("pluto is killed")
    a.kill()
    lab.expect("a", "daemon-crashed", 2, r'"daemon-gone"')
