"""The matrix: what it plays is there, what it prints is understood, and its document is what it writes."""

import importlib.machinery
import importlib.util
import json
import os
import stat
import tempfile
import unittest
import unittest.mock

from library import matrix
from library.kernels import kernels
from library.scenario import load_all

HERE = os.path.dirname(os.path.realpath(__file__))
FRAME = f"head\n{matrix.BEGIN}\n{matrix.END}\ntail\n"


def loaded():
    """The program as a module."""
    loader = importlib.machinery.SourceFileLoader("matrix_program", f"{HERE}/matrix")
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("matrix_program", loader))
    loader.exec_module(module)
    return module


class Table(unittest.TestCase):
    def test_every_row_is_a_scenario(self):
        scenarios = load_all()
        self.assertEqual([name for name in matrix.names() if name not in scenarios], [])

    def test_what_is_written_is_read(self):
        first, second = list(kernels())[:2]
        cells = {(first, "link-set-down"): matrix.Cell("ok"), (second, "link-set-down"): matrix.Cell("FAILED", "it said: nothing | at all"),
                 (second, "fence-stands"): matrix.Cell("absent", "this kernel has none")}
        document = matrix.written(FRAME, cells)
        self.assertTrue(document.startswith("head\n") and document.endswith("tail\n"))
        self.assertEqual(matrix.read(document), cells)
        self.assertEqual(matrix.written(document, matrix.read(document)), document)

    def test_what_is_not_played_is_said(self):
        row = next(line for line in matrix.table({}).splitlines() if "`link-set-down`" in line)
        self.assertEqual(row.count(f"| {matrix.NOT_PLAYED} "), len(kernels()))

    def test_a_document_without_its_place(self):
        with self.assertRaises(ValueError):
            matrix.written("head", {})

    def test_the_document_is_as_it_is_written(self):
        with open(loaded().DOCUMENT, encoding="utf-8") as file:
            document = file.read()
        self.assertEqual(matrix.written(document, matrix.read(document)), document)

    def test_differences(self):
        before = {"a": matrix.Cell("ok"), "b": matrix.Cell("ok")}
        now = {"a": matrix.Cell("ok"), "b": matrix.Cell("FAILED", "why"), "c": matrix.Cell("ok")}
        self.assertEqual(matrix.differences(before, now), ["b: ok before, FAILED now: why", "c: not played before, ok now"])


class Listening(unittest.TestCase):
    def listen(self, *lines):
        listener = matrix.Listener(["one", "two"])
        changed = [listener.take(line) for line in lines]
        return listener.cells, changed

    def test_each_word(self):
        cells, changed = self.listen("ok     one    12 s  It says.", "  a: ok one", "failed: three: x", "FAILED two    3 s  It says.",
                                     "failed: two: its reason: is unknown", "1 passed, 1 failed")
        self.assertEqual(cells, {"one": matrix.Cell("ok"), "two": matrix.Cell("FAILED", "its reason: is unknown")})
        self.assertEqual(changed, [True, False, False, True, True, False])

    def test_late_and_then_in_time(self):
        cells, _ = self.listen("late   one    90 s  It says.", "once more, by itself: one", "ok     one    9 s  It says.",
                               "FLAKY  one  passed at the second try; see x and y", "1 flaky")
        self.assertEqual(cells, {"one": matrix.Cell("ok")})

    def test_a_kernel_that_cannot(self):
        cells, _ = self.listen("absent two    0 s  It says.", "not on 5.10: two: this kernel has none")
        self.assertEqual(cells, {"two": matrix.Cell("absent", "this kernel has none")})


