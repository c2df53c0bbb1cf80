"""The table of kernels: what is pinned, and that the programs that read it agree."""

import os
import re
import subprocess
import tempfile
import unittest

from library.kernels import kernels
from library.scenario import load_all

HERE = os.path.dirname(os.path.realpath(__file__))


def shell(line):
    """A line of shell with the table's functions, in a lab of its own."""
    text = f"set -euo pipefail; here={HERE} LAB=/lab; . {HERE}/kernels.sh; {line}"
    return subprocess.run(["bash", "-c", text], capture_output=True, text=True, check=True).stdout.splitlines()


def compiled(*arguments):
    """What ./compiler tells gcc."""
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/gcc-12", "w", encoding="ascii", opener=lambda path, flags: os.open(path, flags, 0o755)) as file:
            file.write("#!/bin/sh\nprintf '%s\\n' \"$@\"\n")
        done = subprocess.run([f"{HERE}/compiler", *arguments], env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"},
                              capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


class Table(unittest.TestCase):
    def test_each_row_is_whole(self):
        for one in kernels().values():
            with self.subTest(kernel=one.series):
                self.assertRegex(one.release, rf"^{re.escape(one.series)}\.\d+.*-amd64$")
                self.assertTrue(one.version.startswith(f"{one.series}."))
                self.assertTrue(one.suite)

    def test_the_first_is_the_usual_one_and_whole(self):
        first = next(iter(kernels().values()))
        self.assertTrue(first.own_nic)
        self.assertEqual(shell(f"kernel_folder {first.series}"), ["/lab"])

    def test_the_shell_reads_the_same(self):
        rows = [line.split() for line in shell("kernel_rows")]
        self.assertEqual([row[0] for row in rows], list(kernels()))
        for one in kernels().values():
            self.assertEqual(shell(f"kernel_rows {one.series}")[0].split()[:4], [one.series, one.suite, one.release, one.version])
        self.assertEqual(shell("kernel_rows 6"), [])

    def test_every_other_has_a_folder_of_its_own(self):
        first, *others = kernels()
        folders = shell("; ".join(f"kernel_folder {name}" for name in [*others, *(f"{one}-newest" for one in kernels())]))
        self.assertEqual(len(set(folders)), len(others) + len(kernels()))
        self.assertNotIn("/lab", folders)
        self.assertEqual(shell(f"kernel_folder {first}-newest"), [f"/lab/kernel-{first}-newest"])


class Tier(unittest.TestCase):
    def test_what_ci_plays_on_another_kernel_is_there(self):
        with open(f"{HERE}/../run", encoding="utf-8") as file:
            tier = re.search(r"^debian12\(\) \{.*?^\}", file.read(), re.M | re.S)[0]
        series, names = re.search(r"lab/run --kernel (\S+) --whole \\\n\s+(.*)\n", tier).groups()
        self.assertIn(series, kernels())
        self.assertEqual(len(names.split()), 6)
        self.assertEqual([name for name in names.split() if name not in load_all()], [])


class Compiler(unittest.TestCase):
    def test_what_gcc_12_does_not_know(self):
        self.assertEqual(compiled("-O2", "-fmin-function-alignment=16", "-fzero-init-padding-bits=all", "-DX=a b", "x.c"),
                         ["-O2", "-falign-functions=16", "-DX=a b", "x.c"])


if __name__ == "__main__":
    unittest.main()
