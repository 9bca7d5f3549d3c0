// One cell of the matrix while it is tried: clients of one SDK, what the vendor saw, and checks that
// every front door shares.
import assert from 'node:assert/strict';

export { assert };

export const TOOL_PARAMETERS = {
  type: 'object', properties: { city: { type: 'string' } }, required: ['city'],
  additionalProperties: false,
};
export const WEATHER = [['weather', { city: 'Bonn' }]];
export const TWO_CITIES = [['weather', { city: 'Bonn' }], ['weather', { city: 'Köln' }]];
export const DEGREES = { city: 'Bonn', degrees: 21 };
export const KEY = 'sk-of-the-caller';

export class Cell {
  // data: as matrix.py's Cell.as_data; sdk: {module, Client, zod, baseOf}.
  constructor(data, sdk, words) {
    Object.assign(this, data);
    this.sdk = sdk;
    this.texts = words.texts;
    this.token = words.token;
    this.attempts = 0;
    this.tag = data.tagged ? `${sdk.tag}${data.number}` : '';
    this.client = this.newClient();
  }

  newClient({ base = this.base, ...options } = {}) {
    return new this.sdk.Client({
      baseURL: this.sdk.baseOf(base), maxRetries: 0, timeout: 20000,
      ...('authToken' in options ? {} : { apiKey: KEY }),
      fetch: (...args) => { this.attempts += 1; return fetch(...args); },
      ...options,
    });
  }

  // The user's words, with which the vendor finds its answer and the test what the vendor saw.
  words(text) { return this.tag ? `${text} [${this.tag}]` : text; }

  async seen() {
    return (await fetch(`${this.vendor}/seen?tag=${this.tag}`)).json();
  }

  async sawDisconnect() {
    if (!this.tag) return;
    for (let i = 0; i < 200; ++i) {
      if ((await this.seen()).disconnected > 0) return;
      await new Promise((done) => setTimeout(done, 25));
    }
    assert.fail('the upstream did not see the caller leave');
  }

  // The error that `promise` ends in, which must be of the SDK's class `name`.
  async error(name, promise) {
    let value;
    try {
      value = await promise;
    } catch (error) {
      const wanted = this.sdk.module[name];
      assert.ok(wanted, `the SDK has no ${name}`);
      assert.ok(error instanceof wanted,
        `${error?.constructor?.name} (${error?.status}): ${error?.message}, not ${name}`);
      return error;
    }
    assert.fail(`no ${name} but ${JSON.stringify(value)?.slice(0, 300)}`);
  }

  // What a stream of text gives until it throws; it must throw in the middle.
  async cutText(name, texts) {
    let text = '';
    const error = await this.error(name, (async () => {
      for await (const piece of texts) text += piece;
      return `the short answer '${text}' without an error`;
    })());
    assert.notEqual(text, '', 'nothing came before the cut: it was not in the middle');
    assert.notEqual(text, this.texts.greet);
    return error;
  }

  get isAzure() { return this.kind === 'azure_openai'; }
}

// What a request is refused with must be in the SDK's own fields, and not be tried again.
export async function refusedOnce(cell, name, ask) {
  const client = cell.newClient({ maxRetries: 2 });
  cell.attempts = 0;
  const error = await cell.error(name, ask(client));
  assert.equal(cell.attempts, 1, 'the SDK tried again');
  assert.equal(error.headers.get('x-should-retry'), 'false');
  assert.ok(error.requestID, 'the error names no request');
  return error;
}

// Downtime: one attempt, 503, when to come back, and why. One request a second tries the path again, so
// a request may meet that one's failure instead.
export async function meetsDowntime(cell, ask) {
  for (let i = 0; i < 10; ++i) {
    const client = cell.newClient({ maxRetries: 2 });
    cell.attempts = 0;
    const error = await cell.error('InternalServerError', ask(client));
    if (error.status !== 503) continue;
    assert.equal(cell.attempts, 1, 'the SDK tried again');
    assert.equal(error.headers.get('x-should-retry'), 'false');
    assert.match(error.headers.get('retry-after'), /^[1-9][0-9]*$/);
    assert.match(error.message, /no path may serve/);
    return error;
  }
  return assert.fail('no request met the downtime');
}

