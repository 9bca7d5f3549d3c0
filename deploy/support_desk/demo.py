"""Drives the support-desk demo: starts the simulated vendors and warmpathd, sends the recorded
requests, breaks things in turn, and prints what happened.

Only the standard library; everything stays on loopback and ends with this process.
"""

import argparse
import collections
import http.client
import json
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
WORKERS = 6
REQUESTS_PER_SECOND = 30
STREAM_EVERY = 3  # every third request asks for a stream


class Processes:
    """The demo's own processes; end() stops exactly these."""

    def __init__(self, bin_dir, folder):
        self.bin_dir, self.folder, self.running = pathlib.Path(bin_dir), folder, {}

    def start(self, name, args, port_file):
        port_path = self.folder / port_file
        port_path.unlink(missing_ok=True)
        log = open(self.folder / f"{name}.log", "ab")
        process = subprocess.Popen([self.bin_dir / args[0], *args[1:], "--port_file", port_path],
                                   stdout=log, stderr=log)
        self.running[name] = process
        deadline = time.monotonic() + 20
        while not port_path.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                tail = (self.folder / f"{name}.log").read_text(errors="replace")[-2000:]
                raise SystemExit(f"demo: {name} did not start:\n{tail}")
            time.sleep(0.05)
        return port_path.read_text().strip()

    def kill(self, name):
        process = self.running.pop(name)
        process.kill()
        process.wait()

    def end(self):
        for process in self.running.values():
            process.terminate()
        for name, process in self.running.items():
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                print(f"demo: {name} had to be killed", file=sys.stderr)


class Traffic:
    """Sends the support desk's requests at a steady rate and notes who answered."""

    def __init__(self, address):
        self.address = address
        self.workflow = json.loads((HERE / "workflow.json").read_text())
        self.cases = [json.loads(line) for line in (HERE / "requests.jsonl").open()]
        self.lock = threading.Lock()
        self.served = collections.Counter()
        self.errors = collections.Counter()
        self.recent = collections.deque(maxlen=60)
        self.while_not_green = collections.Counter()
        self.last_failure = None
        self.sent = 0
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self._run, daemon=True) for _ in range(WORKERS)]

    def start(self):
        self.begin = time.monotonic()
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(timeout=20)

    def body(self, number):
        case = self.cases[number % len(self.cases)]
        messages = [{"role": "system", "content": self.workflow["system"]},
                    {"role": "user", "content": case["user"]}]
        if turn := case.get("tool_turn"):
            call_id = f"call_{number}"
            messages.append({"role": "assistant", "content": None, "tool_calls": [
                {"id": call_id, "type": "function", "function": {
                    "name": turn["call"]["name"],
                    "arguments": json.dumps(turn["call"]["arguments"])}}]})
            messages.append({"role": "tool", "tool_call_id": call_id, "content": turn["result"]})
        return json.dumps({
            "model": "support-desk", "messages": messages, "tools": self.workflow["tools"],
            "response_format": {"type": "json_schema", "json_schema": {
                "name": "desk_answer", "schema": self.workflow["schema"]}},
            "stream": number % STREAM_EVERY == 0})

    def _run(self):
        connection = None
        while not self.stopping.is_set():
            with self.lock:
                number = self.sent
                self.sent += 1
            wait = self.begin + number / REQUESTS_PER_SECOND - time.monotonic()
            if wait > 0 and self.stopping.wait(wait):
                return
            try:
                if connection is None:
                    connection = http.client.HTTPConnection(*self.address.split(":"), timeout=20)
                connection.request("POST", "/v1/chat/completions", self.body(number), {
                    "content-type": "application/json",
                    "x-warmpath-conversation": f"demo-{number}"})
                answer = connection.getresponse()
                text = answer.read()
                self._note(answer, text)
            except (OSError, http.client.HTTPException) as error:
                connection = None
                with self.lock:
                    self.errors[type(error).__name__] += 1

    def _note(self, answer, text):
        path = answer.getheader("x-warmpath-path", "-")
        verdict = answer.getheader("x-warmpath-verdict", "-")
        with self.lock:
            if answer.status == 200 and b'"error"' not in text[:9]:
                self.served[path] += 1
                self.recent.append(path)
                if path not in ("atlas", "-") and verdict != "green":
                    self.while_not_green[f"{path} {verdict}"] += 1
            else:
                code = json.loads(text).get("error", {}).get("code") if text[:1] == b"{" else None
                self.errors[f"{answer.status} {code or ''}".strip()] += 1
                self.last_failure = time.monotonic()


