"""Two replicas with a store each: what one mirrors counts at the other as well, once."""

import socket
import unittest

import harness
from traffic import Traffic

GATE = {**harness.fast_gate(), "dimensions": {"schema": {"theta": 0.5}}}
SCHEMA = {"type": "object", "required": ["ok"], "properties": {"ok": {"type": "boolean"}}}
ANSWER = {"default_text": '{"ok": true}'}


def free_address(host):
    """A port that stays free: nothing else listens on this address of the loopback."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return f"{host}:{probe.getsockname()[1]}"


class Replicas(harness.Case):
    def setUp(self):
        super().setUp()
        self.sim = self.stage.sim({"p": ANSWER, "b": ANSWER})
        self.doors = {"one": free_address("127.0.0.2"), "two": free_address("127.0.0.3")}

    def start(self, name):
        settings = harness.config(
            self.stage, {"main": (self.sim, "openai", "p"), "backup": (self.sim, "openai", "b")},
            workflow={"mode": "enforce", "gate": GATE, "contract": {"output_schema": SCHEMA},
                      "mirror": {"rate": 1, "max_requests_per_second": 1000},
                      "failover": {"tick": "200ms"}},
            replicas={"peers": list(self.doors.values())})
        settings["listen"]["admin_grpc"] = {"address": self.doors[name]}
        settings["store"] = {"path": str(self.stage.folder / f"store-{name}")}
        return self.stage.warmpathd(settings, name)

    def links(self, ports):
        replicas = harness.get_json(ports["admin_http"], "/api/status").get("replicas", [])
        return {r["address"]: r for r in replicas}

    def samples(self, ports):
        """Scored answers by path."""
        series = harness.get_json(ports["admin_http"],
                                  "/api/history?workflow=desk&range=1h")["series"]
        counts = {}
        for one in series:
            if one["dimension"] == "DIMENSION_SCHEMA":
                counts[one["path"]] = sum(int(p["pass"]) + int(p["fail"]) for p in one["points"])
        return counts

    def connect(self, ports, other):
        harness.wait_for(f"the link to {other}", lambda: self.links(ports).get(
            self.doors[other], {}).get("connected"))

    def test_evidence_of_one_counts_at_the_other(self):
        one, two = self.start("one"), self.start("two")
        self.connect(one, "two")
        self.connect(two, "one")
        harness.wait_for("each knows itself", lambda: all(
            self.links(ports)[self.doors[name]].get("self")
            for name, ports in (("one", one), ("two", two))))
        Traffic(one["http"], lambda n: harness.chat_body(f"hello {n}"), count=60, rate=60).start().join()
        harness.settled(one)
        harness.wait_for("GREEN where nothing was mirrored", lambda: harness.conformance(
            harness.by_path(two)["backup"]) == "GREEN", 30)
        self.assertEqual(harness.mirror_counts(harness.by_path(two)["backup"])[0], 0)
        self.assertEqual(self.samples(one), {"main": 60, "backup": 60})
        harness.wait_for("all cards", lambda: self.samples(two) == self.samples(one))

    def test_a_restart_brings_no_card_twice_and_loses_none(self):
        one, two = self.start("one"), self.start("two")
        self.connect(two, "one")
        Traffic(one["http"], lambda n: harness.chat_body(f"hello {n}"), count=30, rate=60).start().join()
        harness.settled(one)
        harness.wait_for("all cards", lambda: self.samples(two) == {"main": 30, "backup": 30})
        self.stage.kill("two")
        Traffic(one["http"], lambda n: harness.chat_body(f"more {n}"), count=10, rate=60).start().join()
        harness.settled(one)
        two = self.start("two")
        harness.wait_for("the cards of the meantime",
                         lambda: self.samples(two) == {"main": 40, "backup": 40})
        self.stage.kill("one")
        harness.wait_for("the loss is told", lambda: self.links(two)[self.doors["one"]].get("error"))
        one = self.start("one")
        self.connect(two, "one")
        Traffic(two["http"], lambda n: harness.chat_body(f"back {n}"), count=5, rate=60).start().join()
        harness.wait_for("the other direction", lambda: self.samples(one) == {"main": 45, "backup": 45})
        self.assertEqual(self.samples(two), {"main": 45, "backup": 45})


if __name__ == "__main__":
    unittest.main()
