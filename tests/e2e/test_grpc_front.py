"""The gRPC front door as any grpcio client sees it."""

import harness
from grpc_client import GrpcCase, error_details, grpc

if grpc:
    from grpc_client import chat_pb2, error_details_pb2, observation_pb2

TEXT = "It is 21 degrees in Bonn, and it will stay dry until the evening."


def ask(text="hello", model="desk"):
    return observation_pb2.ModelRequest(model=model, messages=[observation_pb2.Message(
        role=observation_pb2.MESSAGE_ROLE_USER, parts=[observation_pb2.Part(text=text)])])


class GrpcFront(GrpcCase):
    KINDS = ("openai", "anthropic")

    def serve(self, behavior=None, kind="openai", workflow=None, **model):
        self.sim = self.stage.sim({"m-1": {"default_text": TEXT, "behavior": behavior or {}, **model}})
        self.start(harness.config(self.stage, {"main": (self.sim, kind, "m-1")}, workflow=workflow))

    def assert_fails(self, call, code):
        """Runs `call`, which must fail with `code`; the error."""
        with self.assertRaises(grpc.RpcError) as caught:
            call()
        self.assertEqual(caught.exception.code(), code, caught.exception.details())
        return caught.exception

    def test_an_answer_whole_over_either_vendor(self):
        for kind in self.KINDS:
            with self.subTest(kind):
                self.serve(kind=kind)
                answer = self.chat.Chat(chat_pb2.ChatRequest(request=ask()), timeout=20)
                self.assertEqual(answer.observation.text, TEXT)
                self.assertEqual(answer.observation.outcome, observation_pb2.OUTCOME_END)
                self.assertGreater(answer.observation.usage.output_tokens, 0)
                self.stage.end_processes()

    def test_a_stream_ends_with_the_whole_answer(self):
        for kind in self.KINDS:
            with self.subTest(kind):
                self.serve(kind=kind)
                pieces = list(self.chat.StreamChat(
                    chat_pb2.StreamChatRequest(workflow="desk", request=ask(model="any")), timeout=20))
                self.assertEqual("".join(piece.delta.text for piece in pieces), TEXT)
                self.assertEqual(pieces[-1].delta.WhichOneof("kind"), "observation")
                self.assertEqual(pieces[-1].delta.observation.text, TEXT)
                self.assertGreater(len(pieces), 2)
                self.stage.end_processes()

    def test_trailers_name_the_path(self):
        self.serve()
        _, call = self.chat.Chat.with_call(chat_pb2.ChatRequest(request=ask()), timeout=20,
                                           metadata=[("x-request-id", "mine-1")])
        stream = self.chat.StreamChat(chat_pb2.StreamChatRequest(request=ask()), timeout=20,
                                      metadata=[("x-request-id", "mine-1")])
        list(stream)
        for trailers in (dict(call.trailing_metadata()), dict(stream.trailing_metadata())):
            self.assertEqual({name: trailers.get(f"x-warmpath-{name}") for name in
                              ("request-id", "workflow", "path", "mode", "verdict")},
                             {"request-id": "mine-1", "workflow": "desk", "path": "main",
                              "mode": "observe", "verdict": "cold"})

    def test_an_unknown_workflow_is_told_with_those_there_are(self):
        self.serve()
        for call in (lambda: self.chat.Chat(chat_pb2.ChatRequest(request=ask(model="dest"))),
                     lambda: list(self.chat.StreamChat(
                         chat_pb2.StreamChatRequest(workflow="dest", request=ask())))):
            error = self.assert_fails(call, grpc.StatusCode.NOT_FOUND)
            self.assertIn("desk", error.details())

    def test_a_request_without_messages_is_refused(self):
        self.serve()
        empty = observation_pb2.ModelRequest(model="desk")
        self.assert_fails(lambda: self.chat.Chat(chat_pb2.ChatRequest(request=empty)),
                          grpc.StatusCode.INVALID_ARGUMENT)

    def test_the_paths_error_becomes_a_status_with_its_class(self):
        self.serve({"error_rate": 1, "error_status": 429, "retry_after_seconds": 7})
        error = self.assert_fails(lambda: self.chat.Chat(chat_pb2.ChatRequest(request=ask())),
                                  grpc.StatusCode.RESOURCE_EXHAUSTED)
        self.assertEqual(error_details(error, error_details_pb2.ErrorInfo).reason, "RATE_LIMITED")
        self.assertEqual(error_details(error, error_details_pb2.RetryInfo).retry_delay.seconds, 7)

    def test_a_deadline_ends_the_call(self):
        self.serve({"hang_rate": 1})
        self.assert_fails(lambda: self.chat.Chat(chat_pb2.ChatRequest(request=ask()), timeout=0.5),
                          grpc.StatusCode.DEADLINE_EXCEEDED)
        self.assert_fails(lambda: list(self.chat.StreamChat(
            chat_pb2.StreamChatRequest(request=ask()), timeout=0.5)), grpc.StatusCode.DEADLINE_EXCEEDED)

    def test_a_cancelled_stream_ends_behind_the_door_too(self):
        self.serve({"piece_interval": "200ms"}, default_text=TEXT * 20)
        stream = self.chat.StreamChat(chat_pb2.StreamChatRequest(request=ask()), timeout=60)
        next(stream)
        stream.cancel()
        # The call ends as one without an answer, long before the vendor would have come to an end.
        harness.wait_for("the end of the cancelled call",
                         lambda: int(harness.desk(self.ports)["live_failures"]) == 1)
        self.assertEqual(harness.by_path(self.ports)["main"]["health"]["failures"], "0",
                         "a caller who leaves is not the path's fault")

    def test_a_stream_that_is_cut_never_ends_well(self):
        self.serve({"truncate_rate": 1})
        pieces = []

        def read():
            for piece in self.chat.StreamChat(chat_pb2.StreamChatRequest(request=ask()), timeout=20):
                pieces.append(piece)

        error = self.assert_fails(read, grpc.StatusCode.UNAVAILABLE)
        self.assertEqual(error_details(error, error_details_pb2.ErrorInfo).reason, "INTERRUPTED")
        self.assertLess(len("".join(piece.delta.text for piece in pieces)), len(TEXT))

    def test_downtime_says_so_and_when_to_ask_again(self):
        self.serve({"error_rate": 1}, workflow={"mode": "enforce"})

        def reason():
            with self.assertRaises(grpc.RpcError) as caught:
                self.chat.Chat(chat_pb2.ChatRequest(request=ask()), timeout=20)
            self.error = caught.exception
            return error_details(self.error, error_details_pb2.ErrorInfo).reason

        harness.wait_for("downtime", lambda: reason() == "DOWNTIME")
        self.assertEqual(self.error.code(), grpc.StatusCode.UNAVAILABLE)
        info = error_details(self.error, error_details_pb2.ErrorInfo)
        self.assertEqual(info.domain, "warmpath")
        self.assertGreater(
            error_details(self.error, error_details_pb2.RetryInfo).retry_delay.ToSeconds(), 0)
