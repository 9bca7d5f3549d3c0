"""What is asked twice: the primary's own noise, and what may be a severe violation."""

import http.server
import json
import threading
import unittest

import harness

REFUSAL = "I'm sorry, but I can't help with that."
ANSWER = "We open at nine o'clock every day."
EXCHANGES = 20


class _Moody(http.server.BaseHTTPRequestHandler):
    """An OpenAI model that refuses "never", and "sometimes" only the first time: never a shadow."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        text = asked["messages"][-1]["content"]
        again = "x-warmpath-shadow" in self.headers
        refuses = "never" in text or ("sometimes" in text and not again)
        body = json.dumps({
            "id": "1", "object": "chat.completion", "model": "moody", "choices": [
                {"index": 0, "finish_reason": "stop",
                 "message": {"role": "assistant", "content": REFUSAL if refuses else ANSWER}}]}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # a pooled connection that warmpathd closed


class AskedTwice(harness.Case):
    def setUp(self):
        super().setUp()
        self.moody = _Server(("127.0.0.1", 0), _Moody)
        threading.Thread(target=self.moody.serve_forever, daemon=True).start()
        self.addCleanup(self.moody.server_close)
        self.addCleanup(self.moody.shutdown)
        bold = self.stage.sim({"bold": {"default_text": ANSWER}})
        self.ports = self.stage.warmpathd(harness.config(
            self.stage, {"main": ("127.0.0.1:%d" % self.moody.server_port, "openai", "moody"),
                         "twin": (bold, "openai", "bold")},
            workflow={"gate": {"dimensions": {"policy": {"theta": 0.99, "mode": "paired"}}},
                      "mirror": {"rate": 1, "max_requests_per_second": 1000}}))

    def ask(self, text):
        for i in range(EXCHANGES):
            status, headers, _ = harness.chat(self.ports, f"May I come {text} at {i}?")
            self.assertEqual((status, headers["x-warmpath-path"]), (200, "main"))
        paths = harness.settled(self.ports)
        self.assert_counts_add_up(paths)
        return paths

    def confirmations(self, result):
        name = f'warmpath_confirmations_total{{workflow="desk",path="twin",result="{result}"}}'
        return harness.metrics(self.ports).get(name, 0)

    def severe(self):
        reasons = harness.by_path(self.ports)["twin"]["verdict"].get("reasons", [])
        return "REASON_CODE_SEVERE" in [reason["code"] for reason in reasons]

    def cards(self):
        """What of the twin failed."""
        found = harness.get_json(self.ports["admin_http"],
                                 "/api/divergences?workflow=desk&path=twin&range=1h")
        return found["cards"]

    @staticmethod
    def policy(scores):
        return [s["verdict"] for s in scores if s["dimension"] == "DIMENSION_POLICY"]

    def test_a_primary_that_differs_from_itself_shows_on_every_card(self):
        paths = self.ask("sometimes")
        # The primary once more for all, beside the backup.
        for path in ("main", "twin"):
            self.assertEqual(harness.mirror_counts(paths[path])[:3], (EXCHANGES, EXCHANGES, {}))
        for card in self.cards():
            self.assertEqual(self.policy(card["scores"]), ["SCORE_VERDICT_FAIL"])
            self.assertEqual(self.policy(card["control_scores"]), ["SCORE_VERDICT_FAIL"])
        # It would go ahead itself when asked again: no severe violation of the backup's.
        harness.wait_for("a case is settled", lambda: self.confirmations("not_confirmed"))
        self.assertEqual(self.confirmations("confirmed"), 0)
        # The backup differs from it in every case, and yet no oftener than it does itself.
        self.assertNotEqual(harness.conformance(harness.by_path(self.ports)["twin"]), "RED")

    def test_what_the_primary_always_refuses_is_confirmed(self):
        self.ask("never")
        self.assertEqual([self.policy(card["control_scores"]) for card in self.cards()],
                         [["SCORE_VERDICT_PASS"]] * EXCHANGES)
        harness.wait_for("a case is settled", lambda: self.confirmations("confirmed"))
        self.assertEqual(self.confirmations("not_confirmed"), 0)
        harness.wait_for("the backup is RED", self.severe)

    def test_what_both_do_alike_is_asked_once(self):
        self.ask("always")
        self.assertEqual(self.cards(), [])
        self.assertEqual([name for name in harness.metrics(self.ports)
                          if name.startswith("warmpath_confirmations_total{")], [])


if __name__ == "__main__":
    unittest.main()
