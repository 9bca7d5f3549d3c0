// OpenAI's SDK at the front door for Chat Completions.
import { z } from 'zod';

import {
  assert, common, DEGREES, KEY, refusedOnce, TOOL_PARAMETERS, TWO_CITIES, WEATHER,
} from './cell.mjs';

export const TOOL = {
  type: 'function',
  function: { name: 'weather', description: 'Weather of a city', parameters: TOOL_PARAMETERS },
};
const tools = [TOOL];

const body = (c, text, more) => ({
  model: c.model, messages: [{ role: 'user', content: c.words(text) }], ...more,
});
const ask = (c, text, more) => c.client.chat.completions.create(body(c, text, more));
const plain = (c, client = c.client, options) =>
  client.chat.completions.create(body(c, 'greet'), options);
const plainStream = (c, client = c.client) =>
  client.chat.completions.create(body(c, 'greet', { stream: true }));

const callsOf = (message) => (message.tool_calls ?? []).map(
  (call) => [call.function.name, JSON.parse(call.function.arguments)]);

async function* textOf(stream) {
  for await (const chunk of stream) yield chunk.choices[0]?.delta.content ?? '';
}

// Adds a raw stream up as careful callers do: fragments of calls by index.
async function collect(stream) {
  const all = { content: '', refusal: '', calls: [], finish: [], usage: [], chunks: [] };
  for await (const chunk of stream) {
    assert.equal(chunk.object, 'chat.completion.chunk');
    all.chunks.push(chunk);
    if (chunk.usage) all.usage.push(chunk.usage);
    for (const choice of chunk.choices) {
      all.content += choice.delta.content ?? '';
      all.refusal += choice.delta.refusal ?? '';
      if (choice.finish_reason) all.finish.push(choice.finish_reason);
      for (const piece of choice.delta.tool_calls ?? []) {
        const call = (all.calls[piece.index] ??= { id: '', name: '', arguments: '' });
        if (piece.id) assert.equal(call.id, '', 'a second id for one call');
        call.id += piece.id ?? '';
        call.name += piece.function?.name ?? '';
        call.arguments += piece.function?.arguments ?? '';
      }
    }
  }
  assert.equal(all.finish.length, 1);
  return all;
}

// A conversation that goes on with results of its first answer's calls.
async function goOn(c, prompt, results) {
  const first = await ask(c, prompt, { tools });
  const { message } = first.choices[0];
  assert.equal(message.tool_calls.length, results.length);
  const second = await c.client.chat.completions.create({
    model: c.model, tools, messages: [
      { role: 'user', content: c.words(prompt) }, message,
      ...results.map((content, i) => (
        { role: 'tool', tool_call_id: message.tool_calls[i].id, content }))],
  });
  return second.choices[0].message.content;
}

const isRefusal = (c, refusal, finish) => {
  if (refusal) return assert.ok(['stop', 'content_filter'].includes(finish), finish);
  return assert.equal(finish, 'content_filter');
};

async function helperCut(c) {
  const stream = c.client.chat.completions.stream(body(c, 'greet'));
  let text = '';
  stream.on('content', (delta) => { text += delta; });
  stream.on('error', () => {});
  await c.error('APIError', stream.finalChatCompletion().catch((error) => {
    // The helper's own complaint about a stream that just ended is an error, too.
    throw error instanceof c.sdk.module.APIError ? error
      : Object.assign(new c.sdk.module.APIError(undefined, undefined, `helper: ${error.message}`));
  }));
  assert.notEqual(text, c.texts.greet);
}

async function rawCut(c) {
  return c.cutText('APIError', textOf(await plainStream(c)));
}

async function twoCallsStreamed(c, prompt) {
  const all = await collect(await ask(c, prompt, { tools, stream: true }));
  assert.deepEqual(all.calls.map((call) => [call.name, JSON.parse(call.arguments)]), TWO_CITIES);
  assert.equal(new Set(all.calls.map((call) => call.id)).size, 2);
  assert.deepEqual(all.finish, ['tool_calls']);
}

