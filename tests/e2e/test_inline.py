"""Answers that are looked at before the caller gets them: the inline check, refusals that may go on,
and limits per path. A backup has to be GREEN before anything may go to it."""

import concurrent.futures
import json
import unittest

import harness

SCHEMA = {"type": "object", "properties": {"total": {"type": "integer"}}, "required": ["total"]}
FORMAT = {"type": "json_schema", "json_schema": {"name": "sum", "schema": SCHEMA}}
GOOD = '{"total": 4}'
GATE = harness.fast_gate()
GATE["dimensions"] = {"schema": {"theta": 0.5}}


class InlineCase(harness.Case):
    def serve(self, workflow, phases=None, dialects=("openai", "anthropic"), backup=GOOD):
        """A primary that can be made to misbehave, and a backup that answers well and is GREEN."""
        bad = [{"name": name, "behavior": behavior} for name, behavior in (phases or {}).items()]
        self.sim = self.stage.sim({"first": {"default_text": GOOD, "phases": bad},
                                   "second": {"default_text": backup}})
        self.ports = self.stage.warmpathd(harness.config(
            self.stage, {"one": (self.sim, dialects[0], "first"), "two": (self.sim, dialects[1], "second")},
            workflow={"mode": "enforce", "gate": GATE, "mirror": {"rate": 1, "max_requests_per_second": 1000},
                      "failover": {"tick": "100ms", "hard_down_failures": 1000, "availability_target": 0.01},
                      **workflow}))
        self.warm_up()

    def warm_up(self):
        """Asks until the backup is GREEN."""
        def green():
            for i in range(10):
                self.assertEqual(self.ask(f"warm up {i}")[0], 200)
            return harness.conformance(harness.by_path(self.ports)["two"]) == "GREEN"
        harness.wait_for("the backup is GREEN", green)

    def ask(self, text="total?", **more):
        return harness.chat(self.ports, text, response_format=FORMAT, **more)

    def phase(self, name, model="first"):
        status, _, _ = harness.request(self.sim, "POST", f"/_sim/phase?model={model}&phase={name}")
        self.assertEqual(status, 200)

    def text_of(self, body):
        return json.loads(body)["choices"][0]["message"]["content"]


BROKEN = {"broken": {"missing_member_rate": 1}}


class InlineCheck(InlineCase):
    def test_enforced_a_breach_goes_to_the_next_green_path(self):
        self.serve({"inline": {"mode": "enforce"}}, BROKEN)
        _, headers, _ = self.ask()
        self.assertEqual((headers["x-warmpath-path"], headers["x-warmpath-contract"]), ("one", "kept"))
        self.phase("broken")
        status, headers, body = self.ask("a new question")
        self.assertEqual(status, 200)
        self.assertEqual((headers["x-warmpath-path"], headers["x-warmpath-contract"]), ("two", "kept"))
        self.assertEqual(self.text_of(body), GOOD)
        counted = harness.metrics(self.ports)
        self.assertEqual(counted['warmpath_inline_breaches_total{workflow="desk",path="one",action="enforced"}'], 1)

    def test_enforced_with_no_green_path_the_caller_gets_an_error_and_no_broken_answer(self):
        self.serve({"inline": {"mode": "enforce"}}, BROKEN)
        self.phase("broken")
        self.ports_pin()
        status, headers, body = self.ask("another question")
        self.assertEqual(status, 502)
        self.assertIn("breaks the contract", json.loads(body)["error"]["message"])
        self.assertEqual(headers["x-warmpath-path"], "one")

    def ports_pin(self):
        """Makes the backup unusable, so that only the primary is left."""
        self.stage.stop("warmpathd")
        settings = json.loads((self.stage.folder / "warmpathd.config.yaml").read_text())
        settings["workflows"]["desk"]["mode"] = "observe"
        self.ports = self.stage.warmpathd(settings)

    def test_observed_a_breach_is_told_and_counted_and_the_answer_given(self):
        self.serve({"inline": {"mode": "observe"}}, BROKEN)
        self.phase("broken")
        status, headers, _ = self.ask("a new question")
        self.assertEqual(status, 200)
        self.assertEqual((headers["x-warmpath-path"], headers["x-warmpath-contract"]), ("one", "broken"))
        counted = harness.metrics(self.ports)
        self.assertEqual(counted['warmpath_inline_breaches_total{workflow="desk",path="one",action="observed"}'], 1)

    def test_off_nothing_is_looked_at(self):
        self.serve({}, BROKEN)
        self.phase("broken")
        status, headers, _ = self.ask("a new question")
        self.assertEqual((status, headers["x-warmpath-path"]), (200, "one"))
        self.assertNotIn("x-warmpath-contract", headers)

    def test_a_rejected_answer_is_evidence_all_the_same(self):
        self.serve({"inline": {"mode": "enforce"}}, BROKEN)
        self.phase("broken")
        for i in range(5):
            self.assertEqual(self.ask(f"question {i}")[1]["x-warmpath-path"], "two")
        paths = harness.settled(self.ports)
        self.assert_counts_add_up(paths)
        cards = harness.get_json(self.ports["admin_http"], "/api/divergences?workflow=desk&path=one")
        self.assertIn("SCHEMA", json.dumps(cards))


