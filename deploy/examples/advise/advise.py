#!/usr/bin/env python3
"""Watches warmpath's plan and picks the path for each conversation itself.

One conversation's name is read from each line of standard input, and the path to ask for it is
printed: DOWNTIME where none may be used. The plan's changes go to standard error. Picking reads a
variable: warmpath may be slow or gone, and the last plan goes on to hold.

    pip install -r deploy/examples/requirements.txt
    echo talk-17 | deploy/examples/advise/advise.py --warmpath 127.0.0.1:8081 --workflow support-reply

warmpath's token, if its door asks for one, is taken from WARMPATH_TOKEN.
"""

import argparse
import hashlib
import os
import pathlib
import sys
import threading
import time

import grpc

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import make_stubs  # noqa: E402
make_stubs.use()
from warmpath.v1 import failover_pb2, plan_pb2, plan_pb2_grpc  # noqa: E402


class PlanWatcher:
    """Keeps the newest plan of one workflow, over broken streams and restarts of warmpath."""

    # warmpath sends something every 15 s; so long a silence means that the connection is dead.
    SILENCE = 45.0

    def __init__(self, target, workflow, token=""):
        self._metadata = [("authorization", f"Bearer {token}")] if token else []
        self._stub = plan_pb2_grpc.PlanServiceStub(grpc.insecure_channel(target))
        self._request = plan_pb2.WatchPlanRequest(workflow=workflow)
        self._plan = None
        self._heard = time.monotonic()
        self.ready = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def pick(self, conversation):
        """The paths to ask for this conversation, best first; empty: downtime, or no plan yet."""
        plan = self._plan  # one read: the watching thread may replace it meanwhile
        if plan is None:
            return []
        paths = [path.path for path in plan.paths]
        # A drill moves its share of conversations, each as a whole. Report `drill_id` with these.
        if plan.HasField("drill") and share_of(plan.drill.drill_id + conversation) < plan.drill.share:
            drill = plan.drill.path
            paths = [drill] + [path for path in paths if path != drill]
        # A flip that moves traffic bit by bit: conversations outside its share keep to the old path.
        if plan.HasField("ramp"):
            old = plan.ramp.from_path
            if share_of(f"{old}>{plan.ramp.to_path}:{conversation}") >= plan.ramp.share:
                paths = [old] + [path for path in paths if path != old]
        return paths

    def _watch(self):
        pause = 0.1
        while True:
            try:
                self._heard = time.monotonic()
                call = self._stub.WatchPlan(self._request, metadata=self._metadata)
                threading.Thread(target=self._end_if_silent, args=(call,), daemon=True).start()
                for message in call:
                    self._heard, pause = time.monotonic(), 0.1
                    if message.HasField("plan"):  # without one: nothing changed, the stream is alive
                        self._take(message.plan)
            except grpc.RpcError as error:
                print(f"plan: {error.code().name}: {error.details()}; the last one goes on to hold",
                      file=sys.stderr, flush=True)
            time.sleep(pause)
            pause = min(pause * 2, 10.0)

    def _end_if_silent(self, call):
        while call.is_active():
            if time.monotonic() - self._heard > self.SILENCE:
                call.cancel()
            time.sleep(1)

    def _take(self, plan):
        # A workflow that is gone from warmpath's config is gone from the plan: keep to what was said.
        if not plan.workflows:
            return
        self._plan = plan.workflows[0]
        said = ", ".join(f"{path.path} ({failover_pb2.Conformance.Name(path.conformance)[12:]})"
                         for path in self._plan.paths)
        print(f"plan: {said or 'DOWNTIME: ' + self._plan.downtime_reason}", file=sys.stderr,
              flush=True)
        self.ready.set()


def share_of(text):
    """A number in [0, 1) that is the same for the same text, everywhere."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / 2**64


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--warmpath", required=True, metavar="HOST:PORT", help="its gRPC front door")
    parser.add_argument("--workflow", required=True, help="the workflow in warmpath's config")
    parser.add_argument("--fallback", default="", metavar="PATH",
                        help="the path to use until warmpath has told a plan")
    options = parser.parse_args()

    watcher = PlanWatcher(options.warmpath, options.workflow, os.environ.get("WARMPATH_TOKEN", ""))
    known = watcher.ready.wait(timeout=5)
    for line in sys.stdin:
        paths = watcher.pick(line.strip())
        if not known and not watcher.ready.is_set():
            paths = [options.fallback] if options.fallback else []
        print(paths[0] if paths else "DOWNTIME", flush=True)


if __name__ == "__main__":
    main()
