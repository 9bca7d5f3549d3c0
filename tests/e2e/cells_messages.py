"""Anthropic's Python SDK at the front door for Messages."""

import json

import anthropic
import pydantic

from cells import KEY, TIMEOUT, TOOL_PARAMETERS, TWO_CITIES, WEATHER, DoorCell, check, equal

TOOLS = [{"name": "weather", "description": "Weather of a city", "input_schema": TOOL_PARAMETERS}]


class Weather(pydantic.BaseModel):
    city: str
    degrees: int


def calls_of(message):
    return [(block.name, block.input) for block in message.content if block.type == "tool_use"]


class MessagesCell(DoorCell):
    SDK = anthropic
    LOCKED_STYLES = (lambda token: {"api_key": token},
                     lambda token: {"api_key": None, "auth_token": token})

    @staticmethod
    def new_client(base, **options):
        return anthropic.Anthropic(base_url=base, max_retries=0, timeout=TIMEOUT, **options)

    @staticmethod
    def async_client(base):
        return anthropic.AsyncAnthropic(base_url=base, api_key="k", max_retries=0, timeout=TIMEOUT)

    def body(self, text, **more):
        return {"model": self.model, "max_tokens": 200,
                "messages": [{"role": "user", "content": self.words(text)}], **more}

    @staticmethod
    def create_of(client):
        return client.messages.create

    def raw(self):
        return self.client.messages.with_raw_response

    def helper(self, text, **more):
        return self.client.messages.stream(**self.body(text, **more))

    @staticmethod
    def answer_text(answer):
        return "".join(block.text for block in answer.content if block.type == "text")

    @staticmethod
    def text_of(stream):
        for event in stream:
            if event.type == "content_block_delta":
                yield getattr(event.delta, "text", "")

    def collect(self, stream):
        """A raw stream held to the order that the API promises: (events, blocks, stop reason)."""
        events, blocks, stop, is_open = list(stream), [], None, False
        for event in events:
            if event.type == "content_block_start":
                check(not is_open, "a block begins inside another one")
                equal(event.index, len(blocks))
                is_open = True
                blocks.append({"type": event.content_block.type, "json": "",
                               "name": getattr(event.content_block, "name", "")})
            elif event.type == "content_block_delta":
                check(is_open and event.index == len(blocks) - 1, "a piece of no open block")
                blocks[-1]["json"] += getattr(event.delta, "partial_json", "")
            elif event.type == "content_block_stop":
                is_open = False
            elif event.type == "message_delta":
                stop = event.delta.stop_reason
        equal((events[0].type, events[-1].type), ("message_start", "message_stop"))
        return events, blocks, stop

    def go_on(self, prompt, results):
        first = self.ask(prompt, tools=TOOLS)
        uses = [block for block in first.content if block.type == "tool_use"]
        equal(len(uses), len(results))
        told = [result if isinstance(result, dict) else {"content": result} for result in results]
        return self.answer_text(self.client.messages.create(
            model=self.model, max_tokens=200, tools=TOOLS, messages=[
                {"role": "user", "content": self.words(prompt)},
                {"role": "assistant", "content": first.content},
                {"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": use.id, **result}
                    for use, result in zip(uses, told)]}]))

    def plain_answer(self):
        answer = self.plain()
        equal((answer.type, answer.role, answer.stop_reason), ("message", "assistant", "end_turn"))
        equal(self.answer_text(answer), self.texts["greet"])

    def stream_raw(self):
        events, _, stop = self.collect(self.plain_stream())
        equal(("".join(self.text_of(events)), stop), (self.texts["greet"], "end_turn"))

    def stream_helper(self):
        with self.helper("greet") as stream:
            equal("".join(stream.text_stream), self.texts["greet"])
            equal(stream.get_final_text(), self.texts["greet"])

    def tools(self):
        answer = self.ask("weather", tools=TOOLS)
        equal((calls_of(answer), answer.stop_reason), (WEATHER, "tool_use"))

    def tools_stream(self):
        with self.helper("weather", tools=TOOLS) as stream:
            answer = stream.get_final_message()
        equal((calls_of(answer), answer.stop_reason), (WEATHER, "tool_use"))

    def parallel_tools(self):
        answer = self.ask("two cities", tools=TOOLS)
        equal(calls_of(answer), TWO_CITIES)
        equal(len({block.id for block in answer.content}), 2, "ids")

    def woven_tools_stream(self):
        self.two_calls_streamed("two woven cities")

    def two_calls_streamed(self, prompt):
        _, blocks, stop = self.collect(self.ask(prompt, tools=TOOLS, stream=True))
        equal([(b["name"], json.loads(b["json"])) for b in blocks if b["type"] == "tool_use"],
              TWO_CITIES)
        equal(stop, "tool_use")

    def parallel_tools_stream(self):
        self.two_calls_streamed("two cities")
        with self.helper("two cities", tools=TOOLS) as stream:
            equal(calls_of(stream.get_final_message()), TWO_CITIES)

    def tool_error(self):
        equal(self.go_on("weather", [{"content": "no such city", "is_error": True}]),
              "The tool failed: no such city")

    def structured(self):
        answer = self.client.messages.parse(**self.body("as json"), output_format=Weather)
        equal(answer.parsed_output, Weather(city="Bonn", degrees=21))

    def refusal(self):
        equal(self.ask("refuse").stop_reason, "refusal")

    def refusal_stream(self):
        equal(self.collect(self.ask("refuse", stream=True))[2], "refusal")
        with self.helper("refuse") as stream:
            equal(stream.get_final_message().stop_reason, "refusal")

    def usage(self):
        usage = self.plain().usage
        check(usage.input_tokens > 0 and usage.output_tokens > 0, usage)

    def usage_stream(self):
        with self.helper("greet") as stream:
            usage = stream.get_final_message().usage
        check(usage.input_tokens > 0 and usage.output_tokens > 0, usage)

    def count_tokens(self):
        """Only Anthropic counts as Anthropic does."""
        asked = {name: self.body("greet")[name] for name in ("model", "messages")}
        if self.same:
            equal(self.client.messages.count_tokens(**asked).input_tokens, 11)
        else:
            error = self.error("BadRequestError",
                               lambda: self.client.messages.count_tokens(**asked))
            check("count tokens" in str(error), str(error))

    def error_400(self):
        error = self.failed("BadRequestError", 400)
        equal((error.body["type"], error.body["error"]["type"]), ("error", "invalid_request_error"))
        if self.same and not self.sim:
            equal(error.body["error"]["message"], "scripted err400")

    def error_overloaded(self):
        error = self.failed("APIStatusError", 529)
        equal(error.body["error"]["type"], "overloaded_error")
        equal(error.response.headers["retry-after"], "7")

    def cut_helper(self):
        def read():
            with self.helper("greet") as stream:
                return stream.get_final_text()
        self.error("AnthropicError", read)

    def event_error_raw(self):
        equal(self.stream_text("APIError").body["error"]["type"], "overloaded_error")

    def credentials(self):
        """Both ways in which callers send a key reach a path of the dialect, and no other."""
        for options in ({"api_key": KEY}, {"api_key": None, "auth_token": KEY}):
            self.plain(self.client_for(self.base, **options))
            equal(KEY in str(self.seen().headers), self.same)

    def bad_request(self):
        error = self.refused_once("BadRequestError", lambda client: client.messages.create(
            model=self.model, max_tokens=5, messages="greet"))
        equal(error.body["type"], "error")

    def models(self):
        check("embedded-ok" in [model.id for model in self.client.models.list()], "no model")
        model = self.client.models.retrieve("embedded-ok")
        equal((model.id, model.type), ("embedded-ok", "model"))
        self.error("NotFoundError", lambda: self.client.models.retrieve("nobody"))
