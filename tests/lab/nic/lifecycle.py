"""Checks: devices and namespaces come and go under SAs and traffic, and nothing is left behind."""

import threading

from library.commands import run
from library.nic import MODULE

from .bench import require

OFFLOADED = ("crypto", "packet")


def link_down_and_up(bench):
    """Link down takes SAs and policies away; after link up new ones work."""
    for who in OFFLOADED:
        bench.up({"a": who, "b": who}, esn=True)
        require(bench.ping() == 3, f"{who}: no answer to a ping")
        bench.network.ip("a", "link", "set", bench.device, "down")
        left = bench.nic["a"].held() + bench.nic["a"].held("policy")
        require(not left, f"{who}: the NIC holds {left} after link down")
        require(len(bench.nic["b"].held()) == 2, f"{who}: the other NIC has lost SAs")
        bench.network.ip("a", "link", "set", bench.device, "up")
        bench.restore("a")
        bench.up({"a": who, "b": who}, esn=True)
        require(bench.ping() == 3, f"{who}: no answer to a ping after link up")


def under_traffic(bench):
    """SAs replaced, link down and up, SAs forgotten, while TCP goes on as it can."""
    for who in OFFLOADED:
        bench.up({"a": who, "b": who}, esn=True)

        def push():
            try:
                bench.transfer(8 << 20, seconds=15)
            except OSError:
                pass  # that it is cut off is no fault here

        traffic = threading.Thread(target=push)
        traffic.start()
        for _ in range(5):
            bench.rekey()
        bench.nic["b"].set("forget")
        bench.rekey()
        bench.network.ip("b", "link", "set", bench.device, "down")
        bench.network.ip("b", "link", "set", bench.device, "up")
        bench.restore("b")
        bench.up({"a": who, "b": who}, esn=True)
        traffic.join()
        require(bench.ping() == 3, f"{who}: no answer to a ping afterwards")


def namespace_deleted(bench):
    """A namespace goes with SAs and policies in it: the NIC comes back to the first one, empty."""
    bench.up({"a": "packet", "b": "crypto"}, esn=True)
    bench.ping()
    bench.xfrm["a"].close()
    run("ip", "netns", "del", "a")
    for _ in range(100):
        if not bench.nic["a"].held() and "link/ether" in run("ip", "-o", "link", "show", bench.device, check=False):
            break
        threading.Event().wait(0.1)
    else:
        require(False, f"the NIC is not back, or not empty: {bench.nic['a'].held()}")
    require(not bench.nic["a"].held("policy"), "a policy is left")
    run("ip", "netns", "add", "a")
    run("ip", "link", "set", bench.device, "netns", "a")


def moved(bench):
    """A NIC moved to another namespace leaves its SAs behind, deleted."""
    bench.up({"a": "packet", "b": "packet"}, esn=True)
    bench.ping()
    bench.network.ip("a", "link", "set", bench.device, "netns", "1")
    require(not bench.nic["a"].held() and not bench.nic["a"].held("policy"), "the NIC holds something in its new namespace")
    require("src" not in run("ip", "-n", "a", "xfrm", "state"), "the old namespace has SAs")
    run("ip", "link", "set", bench.device, "netns", "a")


def unloaded_with_sas(bench):
    """The module goes with SAs, policies and traffic, and comes back, twice."""
    for who in (*OFFLOADED, *OFFLOADED):
        bench.up({"a": who, "b": who}, esn=True)
        bench.ping()
        run("rmmod", MODULE, timeout=30)
        for end in "ab":
            require("offload" not in run("ip", "-n", end, "xfrm", "state"), f"{end} has offloaded SAs and no NIC")
        for one in bench.xfrm.values():
            one.flush()
            one.close()
        bench.reload()
        bench.up({"a": who, "b": who}, esn=True)
        require(bench.ping() == 3, f"{who}: no answer to a ping after loading")


def switched_off(bench):
    """ethtool -K esp-hw-offload off: sending goes to software, and still arrives."""
    bench.up({"a": "crypto", "b": "crypto"}, esn=True)
    run("ethtool", "-K", bench.device, "esp-hw-offload", "off", namespace="a")
    require(bench.ping() == 3, "no answer to a ping")
    bench.transfer(1 << 20)
    require(bench.nic["a"].counts()["ipsec_tx_pkts"] == 0, "the NIC encrypted")
    run("ethtool", "-K", bench.device, "esp-hw-offload", "on", namespace="a")
    require(bench.ping() == 3 and bench.nic["a"].counts()["ipsec_tx_pkts"] == 3, "the NIC does not encrypt again")


def acquired(bench):
    """Packet mode with a policy and no SA: the stack makes a place-holder through the driver, and it goes again."""
    bench.up({"a": "packet", "b": "packet"}, esn=True)
    bench.xfrm["a"].delete(bench.states["a"]["a"])
    run("sysctl", "-qw", "net.core.xfrm_acq_expires=5", namespace="a")
    # Somebody has to listen for ACQUIRE, or the kernel makes no place-holder.
    with bench.listen_for_acquire("a"):
        bench.ping(1, wait=1)
        require("spi 0x00000000" in run("ip", "-n", "a", "xfrm", "state"), "there is no place-holder")
        require(len(bench.nic["a"].held()) == 1, f"the NIC holds {bench.nic['a'].held()}")
        for _ in range(60):
            threading.Event().wait(0.5)
            if "spi 0x00000000" not in run("ip", "-n", "a", "xfrm", "state"):
                break
        else:
            require(False, "the place-holder does not go")
    require(len(bench.nic["a"].held()) == 1, f"the NIC holds {bench.nic['a'].held()}")


def driver_named(bench):
    """ethtool names the driver, and mlx5's counters."""
    told = run("ethtool", "-i", bench.device, namespace="a")
    require("driver: swnic" in told, told)
    names = run("ethtool", "-S", bench.device, namespace="a")
    require("ipsec_rx_pkts" in names and "ipsec_tx_drop_trailer" in names, names)
    require("esp-hw-offload: on" in run("ethtool", "-k", bench.device, namespace="a"), "esp-hw-offload is not on")


CHECKS = (driver_named, link_down_and_up, under_traffic, namespace_deleted, moved, unloaded_with_sas, switched_off, acquired)
