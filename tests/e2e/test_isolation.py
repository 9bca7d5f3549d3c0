"""Shadow upstreams that hang, reset, send garbage or far too much: live traffic does not notice."""

import collections
import unittest

import harness
from traffic import Traffic

REQUESTS = 150
HEALTHY = {"latency_p50": "5ms"}
EVIL = {
    "hangs": {"hang_rate": 1},
    "resets": {"reset_rate": 1},
    "garbage": {"garbage_rate": 1, "garbage_bytes": 20000},
    "flood": {"garbage_rate": 1, "garbage_bytes": 100_000_000},
    "truncates": {"truncate_rate": 1},
    "fails": {"error_rate": 1},
    "empty": {"empty_rate": 1},
}


def body(number):
    return harness.chat_body(f"question {number}", stream=number % 3 == 0)


class Isolation(harness.Case):
    def start(self, kinds, rate):
        live = self.stage.sim({"live": {"default_text": "All is well.", "behavior": HEALTHY}}, "live")
        shadows = self.stage.sim({kind: {"default_text": "All is well.", "behavior": EVIL[kind]}
                                  for kind in kinds}, "shadows")
        paths = {"main": (live, "openai", "live"),
                 **{kind: (shadows, "anthropic" if i % 2 else "openai", kind)
                    for i, kind in enumerate(kinds)}}
        return self.stage.warmpathd(harness.config(self.stage, paths, workflow={
            "mirror": {"rate": rate, "max_requests_per_second": 1000, "max_concurrency": 8,
                       "timeout": "2s"}}))

    def run_traffic(self, ports, count=REQUESTS):
        traffic = Traffic(ports["http"], body, workers=3, rate=60, count=count).start().join(150)
        self.assertEqual(traffic.broken, [])
        self.assertEqual(traffic.statuses(), {200: count})
        for answer in traffic.answers:
            self.assertEqual(answer["path"], "main")
            self.assertTrue(b"All is well." in answer["text"] or b"[DONE]" in answer["text"])
        return traffic

    def both(self, kinds):
        """Live traffic without mirroring, then with; the paths' status after the second."""
        ports = self.start(kinds, 0)
        control = self.run_traffic(ports)
        for name in list(self.stage.running):
            self.stage.stop(name)
        ports = self.start(kinds, 1)
        mirrored = self.run_traffic(ports)
        paths = harness.settled(ports, 60)
        print(f"  live p50 with {', '.join(kinds)} as shadows: {mirrored.p50_ms():.1f} ms; "
              f"without mirroring: {control.p50_ms():.1f} ms")
        self.assert_counts_add_up(paths)
        for kind in kinds:
            sampled, done, dropped, _ = harness.mirror_counts(paths[kind])
            print(f"    {kind:<10} sampled {sampled}, scored or failed {done}, dropped {dropped or 0}")
            self.assertEqual(sampled, REQUESTS)
            evidence = paths[kind]["verdict"].get("dimensions", [])
            if kind != "fails":
                self.assertEqual(sum(e.get("samples", 0) for e in evidence), 0,
                                 f"{kind}: an answer that never came was scored")
            self.assertNotEqual(harness.conformance(paths[kind]), "GREEN")
        return paths

    def test_hanging_and_resetting(self):
        paths = self.both(["hangs", "resets"])
        dropped = collections.Counter(harness.mirror_counts(paths["hangs"])[2])
        self.assertGreater(sum(dropped.values()), 0, "8 hanging shadows at a time must fill up")

    def test_garbage_and_what_breaks_off(self):
        self.both(["garbage", "truncates", "fails", "empty"])

    def test_a_hundred_megabytes(self):
        paths = self.both(["flood"])
        self.assertGreater(sum(harness.mirror_counts(paths["flood"])[2].values()), 0)


if __name__ == "__main__":
    unittest.main()
