"""Checks: each fault does what it says, and both the NIC's witness and what the kernel shows tell it apart."""

import errno
import time

from library.commands import run
from library.nic import statistics
from library.xfrm import IN, TUNNEL, Refused, State

from .bench import OUTER, require

OFFLOADED = ("crypto", "packet")


def refused(action, number, text):
    """The errno and the reason of a refusal that has to come."""
    try:
        action()
    except Refused as problem:
        require(problem.errno == number and problem.text == text, f"refused with {problem}, not with errno {number}: {text}")
    else:
        require(False, f"was not refused: {text}")


def state(bench, **options):
    """Some SA that the NIC can take."""
    given = {"source": OUTER[4]["a"], "destination": OUTER[4]["b"], "spi": next(bench.spis), "reqid": 1,
             "key": bytes(range(20)), "direction": "out", "offload": "crypto", **options}
    return State(**given)


def refusals(bench):
    """The next N SAs and policies, with errno and text as ordered."""
    xfrm, nic = bench.xfrm["a"], bench.nic["a"]
    nic.refuse(2, errno.EBUSY, "mlx5_core: Crypto offload is not supported")
    for offload in OFFLOADED:
        refused(lambda offload=offload: xfrm.add(state(bench, offload=offload)), errno.EBUSY,
                "mlx5_core: Crypto offload is not supported")
    nic.refuse(1, errno.EIO)
    refused(lambda: xfrm.add(state(bench)), errno.EIO, "Device failed to offload this state")
    xfrm.add(state(bench))
    nic.refuse(1, errno.EINVAL, "Device does not support policy priority", "policies")
    wanted = state(bench, offload="packet")

    def put():
        xfrm.policy(IN, "10.9.0.2/32", "10.9.0.1/32", wanted, offload=True)

    refused(put, errno.EINVAL, "Device does not support policy priority")
    put()
    require(len(nic.held()) == 1 and len(nic.held("policy")) == 1, f"the NIC holds {nic.held()} and {nic.held('policy')}")


def cannot(bench):
    """What the NIC itself cannot do it refuses with a driver's text."""
    xfrm = bench.xfrm["a"]
    for text, options in (
            ("swnic: Cannot offload xfrm states with AEAD key length other than 128/256 bit", {"key": bytes(28)}),
            ("swnic: Only AES-GCM-ICV16 xfrm state may be offloaded", {"icv": 96}),
            ("swnic: Cannot offload without reqid", {"offload": "packet", "reqid": 0}),
            ("swnic: Unsupported replay window size", {"offload": "packet", "direction": "in", "window": 48}),
            ("swnic: Hard packet limit must be greater than soft one",
             {"offload": "packet", "soft_packets": 9, "hard_packets": 8})):
        refused(lambda options=options: xfrm.add(state(bench, **options)), errno.EINVAL, text)
    require(not bench.nic["a"].held(), "the NIC holds what it refused")


def capacity(bench):
    """So many SAs and no more."""
    bench.nic["a"].set("capacity", 3)
    for _ in range(3):
        bench.xfrm["a"].add(state(bench))
    refused(lambda: bench.xfrm["a"].add(state(bench)), errno.ENOSPC, "swnic: No space for SA in table")
    bench.xfrm["a"].flush()
    bench.xfrm["a"].add(state(bench))


def falling_back(bench):
    """EOPNOTSUPP: the SA is there, in software, and works."""
    bench.nic["a"].set("fall_back")
    bench.up({"a": "crypto", "b": "crypto"}, esn=True)
    require(not bench.told("a", "a")["offload"] and not bench.nic["a"].held(), "the SA is offloaded")
    require(bench.told("a", "b")["offload"], "the other end's SA is not offloaded")
    require(bench.ping() == 3, "no answer to a ping")
    wanted = state(bench, offload="packet")
    bench.xfrm["a"].add(wanted)
    require(bench.xfrm["a"].get(wanted)["offload"], "packet mode fell back")


