"""OpenAI's Python SDK at the front door for Chat Completions."""

import json

import openai
import pydantic

from cells import TIMEOUT, TOOL_PARAMETERS, TWO_CITIES, WEATHER, DoorCell, check, equal

TOOLS = [{"type": "function", "function": {"name": "weather", "description": "Weather of a city",
                                           "parameters": TOOL_PARAMETERS}}]
# The helper for streams takes strict tools only.
STRICT_TOOLS = [{"type": "function", "function": {**TOOLS[0]["function"], "strict": True}}]


class Weather(pydantic.BaseModel):
    city: str
    degrees: int


def calls_of(message):
    return [(call.function.name, json.loads(call.function.arguments))
            for call in message.tool_calls or []]


def is_refusal(refusal, finish):
    check(refusal or finish == "content_filter", f"refusal {refusal!r}, finish_reason {finish}")


class OpenAiCell(DoorCell):
    """What both doors of this SDK share."""
    SDK = openai
    LOCKED_STYLES = (lambda token: {"api_key": token},)

    @staticmethod
    def new_client(base, **options):
        return openai.OpenAI(base_url=base + "/v1", max_retries=0, timeout=TIMEOUT, **options)

    @staticmethod
    def async_client(base):
        return openai.AsyncOpenAI(base_url=base + "/v1", api_key="k", max_retries=0, timeout=TIMEOUT)

    def error_overloaded(self):
        error = self.failed("InternalServerError", 503)
        equal(error.response.headers["retry-after"], "7")


