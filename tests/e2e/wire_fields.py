"""What a request may ask for beyond plain words, written in each front door's dialect: the rows of the
table in docs/wire.md. `None`: the dialect has no way to say it."""

USER = {"role": "user", "content": "greet"}
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"],
          "additionalProperties": False}
IMAGE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
URL = "https://images.example/cat.png"
PDF = "JVBERi0xLjQKJSVFT0YK"
CHAT_TOOL = {"type": "function", "function": {"name": "weather", "parameters": SCHEMA}}
FLAT_TOOL = {"type": "function", "name": "weather", "parameters": SCHEMA, "strict": False}
OWN_TOOL = {"name": "weather", "input_schema": SCHEMA}
ARGUMENTS = '{"city":"Bonn"}'


def chat(*messages, **more):
    return {"max_completion_tokens": 100, "messages": list(messages) or [USER], **more}


def responses(*items, **more):
    return {"max_output_tokens": 100, "input": list(items) or [USER], **more}


def own(*messages, **more):
    return {"max_tokens": 100, "messages": list(messages) or [USER], **more}


def chat_calls(*ids):
    return {"role": "assistant", "content": None, "tool_calls": [
        {"id": i, "type": "function", "function": {"name": "weather", "arguments": ARGUMENTS}}
        for i in ids]}


def chat_result(i, content="21"):
    return {"role": "tool", "tool_call_id": i, "content": content}


def flat_call(i):
    return {"type": "function_call", "call_id": i, "name": "weather", "arguments": ARGUMENTS}


def flat_result(i, output="21"):
    return {"type": "function_call_output", "call_id": i, "output": output}


def own_calls(*ids):
    return {"role": "assistant", "content": [
        {"type": "tool_use", "id": i, "name": "weather", "input": {"city": "Bonn"}} for i in ids]}


def own_results(*ids, **more):
    return {"role": "user", "content": [
        {"type": "tool_result", "tool_use_id": i, "content": "21", **more} for i in ids]}


def parts(*content):
    return {"role": "user", "content": list(content)}


def words(kind="text"):
    return {"type": kind, "text": "greet"}


HELLO = {"role": "assistant", "content": "Hello."}
CHOICE = {"type": "function", "function": {"name": "weather"}}
FORMAT = {"type": "json_schema", "name": "w", "schema": SCHEMA, "strict": True}
SIGNED = {"role": "assistant", "content": [
    {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}, {"type": "text", "text": "Hello."}]}

