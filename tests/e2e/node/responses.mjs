// OpenAI's SDK at the front door for Responses.
import { z } from 'zod';

import {
  assert, common, DEGREES, KEY, refusedOnce, TOOL_PARAMETERS, TWO_CITIES, WEATHER,
} from './cell.mjs';

const tools = [{
  type: 'function', name: 'weather', description: 'Weather of a city', parameters: TOOL_PARAMETERS,
  strict: true,
}];

const body = (c, text, more) => ({ model: c.model, input: c.words(text), ...more });
const ask = (c, text, more) => c.client.responses.create(body(c, text, more));
const plain = (c, client = c.client, options) => client.responses.create(body(c, 'greet'), options);
const plainStream = (c, client = c.client) =>
  client.responses.create(body(c, 'greet', { stream: true }));

const callsOf = (response) => response.output.filter((item) => item.type === 'function_call')
  .map((item) => [item.name, JSON.parse(item.arguments)]);
const refusalOf = (response) => response.output.flatMap((item) => item.content ?? [])
  .filter((part) => part.type === 'refusal').map((part) => part.refusal).join('');

async function* textOf(stream) {
  for await (const event of stream) if (event.type === 'response.output_text.delta') yield event.delta;
}

// All events of a raw stream; their numbers must count up and the last one must be terminal.
async function collect(stream) {
  const all = { text: '', refusal: '', events: [], response: null };
  for await (const event of stream) {
    assert.equal(event.sequence_number, all.events.length);
    all.events.push(event);
    if (event.type === 'response.output_text.delta') all.text += event.delta;
    if (event.type === 'response.refusal.delta') all.refusal += event.delta;
    if (event.type === 'response.completed' || event.type === 'response.incomplete') {
      all.response = event.response;
    }
  }
  assert.equal(all.events[0].type, 'response.created');
  assert.equal(all.events.at(-1).response, all.response, 'the last event is not terminal');
  return all;
}

async function goOn(c, prompt, results) {
  const first = await ask(c, prompt, { tools });
  const calls = first.output.filter((item) => item.type === 'function_call');
  assert.equal(calls.length, results.length);
  const second = await c.client.responses.create({
    model: c.model, tools, input: [
      { role: 'user', content: c.words(prompt) }, ...first.output,
      ...results.map((output, i) => (
        { type: 'function_call_output', call_id: calls[i].call_id, output }))],
  });
  return second.output_text;
}

const isRefusal = (c, response, refusal = refusalOf(response)) => {
  if (refusal) return;
  assert.equal(response.status, 'incomplete');
  assert.equal(response.incomplete_details.reason, 'content_filter');
};

async function rawCut(c) {
  return c.cutText('APIError', textOf(await plainStream(c)));
}

async function helperCut(c) {
  const stream = c.client.responses.stream(body(c, 'greet'));
  stream.on('error', () => {});
  // Of any class: the previous major throws the event itself.
  await assert.rejects(stream.finalResponse());
}

async function twoCallsStreamed(c, prompt) {
  const all = await collect(await ask(c, prompt, { tools, stream: true }));
  assert.deepEqual(callsOf(all.response), TWO_CITIES);
  const done = all.events.filter((e) => e.type === 'response.function_call_arguments.done');
  assert.deepEqual(done.map((e) => JSON.parse(e.arguments)), TWO_CITIES.map(([, args]) => args));
}

