"""A vendor in Python that speaks five APIs and misbehaves as the model's name says.

    vendor = Vendor({"greet": Said(text="Good morning")})
    vendor.base("anthropic")       # base_url of a provider of this kind
    vendor.seen("c7")              # what came of requests whose prompt ends in "[c7]"
    vendor.end()

Models: "ok" answers by the prompt. Others fail: see BEHAVIOURS. A request that the real API would
refuse is answered with 400 and the reason.
"""

import dataclasses
import http.server
import json
import select
import socket
import struct
import threading
import time
import urllib.parse

import vendor_wire
from vendor_wire import Said

# Statuses and types of the errors that a model stands for.
ERRORS = {
    "err400": {"openai": (400, "invalid_request_error"), "anthropic": (400, "invalid_request_error"),
               "gemini": (400, "INVALID_ARGUMENT")},
    "err401": {"openai": (401, "authentication_error"), "anthropic": (401, "authentication_error"),
               "gemini": (401, "UNAUTHENTICATED")},
    "err500": {"openai": (500, "server_error"), "anthropic": (500, "api_error"),
               "gemini": (500, "INTERNAL")},
    "limited": {"openai": (429, "rate_limit_error"), "anthropic": (429, "rate_limit_error"),
                "gemini": (429, "RESOURCE_EXHAUSTED")},
    "overloaded": {"openai": (503, "service_unavailable_error"),
                   "anthropic": (529, "overloaded_error"), "gemini": (503, "UNAVAILABLE")},
}
CODES = {"err400": ("decimal_above_max_value", "temperature"), "err401": ("invalid_api_key", None),
         "limited": ("rate_limit_exceeded", None), "overloaded": ("server_is_overloaded", None)}
BEHAVIOURS = ["ok", *ERRORS, "limited_ms", "cut", "clean_cut", "event_error", "cut_whole", "empty",
              "hang", "slow"]
BASES = {"openai": "/openai/v1", "openai_responses": "/openai_responses/v1", "gemini": "/gemini/v1beta",
         "anthropic": "/anthropic", "azure_openai": "/azure_openai"}
LONGEST = 20.0  # seconds that "hang" and "slow" go on when nobody leaves


@dataclasses.dataclass
class Seen:
    requests: int = 0
    disconnected: int = 0
    headers: dict = dataclasses.field(default_factory=dict)
    body: str = ""
    dialect: str = ""


