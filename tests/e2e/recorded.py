"""Recorded answers of real models, served, mirrored, scored and failed over.

The prompts of the Berkeley Function-Calling Leaderboard (v1) go through warmpathd's HTTP door with
the OpenAI SDK. Four simulated providers answer what four models once answered. Prints conformance by
path and dimension; then the primary's process is killed, and the rest of the prompts are asked.

The thresholds are this program's own: models agree with each other far less than what one would
ask of a real backup, and a few hundred prompts stand for days of traffic.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
DATA = pathlib.Path(os.environ.get("WARMPATH_DATA", HERE.parents[2] / "shared/data"))
PROMPTS, OUTPUTS = DATA / "tools_bfcl_v1_prompts.jsonl", DATA / "tools_bfcl_v1_outputs.jsonl"
# path -> the recorded model, its wire format, its role
PATHS = {
    "gpt-4o": ("gpt-4o-2024-08-06-FC", "openai", "primary"),
    "sonnet": ("claude-3-5-sonnet-20240620-FC", "anthropic", "backup"),
    "gpt-4o-prompt": ("gpt-4o-2024-08-06", "openai", "backup"),
    "xlam-1b": ("Salesforce_xLAM-1b-fc-r", "openai", "degraded"),
}
PRIMARY = "gpt-4o"
TOOLS_THETA = 0.6
WORKERS = 6
DEFAULT_LIMIT = 400
KILL_AT = 0.6  # of the prompts
# What a model said when it made no call is not always recorded.
NO_CALL_TEXT = "None of the functions can be used for this question."


class Failed(Exception):
    pass


def tool_name(name):
    return name.replace(".", "_")  # vendors take no dots; the leaderboard did the same


def evenly(prompts, limit):
    """About `limit` prompts, the same share of every category, mixed."""
    groups = collections.defaultdict(list)
    for prompt in prompts:
        groups[prompt["category"]].append(prompt)
    share = min(1, limit / len(prompts))
    chosen = []
    for group in groups.values():
        count = max(1, round(len(group) * share))
        for i in range(count):
            chosen.append(((i + 0.5) / count, group[i * len(group) // count]))
    return [prompt for _, prompt in sorted(chosen, key=lambda pair: pair[0])]


def as_python(call):
    arguments = ", ".join(f"{name}={value!r}" for name, value in call["args"].items())
    return f"{call['name']}({arguments})"


def answer_line(path, prompt_text, row):
    """One line of an answers file: what the model said then."""
    model = PATHS[path][0]
    line = {"model": model, "prompt": prompt_text}
    calls, text = row.get("calls") or [], row.get("text") or ""
    if path == "gpt-4o-prompt":  # it was told to write calls as words, and did
        line["text"] = text or ("[" + ", ".join(map(as_python, calls)) + "]")
    elif calls:
        line["tool_calls"] = [{"name": tool_name(c["name"]), "arguments": c["args"]} for c in calls]
    else:
        line["text"] = text.strip() or NO_CALL_TEXT
    return line


class Recording:
    """The chosen prompts with what each path's model answered."""

    def __init__(self, limit):
        prompts = [json.loads(line) for line in PROMPTS.open()]
        self.prompts = evenly(prompts, limit or len(prompts))
        seen = collections.Counter(p["question"] for p in self.prompts)
        for prompt in self.prompts:
            repeated = seen[prompt["question"]] > 1
            prompt["text"] = prompt["question"] + (f"\n(case {prompt['id']})" if repeated else "")
        texts = {p["id"]: p["text"] for p in self.prompts}
        paths = {model: path for path, (model, _, _) in PATHS.items()}
        self.lines = {}
        for line in OUTPUTS.open():
            row = json.loads(line)
            if row["model"] in paths and row["id"] in texts:
                path = paths[row["model"]]
                self.lines[path, texts[row["id"]]] = answer_line(path, texts[row["id"]], row)

    def write(self, file):
        file.write_text("".join(json.dumps(line) + "\n" for line in self.lines.values()))

    def request(self, prompt):
        tools = [{"type": "function", "function": {
            "name": tool_name(t["name"]), "description": t["description"],
            "parameters": t["parameters"]}} for t in prompt["tools"]]
        return {"model": "bfcl", "messages": [{"role": "user", "content": prompt["text"]}],
                "tools": tools}

    def said(self, path, prompt, message):
        """Whether `message` is what the path's model had recorded."""
        line = self.lines[path, prompt["text"]]
        calls = [{"name": c.function.name, "arguments": json.loads(c.function.arguments)}
                 for c in message.tool_calls or []]
        return calls == line.get("tool_calls", []) and (message.content or "") == line.get("text", "")


