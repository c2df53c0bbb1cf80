"""A drop-in of ipsec.service, which goes with the scenario."""

import os
import shutil

from .commands import run

DIRECTORY = "/run/systemd/system/ipsec.service.d"


def drop_in(lab, *lines, limit=""):
    """Change [Service] of Debian's ipsec.service by these lines, and [Unit] by `limit`; a line without a value empties a list."""
    os.makedirs(DIRECTORY, exist_ok=True)
    with open(f"{DIRECTORY}/lab.conf", "w", encoding="ascii") as file:
        file.write("\n".join(["[Unit]", limit, "[Service]", *lines, ""]))
    run("systemctl", "daemon-reload", timeout=120)
    lab.at_end(remove)


def remove():
    """Take all of them away."""
    shutil.rmtree(DIRECTORY, ignore_errors=True)
    run("systemctl", "daemon-reload", timeout=120)
    run("systemctl", "reset-failed", "ipsec", check=False)
