"""A degraded path that leaves cases to people: no evidence, no failure, but too many of them are seen."""

import unittest

import harness

GATE = {**harness.fast_gate(), "dimensions": {"schema": {"theta": 0.5}}}
RULES = {"rules": [{"name": "refund", "keywords": ["refund"], "answer_json": {"reply": "A person looks at it."}}]}


class HandOver(harness.Case):
    def serve(self, **gate):
        sim = self.stage.sim({"first": {"default_text": '{"reply": "Good morning."}'}})
        settings = harness.config(self.stage, {"one": (sim, "openai", "first")}, workflow={
            "gate": {**GATE, **gate}, "mirror": {"rate": 1, "max_requests_per_second": 1000},
            "failover": {"tick": "100ms"},
            "contract": {"output_schema": {"type": "object", "required": ["reply"]}}})
        settings["providers"]["book"] = {"kind": "rules", "rules": RULES}
        settings["workflows"]["desk"]["paths"].append(
            {"name": "book", "role": "degraded", "provider": "book"})
        self.ports = self.stage.warmpathd(settings)

    def ask_until(self, what, done):
        """Asks, and one request in three is one that the rules answer."""
        def asked():
            for i in range(12):
                text = f"a refund, please {i}" if i % 3 == 0 else f"hello {i}"
                self.assertEqual(harness.chat(self.ports, text)[0], 200)
            harness.settled(self.ports)
            return done(harness.by_path(self.ports)["book"])
        return harness.wait_for(what, asked)

    def test_a_path_that_leaves_too_much_to_people_is_amber_and_says_so(self):
        self.serve()
        self.ask_until("the rules hand over too much", lambda book: [
            reason["code"] for reason in book["verdict"].get("reasons", [])] ==
            ["REASON_CODE_HANDS_OVER"])
        book = harness.by_path(self.ports)["book"]
        self.assertEqual(harness.conformance(book), "AMBER")
        self.assertAlmostEqual(book["verdict"]["handover_ratio"], 2 / 3, delta=0.1)
        self.assertEqual(book["verdict"]["dimensions"][0]["conforming_ratio"], 1)
        self.assertAlmostEqual(
            harness.metrics(self.ports)['warmpath_handover_ratio{workflow="desk",path="book"}'],
            2 / 3, delta=0.1)

    def test_how_much_is_too_much_is_the_configs_to_say(self):
        self.serve(max_handover_ratio=0.9)
        self.ask_until("the rules are GREEN",
                       lambda book: harness.conformance(book) == "GREEN")
        self.ask_until("hand-overs are shown",
                       lambda book: book["verdict"].get("handover_ratio", 0) > 0.5)
        self.assertEqual(harness.conformance(harness.by_path(self.ports)["book"]), "GREEN")


if __name__ == "__main__":
    unittest.main()