class Run:
    def __init__(self, stage, recording):
        import harness
        self.harness, self.stage, self.recording = harness, stage, recording
        self.lock = threading.Lock()
        self.served, self.errors = collections.Counter(), collections.Counter()
        self.not_green, self.untyped, self.misquoted = [], [], []

    def start(self):
        stage = self.stage
        self.recording.write(stage.folder / "answers.jsonl")
        model = lambda path: {PATHS[path][0]: {"answers_file": "answers.jsonl",
                                               "default_text": "NOT RECORDED"}}
        primary = stage.sim(model(PRIMARY), "primary")
        backups = stage.sim({k: v for path in PATHS if path != PRIMARY
                             for k, v in model(path).items()}, "backups")
        settings = self.harness.config(stage, {
            path: (primary if path == PRIMARY else backups, kind, name)
            for path, (name, kind, _) in PATHS.items()})
        workflow = settings["workflows"].pop("desk")
        for entry in workflow["paths"]:
            entry["role"] = PATHS[entry["name"]][2]
        workflow.update({
            "mode": "enforce", "deadline": "20s",
            "contract": {"evidence_parts": ["none"]},  # every prompt has tools of its own
            "mirror": {"rate": 1, "max_requests_per_second": 10000, "max_concurrency": 1000,
                       "timeout": "10s"},
            "gate": {"dimensions": {"tools": {"theta": TOOLS_THETA}}, "n_cold": 30, "rho": 0,
                     "bucket": "1s", "refresh_n": 16,
                     # A recording says the same each time: asking it again would confirm anything.
                     "confirm_false_proceed": False, "amber_dwell": "2s", "red_dwell": "10s", "red_n_eff": 30},
            "failover": {"tick": "250ms", "dwell": "5s", "failback_after": "5m"}})
        settings["workflows"]["bfcl"] = workflow
        self.ports = stage.warmpathd(settings)
        import openai
        self.openai = openai
        self.client = openai.OpenAI(base_url=f"http://{self.ports['http']}/v1", api_key="none",
                                    max_retries=0, timeout=30)

    def ask(self, prompt):
        try:
            raw = self.client.chat.completions.with_raw_response.create(
                **self.recording.request(prompt),
                extra_headers={"x-warmpath-conversation": prompt["id"]})
        except self.openai.APIStatusError as error:
            typed = isinstance(error.body, dict) and error.body.get("message")
            with self.lock:
                self.errors[f"{error.status_code} {error.body.get('code') if typed else ''}"] += 1
                if not typed:
                    self.untyped.append((prompt["id"], repr(error)[:200]))
            return
        except Exception as error:  # a connection lost, or an answer the SDK cannot read
            with self.lock:
                self.untyped.append((prompt["id"], repr(error)[:200]))
            return
        path, verdict = raw.headers["x-warmpath-path"], raw.headers["x-warmpath-verdict"]
        quoted = self.recording.said(path, prompt, raw.parse().choices[0].message)
        with self.lock:
            self.served[path] += 1
            if path != PRIMARY and verdict != "green":
                self.not_green.append((prompt["id"], path, verdict))
            if not quoted:
                self.misquoted.append((prompt["id"], path))

    def ask_all(self, prompts, after=None):
        """Asks `prompts`; calls `after` = (count, function) once so many were answered."""
        done = 0
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            for future in concurrent.futures.as_completed([pool.submit(self.ask, p)
                                                           for p in prompts]):
                future.result()
                done += 1
                if after and done == after[0]:
                    after[1]()

    # -- looking ----------------------------------------------------------------------------------

    def status(self):
        return self.harness.desk(self.ports)

    def conformance(self):
        return {p["path"]: self.harness.conformance(p) for p in self.status()["paths"]}

    def table(self):
        series = self.harness.get_json(self.ports["admin_http"],
                                       "/api/history?workflow=bfcl&range=1h")["series"]
        rows = {}
        for one in series:
            pass_, fail, error = (sum(int(p[k]) for p in one["points"])
                                  for k in ("pass", "fail", "scorer_error"))
            if pass_ + fail + error:
                rows[one["path"], one["dimension"].removeprefix("DIMENSION_").lower()] = (
                    pass_, fail, error)
        verdicts = self.conformance()
        lines = [f"  {'path':<14} {'model':<30} {'verdict':<7} {'dimension':<12} conforming"]
        for path in PATHS:
            for dimension in ("schema", "tools", "policy", "tool_errors"):
                if (path, dimension) not in rows:
                    continue
                pass_, fail, error = rows[path, dimension]
                share = f"{100 * pass_ / (pass_ + fail):5.1f} %" if pass_ + fail else "    -  "
                lines.append(f"  {path:<14} {PATHS[path][0]:<30} {verdicts[path]:<7} {dimension:<12} "
                             f"{share}  {pass_} of {pass_ + fail}"
                             + (f", {error} undecided" if error else ""))
        return "\n".join(lines)

    def reasons(self):
        lines = []
        for path in self.status()["paths"]:
            reasons = sorted({r["code"].removeprefix("REASON_CODE_").lower()
                              + (f"({r['dimension']})" if r.get("dimension") else "")
                              for r in path["verdict"].get("reasons", [])})
            lines.append(f"  {path['path']:<14} {self.harness.conformance(path):<6} "
                         f"{', '.join(reasons)}")
        return "\n".join(lines)

    # -- the acts ---------------------------------------------------------------------------------

    def play(self):
        prompts = self.recording.prompts
        cut = int(len(prompts) * KILL_AT)
        kinds = collections.Counter(p["category"] for p in prompts)
        print(f"{len(prompts)} prompts: " + ", ".join(f"{k} {n}" for k, n in sorted(kinds.items())))
        print(f"thresholds of this run only: tools above {TOOLS_THETA}, 30 samples to be judged")
        self.ask_all(prompts[:cut])
        self.settled()
        # The cards are there; the judge reads them at its next tick.
        wanted = {"sonnet": "GREEN", "gpt-4o-prompt": "RED"}.items()
        self.harness.wait_for("sonnet GREEN and gpt-4o-prompt RED",
                              lambda: wanted <= self.conformance().items(), 15)
        print(f"\nafter {cut} prompts, the primary serving:")
        print(self.table())
        print(self.reasons())
        before = self.conformance()

        served_before = collections.Counter(self.served)
        killed = []

        def kill():
            self.stage.kill("primary")
            killed.append(time.monotonic())
        rest = prompts[cut:]
        print(f"\nthe primary's process is killed in the middle of the other {len(rest)} prompts",
              flush=True)
        self.ask_all(rest, after=(max(1, len(rest) // 8), kill))
        self.settled()
        print(self.table())
        after = self.served - served_before
        print(f"\nserved before {dict(served_before)}, then {dict(after)}; "
              f"typed errors {dict(self.errors) or 0}")
        for flip in reversed(self.harness.get_json(self.ports["admin_http"], "/api/flips")["flips"]):
            print(f"flip {flip.get('from_path') or 'DOWNTIME'} -> {flip.get('to_path') or 'DOWNTIME'}: "
                  f"{flip.get('reason', '')}")
        self.check(before, after)

    def settled(self):
        self.harness.settled(self.ports, 60)

    def check(self, before, after):
        problems = []
        total = len(self.recording.prompts)
        print("\npath           sampled mirrored  dropped")
        for path in self.status()["paths"]:
            sampled, mirrored, dropped, pending = self.harness.mirror_counts(path)
            print(f"{path['path']:<14} {sampled:7d} {mirrored:8d}  {dropped or '-'}")
            if mirrored + sum(dropped.values()) + pending != sampled:
                problems.append(f"{path['path']}: mirrored + dropped + pending is not sampled")
            if path["path"] != PRIMARY and sampled != total - self.served[path["path"]]:
                problems.append(f"{path['path']}: {sampled} sampled of {total} requests, of which it "
                                f"served {self.served[path['path']]}")
        answered = sum(self.served.values()) + sum(self.errors.values())
        if answered != total or self.untyped:
            problems.append(f"{total} asked, {answered} answered or refused with a typed error; "
                            f"others: {self.untyped[:5]}")
        if self.not_green:
            problems.append(f"served by a path that was not GREEN: {self.not_green[:5]}")
        if self.misquoted:
            problems.append(f"not what the model had recorded: {len(self.misquoted)}, such as "
                            f"{self.misquoted[:5]}")
        if before["sonnet"] != "GREEN":
            problems.append(f"the backup should have been GREEN: {before}")
        if before["gpt-4o-prompt"] == "GREEN" or self.served["gpt-4o-prompt"]:
            problems.append("the path that answers in another form was trusted")
        if not after["sonnet"]:
            problems.append("the backup served nothing after the primary's death")
        if problems:
            raise Failed("\n".join(problems))
        print(f"\nrequests served by a path not GREEN at that moment: 0 of {total}; "
              f"answered {sum(self.served.values())}, typed errors {sum(self.errors.values())}")


def missing():
    """Why this cannot run, or None."""
    for file in (PROMPTS, OUTPUTS):
        if not file.is_file():
            return f"no data: {file.name} is not in {DATA}; set WARMPATH_DATA"
    try:
        import openai  # noqa: F401
    except ImportError:
        return "the OpenAI SDK is not installed"
    return None


def play(limit):
    """Runs it with about `limit` prompts (None: all). Raises Failed."""
    import harness
    stage = harness.Stage()
    begin = time.monotonic()
    try:
        run = Run(stage, Recording(limit))
        run.start()
        run.play()
        print(f"{time.monotonic() - begin:.0f} s")
    finally:
        stage.end()


def main():
    parser = argparse.ArgumentParser(prog="tests/e2e/recorded", description=__doc__)
    parser.add_argument("--bin", default="bazel-bin", help="folder of the built programs")
    parser.add_argument("--limit", type=int, default=DEFAULT_LIMIT, help="about so many prompts")
    parser.add_argument("--all", action="store_true", help="every prompt")
    options = parser.parse_args()
    os.environ["WARMPATH_BIN"] = str(pathlib.Path(options.bin).resolve())
    if why := missing():
        print(f"recorded: skipped: {why}")
        return 0
    try:
        play(None if options.all else options.limit)
    except Failed as problems:
        print(f"recorded: FAILED\n{problems}")
        return 1
    print("recorded: ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
