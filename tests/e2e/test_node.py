"""The vendors' own Node SDKs against every front door, with every dialect behind it: one test for each
cell of matrix.py. The cells' code is in node/."""

import json
import pathlib
import shutil
import subprocess
import unittest

import matrix

NODE = pathlib.Path(__file__).resolve().parent / "node"
RUN_LIMIT_SECONDS = 240


def not_installed():
    if shutil.which("node") is None:
        return "node is not installed"
    if not (NODE / "node_modules/openai").exists():
        return "the Node SDKs are not installed"
    return ""


class _NodeSdk(matrix.Case):
    """All cells of one SDK version, tried by one Node process when the first of them is asked for."""

    @classmethod
    def setUpClass(cls):
        if reason := not_installed():
            raise unittest.SkipTest(reason)
        service = matrix.Service.shared()
        wanted = [cell for cell in cls.cells() if not service.missing_for(cell)]
        given = {"sdk": cls.SDK, "words": matrix.WORDS,
                 "cells": [cell.as_data(service) for cell in wanted]}
        ran = subprocess.run(["node", "run_cells.mjs"], cwd=NODE, input=json.dumps(given), text=True,
                             capture_output=True, timeout=RUN_LIMIT_SECONDS, check=False)
        lines = [json.loads(line) for line in ran.stdout.splitlines()]
        cls.results = {line["id"]: line for line in lines}
        cls.trouble = ran.stderr[-2000:]

    def try_cell(self, cell):
        result = self.results.get(cell.id)
        self.assertIsNotNone(result, f"node told nothing of this cell: {self.trouble}")
        self.assertTrue(result["ok"], result.get("error"))


@matrix.cell_tests
class NodeOpenAi(_NodeSdk):
    SDK, DOORS = "openai", ("chat", "responses")


@matrix.cell_tests
class NodeOpenAiPrevious(_NodeSdk):
    SDK, DOORS = "openai_previous", ("chat", "responses")


@matrix.cell_tests
class NodeAnthropic(_NodeSdk):
    SDK, DOORS = "anthropic", ("messages",)


@matrix.cell_tests
class NodeAnthropicPrevious(_NodeSdk):
    SDK, DOORS = "anthropic_previous", ("messages",)


if __name__ == "__main__":
    unittest.main()
