"""Runs the end-to-end tests and prints one line for each: ok, FAILED, or skipped and why."""

import argparse
import collections
import faulthandler
import os
import pathlib
import signal
import sys
import time
import traceback
import unittest

HERE = pathlib.Path(__file__).resolve().parent
TEST_LIMIT_SECONDS = 180


class TestTookTooLong(Exception):
    pass


class PlainResult(unittest.TestResult):
    """One line for each test, with the reason where it failed or was skipped."""

    def __init__(self):
        super().__init__()
        self.passed = 0
        # Cells of a matrix are counted, not listed: (class, outcome) -> how many.
        self.cells = collections.Counter()

    def startTest(self, test):
        super().startTest(test)
        self.begin = time.monotonic()
        self.bad = False
        signal.alarm(TEST_LIMIT_SECONDS)

    def stopTest(self, test):
        signal.alarm(0)
        super().stopTest(test)

    def say(self, test, outcome):
        if getattr(test, "terse", False) and outcome != "FAILED":
            self.cells[type(test).__module__ + "." + type(test).__name__, outcome] += 1
            return
        seconds = time.monotonic() - self.begin if hasattr(self, "begin") else 0
        print(f"{test.id()} … {outcome}" + (f"  ({seconds:.1f} s)" if outcome == "ok" else ""),
              flush=True)

    def addSuccess(self, test):
        self.passed += 1
        self.say(test, "ok")

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.say(test, f"skipped ({reason})")

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self.passed += 1
        self.say(test, "fails as known")

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.failures.append((test, "known to fail, but passes: take it off the list"))
        print(f"{test.id()} … FAILED: known to fail, but passes; take it off the list", flush=True)

    def tell_cells(self):
        for (name, outcome), count in sorted(self.cells.items()):
            print(f"{name} … {outcome}: {count} cells", flush=True)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._broken(test, err)

    def addError(self, test, err):
        super().addError(test, err)
        self._broken(test, err)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._broken(subtest, err)

    def _broken(self, test, err):
        self.say(test, "FAILED")
        print("    " + "".join(traceback.format_exception(*err)[-6:]).replace("\n", "\n    "),
              flush=True)


def interrupt(*_):
    raise TestTookTooLong(f"over {TEST_LIMIT_SECONDS} s")


def tests_in(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from tests_in(item)
        else:
            yield item


def main():
    parser = argparse.ArgumentParser(prog="tests/e2e/run", description=__doc__)
    parser.add_argument("--bin", required=True, help="folder of the built programs: bazel-bin")
    parser.add_argument("names", nargs="*", help="only tests whose name contains one of these")
    options = parser.parse_args()
    os.environ["WARMPATH_BIN"] = str(pathlib.Path(options.bin).resolve())
    for program in ("server/warmpathd", "provider/sim/simprovider"):
        if not os.access(pathlib.Path(options.bin) / program, os.X_OK):
            sys.exit(f"e2e: there is no {options.bin}/{program}; build it, or give another --bin")
    faulthandler.enable()
    signal.signal(signal.SIGALRM, interrupt)
    sys.path.insert(0, str(HERE))
    chosen = unittest.TestSuite(
        test for test in tests_in(unittest.defaultTestLoader.discover(str(HERE)))
        if not options.names or any(name in test.id() for name in options.names))
    result = PlainResult()
    chosen.run(result)
    result.tell_cells()
    failed = len({test.id().split(" ")[0] for test, _ in result.failures + result.errors})
    print(f"{result.passed} passed, {failed} failed, {len(result.skipped)} skipped")
    sys.exit(1 if failed or result.passed + len(result.skipped) == 0 else 0)


if __name__ == "__main__":
    main()
