"""The vendors' own Python SDKs against the HTTP front door, with both dialects behind it."""

import json
import unittest

import harness

try:
    import anthropic
    import openai
except ImportError:
    openai = anthropic = None

TOOL_PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}},
                   "required": ["city"], "additionalProperties": False}
OPENAI_TOOL = {"type": "function", "function": {
    "name": "weather", "description": "Weather of a city", "parameters": TOOL_PARAMETERS}}
ANTHROPIC_TOOL = {"name": "weather", "description": "Weather of a city",
                  "input_schema": TOOL_PARAMETERS}
ANSWER_SCHEMA = {"type": "object", "properties": {"city": {"type": "string"},
                                                  "degrees": {"type": "integer"}},
                 "required": ["city", "degrees"], "additionalProperties": False}
ANSWERS = [
    {"prompt": "greet", "text": "Good morning, world. It is a fine day for a test."},
    {"prompt": "unicode", "text": "Grüße, 世界 🌍 \"quoted\" \\ back\nline"},
    {"prompt": "weather", "tool_calls": [{"name": "weather", "arguments": {"city": "Bonn"}}]},
    {"prompt": "two cities", "tool_calls": [
        {"name": "weather", "arguments": {"city": "Bonn"}},
        {"name": "weather", "arguments": {"city": "Köln"}}]},
    {"prompt": "weather", "turn": 1, "text": "It is 21 degrees in Bonn."},
    {"prompt": "as json", "text": '{"city": "Bonn", "degrees": 21}'},
    {"prompt": "refuse", "refusal": "I can't help with that."},
]
TEMPERATURE_ERROR = {"error": {"message": "Invalid value for 'temperature': 9 is above 2.",
                               "type": "invalid_request_error", "param": "temperature",
                               "code": "decimal_above_max_value"}}


@unittest.skipIf(openai is None, "the SDKs are not installed")
class SdkCase(harness.Case):
    KIND = "openai"

    def setUp(self):
        super().setUp()
        self.stage.write("answers.jsonl", "\n".join(map(json.dumps, ANSWERS)) + "\n")

    def serve(self, behavior=None, workflow=None, **model):
        sim = self.stage.sim({"m-1": {"answers_file": "answers.jsonl", "behavior": behavior or {},
                                      **model}})
        self.ports = self.stage.warmpathd(harness.config(
            self.stage, {"main": (sim, self.KIND, "m-1")}, workflow=workflow))
        base = f"http://{self.ports['http']}"
        self.openai = openai.OpenAI(base_url=base + "/v1", api_key="none", max_retries=0, timeout=20)
        self.anthropic = anthropic.Anthropic(base_url=base, api_key="none", max_retries=0, timeout=20)

    def ask(self, text, **more):
        return self.openai.chat.completions.create(
            model="desk", messages=[{"role": "user", "content": text}], **more)

    def ask_anthropic(self, text, **more):
        return self.anthropic.messages.create(
            model="desk", max_tokens=200, messages=[{"role": "user", "content": text}], **more)


