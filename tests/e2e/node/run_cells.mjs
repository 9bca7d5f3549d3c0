// Tries cells of the matrix with one version of an SDK: {"sdk", "words", "cells"} on stdin, one line of
// JSON for each cell on stdout: {"id", "ok", "error"?}.
import { Cell } from './cell.mjs';

// "7.57.0" and so on: package.json.
const SDKS = {
  openai: 'openai', openai_previous: 'openai-previous',
  anthropic: '@anthropic-ai/sdk', anthropic_previous: 'anthropic-previous',
};
const AT_A_TIME = 12;
const CELL_LIMIT_MS = 30000;

async function load(name) {
  const module = await import(SDKS[name]);
  const isOpenAi = name.startsWith('openai');
  return {
    module, Client: module.default, tag: `n${name.replace(/[^a-z]/g, '')}`,
    baseOf: (base) => (isOpenAi ? `${base}/v1` : base),
    zod: isOpenAi ? await import(`${SDKS[name]}/helpers/zod`) : null,
    schema: isOpenAi ? null : await import(`${SDKS[name]}/helpers/json-schema`),
  };
}

async function tryCell(data, sdk, words) {
  const { features } = await import(`./${data.door}.mjs`);
  const begin = performance.now();
  let timer;
  try {
    if (!features[data.feature]) throw new Error(`${data.door}.mjs does not test ${data.feature}`);
    await Promise.race([
      features[data.feature](new Cell(data, sdk, words)),
      new Promise((_, fail) => {
        timer = setTimeout(() => fail(new Error(`over ${CELL_LIMIT_MS} ms`)), CELL_LIMIT_MS);
      }),
    ]);
    return { id: data.id, ok: true, ms: performance.now() - begin };
  } catch (error) {
    return { id: data.id, ok: false, error: String(error?.stack ?? error).slice(0, 1500) };
  } finally {
    clearTimeout(timer);
  }
}

let input = '';
for await (const piece of process.stdin) input += piece;
const { sdk: name, words, cells } = JSON.parse(input);
const sdk = await load(name);
const waiting = cells.map((data, number) => ({ ...data, number }));
await Promise.all(Array.from({ length: AT_A_TIME }, async () => {
  for (let data = waiting.shift(); data; data = waiting.shift()) {
    process.stdout.write(`${JSON.stringify(await tryCell(data, sdk, words))}\n`);
  }
}));
process.exit(0);
