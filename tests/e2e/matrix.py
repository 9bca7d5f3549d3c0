"""The matrix of front doors, what is behind them, and features: as data, and as a running service.

A cell is one feature at one door over one upstream, tried by one version of a vendor's SDK. To add a
dialect: a line in DIALECTS, and a reader and writers in vendor_wire.py.
"""

import atexit
import dataclasses
import json
import os
import pathlib
import subprocess
import threading
import unittest

import harness
import vendor
from vendor_wire import Said

# What the models are asked and answer. test_node.py and test_python.py give the cells the same words.
TEXTS = {
    "greet": "Good morning, world. It is a fine day for a test.",
    "unicode": "Grüße, 世界 🌍 \"quoted\" \\ back\nline",
    "refuse": "I can't help with that.",
    "as json": '{"city": "Bonn", "degrees": 21}',
}
CALLS = {"weather": [("weather", {"city": "Bonn"})],
         "two cities": [("weather", {"city": "Bonn"}), ("weather", {"city": "Köln"})]}
ANSWERS = {"greet": Said(TEXTS["greet"]), "unicode": Said(TEXTS["unicode"]),
           "as json": Said(TEXTS["as json"]), "refuse": Said(refusal=TEXTS["refuse"]),
           **{prompt: Said(calls=calls) for prompt, calls in CALLS.items()},
           "two woven cities": Said(calls=CALLS["two cities"], woven=True)}

DOORS = ("chat", "responses", "messages")


@dataclasses.dataclass(frozen=True)
class Upstream:
    """What a path goes to."""
    kind: str  # the provider's kind in the config
    own_door: str = ""  # the door that speaks the same dialect
    sim: bool = False  # simprovider answers, not vendor.py
    embedded: bool = False


DIALECTS = {
    "openai": Upstream("openai", "chat"),
    "openai_responses": Upstream("openai_responses", "responses"),
    "anthropic": Upstream("anthropic", "messages"),
    "gemini": Upstream("gemini"),
    "azure_openai": Upstream("azure_openai", "chat"),
    "sim_openai": Upstream("openai", "chat", sim=True),
    "sim_openai_responses": Upstream("openai_responses", "responses", sim=True),
    "sim_anthropic": Upstream("anthropic", "messages", sim=True),
    "sim_gemini": Upstream("gemini", sim=True),
    "sim_azure_openai": Upstream("azure_openai", "chat", sim=True),
    "embedded": Upstream("rules", embedded=True),
}
# The door alone: no path is asked.
DOOR_ITSELF = "itself"

# Parts that a build may lack; their cells are then skipped. Empty once all of them are in.
MAY_BE_MISSING = set()


@dataclasses.dataclass(frozen=True)
class Feature:
    model: str = "ok"  # how the upstream behaves
    sim: bool = True  # simprovider can play it
    embedded: bool = False  # a path of rules can play it
    doors: tuple = DOORS
    itself: bool = False  # a matter of the door alone


FEATURES = {
    "plain": Feature(embedded=True),
    "stream_raw": Feature(embedded=True),
    "stream_helper": Feature(embedded=True),
    "unicode": Feature(),
    "tools": Feature(embedded=True),
    "tools_stream": Feature(embedded=True),
    "parallel_tools": Feature(),
    "parallel_tools_stream": Feature(),
    "woven_tools_stream": Feature(sim=False),
    "tool_result": Feature(embedded=True),
    "two_tool_results": Feature(sim=False),
    "tool_error": Feature(sim=False),
    "structured": Feature(embedded=True),
    "refusal": Feature(),
    "refusal_stream": Feature(),
    "usage": Feature(embedded=False),
    "usage_stream": Feature(),
    "no_usage_stream": Feature(doors=("chat",)),
    "count_tokens": Feature(sim=False, doors=("messages",)),
    "request_id": Feature(embedded=True),
    "headers": Feature(embedded=True),
    "error_400": Feature("err400"),
    "error_401": Feature("err401"),
    "error_500": Feature("err500"),
    "error_429": Feature("limited"),
    "error_429_stream": Feature("limited"),
    "error_overloaded": Feature("overloaded"),
    "sdk_retries_429": Feature("limited_ms", sim=False),
    "cut_raw": Feature("cut"),
    "cut_helper": Feature("cut"),
    "clean_cut_raw": Feature("clean_cut", sim=False),
    "clean_cut_helper": Feature("clean_cut", sim=False),
    "event_error_raw": Feature("event_error", sim=False),
    "event_error_helper": Feature("event_error", sim=False),
    "cut_whole": Feature("cut_whole"),
    "empty": Feature("empty"),
    "timeout": Feature("hang"),
    "timeout_header": Feature("hang"),
    "cancel": Feature("slow", sim=False),
    "cancel_whole": Feature("hang", sim=False),
    "credentials": Feature(sim=False),
    "unknown_model": Feature(itself=True),
    "bad_request": Feature(itself=True),
    "downtime": Feature(itself=True),
    "downtime_stream": Feature(itself=True),
    "locked_door": Feature(itself=True),
    "models": Feature(doors=("chat", "messages"), itself=True),
}