export const features = {
  ...common(plain, plainStream, (error) => error.error),

  plain: async (c) => {
    const answer = await ask(c, 'greet');
    assert.equal(answer.object, 'chat.completion');
    assert.equal(answer.choices[0].message.content, c.texts.greet);
    assert.equal(answer.choices[0].message.role, 'assistant');
    assert.equal(answer.choices[0].finish_reason, 'stop');
  },
  unicode: async (c) => {
    assert.equal((await ask(c, 'unicode')).choices[0].message.content, c.texts.unicode);
    assert.equal((await collect(await ask(c, 'unicode', { stream: true }))).content, c.texts.unicode);
  },
  stream_raw: async (c) => {
    const all = await collect(await plainStream(c));
    assert.equal(all.content, c.texts.greet);
    assert.deepEqual(all.finish, ['stop']);
  },
  stream_helper: async (c) => {
    const stream = c.client.chat.completions.stream(body(c, 'greet'));
    let text = '';
    stream.on('content', (delta) => { text += delta; });
    assert.equal(await stream.finalContent(), c.texts.greet);
    assert.equal(text, c.texts.greet);
  },
  tools: async (c) => {
    const { message, finish_reason: finish } = (await ask(c, 'weather', { tools })).choices[0];
    assert.deepEqual(callsOf(message), WEATHER);
    assert.equal(finish, 'tool_calls');
  },
  tools_stream: async (c) => {
    const stream = c.client.chat.completions.stream(body(c, 'weather', { tools }));
    const { message, finish_reason: finish } = (await stream.finalChatCompletion()).choices[0];
    assert.deepEqual(callsOf(message), WEATHER);
    assert.equal(finish, 'tool_calls');
  },
  parallel_tools: async (c) => {
    const { message } = (await ask(c, 'two cities', { tools })).choices[0];
    assert.deepEqual(callsOf(message), TWO_CITIES);
    assert.notEqual(message.tool_calls[0].id, message.tool_calls[1].id);
  },
  woven_tools_stream: (c) => twoCallsStreamed(c, 'two woven cities'),
  parallel_tools_stream: async (c) => {
    await twoCallsStreamed(c, 'two cities');
    const helper = c.client.chat.completions.stream(body(c, 'two cities', { tools }));
    assert.deepEqual(callsOf(await helper.finalMessage()), TWO_CITIES);
  },
  tool_result: async (c) => assert.equal(await goOn(c, 'weather', ['21']), 'The tool said 21.'),
  two_tool_results: async (c) => assert.equal(
    await goOn(c, 'two cities', ['21', '19']), 'The tool said 21. The tool said 19.'),
  // Chat Completions has no flag for a tool that failed; callers say so in words, which must arrive.
  tool_error: async (c) => assert.match(
    await goOn(c, 'weather', [JSON.stringify({ error: 'no such city' })]), /no such city/),
  structured: async (c) => {
    const schema = z.object({ city: z.string(), degrees: z.number().int() });
    const answer = await c.client.chat.completions.parse(
      body(c, 'as json', { response_format: c.sdk.zod.zodResponseFormat(schema, 'weather') }));
    assert.deepEqual(answer.choices[0].message.parsed, DEGREES);
  },
  refusal: async (c) => {
    const { message, finish_reason: finish } = (await ask(c, 'refuse')).choices[0];
    isRefusal(c, message.refusal, finish);
    if (c.same) assert.equal(message.refusal, c.texts.refuse);
  },
  refusal_stream: async (c) => {
    const all = await collect(await ask(c, 'refuse', { stream: true }));
    isRefusal(c, all.refusal, all.finish[0]);
    if (c.same) assert.equal(all.refusal, c.texts.refuse);
  },
  usage: async (c) => {
    const { usage } = await ask(c, 'greet');
    assert.ok(usage.prompt_tokens > 0 && usage.completion_tokens > 0);
    assert.equal(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens);
    if (!c.sim) assert.equal(usage.completion_tokens, 7);
  },
  // One chunk without choices tells the usage, and every other one says null.
  usage_stream: async (c) => {
    const stream = await ask(c, 'greet', { stream: true, stream_options: { include_usage: true } });
    const { chunks, usage } = await collect(stream);
    assert.equal(usage.length, 1);
    assert.deepEqual(chunks.filter((chunk) => chunk.choices.length === 0), chunks.slice(-1));
    for (const chunk of chunks.slice(0, -1)) assert.equal(chunk.usage, null);
    assert.ok(chunks.at(-1).usage.total_tokens > 0);
  },
  no_usage_stream: async (c) => {
    const { chunks, usage } = await collect(await plainStream(c));
    assert.deepEqual(usage, []);
    for (const chunk of chunks) assert.equal(chunk.choices.length, 1);
  },
  error_400: async (c) => {
    const error = await c.error('BadRequestError', plain(c));
    assert.equal(error.code, c.kind === 'gemini' ? 'INVALID_ARGUMENT'
      : c.kind === 'anthropic' ? 'invalid_request_error' : 'decimal_above_max_value');
    if (!c.same) return;
    assert.equal(error.param, 'temperature');
    assert.deepEqual(error.error, {
      message: 'scripted err400', type: 'invalid_request_error', param: 'temperature',
      code: 'decimal_above_max_value' });
  },
  error_overloaded: async (c) => {
    const error = await c.error('InternalServerError', plain(c));
    assert.equal(error.status, 503);
    assert.equal(error.headers.get('retry-after'), '7');
    assert.ok(error.code, 'no code');
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
    const { headers } = await c.seen();
    const sent = JSON.stringify(headers).includes(KEY);
    assert.equal(sent, c.same, 'the caller\'s key goes to a path of its dialect, and to no other');
  },
  bad_request: async (c) => {
    await refusedOnce(c, 'BadRequestError',
      (client) => client.chat.completions.create({ model: c.model, messages: 'greet' }));
  },
  locked_door: async (c) => {
    const locked = (apiKey) => c.newClient({ base: c.locked, apiKey, maxRetries: 2 });
    const inside = await plain(c, locked(c.token));
    assert.equal(inside.choices[0].message.content, c.texts.greet);
    await refusedOnce(c, 'AuthenticationError', () => plain(c, locked('wrong')));
  },
  models: async (c) => {
    const ids = [];
    for await (const model of c.client.models.list()) ids.push(model.id);
    assert.ok(ids.includes('embedded-ok'));
    assert.equal((await c.client.models.retrieve('embedded-ok')).id, 'embedded-ok');
    await c.error('NotFoundError', c.client.models.retrieve('nobody'));
  },
};

