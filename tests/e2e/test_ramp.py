"""A failback moves conversations bit by bit, as scored live answers allow."""

import collections
import unittest

import harness
from traffic import Traffic

TOOL = {"type": "function", "function": {"name": "track", "parameters": {
    "type": "object", "properties": {"order": {"type": "integer"}}, "required": ["order"]}}}


def body(number):
    # Traffic names a conversation for each request.
    return harness.chat_body(f"Where is order {number % 50}?", tools=[TOOL])


class Ramp(harness.Case):
    def answers(self, name):
        lines = [f'{{"prompt": "Where is order {n}?", "tool_calls": '
                 f'[{{"name": "track", "arguments": {{"order": {n}}}}}]}}' for n in range(50)]
        self.stage.write(f"{name}.jsonl", "\n".join(lines) + "\n")
        return {"answers_file": f"{name}.jsonl"}

    def ramp(self, ports):
        return harness.desk(ports).get("ramp")

    def test_a_failback_ramps(self):
        models = {"p": self.answers("answers")}
        primary = self.stage.sim(models, "primary")
        backup = self.stage.sim({"b": models["p"]}, "backup")
        ports = self.stage.warmpathd(harness.config(
            self.stage, {"main": (primary, "openai", "p"), "spare": (backup, "anthropic", "b")},
            workflow={"mode": "enforce", "deadline": "10s",
                      "mirror": {"rate": 1, "max_requests_per_second": 1000, "max_concurrency": 64},
                      "gate": harness.fast_gate(0.9, bucket="0s"),
                      "failover": {"tick": "100ms", "dwell": "1s", "failback_after": "1s",
                                   "kappa": 0.05}}))
        traffic = Traffic(ports["http"], body, rate=60).start()
        try:
            harness.wait_for("both GREEN", lambda: all(
                harness.conformance(path) == "GREEN" for path in harness.by_path(ports).values()), 60)
            self.stage.kill("primary")
            harness.wait_for("the flip to the spare",
                             lambda: harness.desk(ports).get("active_path") == "spare", 20)
            self.assertIsNone(self.ramp(ports), "a hard outage moves everything at once")
            self.stage.sim(models, "primary", listen=primary)
            harness.wait_for("the failback to begin", lambda: self.ramp(ports), 60)
            begin = len(traffic.answers)
            shares = []

            def over():
                ramp = self.ramp(ports)
                if ramp:
                    shares.append(ramp["share"])
                return not ramp
            harness.wait_for("the ramp to end", over, 90)
            end = len(traffic.answers)
        finally:
            traffic.stop()
        self.assertEqual(harness.desk(ports).get("active_path"), "main")
        self.assertEqual(shares, sorted(shares))
        self.assertGreater(len(set(shares)), 1, shares)
        self.assertLess(shares[0], 0.1)
        during = collections.Counter(a["path"] for a in traffic.answers[begin:end])
        self.assertGreater(during["main"], 0)
        self.assertGreater(during["spare"], during["main"], during)
        self.assertEqual(set(traffic.statuses()), {200}, traffic.statuses())


if __name__ == "__main__":
    unittest.main()