# Simprovider's behaviour for each model that it plays.
SIM_MODELS = {
    "ok": {}, "cut": {"truncate_rate": 1, "piece_interval": "5ms"}, "cut_whole": {"truncate_rate": 1},
    "empty": {"empty_rate": 1}, "hang": {"hang_rate": 1},
    "err401": {"error_rate": 1, "error_status": 401}, "err500": {"error_rate": 1, "error_status": 500},
    "limited": {"error_rate": 1, "error_status": 429, "retry_after_seconds": 7},
}
TEMPERATURE_ERROR = {"message": "scripted err400", "type": "invalid_request_error",
                     "param": "temperature", "code": "decimal_above_max_value"}
RULES = {"rules": [
    {"name": "greet", "pattern": "^greet", "answer": TEXTS["greet"]},
    {"name": "json", "pattern": "^as json", "answer_json": {"city": "Bonn", "degrees": 21}},
    {"name": "call", "pattern": "^weather", "tool": {"name": "weather", "arguments": {"city": "Bonn"}}},
    {"name": "told", "pattern": "^weather", "after_tool_result": True, "answer": "The tool said 21."},
]}
DOOR_TOKEN = "let-me-in"
# Where simprovider speaks a dialect: the path of base_url, and one that it answers.
SIM_BASES = {"openai": ("/v1", "/v1/chat/completions"), "anthropic": ("/v1", "/v1/messages"),
             "openai_responses": ("/v1", "/v1/responses"),
             "gemini": ("/v1beta", "/v1beta/models/x:generateContent"),
             "azure_openai": ("", "/openai/v1/chat/completions")}


def sim_models(kind):
    own = {"err400": {"error_rate": 1, "error_status": 400},
           "overloaded": {"error_rate": 1, "error_status": 529 if kind == "anthropic" else 503,
                          "retry_after_seconds": 7}}
    if "openai" in kind:
        own["err400"]["error_body"] = json.dumps({"error": TEMPERATURE_ERROR})
    return {f"{kind}-{name}": {"answers_file": "answers.jsonl", "behavior": behavior}
            for name, behavior in {**SIM_MODELS, **own}.items()}


def sim_answers():
    for prompt, said in ANSWERS.items():
        calls = [{"name": name, "arguments": arguments} for name, arguments in said.calls]
        yield {"prompt": prompt, **({"text": said.text} if said.text else {}),
               **({"refusal": said.refusal} if said.refusal else {}),
               **({"tool_calls": calls} if calls else {})}
    yield {"prompt": "weather", "turn": 1, "text": "The tool said 21."}


