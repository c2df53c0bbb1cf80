"""What a scenario left running. Each VM is the lab's alone: nowhere else may this be used."""

import contextlib
import os
import signal

from .commands import run
from .failure import Late

PROGRAM = "swanwatch"


def end_leftovers():
    """Ends every swanwatch that still runs, which would keep the next scenario from its own; gives their numbers."""
    found = running()
    if found and os.path.isdir("/run/systemd/system"):
        with contextlib.suppress(Late):
            run("systemctl", "stop", f"{PROGRAM}.service", f"{PROGRAM}@*.service", check=False, timeout=120)
    for pid in running():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return found


def running():
    """Every process of that name that is not a zombie."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
                name, _, rest = file.read().partition("(")[2].rpartition(")")
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended meanwhile
        if name.startswith(PROGRAM) and rest.split()[0] != "Z":
            found.append(int(pid))
    return found
