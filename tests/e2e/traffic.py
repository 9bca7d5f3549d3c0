"""Live traffic from a few threads, with a note of every answer."""

import collections
import http.client
import json
import statistics
import threading
import time


class Traffic:
    """Sends bodies made by `body(number)` from `workers` threads until stop(), or `count` are sent.

    Every request ends as one entry of `answers` (status, path, verdict, seconds, typed) or of
    `broken`: a connection that gave no answer at all.
    """

    def __init__(self, address, body, workers=4, rate=None, count=None, timeout=30):
        self.address, self.body, self.rate, self.count = address, body, rate, count
        self.timeout = timeout
        self.lock = threading.Lock()
        self.sent = 0
        self.answers, self.broken = [], []
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self._run, daemon=True) for _ in range(workers)]

    def start(self):
        self.begin = time.monotonic()
        for thread in self.threads:
            thread.start()
        return self

    def join(self, limit=120):
        deadline = time.monotonic() + limit
        for thread in self.threads:
            thread.join(max(0, deadline - time.monotonic()))
            if thread.is_alive():
                self.stopping.set()
                raise AssertionError(f"the traffic did not end within {limit} s")
        return self

    def stop(self):
        self.stopping.set()
        return self.join()

    def statuses(self):
        return dict(collections.Counter(a["status"] for a in self.answers))

    def p50_ms(self):
        return statistics.median(a["seconds"] for a in self.answers) * 1000

    def _run(self):
        connection = None
        while not self.stopping.is_set():
            with self.lock:
                if self.count is not None and self.sent >= self.count:
                    return
                number = self.sent
                self.sent += 1
            if self.rate:
                wait = self.begin + number / self.rate - time.monotonic()
                if wait > 0 and self.stopping.wait(wait):
                    self.sent -= 1  # only ever the last ones
                    return
            try:
                if connection is None:
                    connection = http.client.HTTPConnection(*self.address.split(":"),
                                                            timeout=self.timeout)
                self._ask(connection, number)
            except (OSError, http.client.HTTPException) as error:
                connection = None
                with self.lock:
                    self.broken.append((number, repr(error)))
                self.stopping.wait(0.05)

    def _ask(self, connection, number):
        begin = time.monotonic()
        connection.request("POST", "/v1/chat/completions", json.dumps(self.body(number)), {
            "content-type": "application/json", "x-warmpath-conversation": f"c{number}"})
        answer = connection.getresponse()
        text = answer.read()
        note = {"status": answer.status, "path": answer.getheader("x-warmpath-path", ""),
                "verdict": answer.getheader("x-warmpath-verdict", ""), "number": number,
                "seconds": time.monotonic() - begin,
                "typed": answer.status == 200 or b'"error"' in text, "text": text}
        with self.lock:
            self.answers.append(note)
