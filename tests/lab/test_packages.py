"""What prepare may install on a machine: what it has stays, and no IKE daemon, init or bus of it is touched."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

HERE = os.path.dirname(os.path.realpath(__file__))
SETTINGS = re.findall(r"^(?:kept|suite|packages)=.*$", open(f"{HERE}/prepare", encoding="utf-8").read(), re.M)


def prepare(line):
    """Run a line of shell with what prepare has to run it: its settings and its functions. (exit status, what was said)"""
    text = "\n".join(["set -euo pipefail", *SETTINGS, 'cannot() { echo "cannot: $*"; exit 3; }', f". {HERE}/packages.sh", line])
    done = subprocess.run(["bash", "-c", text], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, done.stdout.strip()


class Simulated(unittest.TestCase):
    """apt's simulation of an installation, judged."""

    def judge(self, *lines):
        with tempfile.NamedTemporaryFile("w", suffix=".log") as file:
            file.write("\n".join(lines) + "\n")
            file.flush()
            return prepare(f"refuse_harm {file.name}")

    def test_what_the_build_needs(self):
        self.assertEqual(self.judge("Inst make (4.3-4.1 Debian:12 [amd64])", "Inst libsystemd0 [252.1] (252.2 Debian:12 [amd64])",
                                    "Conf make (4.3-4.1 Debian:12 [amd64])"), (0, ""))

    def test_a_removal(self):
        status, said = self.judge("Remv strongswan-starter [5.9.8-5]", "Remv strongswan [5.9.8-5]", "Inst make (4.3-4.1 Debian:12 [amd64])")
        self.assertEqual(status, 3)
        self.assertEqual(said, "cannot: apt-get would remove strongswan-starter, strongswan to install what the build needs;"
                         " nothing was changed")

    def test_a_daemon_an_init_a_bus(self):
        for name in ("libreswan", "strongswan-charon", "libcharon-extauth-plugins", "charon-systemd", "systemd", "systemd-sysv", "dbus",
                     "dbus-daemon", "init", "openiked"):
            with self.subTest(name=name):
                status, said = self.judge(f"Inst {name} (1.0 Debian:12 [amd64])")
                self.assertEqual((status, len(said.splitlines())), (3, 1))
                self.assertIn(name, said)


@unittest.skipUnless(shutil.which("apt-get") and prepare("apt-cache show strongswan libreswan make >/dev/null")[0] == 0,
                     "apt knows no packages here: apt-get update would tell it")
class WithStrongSwan(unittest.TestCase):
    """The real apt, on a machine on which strongSwan alone is installed."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.status = f"{cls.folder}/status"
        open(cls.status, "w", encoding="ascii").close()
        names = re.findall(r"^Inst (\S+)", cls.simulate("strongswan", "systemd-sysv", "dbus"), re.M)
        shown = subprocess.run(["apt-cache", "show", "--no-all-versions", *names], capture_output=True, text=True, check=True).stdout
        installed = re.sub(r"^Package: .*$", r"\g<0>\nStatus: install ok installed", shown, flags=re.M)
        with open(cls.status, "w", encoding="utf-8") as file:
            file.write(installed)

    @classmethod
    def simulate(cls, *packages):
        argv = ["apt-get", "-o", f"Dir::State::Status={cls.status}", "-o", "Debug::NoLocking=true", "-o", "Dir::Cache::pkgcache=",
                "-o", "Dir::Cache::srcpkgcache=", "install", "--simulate", "--no-install-recommends", "--yes", *packages]
        done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True)
        with open(f"{cls.folder}/simulated", "w", encoding="utf-8") as file:
            file.write(done.stdout)
        return done.stdout

    def judge(self, packages):
        said = self.simulate(*packages)
        return (*prepare(f"refuse_harm {self.folder}/simulated"), said)

    def test_it_stays(self):
        _, needed = prepare('echo "${packages[@]}"')
        status, said, simulated = self.judge(needed.split())
        self.assertEqual((status, said), (0, ""), simulated)
        self.assertIn("Inst make ", simulated)
        self.assertNotIn("strongswan", simulated)

    def test_libreswan_would_remove_it(self):
        status, said, _ = self.judge(["libreswan"])
        self.assertEqual(status, 3)
        self.assertIn("remove strongswan", said)


if __name__ == "__main__":
    unittest.main()
