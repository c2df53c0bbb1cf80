"""SAs, policies and IKE SAs that are left over."""

import re

from library.commands import run
from library.gateway import connection
from library.scenario import scenario

# A key that is used nowhere else, so that one may search for it in all that swanwatch writes.
KEY = "0x" + "c0ffee5eed" * 4


def add_by_hand(namespace, source, destination, spi):
    """A pair of SAs beside pluto's, as somebody's script might leave them."""
    run("ip", "xfrm", "state", "add", "src", source, "dst", destination, "proto", "esp", "spi", spi, "reqid", "77",
        "mode", "transport", "aead", "rfc4106(gcm(aes))", KEY, "128", namespace=namespace)


def pasted(finding, **changes):
    """Runs the first command in the advice of a finding of a, as a person would who pastes it."""
    command = re.search("'([^']+)'", finding["advice"])[1]
    for words, instead in changes.items():
        command = command.replace(words, instead)
    run("sh", "-c", command, namespace="a")


def leave_policies():
    """What comes from a host by an XFRM interface, without an SA or a connection: as a road warrior's, who is gone."""
    for direction, more in (("in", ("mark", "0x5", "mask", "0xff")), ("fwd", ("proto", "udp", "dport", "1701"))):
        selector, options = ("src", "10.2.0.50/32", "dst", "10.1.0.0/16"), ("dir", direction, "priority", "1700", "if_id", "0x1")
        upspec, options = (more, options) if more[0] == "proto" else ((), options + more)
        run("ip", "xfrm", "policy", "add", *selector, *upspec, *options, "tmpl", "src", "10.9.0.50", "dst", "10.9.0.1", "proto", "esp",
            "reqid", "30001", "mode", "tunnel", namespace="a")


@scenario
def added_by_hand(lab):
    """A pair of SAs added by hand beside pluto's; then policies that are nobody's, which go by the command in the advice."""
    lab.connect()
    lab.gateway("b", connection(local="b"))
    a = lab.gateway("a", connection(local="a"))
    lab.watch("a")
    a.up()
    # To tell its tables cost the daemon some 60 ms here, and a thousand times that passes before it is asked again.
    lab.quiet(65)
    lab.fault("two SAs are added by hand")
    add_by_hand("a", "10.9.0.1", "10.9.0.7", "0x1001")
    add_by_hand("a", "10.9.0.7", "10.9.0.1", "0x1002")
    lab.expect("a", "sa-orphaned", 12, r'"sa-added".*0x00001001', says=["10.9.0.7"])
    lab.quiet(8)
    lab.note("they are deleted")
    run("ip", "xfrm", "state", "delete", "src", "10.9.0.1", "dst", "10.9.0.7", "proto", "esp", "spi", "0x1001", namespace="a")
    run("ip", "xfrm", "state", "delete", "src", "10.9.0.7", "dst", "10.9.0.1", "proto", "esp", "spi", "0x1002", namespace="a")
    lab.expect_closed("a", "sa-orphaned", 5)
    lab.note("policies are left over")
    leave_policies()
    told = lab.expect("a", "policies-orphaned", 20, r'"policy-set".*10\.2\.0\.50', patience=90, says=["10.2.0.50/32", "if_id 0x1"])
    before = run("ip", "xfrm", "policy", namespace="a")
    pasted(told)
    lab.expect_closed("a", "policies-orphaned", 5, r'"policy-deleted".*10\.2\.0\.50')
    left = run("ip", "xfrm", "policy", namespace="a")
    lab.require("10.2.0.50" in before and "10.2.0.50" not in left, f"policies that are left: {left}")
    lab.require(left.count("dir ") == before.count("dir ") - 2, "its command took more away than it should")


@scenario
def ike_sas_pile_up(lab):
    """A peer comes again and again, gets no Child SA, and forgets its IKE SA without a word."""
    lab.connect("veth")
    options = {"type": "tunnel", "nic_offload": None}
    # b asks for a subnet that it has not by a's word.
    b = lab.gateway("b", connection(local="b", leftsubnet="10.2.9.0/24", rightsubnet="10.1.0.0/24", **options))
    a = lab.gateway("a", connection(local="a", leftsubnet="10.1.0.0/24", rightsubnet="10.2.0.0/24", **options))
    b.whack("--impair", "send-no-delete")
    lab.watch("a")
    lab.fault("it comes for the first time")
    for _ in range(6):
        since = a.log.mark()
        b.initiate()
        a.log.wait_for(r'"t1" #\d+: .*established IKE SA', 60, since)
        since = b.log.mark()
        b.whack("--terminate", "--name", "t1")
        b.log.wait_for(r'"t1".*: (deleting|terminating)', 60, since)
    told = lab.expect("a", "ike-sa-duplicates", 15, r'"table":', patience=150, connection="t1", says=["6 established IKE SAs of t1 with 10.9.0.2"])
    pasted(told, **{"ipsec whack": f"ipsec whack --ctlsocket {a.control}"})
    lab.expect_closed("a", "ike-sa-duplicates", 5)
