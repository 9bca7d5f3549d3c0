"""What warmpath does not know survives: between a door and a path of one dialect every byte of request
and answer arrives as it was sent, but for the model's name."""

import http.server
import threading

import harness
import matrix

try:
    import anthropic
    import openai
except ImportError:
    openai = anthropic = None

# JSON as vendors may send it tomorrow: keys twice, numbers beyond 64 bits and doubles, every kind of
# escape, lone surrogates, unusual Unicode, odd spaces.
ODD = (r'"x_new": {"a": 1, "a": 2, "big": 123456789012345678901234567890, "tiny": 1e-999, '
       r'"huge": 1E+400, "minus": -0, "point": 1.0, "long": 0.1000000000000000055511151231257827, '
       r'"escapes": "\u0041\/\b\f\n\r\t\\\"\u0000\u001f", "pair": "\ud83c\udf0d", '
       r'"lone": "\ud800 \udfff", "empty": {}, "list": [ ], "null":null}' + " ,\t\r\n "
       + '"Ünïcode ключ 世界": "a\u2028b\u2029c\ufeffd\u200de\u0301f🏳️‍🌈 \U0010ffff"')

MESSAGES = '"messages": [{"role": "user", "content": "hi", "x_inner": {"k": 1, "k": 1e5}}]'
REQUESTS = {
    "openai": '{ %s, "model": "MODEL",  %s, "x_last": 18446744073709551616 }' % (MESSAGES, ODD),
    "anthropic": '{"max_tokens":5, %s,\n"model" : "MODEL", %s}' % (MESSAGES, ODD),
    "openai_responses": '{"input": [{"role": "user", "content": "hi", "x_inner": 1e5}], %s,'
                        ' "model":"MODEL"}' % ODD,
}
USAGE = '"usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2, "x": 1e400}'
ANSWERS = {
    "openai": '{"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": '
              '[{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": '
              '"ok", "x_deep": {"k": 1, "k": 2}}}], %s, %s}\n' % (USAGE, ODD),
    "anthropic": '{"id": "m", "type": "message", "role": "assistant", "model": "m", "content": '
                 '[{"type": "text", "text": "ok", "x_deep": 1e400}], "stop_reason": "end_turn", '
                 '"stop_sequence": null, "usage": {"input_tokens": 1, "output_tokens": 1}, %s}' % ODD,
    "openai_responses": '{"id": "r", "object": "response", "created_at": 1, "status": "completed", '
                        '"model": "m", "output": [{"type": "message", "id": "i", "role": "assistant",'
                        ' "status": "completed", "content": [{"type": "output_text", "text": "ok", '
                        '"annotations": [], "x": 1e400}]}], %s}' % ODD,
}
ODD_LINE = "{%s}" % ODD.replace("\r\n", " ")  # an event's data is one line
STREAMS = {
    "openai": ': hello\n\ndata: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m",'
              '"choices":[{"index":0,"delta":{"role":"assistant","content":"o"},"x":1e400}]}\n\n'
              'data: %s\n\ndata:{"id":"c","object":"chat.completion.chunk","created":1,"model":"m",'
              '"choices":[{"index":0,"delta":{"content":"k"},"finish_reason":"stop"}]}\n\n'
              'data: [DONE]\n\n' % ('{"object":"chat.completion.chunk","choices":[],' + ODD_LINE[1:]),
    "anthropic": 'event: message_start\ndata: {"type":"message_start","message":{"id":"m","type":'
                 '"message","role":"assistant","model":"m","content":[],"stop_reason":null,'
                 '"stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}}\n\n'
                 'event: ping\ndata: {"type": "ping"}\n\n'
                 'event: content_block_start\ndata: {"type":"content_block_start","index":0,'
                 '"content_block":{"type":"text","text":""},"x":1e400}\n\n'
                 'event: from_tomorrow\ndata: {"type":"from_tomorrow",' + ODD_LINE[1:] + '\n\n'
                 'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,'
                 '"delta":{"type":"text_delta","text":"ok"}}\n\n'
                 'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n'
                 'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":'
                 '"end_turn","stop_sequence":null},"usage":{"output_tokens":1}}\n\n'
                 'event: message_stop\ndata: {"type":"message_stop"}\n\n',
    "openai_responses": 'event: response.created\ndata: {"type":"response.created","sequence_number":0'
                        ',"response":{"id":"r","object":"response","status":"in_progress","output":[]}'
                        '}\n\nevent: response.from_tomorrow\ndata: {"type":"response.from_tomorrow",'
                        '"sequence_number":1,' + ODD_LINE[1:] + '\n\nevent: response.output_text.delta'
                        '\ndata: {"type":"response.output_text.delta","sequence_number":2,"item_id":'
                        '"i","output_index":0,"content_index":0,"delta":"ok"}\n\nevent: '
                        'response.completed\ndata: {"type":"response.completed","sequence_number":3,'
                        '"response":' + ANSWERS["openai_responses"] + '}\n\n',
}
DOORS = {"openai": "/v1/chat/completions", "anthropic": "/v1/messages",
         "openai_responses": "/v1/responses"}


