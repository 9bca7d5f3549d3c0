"""Failover breakages of other systems that only a whole service can show, one test each; those that the
codecs can show are in tests/provider/wire/breakages_test.cc. Numbers as in the list of breakages that the
tests were written from; the comment says what went wrong elsewhere."""

import http.server
import json
import threading
import unittest

import harness
from test_inline import GOOD, InlineCase


def chunk(delta, finish=None, name="c1"):
    return "data: " + json.dumps({"id": name, "object": "chat.completion.chunk", "model": "first", "choices": [
        {"index": 0, "delta": delta, "finish_reason": finish}]}) + "\n\n"


ROLE, WORD, STOP = chunk({"role": "assistant", "content": ""}), chunk({"content": "Hel"}), chunk({}, "stop")
DONE = "data: [DONE]\n\n"
ERROR = 'data: {"error":{"message":"quota","type":"insufficient_quota","code":"insufficient_quota","param":null}}\n\n'


class Scripted:
    """A Chat Completions API that streams `events`, ends politely, and counts live requests."""

    def __init__(self):
        self.events, self.live = [ROLE, chunk({"content": GOOD}), STOP, DONE], 0
        upstream = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                upstream.live += self.headers.get("x-warmpath-shadow") is None
                if not body.get("stream"):
                    whole = {"id": "c1", "object": "chat.completion", "created": 1, "model": "first",
                             "choices": [{"index": 0, "finish_reason": "stop",
                                          "message": {"role": "assistant", "content": GOOD}}]}
                    sent, kind = json.dumps(whole).encode(), "application/json"
                else:
                    sent, kind = "".join(upstream.events).encode(), "text/event-stream"
                self.send_response(200)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = "127.0.0.1:%d" % self.server.server_address[1]

    def end(self):
        self.server.shutdown()
        self.server.server_close()


