"""IKEv1 between real plutos: what stands is healthy, and each refusal, which is mostly silence, is told for what it is."""

from library.gateway import SECRET, connection
from library.libreswan5 import Gateway5
from library.scenario import scenario

# Times are short: a refusal by silence takes as long as pluto asks again.
COMMON = {"ikev2": "no", "nic_offload": "no", "ike": "aes256-sha2_256;modp2048", "esp": "aes128-sha1", "esn": None,
          "retransmit_timeout": "6s", "type": "tunnel"}
SUBNETS = {"a": "10.10.0.0/24", "b": "10.20.0.0/24"}
# As libreswan 5 writes it.
FIVE = {"ikev2": None, "keyexchange": "ikev1"}
# IKEv1 is left out unless pluto is told otherwise.
ACCEPT = {"setup": "\tikev1-policy=accept\n"}


def tunnel(local, **options):
    """One end of an IKEv1 tunnel between two subnets."""
    remote = "b" if local == "a" else "a"
    subnets = {"leftsubnet": SUBNETS[local], "rightsubnet": SUBNETS[remote]}
    return connection(local=local, **{**COMMON, **subnets, **options})


def secret(gateway, text):
    """Give a pluto this secret, and have it read."""
    with open(f"{gateway.directory}/ipsec.secrets", "w", encoding="ascii") as file:
        file.write(f'@a @b : PSK "{text}"\n')
    gateway.whack("--rereadsecrets")


@scenario
def ikev1_healthy(lab):
    """Main Mode and Aggressive Mode with DPD over veth, each rekeyed by itself: nothing."""
    lab.connect("veth")
    # A new pair every twelve seconds; the old one stays for the margin.
    short = {"salifetime": "24s", "rekeymargin": "12s", "rekeyfuzz": "0%", "dpddelay": "5", "dpdtimeout": "30", "dpdaction": "restart"}
    second = {"leftsubnet": "10.11.0.0/24", "rightsubnet": "10.21.0.0/24", "aggressive": "yes"}
    mirrored = {"leftsubnet": "10.21.0.0/24", "rightsubnet": "10.11.0.0/24", "aggressive": "yes"}
    lab.gateway("b", tunnel("b", **short) + tunnel("b", name="t2", **{**short, **mirrored}), **ACCEPT)
    a = lab.gateway("a", tunnel("a", **short) + tunnel("a", name="t2", **{**short, **second}), **ACCEPT)
    watcher = lab.watch("a")
    a.up()
    a.up("t2")
    since = a.log.mark()
    lab.quiet(20)
    a.log.wait_for(r"to replace #\d+", 60, since, count=2)
    lab.quiet(15)
    tunnels = watcher.status()["summary"]["tunnels"]
    lab.require(tunnels["up"] == 2, f"its tunnels are {tunnels}")


def refusals(lab, a_options, kind=None):
    """Another secret, other subnets, another esp=: one after the other, each mended before the next."""
    lab.connect("veth")
    b = lab.gateway("b", tunnel("b"), **ACCEPT)
    a = lab.gateway("a", tunnel("a", **a_options), **ACCEPT, **({"kind": kind} if kind else {}))
    lab.watch("a", **({"prefix": a.watch_prefix} if kind else {}))
    lab.fault("the peer has another secret")
    secret(b, "y" * 48)
    a.initiate()
    lab.expect("a", "tunnel-down", 2, r'"silent":\{"at":"first-encrypted"', reason="authentication", connection="t1",
               says=["first encrypted message"])
    lab.note("the secret is mended")
    secret(b, SECRET)
    a.initiate()
    lab.expect_closed("a", "tunnel-down", 15)
    for what, mended, reason, said in (
            ({"leftsubnet": "10.20.9.0/24"}, {}, "peer-refused", "leftsubnet="),
            ({"esp": "3des-sha1"}, {}, "peer-refused", "esp=")):
        a.whack("--terminate", "--name", "t1")
        # Wanted again at once, its traffic would leave in clear while the peer refuses it, and that would be told.
        lab.quiet(3)
        lab.note(f"the peer has {what}")
        b.reload(tunnel("b", **what))
        a.initiate()
        finding = lab.expect("a", "tunnel-down", 2, None, reason=reason, connection="t1")
        lab.require(said in finding["advice"], f"it advises: {finding['advice']}")
        lab.require("UDP" not in finding["advice"], f"it advises: {finding['advice']}")
        lab.note("the peer is mended")
        b.reload(tunnel("b", **mended))
        a.initiate()
        lab.expect_closed("a", "tunnel-down", 15)
    lab.quiet(8)


@scenario
def ikev1_refusals(lab):
    """IKEv1, libreswan 4.10: wrong secret, wrong subnets, wrong esp=."""
    refusals(lab, {})


@scenario
def ikev1_refusals_of_libreswan_5(lab):
    """IKEv1, libreswan 5 at this end: wrong secret, wrong subnets, wrong esp=."""
    refusals(lab, FIVE, Gateway5)
