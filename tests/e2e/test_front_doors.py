"""What the HTTP doors do beside answering: count_tokens, the fidelity header, and signed thinking that
follows its issuer."""

import http.server
import json
import threading
import unittest

import harness


class Upstream:
    """An Anthropic API that keeps every request, and answers 500 while it is `down`."""

    def __init__(self):
        self.requests, self.down = [], False
        upstream = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                upstream.requests.append((self.path, dict(self.headers), body))
                if upstream.down:
                    status, reply = 500, {"type": "error", "error": {"type": "api_error", "message": "down"}}
                elif self.path.endswith("/count_tokens"):
                    status, reply = 200, {"input_tokens": 14, "new_field": [1]}
                else:
                    status, reply = 200, {
                        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-x",
                        "content": [{"type": "text", "text": '{"total": 4}'}], "stop_reason": "end_turn",
                        "stop_sequence": None, "usage": {"input_tokens": 1, "output_tokens": 1}}
                sent = json.dumps(reply).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]

    def end(self):
        self.server.shutdown()
        self.server.server_close()


class DoorCase(harness.Case):
    def upstream(self):
        upstream = Upstream()
        self.addCleanup(upstream.end)
        return upstream

    def post(self, target, body, headers=None):
        status, headers, reply = harness.request(self.ports["http"], "POST", target, body, headers)
        return status, headers, json.loads(reply)


class CountTokens(DoorCase):
    BODY = '{"model": "desk", "messages": [{"role": "user", "content": "hi"}], "later_field": 1e999}'

    def test_is_passed_through_and_neither_mirrored_nor_judged(self):
        vendor = self.upstream()
        self.ports = self.stage.warmpathd(harness.config(
            self.stage, {"one": (vendor.url, "anthropic", "claude-x"),
                         "two": (vendor.url, "anthropic", "claude-y")},
            workflow={"mirror": {"rate": 1}}))
        status, headers, reply = self.post("/v1/messages/count_tokens", self.BODY)
        self.assertEqual((status, reply), (200, {"input_tokens": 14, "new_field": [1]}))
        self.assertEqual(headers["x-warmpath-path"], "one")
        [(path, _, body)] = vendor.requests
        self.assertEqual(path, "/v1/messages/count_tokens")
        self.assertEqual(body.decode(), self.BODY.replace("desk", "claude-x"))
        for counts in harness.settled(self.ports).values():
            self.assertEqual(harness.mirror_counts(counts)[0], 0)

    def test_a_path_of_another_dialect_cannot_and_says_so(self):
        sim = self.stage.sim({"m": {}})
        self.ports = self.stage.warmpathd(harness.config(self.stage, {"one": (sim, "openai", "m")}))
        status, _, reply = self.post("/v1/messages/count_tokens", self.BODY)
        self.assertEqual((status, reply["type"]), (400, "error"))
        self.assertIn("cannot count tokens", reply["error"]["message"])

    def test_an_embedded_path_does_not_answer_in_its_place(self):
        settings = harness.config(self.stage, {"one": ("127.0.0.1:1", "openai", "m")})
        settings["providers"]["one"] = {"kind": "static", "static": {"text": "hello"}}
        del settings["workflows"]["desk"]["paths"][0]["model"]
        self.ports = self.stage.warmpathd(settings)
        status, _, reply = self.post("/v1/messages/count_tokens", self.BODY)
        self.assertEqual((status, reply["type"]), (400, "error"))


class FidelityHeader(DoorCase):
    def setUp(self):
        super().setUp()
        self.sim = self.stage.sim({"m": {"default_text": "Good morning, world."}})

    def serve(self, kind):
        self.ports = self.stage.warmpathd(harness.config(self.stage, {"one": (self.sim, kind, "m")}))

    def fidelity(self, **more):
        status, headers, _ = harness.chat(self.ports, **more)
        self.assertEqual(status, 200)
        return headers["x-warmpath-fidelity"]

    def test_the_same_dialect_is_exact(self):
        self.serve("openai")
        self.assertEqual(self.fidelity(seed=7), "exact")

    def test_a_loss_is_named_with_its_place_streamed_or_not(self):
        self.serve("anthropic")
        self.assertEqual(self.fidelity(seed=7, max_tokens=9), "lossy; dropped /seed")
        self.assertEqual(self.fidelity(seed=7, max_tokens=9, stream=True), "lossy; dropped /seed")
        self.assertEqual(self.fidelity(max_tokens=9), "exact")


SIGNED = {"type": "thinking", "thinking": "so far so good", "signature": "c2lnbmVk"}
GATE = {**harness.fast_gate(), "dimensions": {"policy": {"theta": 0.5}}}


class SignedThinking(DoorCase):
    """Two hosts of the same model are two issuers: neither takes the other's signatures back."""

    def setUp(self):
        super().setUp()
        self.first, self.second = self.upstream(), self.upstream()
        self.ports = self.stage.warmpathd(harness.config(
            self.stage, {"one": (self.first.url, "anthropic", "claude-x"),
                         "two": (self.second.url, "anthropic", "claude-x")},
            workflow={"mode": "enforce", "gate": GATE, "mirror": {"rate": 1, "max_requests_per_second": 1000},
                      "failover": {"tick": "100ms", "hard_down_failures": 1000, "availability_target": 0.01}}))

        def green():
            for i in range(10):
                self.assertEqual(self.ask(f"warm up {i}")[0], 200)
            return harness.conformance(harness.by_path(self.ports)["two"]) == "GREEN"
        harness.wait_for("the backup is GREEN", green)

    def ask(self, text, history=()):
        return self.post("/v1/messages", {
            "model": "desk", "max_tokens": 100,
            "messages": [{"role": "user", "content": text}, *history]})

    HISTORY = ({"role": "assistant", "content": [SIGNED, {"type": "text", "text": "Four."}]},
               {"role": "user", "content": "And twice that?"})

    def last_live(self, upstream):
        return [json.loads(body) for _, headers, body in upstream.requests
                if "x-warmpath-shadow" not in {k.lower() for k in headers}][-1]

    def holds_signature(self, body):
        return "c2lnbmVk" in json.dumps(body)

    def test_goes_back_to_its_issuer_alone(self):
        status, headers, _ = self.ask("a question", self.HISTORY)
        self.assertEqual((status, headers["x-warmpath-path"]), (200, "one"))
        self.assertEqual(headers["x-warmpath-fidelity"], "exact")
        self.assertTrue(self.holds_signature(self.last_live(self.first)))

        self.first.down = True
        status, headers, _ = self.ask("a question", self.HISTORY)
        self.assertEqual((status, headers["x-warmpath-path"]), (200, "two"))
        self.assertTrue(headers["x-warmpath-fidelity"].startswith("lossy; dropped /messages/1"), headers)
        body = self.last_live(self.second)
        self.assertFalse(self.holds_signature(body))
        self.assertIn("Four.", json.dumps(body))

        # What the second one signed since belongs to the second one.
        self.first.down = False
        status, headers, _ = self.ask("a question", self.HISTORY)
        self.assertEqual((status, headers["x-warmpath-path"]), (200, "one"))
        self.assertFalse(self.holds_signature(self.last_live(self.first)))

    def test_a_shadow_of_another_host_does_not_get_it(self):
        self.ask("a question", self.HISTORY)
        harness.settled(self.ports)
        mirrored = [json.loads(body) for _, headers, body in self.second.requests
                    if b"Four." in body]
        self.assertTrue(mirrored)
        self.assertFalse(any(self.holds_signature(body) for body in mirrored))


if __name__ == "__main__":
    unittest.main()