class Breakages(InlineCase):
    def live_requests(self, model):
        return harness.get_json(self.sim, "/_sim/requests")[model]["live"]

    def serve_scripted(self, **workflow):
        """The primary is Scripted, the backup a GREEN simulated Anthropic."""
        self.scripted = Scripted()
        self.addCleanup(self.scripted.end)
        self.sim = self.stage.sim({"second": {"default_text": GOOD}})
        self.ports = self.stage.warmpathd(harness.config(
            self.stage, {"one": (self.scripted.address, "openai", "first"), "two": (self.sim, "anthropic", "second")},
            workflow={"mode": "enforce", "gate": harness.fast_gate() | {"dimensions": {"schema": {"theta": 0.5}}},
                      "mirror": {"rate": 1, "max_requests_per_second": 1000},
                      "failover": {"tick": "100ms", "hard_down_failures": 1000, "availability_target": 0.01},
                      **workflow}))
        self.warm_up()

    def stream(self, text="a question"):
        status, headers, body = self.ask(text, stream=True)
        events = [line[6:] for line in body.decode().split("\n") if line.startswith("data: ")]
        parsed = [json.loads(e) for e in events if e != "[DONE]"]
        said = "".join(c["delta"].get("content") or "" for p in parsed for c in p.get("choices", []))
        return status, headers, said, events, parsed

    def test_n16_server_tools_pass_although_a_backup_is_configured(self):
        # Elsewhere server tools failed only where a list of fallback models was configured.
        self.serve({})
        status, headers, _ = self.ask(tools=[{"type": "web_search", "web_search": {}}])
        self.assertEqual((status, headers["x-warmpath-path"]), (200, "one"))
        paths = harness.settled(self.ports)
        self.assertEqual(harness.mirror_counts(paths["two"])[2].get("provider_tools"), 1)

    def test_n18_n19_prose_where_json_was_asked_for_is_no_success(self):
        # Elsewhere the prose was returned as a success; users asked for a miss to fall back.
        self.serve({"inline": {"mode": "enforce"}}, {"prose": {"broken_json_rate": 1}})
        self.phase("prose")
        status, headers, body = self.ask("a new question")
        self.assertEqual((status, headers["x-warmpath-path"], self.text_of(body)), (200, "two", GOOD))

    def test_n23_the_caller_learns_who_serves_before_it_parses(self):
        # Elsewhere the caller had negotiated for another model and could not learn of the switch.
        self.serve({})
        for more in ({}, {"stream": True}):
            _, headers, _ = self.ask("who?", **more)
            self.assertEqual(headers["x-warmpath-path"], "one")
            self.assertIn(headers["x-warmpath-verdict"], ("green", "amber", "cold"))

    def test_n26_a_harmless_request_that_is_refused_may_go_on_if_the_workflow_says_so(self):
        self.serve({"on_refusal": "may_swap"}, {"refusing": {"refuse_rate": 1}})
        self.phase("refusing")
        self.assertEqual(self.ask("a health question")[1]["x-warmpath-path"], "two")

    def test_n28_a_refusal_is_never_asked_of_the_same_path_again(self):
        # Elsewhere three retries of a filtered answer all went to the same primary.
        self.serve({"on_refusal": "may_swap"}, {"refusing": {"refuse_rate": 1}})
        self.phase("refusing")
        before = self.live_requests("first")
        self.ask("once")
        self.assertEqual(self.live_requests("first"), before + 1)

    def test_n29_n36_a_stream_that_broke_after_content_is_never_continued_elsewhere(self):
        # Elsewhere a continuation prompt made the backup answer in prose, or tools were called twice.
        self.serve({}, {"cut": {"truncate_rate": 1}})
        self.phase("cut")
        before = self.live_requests("second")
        _, headers, said, events, parsed = self.stream()
        self.assertEqual(headers["x-warmpath-path"], "one")
        self.assertIn("error", parsed[-1])
        self.assertNotIn("[DONE]", events)
        self.assertTrue(GOOD.startswith(said))
        self.assertEqual(self.live_requests("second"), before)

    def test_n32_in_observe_mode_nothing_goes_elsewhere_whenever_it_fails(self):
        # Elsewhere the setting that disables fallback was ignored in mid-stream.
        self.serve_scripted()
        self.stage.stop("warmpathd")
        settings = json.loads((self.stage.folder / "warmpathd.config.yaml").read_text())
        settings["workflows"]["desk"]["mode"] = "observe"
        self.ports = self.stage.warmpathd(settings)
        before = self.live_requests("second")
        for events in ([ROLE, ERROR], [ROLE, WORD, ERROR], [ROLE, WORD]):
            self.scripted.events = events
            self.stream()
        self.assertEqual(self.live_requests("second"), before)

    def test_n33_n35_an_error_before_content_goes_to_the_next_path_with_one_preamble(self):
        # Elsewhere an error after the first frame reached the caller raw, or a second preamble did.
        self.serve_scripted()
        self.scripted.events = [ROLE, ERROR]
        status, headers, said, events, parsed = self.stream()
        self.assertEqual((status, headers["x-warmpath-path"], said), (200, "two", GOOD))
        self.assertEqual(events[-1], "[DONE]")
        self.assertNotIn("quota", json.dumps(parsed))
        roles = [c for p in parsed for c in p["choices"] if c["delta"].get("role")]
        self.assertEqual(len(roles), 1)
        self.assertEqual(len({p["id"] for p in parsed}), 1)

    def test_n34_n37_a_stream_without_its_end_is_told_as_broken(self):
        # Elsewhere a cut stream was closed as a clean 200, and counted as a success.
        self.serve_scripted()
        self.scripted.events = [ROLE, WORD]
        _, _, said, events, parsed = self.stream()
        self.assertEqual(said, "Hel")
        self.assertIn("error", parsed[-1])
        self.assertNotIn("[DONE]", events)

    def test_n39_a_tools_failure_is_no_failure_of_the_path(self):
        # Elsewhere a failed tool was read as a failed provider, and the rerun repeated side effects.
        self.serve({})
        before = self.live_requests("second")
        call = {"id": "call_1", "type": "function", "function": {"name": "refund", "arguments": "{}"}}
        status, headers, _ = harness.request(
            self.ports["http"], "POST", "/v1/chat/completions",
            {"model": "desk", "messages": [
                {"role": "user", "content": "refund me"},
                {"role": "assistant", "content": None, "tool_calls": [call]},
                {"role": "tool", "tool_call_id": "call_1", "content": '{"error": "upstream 503"}'}]})
        self.assertEqual((status, headers["x-warmpath-path"]), (200, "one"))
        self.assertEqual(self.live_requests("second"), before)


# The tests of the base class's own file are not to run twice.
del InlineCase

if __name__ == "__main__":
    unittest.main()
