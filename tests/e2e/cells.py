"""One cell of the matrix while a Python SDK tries it, and what is asked and checked alike at every
door. A door's module (cells_chat.py and so on) defines a subclass with one method for each feature."""

import asyncio
import time
import traceback

import harness

TOOL_PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}},
                   "required": ["city"], "additionalProperties": False}
WEATHER = [("weather", {"city": "Bonn"})]
TWO_CITIES = [("weather", {"city": "Bonn"}), ("weather", {"city": "Köln"})]
KEY = "sk-of-the-caller"
TIMEOUT = 20


def check(holds, problem):
    if not holds:
        raise AssertionError(problem)


def equal(got, want, what=""):
    check(got == want, f"{what or 'got'}: {got!r}, not {want!r}")


class DoorCell:
    """Features of all doors. A door says how it asks: plain, plain_stream, text_of."""

    SDK = None  # the SDK's module
    LOCKED_STYLES = ()  # how a door's token is given: functions from it to options of a client
    _clients = {}  # kept, as making one is slow

    @classmethod
    def client_for(cls, base, **options):
        given = (cls.SDK.__name__, base, tuple(sorted(options.items())))
        if given not in DoorCell._clients:
            DoorCell._clients[given] = cls.new_client(base, **{"api_key": KEY, **options})
        return DoorCell._clients[given]

    def __init__(self, data, service):
        self.data = data
        for name in ("door", "upstream", "feature", "model", "same", "sim", "kind", "base"):
            setattr(self, name, data[name])
        self.service = service
        self.texts = service.texts
        self.tag = f"py{self.door}{data['number']}" if data["tagged"] else ""
        self.client = self.client_for(self.base)

    def run(self):
        getattr(self, {"plain": "plain_answer"}.get(self.feature, self.feature))()

    def words(self, text):
        return f"{text} [{self.tag}]" if self.tag else text

    def seen(self):
        return self.service.vendor.seen(self.tag)

    def saw_disconnect(self):
        if self.tag:
            harness.wait_for("the upstream to see the caller leave",
                             lambda: self.seen().disconnected, limit=5, step=0.02)

    def error(self, name, ask):
        """The error that ask() ends in, which must be of the SDK's class `name`."""
        wanted = getattr(self.SDK, name)
        try:
            value = ask()
        except wanted as error:
            return error
        except Exception as error:
            raise AssertionError(f"{type(error).__name__}: {error}, not {name}") from error
        raise AssertionError(f"no {name} but {str(value)[:300]}")

    def refused_once(self, name, ask):
        """An own refusal of warmpath: told in the SDK's fields, and not tried again."""
        error = self.error(name, lambda: ask(self.client.with_options(max_retries=2)))
        equal(error.response.request.headers["x-stainless-retry-count"], "0", "retries")
        equal(error.response.headers["x-should-retry"], "false")
        check(error.request_id, "the error names no request")
        return error

    def stream_text(self, name):
        """What a stream of text gives until it throws; it must throw in the middle."""
        pieces = []

        def read():
            for piece in self.text_of(self.plain_stream()):
                pieces.append(piece)
            return "".join(pieces)

        error = self.error(name, read)
        check("".join(pieces), "nothing came before the cut: it was not in the middle")
        check("".join(pieces) != self.texts["greet"], "the whole answer came")
        return error

    def plain(self, client=None, **more):
        return self.create_of(client or self.client)(**{**self.body("greet"), **more})

    def plain_stream(self):
        return self.plain(stream=True)

    def ask(self, text, **more):
        return self.create_of(self.client)(**self.body(text, **more))

    def failed(self, name, status):
        error = self.error(name, self.plain)
        equal(error.status_code, status)
        check(error.request_id, "the error names no request")
        check(isinstance(error.body, dict), "the error has no body")
        return error

    # Features.

    def error_401(self):
        # The caller's key goes to paths of its own dialect alone; elsewhere the fault is the gateway's.
        self.failed(*(("AuthenticationError", 401) if self.same else ("InternalServerError", 502)))

    def error_429(self):
        error = self.failed("RateLimitError", 429)
        equal(error.response.headers["retry-after"], "7")

    def error_429_stream(self):
        error = self.error("RateLimitError", self.plain_stream)
        equal(error.response.headers["retry-after"], "7")

    def error_500(self):
        self.error("InternalServerError", self.plain)

    def sdk_retries_429(self):
        self.error("RateLimitError", lambda: self.plain(self.client.with_options(max_retries=2)))
        equal(self.seen().requests, 3)

    def cut_raw(self):
        self.stream_text("APIError")

    clean_cut_raw = cut_raw

    def clean_cut_helper(self):
        self.cut_helper()

    def event_error_helper(self):
        self.cut_helper()

    def cut_whole(self):
        self.error("APIError", self.plain)

    empty = cut_whole

    def timeout(self):
        error = self.error("APIError", lambda: self.plain(self.client.with_options(timeout=1)))
        # Either the SDK gives up first or warmpath does, which it told its time-out.
        check(isinstance(error, self.SDK.APITimeoutError) or error.status_code == 504, repr(error))
        self.saw_disconnect()

    def timeout_header(self):
        error = self.error("InternalServerError", lambda: self.plain(
            extra_headers={"x-stainless-timeout": "0.4"}))
        equal(error.status_code, 504)
        self.saw_disconnect()

    def cancel(self):
        stream = self.plain_stream()
        for piece in self.text_of(stream):
            if piece:
                break
        (getattr(stream, "close", None) or stream.response.close)()
        self.saw_disconnect()

    def cancel_whole(self):
        async def leave_early():
            async with self.async_client(self.base) as client:
                asked = asyncio.ensure_future(self.create_of(client)(**self.body("greet")))
                while not self.seen().requests:
                    check(not asked.done(), "it was answered, or failed, before it was cancelled")
                    await asyncio.sleep(0.01)
                asked.cancel()
                try:
                    await asked
                except asyncio.CancelledError:
                    return
                raise AssertionError("an answer in spite of the cancel")
        asyncio.run(leave_early())
        self.saw_disconnect()

    def headers(self):
        raw = self.raw().create(**self.body("greet"), extra_headers={"x-request-id": "mine-1"})
        named = {name: raw.headers.get(f"x-warmpath-{name}")
                 for name in ("path", "workflow", "mode", "verdict", "request-id")}
        equal(named, {"path": self.upstream, "workflow": self.model, "mode": "observe",
                      "verdict": "cold", "request-id": "mine-1"})
        fidelity = raw.headers.get("x-warmpath-fidelity", "")
        check(fidelity == "exact" if self.same else fidelity.startswith(("exact", "lossy; ")),
              fidelity)
        streamed = self.raw().create(**self.body("greet", stream=True))
        equal(streamed.headers.get("x-warmpath-path"), self.upstream)
        for _ in streamed.parse():
            pass

    def request_id(self):
        answer = self.plain()
        check(answer._request_id, "the answer names no request")
        if self.same and not self.sim:
            equal(answer._request_id, "req_vendor_1")

    def credentials(self):
        self.plain()
        equal(KEY in str(self.seen().headers), self.same)

    def unknown_model(self):
        error = self.refused_once("NotFoundError", lambda client: self.plain(client, model="nobody"))
        check("nobody" in str(error), str(error))

    def downtime(self):
        error = self.refused_once("InternalServerError",
                                  lambda client: self.plain(client, model="down"))
        equal(error.status_code, 503)
        check(int(error.response.headers["retry-after"]) > 0, "no retry-after")
        check("no path may serve" in str(error), str(error))

    def downtime_stream(self):
        self.refused_once("InternalServerError",
                          lambda client: self.plain(client, model="down", stream=True))

    def locked_door(self):
        for options in self.LOCKED_STYLES:
            inside = self.client_for(self.data["locked"], **options(self.service.token))
            equal(self.answer_text(self.plain(inside)), self.texts["greet"])
        wrong = self.client_for(self.data["locked"], **self.LOCKED_STYLES[0]("wrong"))
        error = self.error("AuthenticationError", lambda: self.plain(wrong))
        equal(error.response.headers["x-should-retry"], "false")

    def plain_answer(self):
        equal(self.answer_text(self.plain()), self.texts["greet"])

    def unicode(self):
        equal(self.answer_text(self.ask("unicode")), self.texts["unicode"])
        equal("".join(self.text_of(self.ask("unicode", stream=True))), self.texts["unicode"])

    def tool_result(self):
        equal(self.go_on("weather", ["21"]), "The tool said 21.")

    def two_tool_results(self):
        equal(self.go_on("two cities", ["21", "19"]), "The tool said 21. The tool said 19.")


def attempt(cell):
    """None, or what went wrong."""
    begin = time.monotonic()
    try:
        cell.run()
        return None
    except Exception as error:  # a cell's failure is its result
        return (f"{type(error).__name__}: {error}\n"
                + "".join(traceback.format_tb(error.__traceback__)[-3:])
                + f"after {time.monotonic() - begin:.1f} s")