class Run(unittest.TestCase):
    """The program, with a ./run and a ./prepare that say what they are told."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder, self.program = folder.name, loaded()
        self.program.ROOT, self.program.HERE, self.program.DOCUMENT = self.folder, self.folder, f"{self.folder}/kernels.md"
        self.write("kernels.md", FRAME)
        self.write("swanwatch", "one")
        self.script("prepare", 'echo "the lab is ready in /lab (1.2.3-amd64)"')
        # It dies where a file says so.
        self.script("run", f'''shift 4
            for one; do
                if [[ -e {self.folder}/dies && $one == "$(cat {self.folder}/dies)" ]]; then exit 1; fi
                echo "$one" >>{self.folder}/played; echo "ok     $one   1 s  It says."
            done''')

    def write(self, name, text):
        with open(f"{self.folder}/{name}", "w", encoding="utf-8") as file:
            file.write(text)

    def script(self, name, text):
        self.write(name, f"#!/bin/bash\n{text}\n")
        os.chmod(f"{self.folder}/{name}", stat.S_IRWXU)

    def main(self, *options):
        environment = {"SWANWATCH": f"{self.folder}/swanwatch", "LAB_RUN": f"{self.folder}/run"}
        with unittest.mock.patch.dict(os.environ, environment), unittest.mock.patch("sys.argv", ["matrix", *options]), \
                unittest.mock.patch("builtins.print"):
            return self.program.main()

    def played(self):
        path = f"{self.folder}/played"
        if not os.path.exists(path):
            return []
        with open(path, encoding="ascii") as file:
            names = file.read().split()
        os.unlink(path)
        return names

    def test_it_goes_on_where_it_stopped(self):
        self.assertEqual(self.main("--kernel", "6.1"), 0)
        everything = self.played()
        self.assertEqual(sorted(everything), sorted(matrix.names()))
        self.assertEqual((self.main("--kernel", "6.1"), self.played()), (0, []))
        self.assertEqual((self.main("--kernel", "6.1", "--again", everything[0]), self.played()), (0, everything[:1]))
        self.assertEqual((self.main("--kernel", "6.1"), self.played()), (0, []))
        self.write("swanwatch", "another")
        self.write("dies", everything[3])
        with open(f"{self.folder}/target/matrix/progress.json", encoding="utf-8") as file:
            self.assertEqual(len(json.load(file)["cells"]), len(everything))
        self.main("--kernel", "6.1")
        first = self.played()
        self.assertNotIn(everything[3], first)
        os.unlink(f"{self.folder}/dies")
        self.main("--kernel", "6.1")
        again = self.played()
        self.assertEqual(again, [name for name in everything if name not in first])

    def test_the_document_has_what_was_played_and_keeps_the_rest(self):
        kept = {("5.10", "link-set-down"): matrix.Cell("FAILED", "of old")}
        self.write("kernels.md", matrix.written(FRAME, kept))
        self.main("--kernel", "6.1")
        with open(f"{self.folder}/kernels.md", encoding="utf-8") as file:
            cells = matrix.read(file.read())
        self.assertEqual(cells, {**kept, **{("6.1", name): matrix.Cell("ok") for name in matrix.names()}})

    def test_only_what_is_named(self):
        self.assertEqual(self.main("--kernel", "6.1", "--kernel", "7.3", "link-set-down"), 0)
        self.assertEqual(self.played(), ["link-set-down"] * 2)

    def test_what_a_newer_kernel_breaks(self):
        self.write("kernels.md", matrix.written(FRAME, {("6.1", "link-set-down"): matrix.Cell("ok")}))
        with open(f"{self.folder}/kernels.md", encoding="utf-8") as file:
            before = file.read()
        self.assertEqual((self.main("--kernel", "6.1", "--newest"), self.played()), (0, ["link-set-down"]))
        self.script("prepare", f'echo "the lab is ready in /lab ({kernels()["6.1"].release})"')
        self.assertEqual((self.main("--kernel", "6.1", "--newest"), self.played()), (0, []))
        with open(f"{self.folder}/kernels.md", encoding="utf-8") as file:
            self.assertEqual(file.read(), before)


if __name__ == "__main__":
    unittest.main()