@dataclasses.dataclass(frozen=True)
class Cell:
    door: str
    upstream: str
    feature: str

    @property
    def id(self):
        return f"{self.door}_over_{self.upstream}_{self.feature}"

    def as_data(self, service):
        """What a cell's code is told."""
        feature, upstream = FEATURES[self.feature], DIALECTS.get(self.upstream)
        return {"id": self.id, "door": self.door, "upstream": self.upstream, "feature": self.feature,
                "model": self.model, "same": upstream is not None and upstream.own_door == self.door,
                "sim": upstream is not None and upstream.sim,
                "tagged": not feature.itself and not upstream.sim and not upstream.embedded,
                "kind": upstream.kind if upstream else "", "base": f"http://{service.address}",
                "locked": f"http://{service.locked}", "vendor": f"http://{service.vendor.address}"}

    @property
    def model(self):
        """The workflow that is asked."""
        feature = FEATURES[self.feature]
        return f"{self.upstream}-{feature.model}" if not feature.itself else "embedded-ok"


def cells():
    for door in DOORS:
        for name, feature in FEATURES.items():
            if door not in feature.doors:
                continue
            if feature.itself:
                yield Cell(door, DOOR_ITSELF, name)
                continue
            for upstream_name, upstream in DIALECTS.items():
                if (upstream.sim and not feature.sim) or (upstream.embedded and not feature.embedded):
                    continue
                yield Cell(door, upstream_name, name)


WORDS = {"texts": TEXTS, "token": DOOR_TOKEN}


class Service:
    """warmpathd with a workflow for each upstream and behaviour; one for all tests of a run."""

    texts, token = TEXTS, DOOR_TOKEN
    _shared = None
    _lock = threading.Lock()

    @classmethod
    def shared(cls):
        with cls._lock:
            if cls._shared is None:
                cls._shared = cls()
                atexit.register(cls._shared.end)
            return cls._shared

    def __init__(self):
        self.stage = harness.Stage()
        self.vendor = vendor.Vendor(ANSWERS)
        self.missing = set()
        try:
            self._start()
        except BaseException:
            self.end()
            raise

    def _start(self):
        self.stage.write("answers.jsonl", "\n".join(map(json.dumps, sim_answers())) + "\n")
        self.sim = self.stage.sim({name: model for kind in SIM_BASES
                                   for name, model in sim_models(kind).items()})
        self.kinds = {name: upstream for name, upstream in DIALECTS.items() if self._takes(name)}
        self.ports = self.stage.warmpathd(self._config(self.kinds))
        self.address = self.ports["http"]
        locked = self._config({"embedded": DIALECTS["embedded"]})
        locked["listen"]["http"]["bearer_tokens"] = [f"file:{self.stage.write('token', DOOR_TOKEN)}"]
        locked["store"]["path"] = str(self.stage.folder / "store-locked")
        self.locked = self.stage.warmpathd(locked, "locked")["http"]
        if not self._has_responses():
            self._note_missing("responses", "the door /v1/responses")
        self._bring_down("down")

    def end(self):
        self.stage.end()
        self.vendor.end()

    def _provider(self, upstream):
        if upstream.embedded:
            return {"kind": "rules", "rules": RULES}
        if upstream.sim:
            return {"kind": upstream.kind, "base_url": f"http://{self.sim}{SIM_BASES[upstream.kind][0]}"}
        return {"kind": upstream.kind, "base_url": self.vendor.base(upstream.kind)}

    def _config(self, upstreams):
        workflows = {}
        for name, upstream in upstreams.items():
            models = ([m.partition("-")[2] for m in sim_models(upstream.kind)] if upstream.sim
                      else ["ok"] if upstream.embedded else vendor.BEHAVIOURS)
            for model in models:
                asked = f"{upstream.kind}-{model}" if upstream.sim else model
                path = {"name": name, "role": "primary", "provider": name,
                        **({} if upstream.embedded else {"model": asked})}
                workflows[f"{name}-{model}"] = {"paths": [path], "mirror": {"rate": 0}}
        providers = {name: self._provider(upstream) for name, upstream in upstreams.items()}
        providers["nobody"] = {"kind": "openai", "base_url": "http://127.0.0.1:9/v1"}
        workflows["down"] = {"paths": [{"name": "nobody", "role": "primary", "provider": "nobody",
                                        "model": "m"}], "mode": "enforce", "mirror": {"rate": 0}}
        doors = {d: {"address": harness.LOOPBACK} for d in ("http", "grpc", "admin_http", "admin_grpc")}
        return {"listen": doors, "store": {"path": str(self.stage.folder / "store")},
                "providers": providers, "workflows": workflows}

    def _takes(self, name):
        """Whether the build knows this kind of provider, and simprovider speaks it."""
        if DIALECTS[name].sim:
            status, _, body = harness.request(self.sim, "POST", SIM_BASES[DIALECTS[name].kind][1], "")
            if status == 404 and b"no such door" in body:
                self._note_missing(name, "simprovider does not speak it")
                return False
        config = self._config({name: DIALECTS[name]})
        path = self.stage.write(f"try-{name}.yaml", json.dumps(config))
        tried = subprocess.run([harness.WARMPATHD, "--config", path, "--check_config"],
                               capture_output=True, text=True, timeout=30, check=False)
        if tried.returncode == 0:
            return True
        self._note_missing(name, tried.stderr[-500:] or tried.stdout[-500:])
        return False

    def _note_missing(self, part, why):
        if part not in MAY_BE_MISSING:
            raise AssertionError(f"{part} does not work: {why}")
        self.missing.add(part)

    def _has_responses(self):
        status, _, body = harness.request(self.address, "POST", "/v1/responses",
                                          {"model": "embedded-ok", "input": "greet"})
        return status == 200 and b"response" in body

    def _bring_down(self, workflow):
        """Asks until nothing may serve the workflow any more."""
        def is_down():
            status, headers, _ = harness.request(
                self.address, "POST", "/v1/chat/completions",
                {"model": workflow, "messages": [{"role": "user", "content": "x"}]})
            return status == 503 and headers.get("x-should-retry") == "false"
        harness.wait_for(f"workflow {workflow} to be down", is_down, step=0.2)

    def missing_for(self, cell):
        """Why a cell cannot run with this build, or an empty string."""
        for part in (cell.door, cell.upstream):
            if part in self.missing:
                return f"{part} is not built yet"
        return ""


