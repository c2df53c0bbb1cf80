"""The matrix of releases: what it plays is there, and what it prints is a table."""

import importlib.machinery
import importlib.util
import os
import unittest

from library.scenario import load_all

HERE = os.path.dirname(os.path.realpath(__file__))


def loaded():
    """The program as a module."""
    loader = importlib.machinery.SourceFileLoader("matrix", f"{HERE}/matrix")
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("matrix", loader))
    loader.exec_module(module)
    return module


class Matrix(unittest.TestCase):
    def test_every_cell_is_a_scenario(self):
        scenarios = load_all()
        self.assertEqual([name for name in loaded().names() if name not in scenarios], [])

    def test_the_table_says_what_came_of_each(self):
        matrix = loaded()
        lines = matrix.table({name: "ok" for name in matrix.names() if name != "libreswan-5-refused"}).splitlines()
        self.assertEqual(lines[2], "| 4.3 (Debian 11) | ok | ok | ok | - |")
        self.assertIn("| ok | never ended | ok | ok |", lines[4])


if __name__ == "__main__":
    unittest.main()
