"""What the end-to-end tests share: real programs on loopback, started in a folder of their own and
ended by pid.

    class Some(harness.Case):
        def test_it_answers(self):
            sim = self.stage.sim({"m": {"default_text": "hello"}})
            ports = self.stage.warmpathd(harness.config(self.stage, {"one": (sim, "openai", "m")}))
"""

import http.client
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

BIN = pathlib.Path(os.environ.get("WARMPATH_BIN", "bazel-bin")).resolve()
WARMPATHD = BIN / "server/warmpathd"
SIMPROVIDER = BIN / "provider/sim/simprovider"
START_LIMIT = 30.0
LOOPBACK = "127.0.0.1:0"


class Stage:
    """A folder and the processes started in it. end() stops exactly these and removes the folder."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="warmpath-e2e-"))
        self.running = {}
        self.count = 0

    def end(self):
        self.end_processes()
        shutil.rmtree(self.folder, ignore_errors=True)

    def end_processes(self):
        for process in self.running.values():
            if process.poll() is None:
                process.terminate()
        for process in self.running.values():
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.running.clear()

    def spawn(self, name, program, *args):
        """Starts a program; its output goes to NAME.log."""
        with open(self.folder / f"{name}.log", "ab") as log:
            process = subprocess.Popen([program, *map(str, args)], stdout=log, stderr=log)
        self.running[name] = process
        return process

    def start(self, name, program, *args):
        """Starts a program and returns what it writes to its port file."""
        self.count += 1
        port_file = self.folder / f"{name}.{self.count}.ports"
        process = self.spawn(name, program, *args, "--port_file", port_file)
        deadline = time.monotonic() + START_LIMIT
        while not port_file.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"{name} did not start:\n{self.log(name)[-3000:]}")
            time.sleep(0.02)
        return port_file.read_text().strip()

    def kill(self, name):
        """SIGKILL, and waits for the end."""
        process = self.running.pop(name)
        process.kill()
        process.wait()

    def stop(self, name, limit=20):
        """SIGTERM; returns the exit code."""
        process = self.running.pop(name)
        process.terminate()
        try:
            return process.wait(timeout=limit)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"{name} did not end within {limit} s of SIGTERM")

    def log(self, name):
        path = self.folder / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def sim(self, models, name="sim", listen=LOOPBACK):
        """Starts a simprovider; `models` as in sim.proto. Returns its address."""
        script = self.write(f"{name}.yaml", json.dumps({"seed": 1, "models": models}))
        return self.start(name, SIMPROVIDER, "--script", script, "--listen", listen)

    def warmpathd(self, settings, name="warmpathd", *flags):
        """Starts warmpathd with `settings`, a dict or YAML. Returns its addresses by door."""
        text = settings if isinstance(settings, str) else json.dumps(settings, indent=1)
        path = self.write(f"{name}.config.yaml", text)
        return json.loads(self.start(name, WARMPATHD, "--config", path, *flags))


def config(stage, paths, *, workflow=None, providers=None, **top):
    """A config with one workflow, "desk", of `paths`: name -> (address, kind, model), the primary first.

    `workflow` and `providers` add to the workflow and to every provider; `top` to the whole.
    """
    ladder, made = [], {}
    for i, (name, (address, kind, model)) in enumerate(paths.items()):
        base = address if "://" in address else f"http://{address}/v1"
        made[name] = {"kind": kind, "base_url": base, **(providers or {})}
        ladder.append({"name": name, "role": "primary" if i == 0 else "backup", "provider": name,
                       "model": model})
    desk = {"paths": ladder, "mirror": {"rate": 0}, **(workflow or {})}
    doors = {door: {"address": LOOPBACK} for door in ("http", "grpc", "admin_http", "admin_grpc")}
    return {"listen": doors, "store": {"path": str(stage.folder / "store")}, "providers": made,
            "workflows": {"desk": desk}, **top}


def fast_gate(theta=0.5, **more):
    """Thresholds for tests: far below the defaults, so that seconds of traffic decide."""
    return {"dimensions": {"tools": {"theta": theta}}, "n_cold": 10, "rho": 0, "refresh_n": 8,
            "bucket": "0s",
            "amber_dwell": "1s", "red_dwell": "2s", "red_n_eff": 10, **more}


def request(address, method, target, body=None, headers=None, timeout=30):
    """One HTTP exchange: (status, headers in lower case, body)."""
    connection = http.client.HTTPConnection(*address.split(":"), timeout=timeout)
    try:
        sent = json.dumps(body) if isinstance(body, (dict, list)) else body
        connection.request(method, target, sent,
                           {"content-type": "application/json", **(headers or {})})
        answer = connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def get_json(address, target):
    status, _, body = request(address, "GET", target)
    if status != 200:
        raise AssertionError(f"GET {target}: {status} {body[:300]!r}")
    return json.loads(body)


def chat_body(text="hello", **more):
    return {"model": "desk", "messages": [{"role": "user", "content": text}], **more}


def chat(ports, text="hello", headers=None, timeout=30, **more):
    return request(ports["http"], "POST", "/v1/chat/completions", chat_body(text, **more), headers,
                   timeout)


def desk(ports):
    """The status of the one workflow."""
    return get_json(ports["admin_http"], "/api/status")["workflows"][0]


def by_path(ports):
    return {path["path"]: path for path in desk(ports)["paths"]}


def conformance(path_status):
    return path_status["verdict"]["conformance"].removeprefix("CONFORMANCE_")


def mirror_counts(path_status):
    """(sampled, mirrored, {reason: dropped}, pending)."""
    mirror = path_status.get("mirror", {})
    return (int(mirror.get("sampled", 0)), int(mirror.get("mirrored", 0)),
            {k: int(v) for k, v in mirror.get("dropped", {}).items()}, int(mirror.get("pending", 0)))


def metrics(ports):
    """Every line of /metrics as "name{labels}" -> value."""
    status, _, body = request(ports["admin_http"], "GET", "/metrics")
    assert status == 200, body
    lines = [line for line in body.decode().splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def wait_for(what, done, limit=20.0, step=0.05):
    """Polls until done() is true; its value. Fails after `limit` seconds, naming `what`."""
    deadline = time.monotonic() + limit
    while True:
        value = done()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {limit} s: {what}")
        time.sleep(step)


def settled(ports, limit=20.0):
    """Waits until no shadow is under way; the paths by name."""
    def idle():
        paths = by_path(ports)
        return paths if all(mirror_counts(p)[3] == 0 for p in paths.values()) else None
    return wait_for("no shadow under way", idle, limit)


class Case(unittest.TestCase):
    """A test with a stage of its own."""

    maxDiff = None

    def setUp(self):
        self.stage = Stage()
        self.addCleanup(self._end)

    def run(self, result=None):
        self.result = result
        return super().run(result)

    def _end(self):
        self.tell_if_failed()
        self.stage.end()

    def tell_if_failed(self):
        bad = [test for test, _ in self.result.failures + self.result.errors]
        if any(getattr(test, "test_case", test) is self for test in bad):
            for name, process in self.stage.running.items():
                if process.poll() is not None:
                    print(f"  -- {name} had ended by itself: {process.returncode} --")
            for log in sorted(self.stage.folder.glob("*.log")):
                if tail := log.read_text(errors="replace")[-1500:]:
                    print(f"  -- {log.name} ends with --\n{tail}")

    def assert_counts_add_up(self, paths):
        for name, path in paths.items():
            sampled, mirrored, dropped, pending = mirror_counts(path)
            self.assertEqual(mirrored + sum(dropped.values()) + pending, sampled,
                             f"{name}: {path['mirror']}")
