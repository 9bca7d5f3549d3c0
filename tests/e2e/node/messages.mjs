// Anthropic's SDK at the front door for Messages.
import {
  assert, common, DEGREES, KEY, refusedOnce, TOOL_PARAMETERS, TWO_CITIES, WEATHER,
} from './cell.mjs';

const tools = [{
  name: 'weather', description: 'Weather of a city', input_schema: TOOL_PARAMETERS,
}];

const body = (c, text, more) => ({
  model: c.model, max_tokens: 200, messages: [{ role: 'user', content: c.words(text) }], ...more,
});
const ask = (c, text, more) => c.client.messages.create(body(c, text, more));
const plain = (c, client = c.client, options) =>
  client.messages.create(body(c, 'greet'), options);
const plainStream = (c, client = c.client) =>
  client.messages.create(body(c, 'greet', { stream: true }));

const callsOf = (message) => message.content.filter((block) => block.type === 'tool_use')
  .map((block) => [block.name, block.input]);
const text = (message) => message.content.map((block) => block.text ?? '').join('');

async function* textOf(stream) {
  for await (const event of stream) {
    if (event.type === 'content_block_delta') yield event.delta.text ?? '';
  }
}

// Reads a raw stream and holds its events to the order that the API promises.
async function collect(stream) {
  const all = { text: '', blocks: [], stop: null, usage: null, types: [] };
  let open = null;
  for await (const event of stream) {
    all.types.push(event.type);
    if (event.type === 'content_block_start') {
      assert.equal(open, null, 'a block begins inside another one');
      assert.equal(event.index, all.blocks.length);
      open = { ...event.content_block, json: '' };
      all.blocks.push(open);
    } else if (event.type === 'content_block_delta') {
      assert.ok(open, 'a piece of no block');
      assert.equal(event.index, all.blocks.length - 1);
      all.text += event.delta.text ?? '';
      open.json += event.delta.partial_json ?? '';
    } else if (event.type === 'content_block_stop') {
      open = null;
    } else if (event.type === 'message_delta') {
      all.stop = event.delta;
      all.usage = event.usage;
    }
  }
  assert.equal(all.types[0], 'message_start');
  assert.equal(all.types.at(-1), 'message_stop');
  return all;
}

async function goOn(c, prompt, results) {
  const first = await ask(c, prompt, { tools });
  const uses = first.content.filter((block) => block.type === 'tool_use');
  assert.equal(uses.length, results.length);
  const second = await c.client.messages.create({
    model: c.model, max_tokens: 200, tools, messages: [
      { role: 'user', content: c.words(prompt) },
      { role: 'assistant', content: first.content },
      { role: 'user', content: results.map((result, i) => (
        { type: 'tool_result', tool_use_id: uses[i].id, ...result })) }],
  });
  return text(second);
}

async function rawCut(c) {
  return c.cutText('APIError', textOf(await plainStream(c)));
}

async function helperCut(c) {
  const stream = c.client.messages.stream(body(c, 'greet'));
  stream.on('error', () => {});
  await assert.rejects(stream.finalMessage(), c.sdk.module.AnthropicError);
}

async function twoCallsStreamed(c, prompt) {
  const all = await collect(await ask(c, prompt, { tools, stream: true }));
  const uses = all.blocks.filter((block) => block.type === 'tool_use');
  assert.deepEqual(uses.map((use) => [use.name, JSON.parse(use.json)]), TWO_CITIES);
  assert.equal(all.stop.stop_reason, 'tool_use');
}