// Features that are asked and checked alike at every door; ask(client, options) sends a plain request.
export function common(ask, askStream, errorOf) {
  const failed = (name, status, more) => async (c) => {
    const error = await c.error(name, ask(c));
    assert.equal(error.status, status);
    assert.ok(error.requestID, 'the error names no request');
    assert.ok(errorOf(error).message, 'the error says nothing');
    if (more) more(c, error);
  };
  return {
    // The caller's key goes to paths of its own dialect alone; elsewhere the fault is the gateway's.
    error_401: (c) => (c.same ? failed('AuthenticationError', 401) : failed('InternalServerError', 502))(c),
    error_429: failed('RateLimitError', 429,
      (c, error) => assert.equal(error.headers.get('retry-after'), '7')),
    error_429_stream: async (c) => {
      const error = await c.error('RateLimitError', askStream(c));
      assert.equal(error.headers.get('retry-after'), '7');
    },
    error_500: async (c) => {
      const error = await c.error('InternalServerError', ask(c));
      assert.ok(errorOf(error).type, 'the error has no type');
    },
    sdk_retries_429: async (c) => {
      await c.error('RateLimitError', ask(c, c.newClient({ maxRetries: 2 })));
      assert.equal((await c.seen()).requests, 3);
    },
    cut_whole: async (c) => { await c.error('APIError', ask(c)); },
    empty: async (c) => { await c.error('APIError', ask(c)); },
    timeout: async (c) => {
      const error = await c.error('APIError', ask(c, c.newClient({ timeout: 1000 })));
      // Either the SDK gives up first or warmpath does, which it told its time-out.
      assert.ok(error instanceof c.sdk.module.APIConnectionTimeoutError || error.status === 504,
        `${error.constructor.name} ${error.status}`);
      await c.sawDisconnect();
    },
    timeout_header: async (c) => {
      const error = await c.error('InternalServerError',
        ask(c, c.client, { headers: { 'x-stainless-timeout': '0.4' } }));
      assert.equal(error.status, 504);
      await c.sawDisconnect();
    },
    cancel_whole: async (c) => {
      const abort = new AbortController();
      const asked = c.error('APIUserAbortError', ask(c, c.client, { signal: abort.signal }));
      while ((await c.seen()).requests === 0) await new Promise((done) => setTimeout(done, 10));
      abort.abort();
      await asked;
      await c.sawDisconnect();
    },
    headers: async (c) => {
      const { response } = await ask(c, c.client, { headers: { 'x-request-id': 'mine-1' } })
        .withResponse();
      const named = (name) => response.headers.get(`x-warmpath-${name}`);
      assert.equal(named('path'), c.upstream);
      assert.equal(named('workflow'), c.model);
      assert.equal(named('mode'), 'observe');
      assert.equal(named('verdict'), 'cold');
      assert.equal(named('request-id'), 'mine-1');
      assert.match(named('fidelity'), c.same ? /^exact$/ : /^(exact$|lossy; )/);
      const streamed = await askStream(c).withResponse();
      assert.equal(streamed.response.headers.get('x-warmpath-path'), c.upstream);
      for await (const _ of streamed.data); // eslint-disable-line
    },
    request_id: async (c) => {
      const answer = await ask(c);
      assert.ok(answer._request_id, 'the answer names no request');
      if (c.same && !c.sim) assert.equal(answer._request_id, 'req_vendor_1');
      const streamed = await askStream(c).withResponse();
      assert.ok(streamed.request_id, 'the stream names no request');
      for await (const _ of streamed.data); // eslint-disable-line
    },
    unknown_model: async (c) => {
      const error = await refusedOnce(c, 'NotFoundError',
        (client) => ask({ ...c, model: 'nobody', words: (t) => t }, client));
      assert.match(error.message, /nobody/);
    },
    downtime: (c) => meetsDowntime(c,
      (client) => ask({ ...c, model: 'down', words: (t) => t }, client)),
    downtime_stream: (c) => meetsDowntime(c,
      (client) => askStream({ ...c, model: 'down', words: (t) => t }, client)),
  };
}