export const features = {
  ...common(plain, plainStream, (error) => error.error),

  plain: async (c) => {
    const answer = await ask(c, 'greet');
    assert.equal(answer.object, 'response');
    assert.equal(answer.status, 'completed');
    assert.equal(answer.output_text, c.texts.greet);
  },
  unicode: async (c) => {
    assert.equal((await ask(c, 'unicode')).output_text, c.texts.unicode);
    assert.equal((await collect(await ask(c, 'unicode', { stream: true }))).text, c.texts.unicode);
  },
  stream_raw: async (c) => {
    const all = await collect(await plainStream(c));
    assert.equal(all.text, c.texts.greet);
    assert.equal(all.response.status, 'completed');
  },
  stream_helper: async (c) => {
    const stream = c.client.responses.stream(body(c, 'greet'));
    let text = '';
    stream.on('response.output_text.delta', (event) => { text += event.delta; });
    assert.equal((await stream.finalResponse()).output_text, c.texts.greet);
    assert.equal(text, c.texts.greet);
  },
  tools: async (c) => assert.deepEqual(callsOf(await ask(c, 'weather', { tools })), WEATHER),
  tools_stream: async (c) => {
    const stream = c.client.responses.stream(body(c, 'weather', { tools }));
    assert.deepEqual(callsOf(await stream.finalResponse()), WEATHER);
  },
  parallel_tools: async (c) => {
    const answer = await ask(c, 'two cities', { tools });
    assert.deepEqual(callsOf(answer), TWO_CITIES);
    assert.equal(new Set(answer.output.map((item) => item.call_id)).size, 2);
  },
  woven_tools_stream: (c) => twoCallsStreamed(c, 'two woven cities'),
  parallel_tools_stream: async (c) => {
    await twoCallsStreamed(c, 'two cities');
    const helper = c.client.responses.stream(body(c, 'two cities', { tools }));
    assert.deepEqual(callsOf(await helper.finalResponse()), TWO_CITIES);
  },
  tool_result: async (c) => assert.equal(await goOn(c, 'weather', ['21']), 'The tool said 21.'),
  two_tool_results: async (c) => assert.equal(
    await goOn(c, 'two cities', ['21', '19']), 'The tool said 21. The tool said 19.'),
  tool_error: async (c) => assert.match(
    await goOn(c, 'weather', [JSON.stringify({ error: 'no such city' })]), /no such city/),
  structured: async (c) => {
    const schema = z.object({ city: z.string(), degrees: z.number().int() });
    const answer = await c.client.responses.parse(
      body(c, 'as json', { text: { format: c.sdk.zod.zodTextFormat(schema, 'weather') } }));
    assert.deepEqual(answer.output_parsed, DEGREES);
  },
  refusal: async (c) => {
    const answer = await ask(c, 'refuse');
    isRefusal(c, answer);
    if (c.same) assert.equal(refusalOf(answer), c.texts.refuse);
  },
  refusal_stream: async (c) => {
    const all = await collect(await ask(c, 'refuse', { stream: true }));
    isRefusal(c, all.response, all.refusal);
  },
  usage: async (c) => {
    const { usage } = await ask(c, 'greet');
    assert.ok(usage.input_tokens > 0 && usage.output_tokens > 0);
    assert.equal(usage.total_tokens, usage.input_tokens + usage.output_tokens);
    if (!c.sim) assert.equal(usage.output_tokens, 7);
  },
  usage_stream: async (c) => {
    const { response } = await collect(await plainStream(c));
    assert.ok(response.usage.output_tokens > 0);
  },
  error_400: async (c) => {
    const error = await c.error('BadRequestError', plain(c));
    if (c.same) assert.equal(error.param, 'temperature');
    assert.ok(error.code, 'no code');
  },
  error_overloaded: async (c) => {
    const error = await c.error('InternalServerError', plain(c));
    assert.equal(error.status, 503);
    assert.equal(error.headers.get('retry-after'), '7');
  },
  cut_raw: rawCut,
  cut_helper: helperCut,
  clean_cut_raw: rawCut,
  clean_cut_helper: helperCut,
  event_error_raw: async (c) => assert.ok((await rawCut(c)).code, 'the error has no code'),
  event_error_helper: helperCut,
  cancel: async (c) => {
    for await (const text of textOf(await plainStream(c))) if (text) break;
    await c.sawDisconnect();
  },
  credentials: async (c) => {
    await plain(c);
    assert.equal(JSON.stringify((await c.seen()).headers).includes(KEY), c.same);
  },
  // What one vendor keeps cannot be answered by another: said before anything is tried.
  bad_request: async (c) => {
    const error = await refusedOnce(c, 'BadRequestError', (client) => client.responses.create(
      { model: c.model, input: 'greet', previous_response_id: 'resp_1' }));
    assert.match(error.message, /previous_response_id/);
  },
  locked_door: async (c) => {
    const locked = (apiKey) => c.newClient({ base: c.locked, apiKey, maxRetries: 2 });
    assert.equal((await plain(c, locked(c.token))).output_text, c.texts.greet);
    await refusedOnce(c, 'AuthenticationError', () => plain(c, locked('wrong')));
  },
};
