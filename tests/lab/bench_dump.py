"""Dump and join of 20,000 real SAs on a device: run by tests/lab/bench-dump, inside the VM."""

import os
import subprocess
import sys

from library.commands import in_namespace
from library.lab import Lab

BENCH = os.environ["SWANWATCH"]


def main():
    lab = Lab("dump-bench", "/run/lab")
    lab.connect("nic")
    lab.network.nic["a"].set("capacity", 100_000)
    environment = {**os.environ, "SWANWATCH_BENCH_DEVICE": lab.network.device}
    done = subprocess.run(in_namespace(lab.network.namespace["a"], [BENCH, "real"]), env=environment, check=False)
    lab.close()
    return done.returncode


if __name__ == "__main__":
    os.makedirs("/run/lab", exist_ok=True)
    sys.exit(main())