def swallowed(bench):
    """Packets vanish after they were counted, on sending and on receiving."""
    for who in OFFLOADED:
        for end, fault in (("a", "swallow_tx"), ("b", "swallow_rx")):
            bench.up({"a": who, "b": who}, esn=True)
            require(bench.ping() == 3, f"{who}: no answer to a ping before {fault}")
            before = {one: statistics(one, bench.device) for one in "ab"}
            bench.nic[end].set(fault)
            require(bench.ping(wait=1) == 0, f"{who}: {fault}, and yet a ping is answered")
            bench.nic[end].set(fault, 0)
            for one, name, count in (("a", "ipsec_tx_pkts", 3), ("b", "ipsec_rx_pkts", 3 if end == "b" else 0),
                                     ("b", "ipsec_tx_pkts", 0)):
                grown = statistics(one, bench.device)[name] - before[one][name]
                require(grown == count, f"{who}: {fault}: {name} of {one} grew by {grown}, not by {count}")
            require(bench.wire("a", "a") == 6, f"{who}: {fault}: the SA of a stands at {bench.wire('a', 'a')}, not at 6")
            require(bench.ping() == 3, f"{who}: no answer to a ping after {fault}")


def frozen(bench):
    """Driver and ethtool see no count move; the witness does, and afterwards all is there."""
    bench.up({"a": "packet", "b": "packet"}, esn=True)
    bench.ping()
    seen = bench.told("a", "a")["packets"], statistics("a", bench.device)
    bench.nic["a"].set("freeze_counters")
    require(bench.ping() == 3, "no answer to a ping")
    require((bench.told("a", "a")["packets"], statistics("a", bench.device)) == seen, "a count moved")
    require(int(bench.held("a", "a")["packets"]) == 6 and bench.nic["a"].counts()["ipsec_tx_pkts"] == 6, "the witness is wrong")
    bench.nic["a"].set("freeze_counters", 0)
    require(bench.told("a", "a")["packets"] == 6 and statistics("a", bench.device)["ipsec_tx_pkts"] == 6, "counts are missing")


def cached(bench):
    """An SA's counts are as old as ordered, and no older."""
    bench.up({"a": "packet", "b": "packet"}, esn=True)
    bench.nic["a"].set("cache_counters_ms", 20000)
    bench.ping()
    require(bench.told("a", "a")["packets"] == 0, "the counts are not cached")
    bench.nic["a"].set("cache_counters_ms", 1000)
    time.sleep(1.1)
    require(bench.told("a", "a")["packets"] == 3, "the cache was not renewed")
    bench.ping()
    time.sleep(1.1)
    require(bench.told("a", "a")["packets"] == 6, "the cache was not renewed twice")


def left_to_software(bench):
    """The SA claims offload, packets pass, and the CPU encrypts: the NIC has counted none."""
    bench.up({"a": "crypto", "b": "crypto"}, esn=True)
    bench.nic["a"].set("software")
    require(bench.ping() == 3, "no answer to a ping")
    bench.transfer(1 << 20)
    require(bench.told("a", "a")["offload"] and bench.told("b", "a")["offload"], "the SA does not claim offload")
    require(bench.wire("a", "a") > 100, "no packets were sent")
    require(not any(bench.nic["a"].counts().values()), f"the NIC worked: {bench.nic['a'].counts()}")
    require(bench.nic["b"].counts()["ipsec_rx_pkts"] == bench.wire("a", "a"), "the other NIC does not agree")


def counted_though_software(bench):
    """No SA claims offload, the CPU works, and the NIC counts as if it did: ethtool tells so, the witness does not."""
    bench.up({"a": None, "b": None}, esn=True)
    bench.nic["a"].set("count_software")
    before = statistics("a", bench.device)
    require(bench.ping() == 3, "no answer to a ping")
    for name in ("ipsec_tx_pkts", "ipsec_rx_pkts"):
        grown = statistics("a", bench.device)[name] - before[name]
        require(grown == 3, f"{name} grew by {grown}, not by 3")
    require(not any(bench.nic["a"].counts().values()), f"the NIC worked: {bench.nic['a'].counts()}")


def authentication(bench):
    """Every third packet received is not authentic: counted at the SA, at the device and in the namespace."""
    for who in OFFLOADED:
        bench.up({"a": who, "b": who}, esn=True)
        before = statistics("b", bench.device)["ipsec_rx_drop_pkts"]
        bench.nic["b"].set("fail_auth_every", 3)
        answered = bench.ping(9, wait=1)
        bench.nic["b"].set("fail_auth_every", 0)
        require(answered == 6, f"{who}: {answered} of 9 pings are answered, not 6")
        failed = bench.told("a", "b")["integrity_failed"]
        require(failed == 3, f"{who}: integrity_failed is {failed}, not 3")
        require(statistics("b", bench.device)["ipsec_rx_drop_pkts"] - before == 3, f"{who}: ethtool tells another number")
        require("XfrmInStateProtoError" in " ".join(line for line in bench.look_around() if line.startswith("b:")),
                f"{who}: xfrm_stat does not tell")