class Vendor:
    def __init__(self, answers, models=None):
        """`models`: further names, and which of BEHAVIOURS each stands for."""
        self.answers = answers
        self.models = models or {}
        self.lock = threading.Lock()
        self.by_tag = {}
        vendor = self

        class Handler(_Handler):
            owner = vendor

        self.server = _Server(("127.0.0.1", 0), Handler)
        self.address = "127.0.0.1:%d" % self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def end(self):
        self.server.shutdown()
        self.server.server_close()

    def base(self, dialect):
        return f"http://{self.address}{BASES[dialect]}"

    def seen(self, tag):
        with self.lock:
            return dataclasses.replace(self.by_tag.get(tag, Seen()))

    def note(self, tag, **more):
        with self.lock:
            seen = self.by_tag.setdefault(tag, Seen())
            seen.requests += "body" in more
            seen.disconnected += more.pop("disconnected", 0)
            for name, value in more.items():
                setattr(seen, name, value)

    def say(self, asked, prompt):
        if asked.results:
            return Said(text=" ".join(f"The tool failed: {content}" if failed else
                                      f"The tool said {content}." for content, failed in asked.results))
        said = self.answers.get(prompt, Said(text=f"no answer to {prompt!r}"))
        if asked.schema is None and said.text.startswith("{"):
            return Said(text="Prose, as no schema was asked for.")
        return said


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request, client_address):
        pass  # whoever left is noted where it matters


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 0

    def log_message(self, *_):
        pass

    def do_GET(self):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        seen = self.owner.seen(query.get("tag", [""])[0])
        self.whole(200, json.dumps(dataclasses.asdict(seen)).encode())

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.dialect = self.path.split("/")[1]
        asked = vendor_wire.read(self.dialect, body, self.path)
        prompt, _, tag = asked.prompt.partition(" [")
        self.tag = tag.rstrip("]")
        self.owner.note(self.tag, body=body.decode("utf-8", "replace"), dialect=self.dialect,
                        headers={k.lower(): v for k, v in self.headers.items()})
        if self.path.endswith("/count_tokens"):
            return self.whole(200, json.dumps({"input_tokens": vendor_wire.USAGE[0]}).encode())
        if asked.problems:
            return self.error(400, "invalid_request_error", "refused: " + "; ".join(asked.problems))
        behaviour = self.owner.models.get(asked.model, asked.model)
        getattr(self, "be_" + behaviour, self.be_error)(asked, self.owner.say(asked, prompt))

    # How models behave.

    def be_ok(self, asked, said):
        if not asked.stream:
            return self.whole(200, vendor_wire.whole(self.dialect, asked, said))
        self.begin_stream()
        for event in vendor_wire.events(self.dialect, asked, said):
            self.chunk(event)
        self.wfile.write(b"0\r\n\r\n")

    def be_error(self, asked, _):
        family = self.dialect if self.dialect in ("anthropic", "gemini") else "openai"
        if asked.model == "limited_ms":
            return self.error(*ERRORS["limited"][family], "slow down", headers={"retry-after-ms": "5"})
        if asked.model not in ERRORS:
            return self.error(404, "not_found_error", f"no model {asked.model!r}")
        status, kind = ERRORS[asked.model][family]
        code, param = CODES.get(asked.model, (None, None))
        retry = {"retry-after": "7"} if asked.model in ("limited", "overloaded") else {}
        self.error(status, kind, f"scripted {asked.model}", retry, code=code, param=param)

    def be_half(self, asked, said):
        """The first half of an answer, at least one piece of content."""
        if not asked.stream:
            body = vendor_wire.whole(self.dialect, asked, said)
            self.begin(200, {"content-length": str(len(body))})
            self.wfile.write(body[:len(body) // 2])
        else:
            self.begin_stream()
            events = vendor_wire.events(self.dialect, asked, said)
            for event in events[:len(events) // 2 + 1]:
                self.chunk(event)
        time.sleep(0.02)  # what was sent is not to be lost to the reset

    def be_cut(self, asked, said):
        self.be_half(asked, said)
        self.reset()

    be_cut_whole = be_cut

    def be_clean_cut(self, asked, said):
        self.be_half(asked, said)
        self.wfile.write(b"0\r\n\r\n" if asked.stream else b"")
        self.close_connection = True

    def be_event_error(self, asked, said):
        self.be_half(asked, said)
        self.chunk(vendor_wire.error_event(self.dialect))
        self.wfile.write(b"0\r\n\r\n")

    def be_empty(self, *_):
        self.whole(200, b"")

    def be_hang(self, *_):
        readable, _, _ = select.select([self.connection], [], [], LONGEST)
        if readable:
            self.owner.note(self.tag, disconnected=1)
        self.close_connection = True

    def be_slow(self, asked, said):
        """An endless stream of words."""
        events = vendor_wire.events(self.dialect, asked, Said(text="word " * 2000))
        self.begin_stream()
        end = time.monotonic() + LONGEST
        try:
            for event in events:
                self.chunk(event)
                if select.select([self.connection], [], [], 0.01)[0] or time.monotonic() > end:
                    raise ConnectionError
        except OSError:
            self.owner.note(self.tag, disconnected=1)
        self.close_connection = True

    # Wire.

    def begin(self, status, headers):
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("request-id" if self.path.startswith("/anthropic") else "x-request-id",
                         "req_vendor_1")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def begin_stream(self):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.send_header("request-id" if self.dialect == "anthropic" else "x-request-id",
                         "req_vendor_1")
        self.end_headers()

    def chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def whole(self, status, body, headers=None):
        self.begin(status, {"content-length": str(len(body)), **(headers or {})})
        self.wfile.write(body)

    def error(self, status, kind, message, headers=None, **more):
        body = vendor_wire.error_body(self.dialect, status, kind, message, **more)
        self.whole(status, json.dumps(body).encode(), headers)

    def reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.rfile.close()  # the socket lives on while a file of it is open
        self.connection.close()
        self.close_connection = True


