"""warmpath's gRPC services for the end-to-end tests: grpcio with stubs generated on the spot."""

import pathlib
import sys

import harness

try:
    import grpc
except ImportError:
    grpc = None
else:
    EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "deploy/examples"
    sys.path.insert(0, str(EXAMPLES))
    import make_stubs
    make_stubs.use()
    from google.rpc import error_details_pb2, status_pb2
    from warmpath.v1 import (chat_pb2, chat_pb2_grpc, failover_pb2, failover_pb2_grpc,
                             observation_pb2, plan_pb2, plan_pb2_grpc, report_pb2, report_pb2_grpc)


class GrpcCase(harness.Case):
    """A test with channels to warmpathd's doors; `start` opens them."""

    def setUp(self):
        if grpc is None:
            self.skipTest("grpcio is not installed")
        super().setUp()

    def start(self, settings):
        self.ports = self.stage.warmpathd(settings)
        self.front = self.channel(self.ports["grpc"])
        self.chat = chat_pb2_grpc.ChatServiceStub(self.front)
        self.plan = plan_pb2_grpc.PlanServiceStub(self.front)
        self.reports = report_pb2_grpc.ReportServiceStub(self.front)
        self.failover = failover_pb2_grpc.FailoverServiceStub(self.channel(self.ports["admin_grpc"]))

    def channel(self, address):
        channel = grpc.insecure_channel(address)
        self.addCleanup(channel.close)
        return channel

    def flip(self, path):
        self.failover.Flip(failover_pb2.FlipRequest(workflow="desk", to_path=path, reason="test",
                                                    force=True), timeout=20)


def error_details(error, kind):
    """The first of the error's details of this kind; None if there is none."""
    for key, value in error.trailing_metadata():
        if key == "grpc-status-details-bin":
            for detail in status_pb2.Status.FromString(value).details:
                message = kind()
                if detail.Unpack(message):
                    return message
    return None