class BufferedStreams(InlineCase):
    def stream(self, text):
        status, headers, body = self.ask(text, stream=True)
        lines = [line[6:] for line in body.decode().split("\n") if line.startswith("data: ")]
        pieces = [json.loads(line) for line in lines if line != "[DONE]"]
        said = "".join(c["delta"].get("content") or "" for p in pieces for c in p.get("choices", []))
        return status, headers, said, lines

    def test_a_stream_is_held_until_it_is_valid(self):
        self.serve({"inline": {"mode": "enforce", "buffer": "until_valid"}}, BROKEN)
        status, headers, said, lines = self.stream("fine")
        self.assertEqual((status, said, lines[-1]), (200, GOOD, "[DONE]"))
        self.assertEqual((headers["x-warmpath-path"], headers["x-warmpath-contract"]), ("one", "kept"))
        self.phase("broken")
        status, headers, said, lines = self.stream("not fine")
        self.assertEqual((status, said, lines[-1]), (200, GOOD, "[DONE]"))
        self.assertEqual((headers["x-warmpath-path"], headers["x-warmpath-contract"]), ("two", "kept"))

    def test_an_answer_longer_than_the_buffer_fails(self):
        self.serve({"inline": {"mode": "enforce", "buffer": "until_valid", "max_buffer_bytes": 60}})
        status, _, body = self.ask("long", stream=True)
        self.assertEqual(status, 502)
        self.assertIn("max_buffer_bytes", json.loads(body)["error"]["message"])

    def test_without_buffer_a_breach_in_a_stream_is_only_counted(self):
        self.serve({"inline": {"mode": "enforce"}}, BROKEN)
        self.phase("broken")
        status, headers, _, lines = self.stream("not fine")
        self.assertEqual((status, lines[-1], headers["x-warmpath-path"]), (200, "[DONE]", "one"))
        counted = harness.metrics(self.ports)
        self.assertEqual(counted['warmpath_inline_breaches_total{workflow="desk",path="one",action="observed"}'], 1)

    def test_a_cut_stream_that_was_held_goes_to_the_next_path(self):
        self.serve({"inline": {"mode": "enforce", "buffer": "until_valid"}}, {"cut": {"truncate_rate": 1}})
        self.phase("cut")
        status, headers, said, lines = self.stream("cut me")
        self.assertEqual((status, said, lines[-1]), (200, GOOD, "[DONE]"))
        self.assertEqual(headers["x-warmpath-path"], "two")


REFUSING = {"refusing": {"refuse_rate": 1}}


class Refusals(InlineCase):
    def test_final_by_default(self):
        self.serve({}, REFUSING)
        self.phase("refusing")
        status, headers, body = self.ask("a new question")
        self.assertEqual((status, headers["x-warmpath-path"]), (200, "one"))
        self.assertTrue(json.loads(body)["choices"][0]["message"]["refusal"])

    def test_may_swap_asks_the_next_green_path(self):
        self.serve({"on_refusal": "may_swap"}, REFUSING)
        self.phase("refusing")
        status, headers, body = self.ask("a new question")
        self.assertEqual((status, headers["x-warmpath-path"]), (200, "two"))
        self.assertEqual(self.text_of(body), GOOD)
        self.assertIn("a refusal is not final", self.stage.log("warmpathd"))
        counted = harness.metrics(self.ports)
        self.assertEqual(counted['warmpath_refusal_swaps_total{workflow="desk",path="one"}'], 1)

    def all_refuse(self, policy):
        self.sim = self.stage.sim({m: {"default_text": GOOD, "phases": [
            {"name": "refusing", "behavior": {"refuse_rate": 1}}]} for m in ("first", "second")})
        self.ports = self.stage.warmpathd(harness.config(
            self.stage, {"one": (self.sim, "openai", "first"), "two": (self.sim, "anthropic", "second")},
            workflow={"mode": "enforce", "gate": GATE, "mirror": {"rate": 1, "max_requests_per_second": 1000},
                      "on_refusal": policy}))
        self.warm_up()
        self.phase("refusing")
        self.phase("refusing", "second")
        return self.ask("a new question")

    def test_may_swap_gives_the_first_refusal_where_all_refuse(self):
        status, headers, body = self.all_refuse("may_swap")
        self.assertEqual((status, headers["x-warmpath-path"]), (200, "one"))
        self.assertTrue(json.loads(body)["choices"][0]["message"]["refusal"])

    def test_must_swap_gives_an_error_where_all_refuse(self):
        status, _, body = self.all_refuse("must_swap")
        self.assertEqual(status, 502)
        self.assertIn("on_refusal", json.loads(body)["error"]["message"])


