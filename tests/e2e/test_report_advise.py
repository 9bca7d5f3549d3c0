"""Services that keep their own provider call: the examples, in Python and C++, against warmpathd."""

import json
import os
import pathlib
import subprocess
import sys

import harness
from grpc_client import GrpcCase, grpc

if grpc:
    from grpc_client import observation_pb2, plan_pb2, report_pb2

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "deploy/examples"
BUILT = harness.BIN / "deploy/examples"
TEXT = "Your parcel is on its way."
REQUEST = json.dumps({"model": "m-1", "messages": [{"role": "user", "content": "hi"}]}).encode()
LIMIT = 60


def program(case, name, language):
    """The example `name` as a command; options are written as the language's are."""
    if language == "python":
        return [sys.executable, str(EXAMPLES / name / f"{name}.py")]
    path = BUILT / name / name
    if not path.exists():
        case.skipTest(f"{path} is not built")
    return [str(path)]


def option(language, name, value):
    name = name if language == "python" else name.replace("-", "_")
    return [f"--{name}={value}"]


class ReportAdviseCase(GrpcCase):
    def serve(self, mode="observe", behavior=None, **workflow):
        self.sim = self.stage.sim({"m-1": {"default_text": TEXT, "behavior": behavior or {}},
                                   "m-2": {"default_text": TEXT}})
        self.start(harness.config(
            self.stage, {"main": (self.sim, "openai", "m-1"), "twin": (self.sim, "openai", "m-2")},
            workflow={"mode": mode, "mirror": {"rate": 1}, **workflow}))

    def report_by_example(self, language, prefix, prompts, base=None):
        """Runs the report example; its standard output."""
        command = program(self, "report", language)
        for name, value in (("base-url", base or f"http://{self.sim}/v1"), ("model", "m-1"),
                            ("warmpath", self.ports["grpc"]), ("workflow", "desk"), ("path", "main"),
                            ("id-prefix", prefix)):
            command += option(language, name, value)
        done = subprocess.run(command + prompts, capture_output=True, text=True, timeout=LIMIT)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def report(self, *exchanges):
        request = report_pb2.ReportExchangesRequest(exchanges=exchanges)
        return self.reports.ReportExchanges(iter([request]), timeout=20)

    def exchange(self, name, **more):
        exchange = report_pb2.ReportedExchange(
            id=name, workflow="desk", dialect=report_pb2.WIRE_DIALECT_OPENAI_CHAT,
            request_body=REQUEST, **more)
        exchange.dispatch_time.GetCurrentTime()
        return exchange

    def health(self):
        return harness.by_path(self.ports)["main"]["health"]

    def failure(self, name):
        return self.exchange(name, path="main", failure=report_pb2.ReportedFailure(
            failure_class=observation_pb2.FAILURE_CLASS_TIMEOUT))


class Reports(ReportAdviseCase):
    def check_reports_become_scorecards(self, language):
        self.serve()
        out = self.report_by_example(language, "talk", ["one", "two", "three"])
        self.assertEqual(out.count(TEXT), 3, out)
        self.assert_counted(3)

        # The same ids once more: as after a call that broke.
        again = self.report_by_example(language, "talk", ["one", "two", "three", "four"])
        self.assert_counted(4)
        return out, again

    def assert_counted(self, count):
        """So many exchanges were served, mirrored and scored, and not one more."""
        def seen():
            paths = harness.settled(self.ports)
            return paths if int(paths["main"]["served"]) >= count and all(
                path["verdict"]["effective_samples"] >= count for path in paths.values()) else None
        paths = harness.wait_for(f"scorecards of {count} exchanges", seen)
        self.assertEqual(harness.mirror_counts(paths["twin"]), (count, count, {}, 0))
        for path in paths.values():  # the live answers' cards on main, the shadows' on twin
            self.assertEqual(path["verdict"]["effective_samples"], count)
        self.assertEqual(int(paths["main"]["served"]), count)
        self.assertEqual(int(paths["main"]["health"]["requests"]), count)
        self.assertEqual(int(harness.desk(self.ports)["live_requests"]), count)

    def test_the_python_examples_reports_become_scorecards_once_each(self):
        out, again = self.check_reports_become_scorecards("python")
        told = json.loads(out.splitlines()[-1])
        self.assertEqual((told["accepted"], told["duplicates"], told["refused"]), (3, 0, 0))
        told = json.loads(again.splitlines()[-1])
        self.assertEqual((told["accepted"], told["duplicates"]), (1, 3))

    def test_the_cpp_examples_reports_become_scorecards_once_each(self):
        out, again = self.check_reports_become_scorecards("cpp")
        self.assertIn("accepted 3, duplicates 0, refused 0, dropped here 0", out)
        self.assertIn("accepted 1, duplicates 3", again)

    def check_a_provider_that_is_down(self, language):
        self.serve()
        # Nothing listens on port 1.
        self.report_by_example(language, "down", ["a", "b", "c"], "http://127.0.0.1:1/v1")
        health = harness.wait_for("main is down", lambda: (
            h := self.health()).get("health") == "HEALTH_DOWN" and h)
        self.assertEqual(health["last_failure_class"], "connect")
        # Evidence on the others comes nevertheless.
        self.assertEqual(harness.mirror_counts(harness.settled(self.ports)["twin"])[1], 3)

    def test_the_python_example_reports_a_provider_that_is_down(self):
        self.check_a_provider_that_is_down("python")

    def test_the_cpp_example_reports_a_provider_that_is_down(self):
        self.check_a_provider_that_is_down("cpp")

    def test_errors_that_the_provider_answers_are_classified_from_their_bodies(self):
        self.serve(behavior={"error_rate": 1, "error_status": 429})
        self.report_by_example("python", "limited", ["a"])
        health = harness.wait_for("the failure", lambda: (
            h := self.health())["failures"] == "1" and h)
        self.assertEqual(health["last_failure_class"], "rate_limited")

    def test_one_bad_exchange_is_refused_by_name(self):
        self.serve()
        good = self.exchange("good", answer=report_pb2.ReportedAnswer(http_status=500, body=b"{}"))
        told = self.report(good, self.exchange("bad", path="nope"))
        self.assertEqual((told.accepted, told.refused), (1, 1))
        self.assertEqual((told.refusals[0].id, told.refusals[0].reason),
                         ("bad", report_pb2.REFUSAL_REASON_UNKNOWN_PATH))
        self.assertIn("main, twin", told.refusals[0].message)


