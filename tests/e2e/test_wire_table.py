"""The tables of docs/wire.md are what the built programs do."""

import unittest

import matrix
import wire_table

# What every path takes as the caller wrote it, if it speaks the caller's dialect.
ALWAYS_EXACT = ("words", "streaming", "tools", "a tool's result", "a field that nobody knows")


class WireTable(unittest.TestCase):
    def test_the_tables_are_fresh(self):
        cells, missing = wire_table.measure()
        matrix.Results.fidelity[:] = cells
        if missing:
            self.skipTest("not built yet: " + ", ".join(missing))
        fresh = wire_table.page_with(cells, missing)
        self.assertEqual(wire_table.difference(fresh), "",
                         "run tests/e2e/with_sdks wire_table.py --bin bazel-bin")

    def test_a_door_loses_nothing_on_the_way_to_its_own_dialect(self):
        cells, _ = wire_table.measure()
        own = [cell for cell in cells if wire_table.OWN_DOOR.get(cell["upstream"]) == cell["door"]
               and cell["field"] in ALWAYS_EXACT]
        self.assertGreaterEqual(len(own), 10)
        self.assertEqual([cell for cell in own if cell["fidelity"] != "exact"], [])


if __name__ == "__main__":
    unittest.main()
