"""kill -9 of warmpathd in the middle of mirrored traffic, and a start on the same store."""

import unittest

import harness
from traffic import Traffic

TOOL = {"type": "function", "function": {"name": "track", "parameters": {
    "type": "object", "properties": {"order": {"type": "integer"}}, "required": ["order"]}}}


def body(number):
    return harness.chat_body(f"Where is order {number % 50}?", tools=[TOOL])


class Restart(harness.Case):
    def setUp(self):
        super().setUp()
        lines = [f'{{"prompt": "Where is order {n}?", "tool_calls": '
                 f'[{{"name": "track", "arguments": {{"order": {n}}}}}]}}' for n in range(50)]
        self.stage.write("answers.jsonl", "\n".join(lines) + "\n")
        self.primary = self.stage.sim({"p": {"answers_file": "answers.jsonl"}}, "primary")
        self.backups = self.stage.sim({
            "good": {"answers_file": "answers.jsonl"},
            "bad": {"answers_file": "answers.jsonl", "behavior": {"no_tool_rate": 1}}}, "backups")
        self.settings = harness.config(
            self.stage,
            {"main": (self.primary, "openai", "p"), "bad": (self.backups, "anthropic", "bad"),
             "good": (self.backups, "anthropic", "good")},
            workflow={"mode": "enforce", "deadline": "10s",
                      "mirror": {"rate": 1, "max_requests_per_second": 1000, "max_concurrency": 64},
                      # A hold-down longer than the test: only what is remembered keeps "bad" RED.
                      "gate": harness.fast_gate(0.7, amber_dwell="2s", red_dwell="10m",
                                                red_dwell_max="20m", bucket="1s"),
                      "failover": {"tick": "200ms", "dwell": "2s", "failback_after": "10m"}})

    def verdicts(self, ports):
        return {name: harness.conformance(path) for name, path in harness.by_path(ports).items()}

    def flips(self, ports):
        return [{k: f.get(k) for k in ("id", "from_path", "to_path", "cause", "decide_time")}
                for f in harness.get_json(ports["admin_http"], "/api/flips")["flips"]]

    def history(self, ports):
        """Samples by path and dimension."""
        series = harness.get_json(ports["admin_http"],
                                  "/api/history?workflow=desk&range=1h")["series"]
        return {(s["path"], s["dimension"]): sum(int(p["pass"]) + int(p["fail"]) for p in s["points"])
                for s in series}

    def test_everything_known_is_known_after_kill_9(self):
        ports = self.stage.warmpathd(self.settings)
        traffic = Traffic(ports["http"], body, rate=60).start()
        try:
            harness.wait_for("good GREEN and bad RED", lambda: (
                lambda v: v["good"] == "GREEN" and v["bad"] == "RED")(self.verdicts(ports)), 40)
            self.stage.kill("primary")
            harness.wait_for("the flip to the good backup",
                             lambda: harness.desk(ports).get("active_path") == "good", 20)
            before_flips = self.flips(ports)
            harness.wait_for("mirrored traffic on the stand-in", lambda: int(
                harness.by_path(ports)["good"]["served"]) >= 40)
            before = self.verdicts(ports)
            before_history = self.history(ports)
        finally:
            self.stage.kill("warmpathd")  # in the middle of traffic
            traffic.stop()
        self.assertEqual((before["good"], before["bad"]), ("GREEN", "RED"))

        ports = self.stage.warmpathd(self.settings)
        self.assertEqual(harness.desk(ports).get("active_path"), "good")
        self.assertEqual(self.verdicts(ports), before)
        self.assertEqual(self.flips(ports), before_flips)
        self.assertEqual(len(before_flips), 1, before_flips)
        after_history = self.history(ports)
        for series, count in before_history.items():
            self.assertGreaterEqual(after_history.get(series, 0), count, series)
        again = Traffic(ports["http"], body, count=60).start().join()
        self.assertEqual(again.statuses(), {200: 60}, again.broken)
        self.assertEqual({a["path"] for a in again.answers}, {"good"})
        self.assertEqual(self.flips(ports), before_flips)

    def test_a_clean_stop_and_start_keeps_it_too(self):
        ports = self.stage.warmpathd(self.settings)
        Traffic(ports["http"], body, count=120).start().join()
        harness.settled(ports)
        harness.wait_for("good GREEN", lambda: self.verdicts(ports)["good"] == "GREEN")
        before, history = self.verdicts(ports), self.history(ports)
        self.assertEqual(self.stage.stop("warmpathd"), 0)
        ports = self.stage.warmpathd(self.settings)
        self.assertEqual(self.verdicts(ports), before)
        self.assertEqual(self.history(ports), history)


if __name__ == "__main__":
    unittest.main()
