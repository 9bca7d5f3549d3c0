"""What five model APIs read and write, after their documentation and not by warmpath's own codecs.

    asked = read("anthropic", body, target)     # what is asked, and what the API would refuse in it
    whole("anthropic", asked, said)             # an answer as JSON
    events("anthropic", asked, said)            # an answer as a list of events, each ready to send
"""

import dataclasses
import json
import re

URL_SAFE = re.compile(r"^[a-zA-Z0-9_-]+$")
USAGE = (11, 7)  # input and output tokens of every answer


@dataclasses.dataclass
class Asked:
    model: str = ""
    stream: bool = False
    prompt: str = ""
    # Results of tools since the last words of the user: (content, whether it failed).
    results: list = dataclasses.field(default_factory=list)
    schema: dict | None = None
    include_usage: bool = False
    # What the API would refuse the request for.
    problems: list = dataclasses.field(default_factory=list)

    def need(self, holds, problem):
        if not holds:
            self.problems.append(problem)


@dataclasses.dataclass
class Said:
    text: str = ""
    calls: list = dataclasses.field(default_factory=list)  # (name, arguments)
    refusal: str = ""
    woven: bool = False  # fragments of parallel calls alternate, where the dialect allows that


def read(dialect, body, target):
    asked = Asked()
    try:
        value = json.loads(body)
    except ValueError as error:
        asked.problems.append(f"not JSON: {error}")
        return asked
    READERS[dialect](asked, value, target)
    return asked


def whole(dialect, asked, said):
    return json.dumps(WRITERS[dialect][0](asked, said), ensure_ascii=False).encode()


def events(dialect, asked, said):
    return WRITERS[dialect][1](asked, said)


def pieces(text, size=9):
    return [text[at:at + size] for at in range(0, len(text), size)]


def sse(data, event=None):
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return ((f"event: {event}\n" if event else "") + f"data: {text}\n\n").encode()


def text_of(content, kinds=("text",)):
    """Text of a message's content: a string or a list of parts."""
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content or [] if part.get("type") in kinds)


def failed_text(content):
    """(content, failed) of a result in a dialect without a flag: an error is wrapped."""
    try:
        value = json.loads(content)
    except ValueError:
        return content, False
    if isinstance(value, dict) and set(value) == {"error"}:
        return value["error"], True
    return content, False


# OpenAI Chat Completions, and Azure.

def read_chat(asked, body, target):
    asked.model = body.get("model", "")
    if deployment := re.search(r"/deployments/([^/]+)/", target):
        asked.model = deployment[1]
    asked.stream = body.get("stream", False)
    asked.include_usage = (body.get("stream_options") or {}).get("include_usage", False)
    asked.need("stream_options" not in body or asked.stream, "stream_options without stream")
    response_format = body.get("response_format") or {}
    if response_format.get("type") == "json_schema":
        asked.schema = response_format["json_schema"]["schema"]
        asked.need(response_format["json_schema"].get("name"), "a json_schema without a name")
    open_calls = []
    for message in body["messages"]:
        role = message["role"]
        asked.need(role == "tool" or not open_calls, f"no result for {open_calls}")
        if role == "user":
            asked.prompt, asked.results = text_of(message["content"]), []
        elif role == "assistant":
            for call in message.get("tool_calls") or []:
                open_calls.append(call["id"])
                asked.need(isinstance(call["function"]["arguments"], str), "arguments no string")
        elif role == "tool":
            asked.need(message["tool_call_id"] in open_calls, f"no call for {message}")
            open_calls = [i for i in open_calls if i != message["tool_call_id"]]
            asked.results.append(failed_text(text_of(message["content"])))
        else:
            asked.need(role in ("system", "developer"), f"role {role}")
    for tool in body.get("tools") or []:
        asked.need(tool[tool["type"]]["name"], f"tool {tool}")


def chat_calls(said):
    return [{"id": f"call_{i}abc", "type": "function",
             "function": {"name": name, "arguments": json.dumps(arguments, ensure_ascii=False)}}
            for i, (name, arguments) in enumerate(said.calls)]


CHAT_USAGE = {"prompt_tokens": USAGE[0], "completion_tokens": USAGE[1], "total_tokens": sum(USAGE),
              "prompt_tokens_details": {"cached_tokens": 3}}


def whole_chat(asked, said):
    message = {"role": "assistant", "content": said.text or None, "refusal": said.refusal or None,
               "annotations": []}
    if said.calls:
        message["tool_calls"] = chat_calls(said)
    return {"id": "chatcmpl-1", "object": "chat.completion", "created": 1700000000,
            "model": asked.model, "choices": [{
                "index": 0, "message": message, "logprobs": None,
                "finish_reason": "tool_calls" if said.calls else "stop"}],
            "usage": CHAT_USAGE, "service_tier": "default", "system_fingerprint": "fp_1"}


