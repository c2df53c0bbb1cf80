"""Why the kernel refused: the same refusals with tracefs and without, a full device, a missing module, devices that cannot."""

from library import kernel
from library.check import PATIENCE
from library.commands import run
from library.follower import follow_file
from library.gateway import connection
from library.scenario import scenario

from . import rekey
from .trace import GCM, WITHOUT_TRACEFS, add, follow, told_of

# What netdevsim refuses of what pluto can ask for: the connection's options, and the reason.
REFUSED = {
    "esn": ({"esn": "yes"}, "esn-unsupported", "esn=no"),
    "cbc": ({"esp": "aes128-sha2_256"}, "algorithm-unsupported", "esp="),
    "icv8": ({"esp": "aes_gcm_a128-null"}, "icv-length", "esp=aes_gcm"),
    "icv12": ({"esp": "aes_gcm_b128-null"}, "icv-length", "esp=aes_gcm"),
}


def connections(local, nic_offload):
    """One connection for each, told apart by a port."""
    side = "leftprotoport"
    return "".join(connection(name, local=local, nic_offload=nic_offload, rightprotoport=f"tcp/{port}", **{side: f"tcp/{port}"}, **options)
                   for port, (name, (options, _, _)) in enumerate(REFUSED.items(), 4001))


def each_is_refused(lab, reasons):
    """Bring each up at a; `reasons` gives what may be told for each."""
    a = lab.gateways["a"]
    for name in REFUSED:
        lab.fault(f"{name} is brought up at a")
        a.initiate(name)
        found = lab.expect("a", "offload-rejected", 1, connection=name)
        lab.require(found["reason"] in reasons(name), f"{name}: the reason is {found['reason']}")
        # It would be tried again and again; what is only terminated is, too, with the next one's IKE SA.
        a.whack("--delete", "--name", name)
        lab.expect_closed("a", "offload-rejected", 5)
    lab.quiet(3)


@scenario
def refusals_and_their_reasons(lab):
    """Whatever pluto can ask of netdevsim that it refuses: each has its own reason, and its cure."""
    lab.connect()
    lab.gateway("b", connections("b", "no"))
    lab.gateway("a", connections("a", "yes"))
    lab.watch("a")
    follow(lab, "a")
    each_is_refused(lab, lambda name: [REFUSED[name][1]])
    for one in lab.expected:
        cure = REFUSED[one.subject["connection"]][2]
        lab.require(cure in one.event.data["advice"], f"{one}: '{cure}' is not in {one.event.data['advice']!r}")


@scenario
def refusals_without_tracefs(lab):
    """The same where tracefs is missing: the same reasons or none, never others."""
    lab.connect()
    lab.gateway("b", connections("b", "no"))
    lab.gateway("a", connections("a", "yes"))
    lab.watch("a", prefix=WITHOUT_TRACEFS)
    each_is_refused(lab, lambda name: [REFUSED[name][1], "unknown"])


@scenario
def ah_is_never_offloaded(lab):
    """AH on a NIC that takes ESP: pluto does not even ask, and no NIC could."""
    lab.connect()
    options = {"phase2": "ah", "esp": "sha2_256"}
    lab.gateway("b", connection(local="b", nic_offload="no", **options))
    a = lab.gateway("a", connection(local="a", **options))
    lab.watch("a")
    lab.fault("t1 is brought up at a")
    a.up()
    for direction in ("in", "out"):
        lab.expect("a", "sa-not-offloaded", 1, "initiator established Child SA", reason="ah-not-offloadable", connection="t1",
                   direction=direction, says=["phase2=esp"])
    lab.quiet(3)


@scenario
def device_full(lab):
    """The 34th SA: the device has no room; pluto 4.10 gives up the IKE SA and with it every tunnel."""
    pairs = range(1, 18)
    one = {"type": "tunnel", "ikelifetime": "8h"}

    def all_of(local, nic_offload):
        def nets(number):
            own, other = ("10.1", "10.2") if local == "a" else ("10.2", "10.1")
            return {"leftsubnet": f"{own}.{number}.0/24", "rightsubnet": f"{other}.{number}.0/24"}
        return "".join(connection(f"n{number}", local=local, nic_offload=nic_offload, **one, **nets(number)) for number in pairs)

    lab.connect()
    lab.gateway("b", all_of("b", "no"))
    a = lab.gateway("a", all_of("a", "yes"))
    lab.watch("a")
    follow(lab, "a", least="absent")
    for number in pairs[:-1]:
        a.up(f"n{number}")
    lab.quiet(6)
    lab.fault("one tunnel more than the device has room for")
    a.initiate(f"n{pairs[-1]}")
    lab.expect("a", "offload-capacity", 1, r"No space left on device", reason="capacity", device="nsim0", says=[r"\b3[234] SAs"])
    lab.expect_change("a", "offload-capacity", lambda data: data["affected"]["connections"] == len(pairs), 10)