class PathLimits(InlineCase):
    def test_requests_beyond_a_paths_limit_go_to_the_next_green_path(self):
        self.serve({})
        self.stage.stop("warmpathd")
        settings = json.loads((self.stage.folder / "warmpathd.config.yaml").read_text())
        settings["workflows"]["desk"]["paths"][0]["max_requests_per_second"] = 2
        self.ports = self.stage.warmpathd(settings)
        harness.wait_for("the backup is GREEN", lambda: harness.conformance(
            harness.by_path(self.ports)["two"]) == "GREEN")
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda i: self.ask(f"question {i}"), range(20)))
        self.assertEqual({a[0] for a in answers}, {200})
        served = [a[1]["x-warmpath-path"] for a in answers]
        self.assertGreater(served.count("two"), 10)
        self.assertGreater(served.count("one"), 0)
        limited = harness.metrics(self.ports)['warmpath_path_limited_total{workflow="desk",path="one"}']
        self.assertEqual(limited, served.count("two"))
        # Being busy is no ill health: nothing flips.
        self.assertEqual(harness.desk(self.ports)["active_path"], "one")

    def test_with_nobody_to_take_over_it_is_a_429(self):
        sim = self.stage.sim({"first": {"default_text": GOOD}})
        settings = harness.config(self.stage, {"one": (sim, "openai", "first")})
        settings["workflows"]["desk"]["paths"][0]["max_requests_per_second"] = 1
        self.ports = self.stage.warmpathd(settings)
        statuses = [self.ask(f"question {i}")[0] for i in range(4)]
        self.assertEqual(statuses[0], 200)
        self.assertEqual(set(statuses[1:]), {429})


class ModelsAndResponses(harness.Case):
    def test_models_come_in_the_form_that_the_caller_speaks(self):
        sim = self.stage.sim({"m": {}})
        ports = self.stage.warmpathd(harness.config(self.stage, {"one": (sim, "openai", "m")}))
        openai = harness.get_json(ports["http"], "/v1/models")
        self.assertEqual((openai["object"], openai["data"][0]["id"]), ("list", "desk"))
        version = {"anthropic-version": "2023-06-01"}
        _, _, body = harness.request(ports["http"], "GET", "/v1/models", headers=version)
        anthropic = json.loads(body)
        self.assertEqual(anthropic["data"][0]["type"], "model")
        self.assertEqual((anthropic["first_id"], anthropic["has_more"]), ("desk", False))
        status, _, body = harness.request(ports["http"], "GET", "/v1/models/none", headers=version)
        self.assertEqual((status, json.loads(body)["type"]), (404, "error"))

    def test_state_at_a_vendor_is_refused_by_name_and_counted(self):
        sim = self.stage.sim({"m": {}})
        ports = self.stage.warmpathd(harness.config(
            self.stage, {"one": (sim, "openai", "m"), "two": (sim, "anthropic", "m")}))
        status, headers, body = harness.request(
            ports["http"], "POST", "/v1/responses",
            {"model": "desk", "input": "hi", "previous_response_id": "resp_1"})
        self.assertEqual((status, headers["x-should-retry"]), (400, "false"))
        self.assertIn('"previous_response_id" refers to state', json.loads(body)["error"]["message"])
        paths = harness.by_path(ports)
        self.assert_counts_add_up(paths)
        self.assertEqual(harness.mirror_counts(paths["two"])[2], {"stateful": 1})


if __name__ == "__main__":
    unittest.main()
