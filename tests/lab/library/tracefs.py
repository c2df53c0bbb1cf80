"""What swanwatch makes in tracefs, seen from outside."""

import os

ROOT = "/sys/kernel/tracing"


# Which instances tell who takes SAs out, and who sends what is dropped.
ATTRIBUTION = ("removals", "senders")


def left(every=False):
    """Instances and probes of swanwatch that are there now; those of ATTRIBUTION only where `every` one is meant."""
    found = [name for name in os.listdir(f"{ROOT}/instances") if name.startswith("swanwatch_")]
    with open(f"{ROOT}/dynamic_events", encoding="utf-8") as file:
        found += [line.split()[0] for line in file if "swanwatch_" in line]
    return [name for name in found if every or not any(purpose in name for purpose in ATTRIBUTION)]


def of(namespace):
    """The name that the instance and the probe of a namespace share."""
    return f"swanwatch_{os.stat(f'/run/netns/{namespace}').st_ino}"


# The probes of each way to see what became of an add, from the best down: what `left` shows of them, without the namespace's name.
RUNGS = (("f:offload",),
         ("p:offload_begun", "r:offload_ended", "p:sa_added", "p:sa_updated", "p:answered"))


def rung(namespace):
    """Which of RUNGS the swanwatch of a namespace stands on; None on none of them."""
    name = of(namespace)
    there = {probe.replace(f"{name}/", "") for probe in left() if probe.partition(":")[2].startswith(f"{name}/")}
    # A kretprobe is listed with how many may run at once.
    there = {f"r:{probe.partition(':')[2]}" if probe.startswith("r") else probe for probe in there}
    return next((number for number, probes in enumerate(RUNGS) if there == set(probes)), None)


# Puts tracefs into a mount namespace of its own, where new probes go through the file that takes none but kprobes: the kernel itself refuses
# the best way.
ONE_RUNG_DOWN = ("unshare", "--mount", "sh", "-ec", f"""
mount -t tracefs tracefs {ROOT}
mount --bind {ROOT}/kprobe_events {ROOT}/dynamic_events
exec "$@"
""", "one-rung-down")
