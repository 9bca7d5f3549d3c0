"""OpenAI's Python SDK at the front door for Responses."""

import json

from cells import TOOL_PARAMETERS, TWO_CITIES, WEATHER, check, equal
from cells_chat import OpenAiCell, Weather

TOOLS = [{"type": "function", "name": "weather", "description": "Weather of a city",
          "parameters": TOOL_PARAMETERS, "strict": True}]


def calls_of(response):
    return [(item.name, json.loads(item.arguments)) for item in response.output
            if item.type == "function_call"]


def refusal_of(response):
    return "".join(part.refusal for item in response.output if item.type == "message"
                   for part in item.content if part.type == "refusal")


def is_refusal(response):
    if not refusal_of(response):
        equal((response.status, response.incomplete_details.reason),
              ("incomplete", "content_filter"))


class ResponsesCell(OpenAiCell):
    def body(self, text, **more):
        return {"model": self.model, "input": self.words(text), **more}

    @staticmethod
    def create_of(client):
        return client.responses.create

    def raw(self):
        return self.client.responses.with_raw_response

    def helper(self, text, **more):
        return self.client.responses.stream(**self.body(text, **more))

    @staticmethod
    def answer_text(answer):
        return answer.output_text

    @staticmethod
    def text_of(stream):
        for event in stream:
            yield event.delta if event.type == "response.output_text.delta" else ""

    def collect(self, stream):
        """The events of a raw stream and its final response; numbers must count up."""
        events = list(stream)
        equal([event.sequence_number for event in events], list(range(len(events))))
        equal(events[0].type, "response.created")
        check(events[-1].type in ("response.completed", "response.incomplete"), events[-1].type)
        return events, events[-1].response

    def go_on(self, prompt, results):
        first = self.ask(prompt, tools=TOOLS)
        calls = [item for item in first.output if item.type == "function_call"]
        equal(len(calls), len(results))
        return self.ask_items(prompt, [*first.output, *(
            {"type": "function_call_output", "call_id": call.call_id, "output": output}
            for call, output in zip(calls, results))]).output_text

    def ask_items(self, prompt, items):
        return self.client.responses.create(model=self.model, tools=TOOLS, input=[
            {"role": "user", "content": self.words(prompt)}, *items])

    def plain_answer(self):
        answer = self.plain()
        equal((answer.object, answer.status, answer.output_text),
              ("response", "completed", self.texts["greet"]))

    def stream_raw(self):
        events, response = self.collect(self.plain_stream())
        equal("".join(self.text_of(events)), self.texts["greet"])
        equal((response.status, response.output_text), ("completed", self.texts["greet"]))

    def stream_helper(self):
        with self.helper("greet") as stream:
            equal("".join(self.text_of(stream)), self.texts["greet"])
            equal(stream.get_final_response().output_text, self.texts["greet"])

    def tools(self):
        equal(calls_of(self.ask("weather", tools=TOOLS)), WEATHER)

    def tools_stream(self):
        with self.helper("weather", tools=TOOLS) as stream:
            equal(calls_of(stream.get_final_response()), WEATHER)

    def parallel_tools(self):
        answer = self.ask("two cities", tools=TOOLS)
        equal(calls_of(answer), TWO_CITIES)
        equal(len({item.call_id for item in answer.output}), 2, "ids")

    def woven_tools_stream(self):
        self.two_calls_streamed("two woven cities")

    def two_calls_streamed(self, prompt):
        events, response = self.collect(self.ask(prompt, tools=TOOLS, stream=True))
        equal(calls_of(response), TWO_CITIES)
        equal([json.loads(event.arguments) for event in events
               if event.type == "response.function_call_arguments.done"],
              [arguments for _, arguments in TWO_CITIES])

    def parallel_tools_stream(self):
        self.two_calls_streamed("two cities")
        with self.helper("two cities", tools=TOOLS) as stream:
            equal(calls_of(stream.get_final_response()), TWO_CITIES)

    def tool_error(self):
        told = self.go_on("weather", [json.dumps({"error": "no such city"})])
        check("no such city" in told, told)

    def structured(self):
        answer = self.client.responses.parse(**self.body("as json"), text_format=Weather)
        equal(answer.output_parsed, Weather(city="Bonn", degrees=21))

    def refusal(self):
        answer = self.ask("refuse")
        is_refusal(answer)
        if self.same:
            equal(refusal_of(answer), self.texts["refuse"])

    def refusal_stream(self):
        is_refusal(self.collect(self.ask("refuse", stream=True))[1])

    def usage(self):
        usage = self.plain().usage
        check(usage.input_tokens > 0 and usage.output_tokens > 0, usage)
        equal(usage.total_tokens, usage.input_tokens + usage.output_tokens)

    def usage_stream(self):
        check(self.collect(self.plain_stream())[1].usage.output_tokens > 0, "no usage")

    def error_400(self):
        error = self.failed("BadRequestError", 400)
        check(error.code, "no code")
        if self.same:
            equal(error.param, "temperature")

    def cut_helper(self):
        def read():
            with self.helper("greet") as stream:
                return stream.get_final_response().output_text
        try:
            value = read()
        except (self.SDK.OpenAIError, RuntimeError):
            return  # the helper says "Didn't receive a `response.completed` event." as a RuntimeError
        raise AssertionError(f"no error but {value!r}")

    def event_error_raw(self):
        check(self.stream_text("APIError").code, "the error has no code")

    def bad_request(self):
        """What one vendor keeps cannot be answered by another: said before anything is tried."""
        error = self.refused_once("BadRequestError", lambda client: client.responses.create(
            model=self.model, input="greet", previous_response_id="resp_1"))
        check("previous_response_id" in str(error), str(error))