export const features = {
  ...common(plain, plainStream, (error) => error.error.error),

  plain: async (c) => {
    const answer = await ask(c, 'greet');
    assert.equal(answer.type, 'message');
    assert.equal(text(answer), c.texts.greet);
    assert.equal(answer.stop_reason, 'end_turn');
  },
  unicode: async (c) => {
    assert.equal(text(await ask(c, 'unicode')), c.texts.unicode);
    assert.equal((await collect(await ask(c, 'unicode', { stream: true }))).text, c.texts.unicode);
  },
  stream_raw: async (c) => {
    const all = await collect(await plainStream(c));
    assert.equal(all.text, c.texts.greet);
    assert.equal(all.stop.stop_reason, 'end_turn');
  },
  stream_helper: async (c) => {
    const stream = c.client.messages.stream(body(c, 'greet'));
    let seen = '';
    stream.on('text', (delta) => { seen += delta; });
    assert.equal(await stream.finalText(), c.texts.greet);
    assert.equal(seen, c.texts.greet);
  },
  tools: async (c) => {
    const answer = await ask(c, 'weather', { tools });
    assert.deepEqual(callsOf(answer), WEATHER);
    assert.equal(answer.stop_reason, 'tool_use');
  },
  tools_stream: async (c) => {
    const answer = await c.client.messages.stream(body(c, 'weather', { tools })).finalMessage();
    assert.deepEqual(callsOf(answer), WEATHER);
    assert.equal(answer.stop_reason, 'tool_use');
  },
  parallel_tools: async (c) => {
    const answer = await ask(c, 'two cities', { tools });
    assert.deepEqual(callsOf(answer), TWO_CITIES);
    assert.equal(new Set(answer.content.map((block) => block.id)).size, 2);
  },
  woven_tools_stream: (c) => twoCallsStreamed(c, 'two woven cities'),
  parallel_tools_stream: async (c) => {
    await twoCallsStreamed(c, 'two cities');
    const helper = c.client.messages.stream(body(c, 'two cities', { tools }));
    assert.deepEqual(callsOf(await helper.finalMessage()), TWO_CITIES);
  },
  tool_result: async (c) => assert.equal(
    await goOn(c, 'weather', [{ content: '21' }]), 'The tool said 21.'),
  two_tool_results: async (c) => assert.equal(
    await goOn(c, 'two cities', [{ content: '21' }, { content: [{ type: 'text', text: '19' }] }]),
    'The tool said 21. The tool said 19.'),
  tool_error: async (c) => assert.equal(
    await goOn(c, 'weather', [{ content: 'no such city', is_error: true }]),
    'The tool failed: no such city'),
  structured: async (c) => {
    const format = c.sdk.schema.jsonSchemaOutputFormat({
      type: 'object', properties: { city: { type: 'string' }, degrees: { type: 'integer' } },
      required: ['city', 'degrees'], additionalProperties: false,
    });
    const answer = await c.client.messages.parse(body(c, 'as json', { output_config: { format } }));
    assert.deepEqual(answer.parsed_output, DEGREES);
  },
  refusal: async (c) => assert.equal((await ask(c, 'refuse')).stop_reason, 'refusal'),
  refusal_stream: async (c) => {
    const all = await collect(await ask(c, 'refuse', { stream: true }));
    assert.equal(all.stop.stop_reason, 'refusal');
    const answer = await c.client.messages.stream(body(c, 'refuse')).finalMessage();
    assert.equal(answer.stop_reason, 'refusal');
  },
  usage: async (c) => {
    const { usage } = await ask(c, 'greet');
    assert.ok(usage.input_tokens > 0);
    assert.ok(usage.output_tokens > 0);
    if (!c.sim) assert.equal(usage.output_tokens, 7);
  },
  usage_stream: async (c) => {
    const { usage } = await c.client.messages.stream(body(c, 'greet')).finalMessage();
    assert.ok(usage.input_tokens > 0, `input_tokens ${usage.input_tokens}`);
    assert.ok(usage.output_tokens > 0);
  },
  // Only Anthropic counts as Anthropic does.
  count_tokens: async (c) => {
    const { model, messages } = body(c, 'greet');
    const counted = c.client.messages.countTokens({ model, messages });
    if (c.same) assert.equal((await counted).input_tokens, 11);
    else assert.match((await c.error('BadRequestError', counted)).message, /count tokens/);
  },
  error_400: async (c) => {
    const error = await c.error('BadRequestError', plain(c));
    assert.equal(error.error.type, 'error');
    assert.equal(error.error.error.type, 'invalid_request_error');
    if (c.same && !c.sim) assert.equal(error.error.error.message, 'scripted err400');
  },
  error_overloaded: async (c) => {
    const error = await c.error('InternalServerError', plain(c));
    assert.equal(error.status, 529);
    assert.equal(error.error.error.type, 'overloaded_error');
    assert.equal(error.headers.get('retry-after'), '7');
  },
  cut_raw: rawCut,
  cut_helper: helperCut,
  clean_cut_raw: rawCut,
  clean_cut_helper: helperCut,
  event_error_raw: async (c) => {
    const error = await rawCut(c);
    assert.equal(error.error.error.type, 'overloaded_error');
  },
  event_error_helper: helperCut,
  cancel: async (c) => {
    for await (const piece of textOf(await plainStream(c))) if (piece) break;
    await c.sawDisconnect();
  },
  // Both ways in which callers send a key, and both versions of the API, reach a path of the dialect.
  credentials: async (c) => {
    for (const options of [{}, { apiKey: null, authToken: KEY }]) {
      await plain(c, c.newClient(options));
      const { headers } = await c.seen();
      assert.equal(JSON.stringify(headers).includes(KEY), c.same);
      if (c.same) assert.match(headers['anthropic-version'], /^202[36]-/);
    }
  },
  bad_request: async (c) => {
    const error = await refusedOnce(c, 'BadRequestError',
      (client) => client.messages.create({ model: c.model, max_tokens: 5, messages: 'greet' }));
    assert.equal(error.error.type, 'error');
  },
  locked_door: async (c) => {
    const locked = (options) => c.newClient({ base: c.locked, maxRetries: 2, ...options });
    assert.equal(text(await plain(c, locked({ apiKey: c.token }))), c.texts.greet);
    assert.equal(text(await plain(c, locked({ apiKey: null, authToken: c.token }))), c.texts.greet);
    await refusedOnce(c, 'AuthenticationError', () => plain(c, locked({ apiKey: 'wrong' })));
  },
  models: async (c) => {
    const ids = [];
    for await (const model of c.client.models.list()) ids.push(model.id);
    assert.ok(ids.includes('embedded-ok'));
    const model = await c.client.models.retrieve('embedded-ok');
    assert.deepEqual([model.id, model.type], ['embedded-ok', 'model']);
    await c.error('NotFoundError', c.client.models.retrieve('nobody'));
  },
};
