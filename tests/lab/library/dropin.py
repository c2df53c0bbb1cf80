"""A drop-in of ipsec.service, which goes with the scenario."""

import os
import shutil

from .commands import run

DIRECTORY = "/run/systemd/system/ipsec.service.d"


def drop_in(lab, *lines, name="lab"):
    """Change [Service] of Debian's ipsec.service by these lines; ExecStartPre= and others are emptied by a line without a value."""
    os.makedirs(DIRECTORY, exist_ok=True)
    with open(f"{DIRECTORY}/{name}.conf", "w", encoding="ascii") as file:
        file.write("\n".join(["[Service]", *lines, ""]))
    run("systemctl", "daemon-reload", timeout=120)
    lab.at_end(remove)


def remove():
    """Take all of them away."""
    shutil.rmtree(DIRECTORY, ignore_errors=True)
    run("systemctl", "daemon-reload", timeout=120)
    run("systemctl", "reset-failed", "ipsec", check=False)