class Results:
    """What came of each cell, and what test_wire_table.py measured of translation, for programs: written
    as JSON to the file that the variable WARMPATH_MATRIX names, if it is set."""

    rows, fidelity = [], []

    @classmethod
    def note(cls, sdk, cell, outcome, detail=""):
        if not cls.rows:
            atexit.register(cls.write)
        cls.rows.append({"sdk": sdk, "door": cell.door, "upstream": cell.upstream,
                         "feature": cell.feature, "outcome": outcome, "detail": detail})

    @classmethod
    def write(cls):
        if path := os.environ.get("WARMPATH_MATRIX"):
            pathlib.Path(path).write_text(json.dumps(
                {"cells": cls.rows, "fidelity": cls.fidelity}, indent=1) + "\n")


# Cells that are known to fail, each with the reason: (door, upstream, feature), "*" for any.
KNOWN_FAILURES = {}


def known_failure(cell):
    for (door, upstream, feature), reason in KNOWN_FAILURES.items():
        if all(want in ("*", got) for want, got in
               ((door, cell.door), (upstream, cell.upstream), (feature, cell.feature))):
            return reason
    return ""


class Case(unittest.TestCase):
    """Tests of cells: a subclass names its SDK and DOORS, and says how to try_cell()."""

    terse = True  # run_tests.py tells how many cells passed, not which
    SDK, DOORS = "", ()

    @classmethod
    def cells(cls):
        return [cell for cell in cells() if cell.door in cls.DOORS]

    def one_cell(self, cell):
        if reason := Service.shared().missing_for(cell):
            Results.note(self.SDK, cell, "skipped", reason)
            self.skipTest(reason)
        reason = known_failure(cell)
        try:
            self.try_cell(cell)
        except Exception as error:
            Results.note(self.SDK, cell, "known failure" if reason else "failed",
                         reason or str(error)[:500])
            raise
        Results.note(self.SDK, cell, "passed")


def cell_tests(case):
    """Gives a Case one test for each of its cells."""
    for cell in case.cells():
        def test(self, cell=cell):
            self.one_cell(cell)
        name = f"test_{cell.id}"
        test.__name__ = name
        setattr(case, name, unittest.expectedFailure(test) if known_failure(cell) else test)
    return case