# feature -> (Chat Completions, Responses, Messages)
FIELDS = {
    "words": (chat(), responses(), own()),
    "streaming": (chat(stream=True), responses(stream=True), own(stream=True)),
    "instructions": (chat({"role": "system", "content": "Be brief."}, USER),
                     responses(instructions="Be brief."), own(system="Be brief.")),
    "instructions in the middle": (
        chat(USER, HELLO, {"role": "system", "content": "Be brief."}, USER),
        responses(USER, HELLO, {"role": "system", "content": "Be brief."}, USER),
        own(USER, HELLO, USER, {"role": "system", "content": "Be brief."})),
    "role developer": (chat({"role": "developer", "content": "Be brief."}, USER),
                       responses({"role": "developer", "content": "Be brief."}, USER), None),
    "the same role twice": (chat(USER, USER), responses(USER, USER), own(USER, USER)),
    "last turn is the model's (prefill)": (chat(USER, HELLO), responses(USER, HELLO),
                                           own(USER, HELLO)),
    "temperature 0.5": (chat(temperature=0.5), responses(temperature=0.5), own(temperature=0.5)),
    "temperature 1.5": (chat(temperature=1.5), responses(temperature=1.5), None),
    "top_p": (chat(top_p=0.9), responses(top_p=0.9), own(top_p=0.9)),
    "top_k": (None, None, own(top_k=40)),
    "no limit of output tokens": ({"messages": [USER]}, {"input": [USER]}, None),
    "limit under its old name": (
        {"max_tokens": 100, "messages": [USER]}, None, None),
    "stop strings": (chat(stop=["END"]), None, own(stop_sequences=["END"])),
    "six stop strings": (None, None, own(stop_sequences=["A", "B", "C", "D", "E", "F"])),
    "penalties": (chat(frequency_penalty=0.5, presence_penalty=0.5), None, None),
    "seed": (chat(seed=1), None, None),
    "several answers (n)": (chat(n=2), None, None),
    "log probabilities": (chat(logprobs=True, top_logprobs=2), responses(top_logprobs=2), None),
    "logit bias": (chat(logit_bias={"50256": -100}), None, None),
    "tools": (chat(tools=[CHAT_TOOL]), responses(tools=[FLAT_TOOL]), own(tools=[OWN_TOOL])),
    "strict tools": (
        chat(tools=[{"type": "function", "function": {**CHAT_TOOL["function"], "strict": True}}]),
        responses(tools=[{**FLAT_TOOL, "strict": True}]), own(tools=[{**OWN_TOOL, "strict": True}])),
    "some tool must be called": (
        chat(tools=[CHAT_TOOL], tool_choice="required"),
        responses(tools=[FLAT_TOOL], tool_choice="required"),
        own(tools=[OWN_TOOL], tool_choice={"type": "any"})),
    "one tool by name must be called": (
        chat(tools=[CHAT_TOOL], tool_choice=CHOICE),
        responses(tools=[FLAT_TOOL], tool_choice={"type": "function", "name": "weather"}),
        own(tools=[OWN_TOOL], tool_choice={"type": "tool", "name": "weather"})),
    "no tool may be called": (
        chat(tools=[CHAT_TOOL], tool_choice="none"), responses(tools=[FLAT_TOOL], tool_choice="none"),
        own(tools=[OWN_TOOL], tool_choice={"type": "none"})),
    "parallel calls off": (
        chat(tools=[CHAT_TOOL], parallel_tool_calls=False),
        responses(tools=[FLAT_TOOL], parallel_tool_calls=False),
        own(tools=[OWN_TOOL], tool_choice={"type": "auto", "disable_parallel_tool_use": True})),
    "a tool's result": (
        chat(USER, chat_calls("call_1"), chat_result("call_1"), tools=[CHAT_TOOL]),
        responses(USER, flat_call("call_1"), flat_result("call_1"), tools=[FLAT_TOOL]),
        own(USER, own_calls("toolu_1"), own_results("toolu_1"), tools=[OWN_TOOL])),
    "results of parallel calls": (
        chat(USER, chat_calls("a1", "b2"), chat_result("a1"), chat_result("b2"), tools=[CHAT_TOOL]),
        responses(USER, flat_call("a1"), flat_call("b2"), flat_result("a1"), flat_result("b2"),
                  tools=[FLAT_TOOL]),
        own(USER, own_calls("a1", "b2"), own_results("a1", "b2"), tools=[OWN_TOOL])),
    "a tool that failed (is_error)": (
        None, None,
        own(USER, own_calls("toolu_1"), own_results("toolu_1", is_error=True), tools=[OWN_TOOL])),
    "ids of calls with odd characters": (
        chat(USER, chat_calls("call|1.ä"), chat_result("call|1.ä"), tools=[CHAT_TOOL]),
        responses(USER, flat_call("call|1.ä"), flat_result("call|1.ä"), tools=[FLAT_TOOL]), None),
    "custom tools": (
        chat(tools=[{"type": "custom", "custom": {"name": "code"}}]),
        responses(tools=[{"type": "custom", "name": "code"}]), None),
    "tools that the vendor runs": (
        chat(web_search_options={}), responses(tools=[{"type": "web_search"}]),
        own(tools=[{"type": "web_search_20250305", "name": "web_search"}])),
    "output by JSON Schema": (
        chat(response_format={"type": "json_schema", "json_schema": {
            "name": "w", "schema": SCHEMA, "strict": True}}),
        responses(text={"format": FORMAT}),
        own(output_config={"format": {"type": "json_schema", "schema": SCHEMA}})),
    "output as any JSON": (chat(response_format={"type": "json_object"}),
                           responses(text={"format": {"type": "json_object"}}), None),
    "image as bytes": (
        chat(parts(words(), {"type": "image_url", "image_url": {
            "url": "data:image/png;base64," + IMAGE}})),
        responses(parts(words("input_text"), {
            "type": "input_image", "detail": "auto", "image_url": "data:image/png;base64," + IMAGE})),
        own(parts({"type": "image", "source": {
            "type": "base64", "media_type": "image/png", "data": IMAGE}}, words()))),
    "image by address": (
        chat(parts(words(), {"type": "image_url", "image_url": {"url": URL}})),
        responses(parts(words("input_text"),
                        {"type": "input_image", "detail": "auto", "image_url": URL})),
        own(parts({"type": "image", "source": {"type": "url", "url": URL}}, words()))),
    "document": (
        chat(parts(words(), {"type": "file", "file": {
            "filename": "a.pdf", "file_data": "data:application/pdf;base64," + PDF}})),
        responses(parts(words("input_text"), {
            "type": "input_file", "filename": "a.pdf",
            "file_data": "data:application/pdf;base64," + PDF})),
        own(parts({"type": "document", "source": {
            "type": "base64", "media_type": "application/pdf", "data": PDF}}, words()))),
    "effort of thinking": (chat(reasoning_effort="high"), responses(reasoning={"effort": "high"}),
                           own(output_config={"effort": "high"})),
    "budget for thinking": (None, None, own(
        max_tokens=4000, thinking={"type": "enabled", "budget_tokens": 1024})),
    "signed thinking in the history": (
        None,
        responses(USER, {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "c2ln"},
                  {"role": "assistant", "content": "Hello."}, USER),
        own(USER, SIGNED, USER)),
    "cache marks": (None, None, own(parts({**words(), "cache_control": {"type": "ephemeral"}}))),
    "metadata, user": (chat(metadata={"team": "a"}, user="u1"),
                       responses(metadata={"team": "a"}, user="u1"),
                       own(metadata={"user_id": "u1"})),
    "service tier": (chat(service_tier="flex"), responses(service_tier="flex"),
                     own(service_tier="standard_only")),
    "storing (store)": (chat(store=True), responses(store=True), None),
    "state at the vendor": (None, responses(previous_response_id="resp_1"), None),
    "a field that nobody knows": (chat(x_new=1), responses(x_new=1), own(x_new=1)),
}