@scenario
def offload_module_missing(lab):
    """esp4_offload is not loaded and cannot be: that is what is missing, and not the NIC. Without the kernel's words it is not guessed."""
    # Not modprobe -r: that would take esp4 along.
    run("rmmod", "esp4_offload")
    helper = run("cat", "/proc/sys/kernel/modprobe").strip()
    lab.at_end(lambda: run("modprobe", "esp4_offload"))
    lab.at_end(lambda: run("sysctl", "-q", f"kernel.modprobe={helper}"))
    run("sysctl", "-q", "kernel.modprobe=/bin/false")
    lab.connect()
    lab.gateway("b", connection(local="b", nic_offload="no"))
    a = lab.gateway("a", connection(local="a"))
    lab.watch("a")
    follow(lab, "a", least="absent")
    lab.fault("t1 is brought up at a")
    a.initiate()
    # The SA is one that the NIC takes: words alone tell.
    reason, cure = ("module-missing", "modprobe esp4_offload") if kernel.can("words") else ("unknown", "swanwatch probe")
    lab.expect("a", "offload-rejected", 1, r"netlink response for Add SA", reason=reason, connection="t1", says=[cure])


@scenario
def bond_whose_slave_cannot(lab):
    """An active-backup bond over a device without offload: software in silence, or refused, and the bond is not to blame."""
    lab.connect("bond")
    # 6.1 refuses what later kernels take in software.
    refuses = told_of(lab, "bond0", *GCM) is not None
    lab.gateway("b", connection(local="b", nic_offload="no"))
    a = lab.gateway("a", connection(local="a"))
    lab.watch("a")
    follow(lab, "a", least="absent")
    lab.fault("t1 is brought up over bond0")
    if refuses:
        a.initiate()
        lab.expect("a", "offload-rejected", 1, r"netlink response for Add SA", reason="slave-not-capable", connection="t1", device="bond0")
        return
    a.up()
    for direction in ("in", "out"):
        lab.expect("a", "sa-not-offloaded", 1, "initiator established Child SA|Slave does not support", reason="slave-not-capable",
                   connection="t1", direction=direction, device="bond0")
    lab.quiet(5)


@scenario
def refused_by_hand(lab):
    """An SA that somebody adds by hand is refused: told by its addresses; one on lo is in software, and explain says why."""
    lab.connect()
    watcher = lab.watch("a", configuration=None)
    follow(lab, "a")
    recording = lab.keep(follow_file(watcher.recording))
    lab.fault("SAs are added by hand")
    add("a", "0x1002", "flag", "esn", "replay-window", "64", *GCM, "offload", "dev", "nsim0", "dir", "out")
    lab.expect("a", "offload-rejected", 1, '"offload-tried"', reason="esn-unsupported", device="nsim0", says=["ip \\(process"])
    add("a", "0x1003", *GCM, "offload", "dev", "lo", "dir", "out")
    recording.wait_for(r'"offload-tried":.*"spi":"0x00001003"', PATIENCE)
    told = watcher.verb("explain", "0x1003")
    lab.require("not on the NIC: " in told, f"explain says:\n{told}")
    lab.report.append("  " + told.replace("\n", "\n  ").rstrip())


@scenario
def kernel_without_esp(lab):
    """The kernel has no ESP at all where no offload is asked for: the add failed, and the NIC is not to blame."""
    helper = run("cat", "/proc/sys/kernel/modprobe").strip()
    run("modprobe", "-r", "esp4_offload")
    lab.at_end(lambda: run("modprobe", "esp4_offload"))
    lab.at_end(lambda: run("sysctl", "-q", f"kernel.modprobe={helper}"))
    lab.connect()
    lab.gateway("b", connection(local="b", nic_offload="no"))
    a = lab.gateway("a", connection(local="a", nic_offload="no"))
    run("sysctl", "-q", "kernel.modprobe=/bin/false")
    lab.watch("b")
    lab.fault("t1 is brought up at a")
    a.initiate()
    lab.expect("b", "sa-add-failed", 1, r"Protocol not supported", connection="t1")
    lab.quiet(3)


@scenario
def crypto_where_packet_is_demanded(lab):
    """The configuration of swanwatch demands packet offload, pluto 4.10 knows crypto offload alone."""
    lab.connect()
    lab.gateway("b", connection(local="b", nic_offload="no"))
    a = lab.gateway("a", connection(local="a"))
    lab.watch("a", configuration=a.watch_configuration() + 'connections: { "t?": { offload: required, mode: packet } }\n')
    lab.fault("t1 is brought up at a")
    a.up()
    for direction in ("in", "out"):
        lab.expect("a", "offload-downgraded", 1, "initiator established Child SA", connection="t1", direction=direction)
    lab.quiet(3)


@scenario
def policy_deleted(lab):
    """Somebody deletes the outbound policy of a tunnel that stands: nothing is sent to its SA, until a rekey has pluto write it anew."""
    lab.connect()
    lab.gateway("b", connection(local="b", type="tunnel"))
    a = lab.gateway("a", connection(local="a", type="tunnel"))
    rekey.watch(lab, "a")
    a.up()
    lab.quiet(6)
    lab.fault("the outbound policy is deleted")
    run("ip", "xfrm", "policy", "delete", "src", "10.9.0.1/32", "dst", "10.9.0.2/32", "dir", "out", namespace="a")
    lab.expect("a", "policy-mismatch", 6, r'"policy-deleted"', reason="policy-missing", connection="t1", direction="out")
    lab.expect("a", "clear-text-window", 2, r'"policy-deleted"')
    lab.expect_closed("a", "policy-mismatch", 20)
    lab.expect_closed("a", "clear-text-window", 20)
    rekey.expect_remedy(lab, "a", "done", says="Child SA #")
    steps = [one["text"] for one in rekey.remedies(lab, "a") if one["step"]]
    lab.require(steps == ["have the daemon rekey t1"], f"its steps: {steps}")