class Advice(ReportAdviseCase):
    def advise(self, language):
        """Starts the advise example; its plan's changes go to advise.log."""
        command = program(self, "advise", language)
        for name, value in (("warmpath", self.ports["grpc"]), ("workflow", "desk")):
            command += option(language, name, value)
        log = open(self.stage.folder / "advise.log", "wb")
        self.addCleanup(log.close)
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                                   text=True)
        self.stage.running["advise"] = process
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stdin.close)
        return process

    def pick(self, process, conversation="talk-1"):
        process.stdin.write(conversation + "\n")
        process.stdin.flush()
        return process.stdout.readline().strip()

    def heard(self, words):
        harness.wait_for(f"'{words}' in the plan", lambda: words in self.stage.log("advise"), LIMIT)

    def check_follows_a_flip(self, language):
        self.serve()
        process = self.advise(language)
        self.heard("plan: main (COLD)")
        self.assertEqual(self.pick(process), "main")
        self.flip("twin")
        self.heard("plan: twin (COLD)")
        self.assertEqual(self.pick(process), "twin")

        # Without warmpath the last plan holds.
        self.stage.kill("warmpathd")
        self.heard("the last one goes on to hold")
        self.assertEqual(self.pick(process), "twin")
        process.stdin.close()
        self.assertEqual(process.wait(timeout=LIMIT), 0)

    def test_the_python_example_follows_a_flip(self):
        self.check_follows_a_flip("python")

    def test_the_cpp_example_follows_a_flip(self):
        self.check_follows_a_flip("cpp")

    def check_downtime_and_recovery(self, language):
        self.serve(mode="enforce")
        process = self.advise(language)
        self.heard("plan: main")
        self.report(*(self.failure(f"f-{i}") for i in range(3)))
        self.heard("plan: DOWNTIME: main is DOWN")
        self.assertEqual(self.pick(process), "DOWNTIME")
        # The service asks nobody now, and says so: shadows show that the primary is back.
        for i in range(6):
            told = self.report(self.exchange(f"n-{i}", not_asked=report_pb2.NotAsked()))
            self.assertEqual(told.accepted, 1)
            harness.settled(self.ports)
        harness.wait_for("main again", lambda: self.pick(process) == "main", LIMIT)

    def test_the_python_example_learns_of_downtime_and_its_end(self):
        self.check_downtime_and_recovery("python")

    def test_the_cpp_example_learns_of_downtime_and_its_end(self):
        self.check_downtime_and_recovery("cpp")

    def test_who_watches_sees_the_flip_at_once_and_the_end(self):
        self.serve()
        watch = self.plan.WatchPlan(plan_pb2.WatchPlanRequest(workflow="desk"), timeout=LIMIT)
        first = next(watch).plan
        self.assertEqual([path.path for path in first.workflows[0].paths], ["main"])
        self.assertIn("few-samples", first.workflows[0].paths[0].reason)
        self.flip("twin")
        second = next(watch).plan
        self.assertEqual([path.path for path in second.workflows[0].paths], ["twin"])
        self.assertGreater(second.version, first.version)
        # Watching does not hold up the end.
        self.assertEqual(self.stage.stop("warmpathd", limit=LIMIT), 0)
        with self.assertRaises(grpc.RpcError) as caught:
            next(watch)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.UNAVAILABLE)
        self.assertIn("stopping", caught.exception.details())

    def test_a_token_is_asked_for_where_the_door_has_one(self):
        os.environ["WARMPATH_E2E_TOKEN"] = "s3cret"
        self.addCleanup(os.environ.pop, "WARMPATH_E2E_TOKEN")
        sim = self.stage.sim({"m-1": {}})
        settings = harness.config(self.stage, {"main": (sim, "openai", "m-1")})
        settings["listen"]["grpc"]["bearer_tokens"] = ["env:WARMPATH_E2E_TOKEN"]
        self.start(settings)
        calls = (
            lambda m: self.plan.GetPlan(plan_pb2.GetPlanRequest(), timeout=20, metadata=m),
            lambda m: next(self.plan.WatchPlan(plan_pb2.WatchPlanRequest(), timeout=20, metadata=m)),
            lambda m: self.reports.ReportExchanges(iter([]), timeout=20, metadata=m))
        for call in calls:
            with self.assertRaises(grpc.RpcError) as caught:
                call([])
            self.assertEqual(caught.exception.code(), grpc.StatusCode.UNAUTHENTICATED)
            call([("authorization", "Bearer s3cret")])


class Help(GrpcCase):
    def test_every_example_says_what_it_is_for(self):
        for name, word in (("report", "reports each exchange"), ("advise", "picks the path")):
            for language in ("python", "cpp"):
                with self.subTest(f"{name} in {language}"):
                    done = subprocess.run(program(self, name, language) + ["--help"],
                                          capture_output=True, text=True, timeout=LIMIT)
                    self.assertIn(word, done.stdout)
                    self.assertIn("--warmpath", done.stdout)
