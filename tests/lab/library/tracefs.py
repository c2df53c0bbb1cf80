"""What swanwatch makes in tracefs, seen from outside."""

import os

ROOT = "/sys/kernel/tracing"


def left():
    """Instances and probes of swanwatch that are there now."""
    instances = [name for name in os.listdir(f"{ROOT}/instances") if name.startswith("swanwatch_")]
    with open(f"{ROOT}/dynamic_events", encoding="utf-8") as file:
        return instances + [line.split()[0] for line in file if "swanwatch_" in line]


def of(namespace):
    """The name that the instance and the probe of a namespace share."""
    return f"swanwatch_{os.stat(f'/run/netns/{namespace}').st_ino}"