class Capture:
    """An HTTP server that keeps what it was sent and answers with given bytes."""

    def __init__(self):
        self.requests = []
        capture = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                capture.requests.append(self.rfile.read(int(self.headers["content-length"])))
                self.send_response(capture.status)
                self.send_header("content-type", capture.content_type)
                self.send_header("content-length", str(len(capture.answer)))
                self.send_header("x-ratelimit-remaining-tokens", "17")
                self.end_headers()
                self.wfile.write(capture.answer)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = "127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def answers(self, text, content_type="application/json", status=200):
        self.answer, self.content_type, self.status = text.encode(), content_type, status

    def end(self):
        self.server.shutdown()
        self.server.server_close()


class _SameDialect:
    def setUp(self):
        super().setUp()
        if self.KIND in matrix.Service.shared().missing:
            self.skipTest(f"{self.KIND} is not built yet")
        self.capture = Capture()
        self.addCleanup(self.capture.end)
        self.capture.answers(ANSWERS[self.KIND])
        self.ports = self.stage.warmpathd(harness.config(
            self.stage, {"main": (self.capture.address, self.KIND, "the-model/v2")}))

    def post(self, body):
        return harness.request(self.ports["http"], "POST", DOORS[self.KIND], body.encode())

    def sent_on(self, body):
        """What arrives of `body`, which must differ from it in the model's name alone."""
        status, _, answer = self.post(body)
        self.assertEqual(status, 200, answer)
        self.assertEqual(self.capture.requests[-1].decode(), body.replace("desk", "the-model/v2"))

    def test_a_request_arrives_byte_for_byte(self):
        self.sent_on(REQUESTS[self.KIND].replace("MODEL", "desk"))

    def test_a_streamed_request_arrives_byte_for_byte(self):
        self.capture.answers(STREAMS[self.KIND], "text/event-stream")
        self.sent_on(REQUESTS[self.KIND].replace("MODEL", "desk")[:-1] + ', "stream" : true }')

    def test_a_long_request_arrives_byte_for_byte(self):
        self.sent_on(REQUESTS[self.KIND].replace("MODEL", "desk").replace('"hi"', '"%s"' % (
            "Grüße 🌍 \\u00e9" * 60_000)))

    def test_an_answer_arrives_byte_for_byte(self):
        status, headers, answer = self.post(REQUESTS[self.KIND].replace("MODEL", "desk"))
        self.assertEqual((status, answer.decode()), (200, ANSWERS[self.KIND]))
        self.assertEqual(headers["x-ratelimit-remaining-tokens"], "17")

    def test_a_stream_arrives_byte_for_byte(self):
        self.capture.answers(STREAMS[self.KIND], "text/event-stream")
        status, headers, answer = self.post(
            REQUESTS[self.KIND].replace("MODEL", "desk")[:-1] + ', "stream": true}')
        self.assertEqual((status, answer.decode()), (200, STREAMS[self.KIND]))
        self.assertTrue(headers["content-type"].startswith("text/event-stream"))

    def test_an_error_arrives_byte_for_byte(self):
        error = '{"error": {"message": "no", "type": "invalid_request_error", "param": null, ' \
                '"code": "x"}, "type": "error", %s}' % ODD
        self.capture.answers(error, status=422)
        status, _, answer = self.post(REQUESTS[self.KIND].replace("MODEL", "desk"))
        self.assertEqual((status, answer.decode()), (422, error))


class OpenAiBytes(_SameDialect, harness.Case):
    KIND = "openai"

    def test_what_the_sdk_adds_arrives_byte_for_byte(self):
        if openai is None:
            self.skipTest("the SDKs are not installed")
        client = openai.OpenAI(base_url=f"http://{self.ports['http']}/v1", api_key="k", max_retries=0)
        raw = client.chat.completions.with_raw_response.create(
            model="desk", messages=[{"role": "user", "content": "Grüße 🌍", "x_inner": [1e300]}],
            extra_body={"x_new": {"big": 2**70, "世界": "\u2028\x00", "none": None}})
        self.assertEqual(self.capture.requests[-1],
                         raw.http_request.content.replace(b'"desk"', b'"the-model/v2"'))
        self.assertIn(str(2**70).encode(), self.capture.requests[-1])
        self.assertEqual(raw.parse().x_new["minus"], 0)


class AnthropicBytes(_SameDialect, harness.Case):
    KIND = "anthropic"

    def test_what_the_sdk_adds_arrives_byte_for_byte(self):
        if anthropic is None:
            self.skipTest("the SDKs are not installed")
        client = anthropic.Anthropic(base_url=f"http://{self.ports['http']}", api_key="k",
                                     max_retries=0)
        raw = client.messages.with_raw_response.create(
            model="desk", max_tokens=5, messages=[{"role": "user", "content": "Grüße 🌍"}],
            extra_body={"x_new": {"big": 2**70, "世界": "\u2028\x00", "none": None}})
        self.assertEqual(self.capture.requests[-1],
                         raw.http_request.content.replace(b'"desk"', b'"the-model/v2"'))
        self.assertIn(str(2**70).encode(), self.capture.requests[-1])
        self.assertEqual(raw.parse().x_new["minus"], 0)


class ResponsesBytes(_SameDialect, harness.Case):
    KIND = "openai_responses"
