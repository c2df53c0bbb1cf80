"""A process of a user without rights that does whatever it can to be taken for pluto."""

import os
import shutil
import subprocess
import sys

from .commands import in_namespace
from .gateway import BASE

NOBODY = 65534
# PR_SET_NAME and NETLINK_XFRM. Its end is the end of its standard input.
PROGRAM = """
import ctypes, os, socket, sys
os.setgroups([]); os.setgid(65534); os.setuid(65534)
ctypes.CDLL(None).prctl(15, b"pluto", 0, 0, 0)
xfrm = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 6); xfrm.bind((os.getpid(), 0))
folder = sys.argv[sys.argv.index("--rundir") + 1]
open(folder + "/pluto.pid", "w").write(f"{os.getpid()}\\n")
control = socket.socket(socket.AF_UNIX); control.bind(folder + "/pluto.ctl"); control.listen(5)
print("ready", flush=True)
sys.stdin.read()
"""


class Stranger:
    """It runs from here on. Its configuration leads everywhere."""

    def __init__(self, namespace, name):
        self.directory = f"{BASE}/stranger-{name}"
        shutil.rmtree(self.directory, ignore_errors=True)
        os.makedirs(self.directory)
        with open(f"{self.directory}/ipsec.conf", "w", encoding="ascii") as file:
            file.write("include /proc/*/task/*/**/*\ninclude /sys/**/*\nconfig setup\n\tlogfile=/etc/passwd\n")
        os.chown(self.directory, NOBODY, NOBODY)
        arguments = ["--config", f"{self.directory}/ipsec.conf", "--rundir", self.directory, "--logfile", "/etc/passwd"]
        self.process = subprocess.Popen(in_namespace(namespace, [sys.executable, "-c", PROGRAM, *arguments]),
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            raise RuntimeError("a stranger's pluto did not start")

    @property
    def pid(self):
        return self.process.pid

    def stop(self):
        """SIGKILL."""
        self.process.kill()
        self.process.wait()