class _OpenAiClient:
    """What an OpenAI client must get whatever the path speaks."""

    def test_plain_answer(self):
        self.serve()
        answer = self.ask("greet")
        self.assertEqual(answer.choices[0].message.content, ANSWERS[0]["text"])
        self.assertEqual(answer.choices[0].finish_reason, "stop")
        self.assertGreater(answer.usage.total_tokens, 0)

    def test_unicode_survives(self):
        self.serve()
        self.assertEqual(self.ask("unicode").choices[0].message.content, ANSWERS[1]["text"])
        pieces = [c.choices[0].delta.content or "" for c in self.ask("unicode", stream=True)
                  if c.choices]
        self.assertEqual("".join(pieces), ANSWERS[1]["text"])

    def test_streamed_answer(self):
        self.serve()
        text, reasons, usage = "", [], []
        for chunk in self.ask("greet", stream=True, stream_options={"include_usage": True}):
            self.assertEqual(chunk.object, "chat.completion.chunk")
            if chunk.usage:
                usage.append(chunk.usage)
            for choice in chunk.choices:
                text += choice.delta.content or ""
                if choice.finish_reason:
                    reasons.append(choice.finish_reason)
        self.assertEqual(text, ANSWERS[0]["text"])
        self.assertEqual(reasons, ["stop"])
        self.assertEqual(len(usage), 1)

    def test_no_usage_chunk_unless_asked_for(self):
        self.serve()
        chunks = list(self.ask("greet", stream=True))
        self.assertTrue(all(chunk.choices for chunk in chunks), chunks)

    def test_tool_call_and_result(self):
        self.serve()
        first = self.ask("weather", tools=[OPENAI_TOOL])
        call = first.choices[0].message.tool_calls[0]
        self.assertEqual(first.choices[0].finish_reason, "tool_calls")
        self.assertEqual((call.function.name, json.loads(call.function.arguments)),
                         ("weather", {"city": "Bonn"}))
        second = self.openai.chat.completions.create(model="desk", tools=[OPENAI_TOOL], messages=[
            {"role": "user", "content": "weather"}, first.choices[0].message,
            {"role": "tool", "tool_call_id": call.id, "content": "21"}])
        self.assertEqual(second.choices[0].message.content, "It is 21 degrees in Bonn.")

    def test_streamed_parallel_tool_calls(self):
        self.serve()
        calls = {}
        for chunk in self.ask("two cities", tools=[OPENAI_TOOL], stream=True):
            for piece in chunk.choices[0].delta.tool_calls or [] if chunk.choices else []:
                name, arguments = calls.get(piece.index, ("", ""))
                calls[piece.index] = (name + (piece.function.name or ""),
                                      arguments + (piece.function.arguments or ""))
        self.assertEqual([(n, json.loads(a)) for n, a in calls.values()],
                         [("weather", {"city": "Bonn"}), ("weather", {"city": "Köln"})])

    def test_structured_output(self):
        self.serve()
        answer = self.ask("as json", response_format={"type": "json_schema", "json_schema": {
            "name": "w", "strict": True, "schema": ANSWER_SCHEMA}})
        self.assertEqual(json.loads(answer.choices[0].message.content),
                         {"city": "Bonn", "degrees": 21})

    def test_headers_name_the_path(self):
        self.serve()
        raw = self.openai.chat.completions.with_raw_response.create(
            model="desk", messages=[{"role": "user", "content": "greet"}],
            extra_headers={"x-request-id": "mine-1"})
        self.assertEqual(raw.headers["x-warmpath-path"], "main")
        self.assertEqual(raw.headers["x-warmpath-workflow"], "desk")
        self.assertEqual(raw.headers["x-warmpath-mode"], "observe")
        self.assertEqual(raw.headers["x-warmpath-verdict"], "cold")
        self.assertEqual(raw.headers["x-warmpath-request-id"], "mine-1")
        with self.openai.chat.completions.with_streaming_response.create(
                model="desk", stream=True,
                messages=[{"role": "user", "content": "greet"}]) as streamed:
            self.assertEqual(streamed.headers["x-warmpath-path"], "main")

    def test_unknown_workflow_is_404_and_names_those_there_are(self):
        self.serve()
        with self.assertRaises(openai.NotFoundError) as caught:
            self.openai.chat.completions.create(model="dest", messages=[
                {"role": "user", "content": "x"}])
        self.assertIn("desk", str(caught.exception))
        self.assertIsInstance(caught.exception.body, dict)

    def test_rate_limit_is_429_with_retry_after(self):
        self.serve({"error_rate": 1, "error_status": 429, "retry_after_seconds": 7})
        with self.assertRaises(openai.RateLimitError) as caught:
            self.ask("greet")
        self.assertEqual(caught.exception.response.headers.get("retry-after"), "7")
        with self.assertRaises(openai.RateLimitError):
            list(self.ask("greet", stream=True))

    def test_server_error_is_typed(self):
        self.serve({"error_rate": 1, "error_status": 500})
        with self.assertRaises(openai.InternalServerError):
            self.ask("greet")

    def test_a_stream_cut_in_the_middle_raises(self):
        self.serve({"truncate_rate": 1, "piece_interval": "5ms"})
        text = ""
        with self.assertRaises(openai.APIError):
            for chunk in self.ask("greet", stream=True):
                text += (chunk.choices[0].delta.content or "") if chunk.choices else ""
        self.assertNotEqual(text, "", "nothing came before the cut: it was not in the middle")
        self.assertNotEqual(text, ANSWERS[0]["text"])

    def test_an_answer_cut_in_the_middle_raises(self):
        self.serve({"truncate_rate": 1})
        with self.assertRaises(openai.APIError):
            self.ask("greet")

    def test_an_empty_answer_raises(self):
        self.serve({"empty_rate": 1})
        with self.assertRaises(openai.APIError):
            self.ask("greet")

    def test_the_callers_timeout_ends_a_hanging_path(self):
        self.serve({"hang_rate": 1})
        with self.assertRaises((openai.APITimeoutError, openai.APIStatusError)):
            self.openai.with_options(timeout=1).chat.completions.create(
                model="desk", messages=[{"role": "user", "content": "greet"}])

    def test_the_workflows_deadline_is_a_typed_error(self):
        self.serve({"hang_rate": 1}, workflow={"deadline": "1s"})
        with self.assertRaises(openai.APIStatusError) as caught:
            self.ask("greet")
        self.assertEqual(caught.exception.status_code, 504)

    def test_models_are_workflows(self):
        self.serve()
        self.assertEqual([m.id for m in self.openai.models.list()], ["desk"])
        self.assertEqual(self.openai.models.retrieve("desk").id, "desk")


