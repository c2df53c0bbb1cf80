"""A pluto of libreswan 5 at one end: another log, other commands, and refusals that are fatal."""

import json

from library.gateway import connection
from library.libreswan5 import Gateway5
from library.scenario import scenario


def pair(lab, link="netdevsim", peer=None, **options):
    """Two gateways and a swanwatch at a, which has libreswan 5."""
    lab.connect(link)
    lab.gateway("b", connection(local="b", **(peer or {})))
    a = lab.gateway("a", connection(local="a", **options), kind=Gateway5)
    lab.watch("a", prefix=a.watch_prefix)
    return a


@scenario
def libreswan_5_healthy(lab):
    """Offload with libreswan 5, rekeyed three times: nothing; who encrypts, and what was asked for, is known."""
    a = pair(lab, nic_offload="crypto")
    a.up()
    for _ in range(3):
        lab.quiet(8)
        a.rekey()
    lab.quiet(8)
    told = lab.watchers["a"].status()["daemon"]
    lab.require(told["version"].startswith("5."), f"the daemon is {told}")
    rows = [json.loads(line) for line in lab.watchers["a"].verb("sas", "--json", check=True).splitlines()]
    said = [(row["connection"], row["offload"], row["expected"], row["daemon"]) for row in rows]
    lab.require(said == [("t1", "crypto", "crypto", "known")] * 2, f"of its SAs: {rows}")


@scenario(needs=("words",))
def libreswan_5_refused(lab):
    """esn=either, offload at libreswan 5 alone: refused, in the words of the kernel that libreswan 5 logs."""
    a = pair(lab, peer={"nic_offload": "no", "esn": "either"}, nic_offload="crypto", esn="either")
    lab.fault("the connection is brought up")
    a.initiate()
    lab.expect("a", "offload-rejected", 1, r"Invalid argument", reason="esn-unsupported", connection="t1")
    told = lab.expect_change("a", "offload-rejected", lambda data: "ESN" in str(data["evidence"]), 5)
    lab.require("esn=no" in told["advice"], f"it advises: {told['advice']}")


@scenario
def libreswan_5_deleted_and_killed(lab):
    """libreswan 5 loses an SA, and then its life: the first is cured by its own command, the second is a crash."""
    a = pair(lab, nic_offload="crypto")
    a.up()
    lab.fault("the outbound SA is deleted")
    a.delete_state("out")
    lab.expect("a", "sa-missing", 5, r'"sa-deleted"', connection="t1", direction="out")
    a.rekey()
    lab.expect_closed("a", "sa-missing", 5)
    lab.note("pluto is killed")
    a.kill()
    lab.expect("a", "daemon-crashed", 2, r'"daemon-gone"')