def chat_events(asked, said):
    def chunk(delta=None, finish=None, usage=None):
        choices = [] if delta is None else [
            {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]
        value = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1700000000,
                 "model": asked.model, "service_tier": "default", "choices": choices}
        if asked.include_usage:
            value["usage"] = usage
        return sse(value)

    out = [chunk({"role": "assistant", "content": None if said.calls else "", "refusal": None})]
    out += [chunk({"content": piece}) for piece in pieces(said.text)]
    out += [chunk({"refusal": piece}) for piece in pieces(said.refusal)]
    calls = chat_calls(said)
    scraps = [(at, i, piece) for i, call in enumerate(calls)
              for at, piece in enumerate(pieces(call["function"]["arguments"]))]
    for at, i, piece in sorted(scraps) if said.woven else scraps:
        if at == 0:
            out.append(chunk({"tool_calls": [{"index": i, **calls[i], "function": {
                "name": calls[i]["function"]["name"], "arguments": ""}}]}))
        out.append(chunk({"tool_calls": [{"index": i, "function": {"arguments": piece}}]}))
    out.append(chunk({}, "tool_calls" if said.calls else "stop"))
    if asked.include_usage:
        out.append(chunk(usage=CHAT_USAGE))
    return out + [sse("[DONE]")]


# OpenAI Responses.

RESPONSES_FIELDS = set(
    "model input instructions tools tool_choice parallel_tool_calls text reasoning max_output_tokens "
    "max_tool_calls store stream stream_options include truncation metadata service_tier temperature "
    "top_p top_logprobs prompt_cache_key prompt_cache_options prompt_cache_retention "
    "safety_identifier user".split())


def read_responses(asked, body, _):
    asked.model, asked.stream = body.get("model", ""), body.get("stream", False)
    asked.need(not set(body) - RESPONSES_FIELDS, f"unknown {set(body) - RESPONSES_FIELDS}")
    format_ = (body.get("text") or {}).get("format") or {}
    if format_.get("type") == "json_schema":
        asked.schema = format_["schema"]
        asked.need(format_.get("name"), "a json_schema without a name")
    if isinstance(body["input"], str):
        asked.prompt = body["input"]
        return
    open_calls = []
    for item in body["input"]:
        kind = item.get("type", "message")
        if kind == "message" and item["role"] == "user":
            asked.prompt, asked.results = text_of(item["content"], ("input_text", "text")), []
        elif kind == "function_call":
            open_calls.append(item["call_id"])
            asked.need(isinstance(item["arguments"], str), "arguments no string")
        elif kind == "function_call_output":
            asked.need(item["call_id"] in open_calls, f"no call for {item}")
            asked.results.append(failed_text(text_of(item["output"], ("input_text", "text"))))
        else:
            asked.need(kind in ("message", "reasoning"), f"item {kind}")
    for tool in body.get("tools") or []:
        asked.need(tool.get("name") or tool["type"] not in ("function", "custom"), f"tool {tool}")


def responses_items(said):
    items = []
    if said.text or said.refusal:
        part = ({"type": "output_text", "text": said.text, "annotations": [], "logprobs": []}
                if said.text else {"type": "refusal", "refusal": said.refusal})
        items.append({"id": "msg_1", "type": "message", "role": "assistant", "status": "completed",
                      "content": [part]})
    for i, (name, arguments) in enumerate(said.calls):
        items.append({"id": f"fc_{i}", "type": "function_call", "call_id": f"call_{i}abc",
                      "name": name, "arguments": json.dumps(arguments, ensure_ascii=False),
                      "status": "completed"})
    return items


def whole_response(asked, said, status="completed"):
    done = status == "completed"
    return {"id": "resp_1", "object": "response", "created_at": 1700000000, "status": status,
            "error": None, "incomplete_details": None, "instructions": None, "metadata": {},
            "model": asked.model, "output": responses_items(said) if done else [],
            "parallel_tool_calls": True, "temperature": 1.0, "tool_choice": "auto", "tools": [],
            "top_p": 1.0, "text": {"format": {"type": "text"}}, "usage": {
                "input_tokens": USAGE[0], "output_tokens": USAGE[1], "total_tokens": sum(USAGE),
                "input_tokens_details": {"cached_tokens": 3},
                "output_tokens_details": {"reasoning_tokens": 0}} if done else None}


