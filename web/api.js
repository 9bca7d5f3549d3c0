// Reading from the server, and telling how fresh what is shown is.

/** The JSON at `path`. Throws an Error with the server's message. */
export async function read(path, parameters = {}) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value));
  const url = query.size > 0 ? `${path}?${query}` : path;
  const answer = await fetch(url, { signal: AbortSignal.timeout(8000), credentials: 'same-origin' });
  if (answer.status === 401) {
    location.reload(); // the page then asks for the token
    throw new Error('the token is not valid any more');
  }
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.error?.message ?? `the server answered ${answer.status}`);
  return body;
}

/** Calls `task` again `seconds` after it ended, for ever; at once when the tab becomes visible again. */
export function repeat(seconds, task) {
  let timer;
  let running = false;
  const run = async () => {
    if (running) return;
    running = true;
    clearTimeout(timer);
    try {
      await task();
    } finally {
      running = false;
      timer = setTimeout(run, seconds * 1000);
    }
  };
  document.addEventListener('visibilitychange', () => { if (!document.hidden) run(); });
  run();
  return run;
}

/** What the connection is called, from the age of the last answer in ms. Pure. */
export function connectionWord(ageMs, intervalSeconds) {
  if (ageMs === null) return { word: 'connecting…', state: 'waiting' };
  if (ageMs < (intervalSeconds + 3) * 1000) return { word: 'live', state: 'live' };
  const seconds = Math.floor(ageMs / 1000);
  if (seconds < 20) return { word: `delayed ${seconds} s`, state: 'delayed' };
  return { word: `disconnected: what is shown is ${seconds} s old`, state: 'disconnected' };
}