def forgotten(bench):
    """The NIC has lost its SAs, the kernel knows nothing of it, and nothing is sent; a rekey mends it."""
    for who in OFFLOADED:
        bench.up({"a": who, "b": who}, esn=True)
        bench.ping()
        bench.nic["a"].set("forget")
        require(not bench.nic["a"].held() and bench.told("a", "a")["offload"], "the NIC still holds SAs, or the kernel knows")
        require(bench.ping(wait=1) == 0, f"{who}: a ping is answered")
        require(statistics("a", bench.device)["ipsec_tx_drop_pkts"] >= 3, f"{who}: no packet was dropped")
        bench.rekey()
        require(bench.ping() == 3, f"{who}: no answer to a ping after a rekey")


def broken(bench):
    """What an SA should send it counts and drops; a rekey mends it."""
    for who in OFFLOADED:
        bench.up({"a": who, "b": None}, esn=True)
        bench.ping()
        dropped = statistics("a", bench.device)["ipsec_tx_drop_pkts"]
        bench.nic["a"].set("break")
        require(bench.ping(wait=1) == 0, f"{who}: a ping is answered")
        dropped = statistics("a", bench.device)["ipsec_tx_drop_pkts"] - dropped
        counted = int(bench.held("a", "a")["packets"])
        require((dropped, counted) == (3, 6), f"{who}: {dropped} packets were dropped, and the SA counts {counted}")
        bench.rekey()
        require(bench.ping() == 3, f"{who}: no answer to a ping after a rekey")


def received_by_software_when_forgotten(bench):
    """A receiving NIC that lost a crypto mode SA leaves the packets to the CPU, and they arrive."""
    bench.up({"a": None, "b": "crypto"}, esn=True)
    bench.ping()
    before = bench.nic["b"].counts()["ipsec_rx_pkts"]
    bench.nic["b"].set("forget")
    bench.ping(wait=1)
    require(bench.wire("a", "b") == 6, f"{bench.wire('a', 'b')} packets arrived, not 6")
    require(bench.nic["b"].counts()["ipsec_rx_pkts"] == before, "the NIC counted what it does not hold")


def reset(bench):
    """No carrier for a second at both ends, counts at 0, and the SAs work on."""
    bench.up({"a": "packet", "b": "crypto"}, esn=True)
    bench.ping()
    carrier = "/sys/class/net/nic0/carrier"
    require(statistics("a", bench.device)["ipsec_tx_pkts"] == 3, "the counts are wrong before the reset")
    bench.nic["a"].set("reset", 1000)
    for end in "ab":
        require(run("cat", carrier, namespace=end).strip() == "0", f"{end} has a carrier during the reset")
    require(statistics("a", bench.device)["ipsec_tx_pkts"] == 0, "the counts are not 0 after the reset")
    time.sleep(1.5)
    for end in "ab":
        require(run("cat", carrier, namespace=end).strip() == "1", f"{end} has no carrier after the reset")
    require(bench.ping() == 3, "no answer to a ping after the reset")
    require(statistics("a", bench.device)["ipsec_tx_pkts"] == 3, "the counts are wrong after the reset")
    require(int(bench.held("a", "a")["packets"]) == 6, "the witness forgot")


def plaintext_dropped(bench):
    """What comes in the clear though b's policy wants ESP is dropped by the NIC: the kernel would take it."""
    bench.up({"a": None, "b": "packet"}, mode=TUNNEL, esn=True)
    bench.xfrm["a"].flush()
    require(bench.ping(wait=1) == 0, "a ping in the clear is answered")
    require(statistics("b", bench.device)["ipsec_rx_drop_pkts"] == 3, "the NIC has not dropped them")


def limits(bench):
    """In packet mode the NIC tells when the packets of an SA are used up: it expires."""
    bench.up({"a": "packet", "b": "packet"}, esn=True, soft_packets=5, hard_packets=10)
    require(bench.ping(20, wait=1) < 20, "20 pings are answered with an SA for 10 packets")
    for end in "ab":
        require(len(bench.nic[end].held()) < 2, f"the NIC of {end} holds {bench.nic[end].held()}")


CHECKS = (refusals, cannot, capacity, falling_back, swallowed, frozen, cached, left_to_software, counted_though_software, authentication,
          forgotten, broken, received_by_software_when_forgotten, reset, plaintext_dropped, limits)