def response_events(asked, said):
    out = []

    def add(kind, **more):
        out.append(sse({"type": kind, "sequence_number": len(out), **more}, kind))

    add("response.created", response=whole_response(asked, said, "in_progress"))
    add("response.in_progress", response=whole_response(asked, said, "in_progress"))
    for at, item in enumerate(responses_items(said)):
        where = {"output_index": at, "item_id": item["id"]}
        if item["type"] == "function_call":
            add("response.output_item.added", output_index=at,
                item={**item, "arguments": "", "status": "in_progress"})
            for piece in pieces(item["arguments"]):
                add("response.function_call_arguments.delta", delta=piece, **where)
            add("response.function_call_arguments.done", arguments=item["arguments"],
                name=item["name"], **where)
        else:
            part = item["content"][0]
            name, key = (("output_text", "text") if part["type"] == "output_text"
                         else ("refusal", "refusal"))
            add("response.output_item.added", output_index=at,
                item={**item, "content": [], "status": "in_progress"})
            add("response.content_part.added", content_index=0, part={**part, key: ""}, **where)
            for piece in pieces(part[key]):
                add(f"response.{name}.delta", delta=piece, content_index=0, **where)
            add(f"response.{name}.done", content_index=0, **{key: part[key]}, **where)
            add("response.content_part.done", content_index=0, part=part, **where)
        add("response.output_item.done", output_index=at, item=item)
    add("response.completed", response=whole_response(asked, said))
    return out


# Anthropic Messages.

MESSAGES_FIELDS = set(
    "model max_tokens messages system tools tool_choice stop_sequences stream thinking output_config "
    "metadata service_tier container cache_control temperature top_p top_k".split())


def read_messages(asked, body, _):
    asked.model, asked.stream = body.get("model", ""), body.get("stream", False)
    asked.need(isinstance(body.get("max_tokens"), int), "max_tokens is required")
    asked.need(not set(body) - MESSAGES_FIELDS, f"unknown {set(body) - MESSAGES_FIELDS}")
    format_ = (body.get("output_config") or {}).get("format") or {}
    if format_.get("type") == "json_schema":
        asked.schema = format_["schema"]
    open_calls = []
    for message in body["messages"]:
        asked.need(message["role"] in ("user", "assistant"), f"role {message['role']}")
        content = message["content"]
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        results = [b for b in blocks if b["type"] == "tool_result"]
        asked.need(sorted(b["tool_use_id"] for b in results) == sorted(open_calls),
                   f"results {results} for {open_calls}")
        asked.need(blocks[:len(results)] == results, "tool results come before any text")
        open_calls = [b["id"] for b in blocks if b["type"] == "tool_use"]
        asked.need(all(URL_SAFE.match(i) for i in open_calls), f"ids {open_calls}")
        asked.need(all(isinstance(b["input"], dict) for b in blocks if b["type"] == "tool_use"),
                   "input is no object")
        if message["role"] == "user" and text_of(blocks):
            asked.prompt, asked.results = text_of(blocks), []
        asked.results += [(text_of(b.get("content", "")), b.get("is_error", False))
                          for b in results]
    for tool in body.get("tools") or []:
        asked.need(tool["name"] and isinstance(tool["input_schema"], dict), f"tool {tool}")


def messages_blocks(said):
    blocks = [{"type": "text", "text": said.text}] if said.text else []
    return blocks + [{"type": "tool_use", "id": f"toolu_{i}abc", "name": name, "input": arguments}
                     for i, (name, arguments) in enumerate(said.calls)]


def messages_stop(said):
    if said.refusal:
        return {"stop_reason": "refusal", "stop_sequence": None, "stop_details": {
            "type": "refusal", "category": "cyber", "explanation": said.refusal}}
    return {"stop_reason": "tool_use" if said.calls else "end_turn", "stop_sequence": None}


def messages_usage(output):
    return {"input_tokens": USAGE[0], "output_tokens": output, "cache_read_input_tokens": 3,
            "cache_creation_input_tokens": 0, "service_tier": "standard"}


def whole_message(asked, said):
    return {"id": "msg_1", "type": "message", "role": "assistant", "model": asked.model,
            "content": messages_blocks(said), **messages_stop(said), "usage": messages_usage(USAGE[1])}


def message_events(asked, said):
    out = []

    def add(kind, **more):
        out.append(sse({"type": kind, **more}, kind))

    add("message_start", message={**whole_message(asked, Said()), "stop_reason": None,
                                  "usage": messages_usage(1)})
    add("ping")
    for at, block in enumerate(messages_blocks(said)):
        if block["type"] == "text":
            add("content_block_start", index=at, content_block={"type": "text", "text": ""})
            deltas = [{"type": "text_delta", "text": p} for p in pieces(block["text"])]
        else:
            add("content_block_start", index=at, content_block={**block, "input": {}})
            deltas = [{"type": "input_json_delta", "partial_json": p}
                      for p in ["", *pieces(json.dumps(block["input"], ensure_ascii=False))]]
        for delta in deltas:
            add("content_block_delta", index=at, delta=delta)
        add("content_block_stop", index=at)
    add("message_delta", delta=messages_stop(said), usage={"output_tokens": USAGE[1]})
    add("message_stop")
    return out


