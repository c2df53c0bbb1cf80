"""A drop-in of the daemon's unit, which goes with the scenario."""

import os
import shutil

from .commands import run

DIRECTORY = "/run/systemd/system/{}.service.d"


def drop_in(lab, *lines, limit="", unit="ipsec"):
    """Change [Service] of Debian's unit by these lines, and [Unit] by `limit`; a line without a value empties a list."""
    directory = DIRECTORY.format(unit)
    os.makedirs(directory, exist_ok=True)
    with open(f"{directory}/lab.conf", "w", encoding="ascii") as file:
        file.write("\n".join(["[Unit]", limit, "[Service]", *lines, ""]))
    run("systemctl", "daemon-reload", timeout=120)
    lab.at_end(lambda: remove(unit))


def remove(unit="ipsec"):
    """Take all of them away."""
    shutil.rmtree(DIRECTORY.format(unit), ignore_errors=True)
    run("systemctl", "daemon-reload", timeout=120)
    run("systemctl", "reset-failed", unit, check=False)
