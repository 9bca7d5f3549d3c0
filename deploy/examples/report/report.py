#!/usr/bin/env python3
"""Calls a provider itself and reports each exchange to warmpath, off its own hot path.

warmpath then counts the outcome for the path's health, and mirrors and scores a sample of the
exchanges. Nothing that warmpath does, not even its end, can hurt the call.

    pip install -r deploy/examples/requirements.txt
    deploy/examples/report/report.py --base-url https://api.openai.com/v1 --model gpt-5 \\
        --warmpath 127.0.0.1:8081 --workflow support-reply --path openai "Where is my parcel?"

The key is taken from OPENAI_API_KEY, warmpath's token, if its door asks for one, from
WARMPATH_TOKEN. Prints each answer, and at the end what became of the reports, as JSON.
"""

import argparse
import json
import os
import pathlib
import queue
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid

import grpc

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import make_stubs  # noqa: E402
make_stubs.use()
from warmpath.v1 import observation_pb2, report_pb2, report_pb2_grpc  # noqa: E402


class Reporter:
    """Takes exchanges without ever waiting, and sends them in batches from a thread of its own.

    What does not fit into the queue, or could not be sent three times, is dropped and counted: a
    report is evidence, and never worth a slow answer.
    """

    ROOM, BATCH, INTERVAL, ATTEMPTS = 1000, 100, 1.0, 3

    def __init__(self, target, token=""):
        self.totals = {"accepted": 0, "duplicates": 0, "refused": 0, "not_sampled": 0, "stale": 0,
                       "dropped_by_mirror": 0, "dropped_here": 0}
        self._metadata = [("authorization", f"Bearer {token}")] if token else []
        self._channel = grpc.insecure_channel(target)  # grpc.secure_channel where the door has TLS
        self._stub = report_pb2_grpc.ReportServiceStub(self._channel)
        self._queue = queue.Queue(self.ROOM)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def report(self, exchange):
        try:
            self._queue.put_nowait(exchange)
        except queue.Full:
            self.totals["dropped_here"] += 1

    def close(self):
        """Sends what still waits."""
        self._queue.put(None)
        self._thread.join()
        self._channel.close()

    def _run(self):
        open_ = True
        while open_:
            batch, until = [], None
            while len(batch) < self.BATCH:
                try:
                    item = self._queue.get(timeout=until and max(0.0, until - time.monotonic()))
                except queue.Empty:
                    break
                if item is None:
                    open_ = False
                    break
                batch.append(item)
                until = until or time.monotonic() + self.INTERVAL
            if batch:
                self._send(batch)

    def _send(self, batch):
        request = report_pb2.ReportExchangesRequest(exchanges=batch)
        for attempt in range(self.ATTEMPTS):
            try:
                # The ids make it safe to send the same again: each exchange counts once.
                told = self._stub.ReportExchanges(iter([request]), timeout=10,
                                                  metadata=self._metadata)
                break
            except grpc.RpcError as error:
                print(f"report: {error.code().name}: {error.details()}", file=sys.stderr)
                time.sleep(0.2 * 2 ** attempt)
        else:
            self.totals["dropped_here"] += len(batch)
            return
        for name in ("accepted", "duplicates", "refused", "not_sampled", "stale"):
            self.totals[name] += getattr(told, name)
        self.totals["dropped_by_mirror"] += sum(told.dropped.values())
        for refusal in told.refusals:
            print(f"report: {refusal.id} refused: {refusal.message}", file=sys.stderr)


def call_provider(options, prompt, exchange):
    """One call of an OpenAI-compatible API; notes in `exchange` what was sent and what came."""
    body = json.dumps({"model": options.model,
                       "messages": [{"role": "user", "content": prompt}]}).encode()
    headers = {"content-type": "application/json"}
    if key := os.environ.get("OPENAI_API_KEY"):
        headers["authorization"] = f"Bearer {key}"
    exchange.dialect = report_pb2.WIRE_DIALECT_OPENAI_CHAT
    exchange.request_body = body  # the very bytes that are sent
    exchange.dispatch_time.GetCurrentTime()
    began = time.monotonic()
    text = None
    try:
        request = urllib.request.Request(f"{options.base_url}/chat/completions", body, headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            exchange.answer.http_status, exchange.answer.body = answer.status, answer.read()
        text = json.loads(exchange.answer.body)["choices"][0]["message"]["content"]
    except urllib.error.HTTPError as error:  # an answer, too: the error's body tells its class
        exchange.answer.http_status, exchange.answer.body = error.code, error.read()
    except TimeoutError:
        exchange.failure.failure_class = observation_pb2.FAILURE_CLASS_TIMEOUT
    except OSError as error:
        exchange.failure.failure_class = observation_pb2.FAILURE_CLASS_CONNECT
        exchange.failure.message = type(error).__name__
    except (ValueError, LookupError, TypeError):
        pass  # not what we asked for: warmpath sees that from the body
    exchange.duration.FromNanoseconds(int((time.monotonic() - began) * 1e9))
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base-url", required=True, help="the provider's, such as …/v1")
    parser.add_argument("--model", required=True, help="the model to ask the provider for")
    parser.add_argument("--warmpath", required=True, metavar="HOST:PORT", help="its gRPC front door")
    parser.add_argument("--workflow", required=True, help="the workflow in warmpath's config")
    parser.add_argument("--path", default="", help="the path that this provider is there; "
                        "default: the one that the plan has active")
    parser.add_argument("--id-prefix", default=uuid.uuid4().hex,
                        help="ids are PREFIX-0, PREFIX-1, …; default: a new one each time")
    parser.add_argument("prompts", nargs="+", metavar="PROMPT")
    options = parser.parse_args()

    reporter = Reporter(options.warmpath, os.environ.get("WARMPATH_TOKEN", ""))
    for i, prompt in enumerate(options.prompts):
        exchange = report_pb2.ReportedExchange(
            id=f"{options.id_prefix}-{i}", workflow=options.workflow, path=options.path)
        print(call_provider(options, prompt, exchange) or "(no answer)", flush=True)
        reporter.report(exchange)
    reporter.close()
    print(json.dumps(reporter.totals))


if __name__ == "__main__":
    main()
