#!/usr/bin/env python3
"""A judge for warmpath: decides by rules of its own whether an answer to a customer is good enough.

    pip install -r deploy/examples/requirements.txt
    deploy/examples/judge/judge.py --listen 127.0.0.1:9000

judge.yaml beside it is a config that asks it. Put what you know in place of `grade`: a classifier, a
look into your database, another model. Raise for what cannot be decided: no verdict is no evidence.
"""

import argparse
import concurrent.futures
import pathlib
import re
import sys

import grpc

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import make_stubs  # noqa: E402
make_stubs.use()
from warmpath.v1 import judge_pb2, judge_pb2_grpc, observation_pb2, score_pb2  # noqa: E402

# Tell it with every verdict and raise it with every change: evidence from other rules must not count.
VERSION = "politeness-2"
PASS_GRADE = 0.5
MAX_WORDS = 120
RUDE = re.compile(r"\b(stupid|not my problem|calm down|as i already said)\b", re.IGNORECASE)
PROMISE = re.compile(r"\b(guarantee|definitely|100 ?%)", re.IGNORECASE)


def grade(text):
    """From 1 (good) to 0, and what is wrong, without the customer's words."""
    faults = []
    if RUDE.search(text):
        faults.append("rude")
    if PROMISE.search(text):
        faults.append("promises what nobody can keep")
    if len(text.split()) > MAX_WORDS:
        faults.append("longer than people read")
    return max(0.0, 1 - 0.6 * len(faults)), ", ".join(faults)


class Judge(judge_pb2_grpc.JudgeServiceServicer):
    def Judge(self, request, context):
        answer = request.candidate
        response = judge_pb2.JudgeResponse(version=VERSION)
        if answer.tool_calls or answer.outcome == observation_pb2.OUTCOME_REFUSED:
            response.verdict = score_pb2.SCORE_VERDICT_NOT_APPLICABLE  # nothing said to the customer
            return response
        response.grade, response.reason = grade(answer.text)
        passes = response.grade >= PASS_GRADE
        response.verdict = score_pb2.SCORE_VERDICT_PASS if passes else score_pb2.SCORE_VERDICT_FAIL
        return response


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--listen", default="127.0.0.1:9000", help="address and port; port 0: any")
    arguments = parser.parse_args()
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(max_workers=4))
    judge_pb2_grpc.add_JudgeServiceServicer_to_server(Judge(), server)
    port = server.add_insecure_port(arguments.listen)
    server.start()
    print(f"judging on port {port}", flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    main()