class OpenAiOverOpenAi(_OpenAiClient, SdkCase):
    def test_the_vendors_error_body_comes_through(self):
        self.serve({"error_rate": 1, "error_status": 400,
                    "error_body": json.dumps(TEMPERATURE_ERROR)})
        with self.assertRaises(openai.BadRequestError) as caught:
            self.ask("greet", temperature=1.5)
        self.assertEqual(caught.exception.param, "temperature")
        self.assertEqual(caught.exception.code, "decimal_above_max_value")
        self.assertEqual(caught.exception.body, TEMPERATURE_ERROR["error"])

    def test_a_refusal_stays_a_refusal(self):
        self.serve()
        self.assertEqual(self.ask("refuse").choices[0].message.refusal, ANSWERS[-1]["refusal"])


class OpenAiOverAnthropic(_OpenAiClient, SdkCase):
    KIND = "anthropic"


class _AnthropicClient:
    """What an Anthropic client must get whatever the path speaks."""

    def test_plain_answer(self):
        self.serve()
        answer = self.ask_anthropic("greet")
        self.assertEqual(answer.content[0].text, ANSWERS[0]["text"])
        self.assertEqual((answer.stop_reason, answer.role), ("end_turn", "assistant"))
        self.assertGreater(answer.usage.output_tokens, 0)

    def test_streamed_answer(self):
        self.serve()
        text, kinds = "", []
        for event in self.ask_anthropic("unicode", stream=True):
            kinds.append(event.type)
            if event.type == "content_block_delta":
                text += event.delta.text
        self.assertEqual(text, ANSWERS[1]["text"])
        self.assertEqual((kinds[0], kinds[-1]), ("message_start", "message_stop"))
        with self.anthropic.messages.stream(model="desk", max_tokens=200, messages=[
                {"role": "user", "content": "greet"}]) as stream:
            self.assertEqual(stream.get_final_message().content[0].text, ANSWERS[0]["text"])

    def test_tool_use_and_result(self):
        self.serve()
        first = self.ask_anthropic("weather", tools=[ANTHROPIC_TOOL])
        use = next(block for block in first.content if block.type == "tool_use")
        self.assertEqual((first.stop_reason, use.name, use.input),
                         ("tool_use", "weather", {"city": "Bonn"}))
        second = self.anthropic.messages.create(
            model="desk", max_tokens=200, tools=[ANTHROPIC_TOOL], messages=[
                {"role": "user", "content": "weather"},
                {"role": "assistant", "content": [
                    {"type": "tool_use", "id": use.id, "name": use.name, "input": use.input}]},
                {"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": use.id, "content": "21"}]}])
        self.assertEqual(second.content[0].text, "It is 21 degrees in Bonn.")

    def test_streamed_tool_use(self):
        self.serve()
        with self.anthropic.messages.stream(
                model="desk", max_tokens=200, tools=[ANTHROPIC_TOOL],
                messages=[{"role": "user", "content": "two cities"}]) as stream:
            uses = [b for b in stream.get_final_message().content if b.type == "tool_use"]
        self.assertEqual([(u.name, u.input) for u in uses],
                         [("weather", {"city": "Bonn"}), ("weather", {"city": "Köln"})])

    def test_unknown_workflow_is_404_in_its_own_form(self):
        self.serve()
        with self.assertRaises(anthropic.NotFoundError) as caught:
            self.anthropic.messages.create(model="dest", max_tokens=5, messages=[
                {"role": "user", "content": "x"}])
        self.assertEqual(caught.exception.body["type"], "error")
        self.assertEqual(caught.exception.body["error"]["type"], "not_found_error")

    def test_rate_limit_is_429_in_its_own_form(self):
        self.serve({"error_rate": 1, "error_status": 429, "retry_after_seconds": 7})
        with self.assertRaises(anthropic.RateLimitError) as caught:
            self.ask_anthropic("greet")
        self.assertEqual(caught.exception.body["error"]["type"], "rate_limit_error")
        self.assertEqual(caught.exception.response.headers.get("retry-after"), "7")

    def test_a_stream_cut_in_the_middle_raises(self):
        self.serve({"truncate_rate": 1, "piece_interval": "5ms"})
        text = ""
        with self.assertRaises(anthropic.APIError):
            for event in self.ask_anthropic("greet", stream=True):
                if event.type == "content_block_delta":
                    text += event.delta.text
        self.assertNotEqual(text, ANSWERS[0]["text"])


class AnthropicOverAnthropic(_AnthropicClient, SdkCase):
    KIND = "anthropic"


class AnthropicOverOpenAi(_AnthropicClient, SdkCase):
    KIND = "openai"


if __name__ == "__main__":
    unittest.main()