# Gemini generateContent.

GEMINI_FIELDS = set("contents systemInstruction tools toolConfig generationConfig safetySettings "
                    "cachedContent labels".split())


def read_gemini(asked, body, target):
    named = re.search(r"/models/([^/:]+):(\w+)", target)
    asked.model, asked.stream = named[1], named[2] == "streamGenerateContent"
    asked.need(not asked.stream or "alt=sse" in target, "a stream without alt=sse")
    asked.need(not set(body) - GEMINI_FIELDS, f"unknown {set(body) - GEMINI_FIELDS}")
    config = body.get("generationConfig") or {}
    asked.schema = config.get("responseJsonSchema") or config.get("responseSchema")
    asked.need(asked.schema is None or config.get("responseMimeType") == "application/json",
               "a schema without responseMimeType")
    open_calls = []
    role = None
    for content in body["contents"]:
        asked.need(content["role"] in ("user", "model"), f"role {content['role']}")
        asked.need(content["role"] != role, "the same role twice")
        role, parts = content["role"], content["parts"]
        results = [p["functionResponse"] for p in parts if "functionResponse" in p]
        asked.need([r["name"] for r in results] == open_calls, f"{results} for {open_calls}")
        open_calls = [p["functionCall"]["name"] for p in parts if "functionCall" in p]
        text = "".join(p.get("text", "") for p in parts)
        if role == "user" and text:
            asked.prompt, asked.results = text, []
        for result in results:
            answer = result["response"]
            failed = "error" in answer
            said = answer.get("error" if failed else "output", answer)
            asked.results.append((said if isinstance(said, str) else json.dumps(said), failed))
    asked.need(role == "user", "the last turn is the model's")


def gemini_chunk(asked, parts, finish=None):
    candidate = {"content": {"role": "model", "parts": parts}, "index": 0}
    if finish:
        candidate["finishReason"] = finish
    return {"candidates": [candidate], "modelVersion": asked.model, "responseId": "gem-1",
            "usageMetadata": {"promptTokenCount": USAGE[0], "candidatesTokenCount": USAGE[1],
                              "totalTokenCount": sum(USAGE), "cachedContentTokenCount": 3}}


def gemini_parts(said, cut):
    parts = [{"text": piece} for piece in (pieces(said.text) if cut else [said.text]) if piece]
    return parts + [{"functionCall": {"name": name, "args": arguments}}
                    for name, arguments in said.calls]


def gemini_finish(said):
    return "SAFETY" if said.refusal else "STOP"


def whole_gemini(asked, said):
    return gemini_chunk(asked, gemini_parts(said, cut=False), gemini_finish(said))


def gemini_events(asked, said):
    out = [sse(gemini_chunk(asked, [part])) for part in gemini_parts(said, cut=True)]
    return out + [sse(gemini_chunk(asked, [{"text": ""}], gemini_finish(said)))]


READERS = {"openai": read_chat, "azure_openai": read_chat, "openai_responses": read_responses,
           "anthropic": read_messages, "gemini": read_gemini}
WRITERS = {"openai": (whole_chat, chat_events), "azure_openai": (whole_chat, chat_events),
           "openai_responses": (whole_response, response_events),
           "anthropic": (whole_message, message_events), "gemini": (whole_gemini, gemini_events)}


def error_body(dialect, status, kind, message, code=None, param=None):
    """An error as the vendor writes it. `kind` is its type or status word."""
    if dialect == "anthropic":
        return {"type": "error", "error": {"type": kind, "message": message},
                "request_id": "req_vendor_err"}
    if dialect == "gemini":
        return {"error": {"code": status, "message": message, "status": kind}}
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def error_event(dialect):
    """An overload in the middle of a stream."""
    if dialect == "anthropic":
        return sse(error_body(dialect, 529, "overloaded_error", "Overloaded"), "error")
    if dialect == "gemini":
        return sse(error_body(dialect, 503, "UNAVAILABLE", "The model is overloaded."))
    if dialect == "openai_responses":
        return sse({"type": "error", "code": "server_is_overloaded", "message": "Overloaded",
                    "param": None, "sequence_number": 9}, "error")
    return sse(error_body(dialect, 503, "service_unavailable_error", "Overloaded",
                          "server_is_overloaded"))
