// The history section: which workflow, dimension and range, kept in the URL, and the chart of it.
import { read, repeat } from './api.js';
import { chart } from './chart.js';
import { h, show } from './dom.js';
import { pointsOf } from './statistics.js';
import { clock, grouped, percent } from './words.js';

const RANGES = { '15m': 15 * 60e3, '1h': 3600e3, '24h': 24 * 3600e3, '7d': 7 * 24 * 3600e3 };
// Wide enough that a point has samples to speak of.
const BUCKETS = { '15m': '30s', '1h': '2min', '24h': '30min', '7d': '3h' };
const DIMENSIONS = { schema: 'DIMENSION_SCHEMA', tools: 'DIMENSION_TOOLS', policy: 'DIMENSION_POLICY', tool_errors: 'DIMENSION_TOOL_ERRORS', judge: 'DIMENSION_JUDGE' };

function choiceFromUrl() {
  const url = new URLSearchParams(location.search);
  return {
    workflow: url.get('workflow') ?? '',
    dimension: url.get('dimension') in DIMENSIONS ? url.get('dimension') : '',
    range: url.get('range') in RANGES ? url.get('range') : '1h',
  };
}

function tabs(name, options, chosen, choose) {
  return h('div', { class: 'tabs', role: 'group', 'aria-label': name }, options.map((option) => h('button', {
    type: 'button', 'aria-pressed': option === chosen ? 'true' : 'false', onclick: () => choose(option),
  }, option.replaceAll('_', ' '))));
}

function numbers(all, end) {
  const rows = all.flatMap((series) => series.points.slice(-20).reverse().map((point) => h('tr', {},
    h('td', {}, series.path),
    h('td', {}, clock(new Date(point.time).toISOString(), end)),
    h('td', { class: 'figure' }, point.share === null ? 'too few' : percent(point.share)),
    h('td', { class: 'figure' }, `n ${grouped(point.n)}`))));
  return h('details', {}, h('summary', {}, 'As a table (newest 20 points of each path)'),
    h('table', { class: 'numbers' }, h('thead', {}, h('tr', {}, ['path', 'from', 'conforms', 'samples'].map((n) => h('th', { scope: 'col' }, n)))),
      h('tbody', {}, rows)));
}

function eventList(markers, end) {
  if (markers.length === 0) return null;
  return h('details', {}, h('summary', {}, `What happened (${markers.length})`),
    h('ol', { class: 'events compact' }, markers.slice(-40).reverse().map((marker) => h('li', {},
      h('time', { datetime: marker.time }, clock(marker.time, end)),
      h('div', {}, h('strong', {}, marker.kind.replace('_', ' ')), marker.path ? ` ${marker.path}` : '', `: ${marker.text}`)))));
}

/** Runs the section; tell it the workflows' names as they become known. */
export function startHistory(controls, body) {
  let choice = choiceFromUrl();
  let workflows = [];
  let shown = null; // {choice, answer, readAt}
  let failure = '';
  let selected = null;

  const choose = (change) => {
    choice = { ...choice, ...change };
    selected = null;
    const parameters = { ...Object.fromEntries(new URLSearchParams(location.search)), ...choice };
    const url = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value));
    window.history.replaceState(null, '', `?${url}`);
    render();
    refresh();
  };

  const isScored = (name) => shown?.answer.series.some((series) => series.dimension === DIMENSIONS[name]) ?? false;

  // The one that was chosen, else the first that has samples.
  function dimension() {
    return choice.dimension || (Object.keys(DIMENSIONS).find(isScored) ?? 'schema');
  }

  // Few workflows have a judge of their own.
  function offered() {
    return Object.keys(DIMENSIONS).filter((name) => name !== 'judge' || name === dimension() || isScored(name));
  }

  function render() {
    show(controls,
      workflows.length > 1 && h('label', {}, h('span', { class: 'unseen' }, 'workflow'),
        h('select', { onchange: (event) => choose({ workflow: event.target.value }) },
          workflows.map((name) => h('option', { value: name, selected: name === choice.workflow }, name)))),
      tabs('dimension', offered(), dimension(), (dimension) => choose({ dimension })),
      tabs('range', Object.keys(RANGES), choice.range, (range) => choose({ range })));
    show(body, contents());
  }

  function contents() {
    if (failure && !shown) return h('p', { class: 'empty' }, `The history cannot be read: ${failure}.`);
    if (!shown || shown.range !== choice.range || shown.workflow !== choice.workflow) {
      return h('p', { class: 'empty' }, workflows.length ? 'Reading…' : 'No workflow yet.');
    }
    const { answer, end } = shown;
    const start = end - RANGES[choice.range];
    const bucketMs = Number.parseFloat(answer.bucket) * 1000;
    const all = answer.series
      .filter((series) => series.dimension === DIMENSIONS[dimension()])
      .map((series) => ({ path: series.path, theta: series.theta, points: pointsOf(series).filter((point) => point.time + bucketMs / 2 >= start) }));
    const stale = failure ? h('p', { class: 'minor' }, `Not refreshed: ${failure}.`) : null;
    if (all.length === 0) {
      return [stale, h('p', { class: 'empty' },
        `No samples scored the dimension "${dimension().replace('_', ' ')}" in the last ${choice.range}: either nothing was mirrored, or the contract says nothing on it.`),
      eventList(answer.markers, end)];
    }
    return [stale, ...chart({
      all, markers: answer.markers, start, end, selected, bucketMs,
      width: Math.max(340, Math.round(body.clientWidth || 900)),
      select: (time) => { if (time !== selected) { selected = time; render(); } },
    }), numbers(all, end), eventList(answer.markers, end)];
  }

  const refresh = repeat(10, async () => {
    if (!choice.workflow) return;
    const { workflow, range } = choice;
    try {
      const answer = await read('/api/history', { workflow, range, bucket: BUCKETS[range] });
      shown = { answer, workflow, range, end: Date.now() };
      failure = '';
    } catch (error) {
      failure = error.message;
    }
    render();
    if (choice.workflow !== workflow || choice.range !== range) setTimeout(refresh, 0);
  });

  window.addEventListener('resize', render);
  window.addEventListener('popstate', () => { choice = choiceFromUrl(); render(); refresh(); });
  render();

  return {
    // `preferred` is shown where none was chosen.
    setWorkflows(names, preferred) {
      if (names.join() === workflows.join()) return;
      workflows = names;
      if (!workflows.includes(choice.workflow)) choice.workflow = preferred ?? '';
      render();
      refresh();
    },
  };
}