class Demo:
    def __init__(self, options):
        self.options = options
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="warmpath-demo-"))
        self.processes = Processes(options.bin, self.folder)
        self.end_time = time.monotonic() + options.seconds if options.seconds else None
        self.story = []
        self.primary_address = None

    def run(self):
        try:
            self.set_up()
            self.traffic.start()
            self.acts()
            self.linger()
        except KeyboardInterrupt:
            print("\nending …")
        finally:
            if hasattr(self, "traffic"):
                self.traffic.stop()
        ok = self.summary()
        self.processes.end()
        if not self.options.keep:
            shutil.rmtree(self.folder, ignore_errors=True)
        return 0 if ok else 1

    # -- the stage --------------------------------------------------------------------------------

    def set_up(self):
        self.primary_address = self.start_primary("127.0.0.1:0")
        backups = self.processes.start(
            "backups", ["provider/sim/simprovider", "--script", HERE / "backups.yaml"], "backups.addr")
        self.backups_address = backups
        config = (HERE / "warmpath.yaml").read_text()
        config = config.replace("PRIMARY/", self.primary_address + "/")
        config = config.replace("BACKUPS/", backups + "/")
        config = config.replace("path: STATE", f"path: {self.folder / 'state'}")
        (self.folder / "warmpath.yaml").write_text(config)
        ports = json.loads(self.processes.start(
            "warmpathd", ["server/warmpathd", "--config", self.folder / "warmpath.yaml"],
            "ports.json"))
        self.ports = ports
        self.traffic = Traffic(ports["http"])
        print(f"dashboard   http://{ports['admin_http']}/")
        print(f"metrics     http://{ports['admin_http']}/metrics")
        print(f"OpenAI SDK  base_url=http://{ports['http']}/v1  model=support-desk")
        print(f"status      {self.processes.bin_dir}/cli/warmpath status --server {ports['admin_grpc']}")
        print(f"files       {self.folder}\n", flush=True)

    def start_primary(self, listen):
        return self.processes.start("primary", ["provider/sim/simprovider", "--script",
                                                HERE / "primary.yaml", "--listen", listen],
                                    "primary.addr")

    def acts(self):
        self.act("evidence grows: mirroring to every path", 35,
                 lambda s: s["borealis"] == "GREEN" and s["comet"] == "RED" and
                 s["rules"] == "GREEN" and s["atlas"] == "GREEN")
        self.story.append(self.verdicts_line())

        self.processes.kill("primary")
        self.time_to_flip = self.act("the primary dies (its process is killed)", 12,
                                     lambda s: s["active"] == "borealis")

        self.control("/_sim/phase?model=borealis-2&phase=drift")
        self.act("the backup drifts: prose around JSON, words instead of tools", 20,
                 lambda s: s["active"] == "rules")

        self.start_primary(self.primary_address)
        self.act("the primary is back", 25, lambda s: s["active"] == "atlas")

    def act(self, title, limit, done):
        begin = time.monotonic()
        reached = False
        while time.monotonic() - begin < limit:
            state = self.state()
            self.progress(title, state)
            if done(state):
                reached = True
                break
            time.sleep(0.05)
        seconds = time.monotonic() - begin
        outcome = f"{seconds:5.1f} s" if reached else f"not within {limit} s"
        self.clear_line()
        print(f"  {title:<62} {outcome}", flush=True)
        self.reached = getattr(self, "reached", True) and reached
        time.sleep(2)
        return seconds if reached else None

    def linger(self):
        while self.end_time is None or time.monotonic() < self.end_time:
            self.progress("running; Ctrl-C ends it", self.state())
            time.sleep(0.5)
        self.clear_line()

    # -- looking ----------------------------------------------------------------------------------

    def status(self):
        connection = http.client.HTTPConnection(*self.ports["admin_http"].split(":"), timeout=5)
        connection.request("GET", "/api/status")
        body = json.loads(connection.getresponse().read())
        connection.close()
        return body["workflows"][0]

    def state(self):
        status = self.status()
        self.active = status.get("active_path") or "DOWNTIME"
        state = {p["path"]: p["verdict"]["conformance"].removeprefix("CONFORMANCE_")
                 for p in status["paths"]}
        state["active"] = self.active
        return state

    def progress(self, title, state):
        if not sys.stdout.isatty():
            return
        recent = collections.Counter(self.traffic.recent)
        verdicts = " ".join(f"{p}={state[p]}" for p in ("atlas", "comet", "borealis", "rules"))
        line = f"  {title[:34]:<34} active={state['active']:<9} {verdicts}  {dict(recent)}"
        width = shutil.get_terminal_size().columns
        sys.stdout.write("\r\x1b[K" + line[:width - 1])
        sys.stdout.flush()

    def clear_line(self):
        if sys.stdout.isatty():
            sys.stdout.write("\r\x1b[K")

    def verdicts_line(self):
        lines = []
        for path in self.status()["paths"]:
            verdict = path["verdict"]
            reasons = ", ".join(sorted({(r["code"].removeprefix("REASON_CODE_").lower() + (
                f"({r['dimension']})" if r.get("dimension") else "")) for r in verdict.get("reasons", [])}))
            lines.append(f"    {path['path']:<9} {verdict['conformance'].removeprefix('CONFORMANCE_'):<6}"
                         f" {verdict.get('effective_samples', 0):6.0f} samples  {reasons}")
        return "\n".join(lines)

    def control(self, target):
        connection = http.client.HTTPConnection(*self.backups_address.split(":"), timeout=5)
        connection.request("POST", target, headers={"content-length": "0"})
        connection.getresponse().read()
        connection.close()

    # -- the end ----------------------------------------------------------------------------------

    def summary(self):
        if not hasattr(self, "traffic"):
            return False
        status = self.status()
        traffic = self.traffic
        print("\nverdicts when the evidence was complete")
        print("\n".join(self.story) or "    (not reached)")
        print("\npath       served  sampled mirrored  dropped")
        for path in status["paths"]:
            mirror = path.get("mirror", {})
            dropped = {k: int(v) for k, v in mirror.get("dropped", {}).items()}
            print(f"{path['path']:<9} {traffic.served[path['path']]:7d} {int(mirror.get('sampled', 0)):8d}"
                  f" {int(mirror.get('mirrored', 0)):8d}  {dropped or '-'}")
        answered = sum(traffic.served.values())
        print(f"\nanswered {answered}, typed errors {dict(traffic.errors) or 0}")
        flips = self.get("/api/flips").get("flips", [])
        print("flips, oldest first:")
        for flip in reversed(flips):
            print(f"    {flip['decide_time'][11:19]}  {flip.get('from_path') or 'DOWNTIME'} -> "
                  f"{flip.get('to_path') or 'DOWNTIME'}  "
                  f"{flip['cause'].removeprefix('FLIP_CAUSE_').lower()}: {flip.get('reason', '')}")
        if getattr(self, "time_to_flip", None) is not None:
            print(f"from the primary's death to the flip: {self.time_to_flip:.2f} s")
        wrong = [flip for flip in flips if not self.went_to_green(flip)]
        print(f"automatic flips to a path that was not GREEN: {len(wrong)}")
        print("requests served while the serving backup was under suspicion (AMBER moves nothing away, "
              f"RED does): {dict(traffic.while_not_green) or 0}")
        ok = (getattr(self, "reached", False) and not wrong and not traffic.errors and
              not any(who.endswith("red") for who in traffic.while_not_green))
        print("\nThe demo's thresholds are its own, far below the defaults: a minute stands for days.")
        print("every act reached its end" if ok else "NOT all went as it should; see the logs "
              f"with --keep ({self.folder})")
        return ok

    @staticmethod
    def went_to_green(flip):
        verdicts = {v["path"]: v["conformance"] for v in flip.get("evidence", [])}
        return verdicts.get(flip.get("to_path")) == "CONFORMANCE_GREEN"

    def get(self, target):
        connection = http.client.HTTPConnection(*self.ports["admin_http"].split(":"), timeout=5)
        connection.request("GET", target)
        body = json.loads(connection.getresponse().read())
        connection.close()
        return body


def seconds(text):
    match = re.fullmatch(r"(\d+)(s|m)?", text)
    if not match:
        raise argparse.ArgumentTypeError(f"'{text}' is not a time; write 90s or 2m")
    return int(match[1]) * (60 if match[2] == "m" else 1)


def main():
    parser = argparse.ArgumentParser(prog="deploy/demo", description=__doc__)
    parser.add_argument("--bin", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--for", dest="seconds", type=seconds, default=None, metavar="90s",
                        help="end by itself after this time, once every act was played")
    parser.add_argument("--keep", action="store_true", help="keep the folder with logs and store")
    options = parser.parse_args()
    # Ctrl-C reaches the children too: they are ended here, in order.
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    sys.exit(Demo(options).run())


if __name__ == "__main__":
    main()
