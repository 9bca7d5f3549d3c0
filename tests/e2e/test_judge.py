"""A plug-in judge: a model with a rubric behind either dialect, and a service that hangs."""

import json
import pathlib
import re
import socket
import sys
import unittest

import harness
from grpc_client import grpc

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "deploy/examples/judge/judge.py"

GATE = {**harness.fast_gate(), "dimensions": {"judge": {"theta": 0.5}}}


def grading(grade, reason="for the test"):
    return json.dumps({"grade": grade, "reason": reason})


class PluginJudge(harness.Case):
    def serve(self, judge, grades=None, second="Good day.", **workflow):
        """Two paths that greet, and models that judge them: name -> what they say."""
        models = {name: {"default_text": text} for name, text in (grades or {}).items()}
        self.sim = self.stage.sim({"first": {"default_text": "Good morning."},
                                   "second": {"default_text": second}, **models})
        settings = harness.config(
            self.stage, {"one": (self.sim, "openai", "first"), "two": (self.sim, "anthropic", "second")},
            workflow={"gate": GATE, "mirror": {"rate": 1, "max_requests_per_second": 1000},
                      "failover": {"tick": "100ms"},
                      "judge": {"max_requests_per_minute": 100000, "max_concurrency": 100, **judge},
                      **workflow})
        self.ports = self.stage.warmpathd(settings)

    def judged_by(self, path, grade):
        self.serve({"provider": path, "model": "grader", "rubric": "It greets."},
                   {"grader": grading(grade)})

    def ask_until(self, what, done):
        def asked():
            for i in range(10):
                self.assertEqual(harness.chat(self.ports, f"hello {i}")[0], 200)
            return done(harness.by_path(self.ports))
        harness.wait_for(what, asked)

    def counted(self, path, outcome):
        name = f'warmpath_judge_total{{workflow="desk",path="{path}",outcome="{outcome}"}}'
        return harness.metrics(self.ports).get(name, 0)

    def proves_primary_and_backup(self, judge):
        self.judged_by(judge, 0.9)
        self.ask_until("both paths are GREEN", lambda paths: all(
            harness.conformance(path) == "GREEN" for path in paths.values()))
        for path in ("one", "two"):
            self.assertGreater(self.counted(path, "pass"), 0)
            self.assertEqual(self.counted(path, "bad_answer"), 0)

    def test_what_a_judge_behind_openai_accepts_is_proven_on_primary_and_backup(self):
        self.proves_primary_and_backup("one")

    def test_what_a_judge_behind_anthropic_accepts_is_proven_on_primary_and_backup(self):
        self.proves_primary_and_backup("two")

    def test_what_it_rejects_makes_a_path_red_and_can_be_looked_up(self):
        self.judged_by("two", 0.1)
        self.ask_until("the backup is RED",
                       lambda paths: harness.conformance(paths["two"]) == "RED")
        reasons = harness.by_path(self.ports)["two"]["verdict"]["reasons"]
        self.assertEqual([(r["code"], r["dimension"]) for r in reasons],
                         [("REASON_CODE_VIOLATING", "judge")])
        found = harness.get_json(self.ports["admin_http"],
                                 "/api/divergences?workflow=desk&dimension=judge&range=1h")
        self.assertIn("JUDGE_REJECTS", json.dumps(found))
        # Its words may hold content, which is not kept unless the config says so.
        self.assertNotIn("for the test", json.dumps(found))

    def test_a_model_that_does_not_grade_is_no_evidence(self):
        self.serve({"provider": "one", "model": "grader", "rubric": "r"}, {"grader": "Full marks!"})
        self.ask_until("many answers are not graded",
                       lambda _: self.counted("two", "bad_answer") >= 40)
        two = harness.by_path(self.ports)["two"]
        self.assertNotEqual(harness.conformance(two), "GREEN")
        self.assertEqual([d.get("samples", 0) for d in two["verdict"].get("dimensions", [])], [0])

    @unittest.skipUnless(grpc, "grpcio is not installed")
    def test_the_example_service_tells_polite_from_rude(self):
        self.stage.spawn("judge", sys.executable, EXAMPLE, "--listen", harness.LOOPBACK)
        port = harness.wait_for("the example listens", lambda: re.search(
            r"judging on port (\d+)", self.stage.log("judge")), limit=60).group(1)
        self.serve({"target": f"127.0.0.1:{port}"}, second="Calm down. I guarantee it is stupid.")
        self.ask_until("the rude path is RED and the polite one GREEN", lambda paths: (
            harness.conformance(paths["two"]) == "RED" and harness.conformance(paths["one"]) == "GREEN"))
        found = harness.get_json(self.ports["admin_http"],
                                 "/api/divergences?workflow=desk&dimension=judge&range=1h")
        self.assertEqual({card["key_parts"]["judge"] for card in found["cards"]}, {"politeness-2"})

    def test_a_judge_that_hangs_holds_neither_callers_nor_the_end_of_the_process(self):
        with socket.create_server(("127.0.0.1", 0)) as mute:
            self.serve({"target": "127.0.0.1:%d" % mute.getsockname()[1], "timeout": "60s"})
            for i in range(20):
                self.assertEqual(harness.chat(self.ports, f"hello {i}", timeout=5)[0], 200)
            harness.wait_for("shadows wait for the judge", lambda: harness.mirror_counts(
                harness.by_path(self.ports)["two"])[3] > 0)
            self.assertEqual(self.stage.stop("warmpathd"), 0)  # well before the judge's time-out


if __name__ == "__main__":
    unittest.main()