class ChatCell(OpenAiCell):
    def body(self, text, **more):
        return {"model": self.model, "messages": [{"role": "user", "content": self.words(text)}],
                **more}

    @staticmethod
    def create_of(client):
        return client.chat.completions.create

    def raw(self):
        return self.client.chat.completions.with_raw_response

    def helper(self, text, **more):
        return self.client.chat.completions.stream(**self.body(text, **more))

    @staticmethod
    def answer_text(answer):
        return answer.choices[0].message.content

    @staticmethod
    def text_of(stream):
        for chunk in stream:
            yield (chunk.choices[0].delta.content or "") if chunk.choices else ""

    def collect(self, stream):
        """A raw stream added up as careful callers do: (chunks, refusal, calls, finish reason)."""
        chunks, refusal, calls, finish = [], "", {}, []
        for chunk in stream:
            equal(chunk.object, "chat.completion.chunk")
            chunks.append(chunk)
            for choice in chunk.choices:
                refusal += choice.delta.refusal or ""
                finish += [choice.finish_reason] if choice.finish_reason else []
                for piece in choice.delta.tool_calls or []:
                    call = calls.setdefault(piece.index, {"id": "", "name": "", "arguments": ""})
                    call["id"] += piece.id or ""
                    call["name"] += piece.function.name or ""
                    call["arguments"] += piece.function.arguments or ""
        equal(len(finish), 1, "finish reasons")
        return chunks, refusal, [calls[i] for i in sorted(calls)], finish[0]

    def go_on(self, prompt, results):
        first = self.ask(prompt, tools=TOOLS).choices[0].message
        equal(len(first.tool_calls), len(results))
        return self.answer_text(self.client.chat.completions.create(
            model=self.model, tools=TOOLS, messages=[
                {"role": "user", "content": self.words(prompt)}, first,
                *({"role": "tool", "tool_call_id": call.id, "content": content}
                  for call, content in zip(first.tool_calls, results))]))

    def plain_answer(self):
        answer = self.plain()
        equal(self.answer_text(answer), self.texts["greet"])
        equal((answer.object, answer.choices[0].finish_reason, answer.choices[0].message.role),
              ("chat.completion", "stop", "assistant"))

    def stream_raw(self):
        stream = list(self.plain_stream())
        equal("".join(self.text_of(stream)), self.texts["greet"])
        equal(self.collect(stream)[3], "stop")

    def stream_helper(self):
        text = ""
        with self.helper("greet") as stream:
            for event in stream:
                text += event.delta if event.type == "content.delta" else ""
            equal(self.answer_text(stream.get_final_completion()), self.texts["greet"])
        equal(text, self.texts["greet"])

    def tools(self):
        choice = self.ask("weather", tools=TOOLS).choices[0]
        equal((calls_of(choice.message), choice.finish_reason), (WEATHER, "tool_calls"))

    def tools_stream(self):
        with self.helper("weather", tools=STRICT_TOOLS) as stream:
            choice = stream.get_final_completion().choices[0]
        equal((calls_of(choice.message), choice.finish_reason), (WEATHER, "tool_calls"))

    def parallel_tools(self):
        message = self.ask("two cities", tools=TOOLS).choices[0].message
        equal(calls_of(message), TWO_CITIES)
        equal(len({call.id for call in message.tool_calls}), 2, "ids")

    def woven_tools_stream(self):
        self.two_calls_streamed("two woven cities")

    def two_calls_streamed(self, prompt):
        _, _, calls, finish = self.collect(self.ask(prompt, tools=TOOLS, stream=True))
        equal([(c["name"], json.loads(c["arguments"])) for c in calls], TWO_CITIES)
        equal((len({c["id"] for c in calls}), finish), (2, "tool_calls"))

    def parallel_tools_stream(self):
        self.two_calls_streamed("two cities")
        with self.helper("two cities", tools=STRICT_TOOLS) as stream:
            equal(calls_of(stream.get_final_completion().choices[0].message), TWO_CITIES)

    def tool_error(self):
        """No flag here for a tool that failed: callers say so in words, which must arrive."""
        told = self.go_on("weather", [json.dumps({"error": "no such city"})])
        check("no such city" in told, told)

    def structured(self):
        answer = self.client.chat.completions.parse(**self.body("as json"), response_format=Weather)
        equal(answer.choices[0].message.parsed, Weather(city="Bonn", degrees=21))

    def refusal(self):
        choice = self.ask("refuse").choices[0]
        is_refusal(choice.message.refusal, choice.finish_reason)
        if self.same:
            equal(choice.message.refusal, self.texts["refuse"])

    def refusal_stream(self):
        _, refusal, _, finish = self.collect(self.ask("refuse", stream=True))
        is_refusal(refusal, finish)

    def usage(self):
        usage = self.plain().usage
        check(usage.prompt_tokens > 0 and usage.completion_tokens > 0, usage)
        equal(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens)

    def usage_stream(self):
        chunks = self.collect(self.ask("greet", stream=True,
                                       stream_options={"include_usage": True}))[0]
        equal([c for c in chunks if not c.choices], chunks[-1:], "chunks without choices")
        check(chunks[-1].usage.total_tokens > 0, "no usage")
        for chunk in chunks[:-1]:
            equal(chunk.model_dump(exclude_unset=True)["usage"], None, "usage before the end")

    def no_usage_stream(self):
        for chunk in self.collect(self.plain_stream())[0]:
            equal((chunk.usage, len(chunk.choices)), (None, 1))

    def error_400(self):
        error = self.failed("BadRequestError", 400)
        check(error.code, "no code")
        if self.same:
            equal(error.body, {"message": "scripted err400", "type": "invalid_request_error",
                               "param": "temperature", "code": "decimal_above_max_value"})
            equal(error.param, "temperature")

    def cut_helper(self):
        def read():
            with self.helper("greet") as stream:
                return self.answer_text(stream.get_final_completion())
        self.error("OpenAIError", read)

    def event_error_raw(self):
        check(self.stream_text("APIError").code, "the error has no code")

    def bad_request(self):
        self.refused_once("BadRequestError", lambda client: client.chat.completions.create(
            model=self.model, messages="greet"))

    def models(self):
        check("embedded-ok" in [model.id for model in self.client.models.list()], "no model")
        equal(self.client.models.retrieve("embedded-ok").id, "embedded-ok")
        self.error("NotFoundError", lambda: self.client.models.retrieve("nobody"))
