// The conformance chart: a line for each path with its 95 % band, the threshold, what happened, and how
// many samples there were. Drawn by hand as SVG.
import { h, svg } from './dom.js';
import { axisFloor, runsOf } from './statistics.js';
import { clock, grouped, percent } from './words.js';

const HEIGHT = 300;
const PLOT = { top: 26, bottom: 214 };
const STRIP = { top: 228, bottom: 270 };
const LEFT = 52;
const RIGHT = 14;
// Lines differ by dash and by the marks at their points, not by colour alone.
const DASHES = ['', '7 4', '2 4', '10 4 2 4', '1 5', '12 6'];

const MARKER_WORD = { flip: 'F', drill: 'D', evidence_key: 'K', config: 'C', verdict: 'V' };

const path = (points) => points.map(([x, y], i) => `${i ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');

function ticks(start, end, count) {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080].map((m) => m * 60000);
  const step = steps.find((ms) => (end - start) / ms <= count) ?? steps.at(-1);
  const offset = new Date(start).getTimezoneOffset() * 60000;
  const found = [];
  for (let t = Math.ceil((start - offset) / step) * step + offset; t < end; t += step) found.push(t);
  return { step, found };
}

function tickText(time, step) {
  const date = new Date(time);
  if (step >= 1440 * 60000) return date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
  return date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
}

function shareAxis(scale) {
  const { y, floor, width } = scale;
  const steps = 4;
  return Array.from({ length: steps + 1 }, (_, i) => floor + ((1 - floor) * i) / steps).map((share) => [
    svg('line', { x1: LEFT, x2: width - RIGHT, y1: y(share), y2: y(share), class: 'grid' }),
    svg('text', { x: LEFT - 8, y: y(share) + 4, class: 'tick end' }, percent(share)),
  ]);
}

function timeAxis(scale) {
  const { step, found } = ticks(scale.start, scale.end, Math.max(2, Math.floor(scale.width / 110)));
  return found.map((time) => [
    svg('line', { x1: scale.x(time), x2: scale.x(time), y1: PLOT.top, y2: STRIP.bottom, class: 'grid faint' }),
    svg('text', { x: scale.x(time), y: HEIGHT - 10, class: 'tick middle' }, tickText(time, step)),
  ]);
}

function threshold(scale, theta) {
  if (!theta) return null;
  return [
    svg('line', { x1: LEFT, x2: scale.width - RIGHT, y1: scale.y(theta), y2: scale.y(theta), class: 'theta' }),
    svg('text', { x: LEFT + 6, y: scale.y(theta) - 5, class: 'tick theta-word' }, `to be proven ${percent(theta)}`),
  ];
}

function line(scale, series, index) {
  const { x, y, bucketMs } = scale;
  const middle = (point) => x(point.time + bucketMs / 2);
  return svg('g', { class: `series-${index % 6}` }, runsOf(series.points, bucketMs).map((run) => [
    svg('path', {
      class: 'band',
      d: `${path(run.map((p) => [middle(p), y(p.upper)]))}${path([...run].reverse().map((p) => [middle(p), y(p.lower)])).replace('M', 'L')}Z`,
    }),
    svg('path', { class: 'line', d: path(run.map((p) => [middle(p), y(p.share)])), 'stroke-dasharray': DASHES[index % 6] }),
    run.length < 40 && run.map((p) => svg('circle', { class: 'dot', cx: middle(p), cy: y(p.share), r: 2.4 })),
  ]));
}

/** Bars of all paths' samples, stacked: thin data looks thin. */
function volume(scale, all) {
  const sums = new Map();
  all.forEach((series) => series.points.forEach((p) => sums.set(p.time, (sums.get(p.time) ?? 0) + p.n)));
  const most = Math.max(1, ...sums.values());
  const drawn = new Map();
  const height = STRIP.bottom - STRIP.top;
  return [
    svg('text', { x: LEFT - 8, y: STRIP.top + 9, class: 'tick end' }, `n ${grouped(most)}`),
    svg('text', { x: LEFT - 8, y: STRIP.bottom, class: 'tick end' }, '0'),
    svg('line', { x1: LEFT, x2: scale.width - RIGHT, y1: STRIP.bottom, y2: STRIP.bottom, class: 'grid' }),
    all.map((series, i) => svg('g', { class: `series-${i % 6}` }, series.points.filter((p) => p.n > 0).map((p) => {
      const below = drawn.get(p.time) ?? 0;
      drawn.set(p.time, below + p.n);
      const left = Math.max(LEFT, scale.x(p.time));
      return svg('rect', {
        class: 'bar',
        x: left,
        width: Math.max(1, scale.x(p.time + scale.bucketMs) - left - 0.6),
        y: STRIP.bottom - ((below + p.n) / most) * height,
        height: Math.max(0.8, (p.n / most) * height),
      });
    }))),
  ];
}

function markers(scale, list) {
  return list.map((marker) => {
    const at = scale.x(Date.parse(marker.time));
    return svg('g', { class: `marker marker-${marker.kind}` },
      svg('title', {}, `${clock(marker.time, scale.end)} ${marker.kind.replace('_', ' ')}: ${marker.text}`),
      svg('line', { x1: at, x2: at, y1: PLOT.top - 6, y2: STRIP.bottom }),
      svg('rect', { x: at - 8, y: PLOT.top - 22, width: 16, height: 16, rx: 3 }),
      svg('text', { x: at, y: PLOT.top - 10, class: 'middle' }, MARKER_WORD[marker.kind] ?? '?'));
  });
}

function pointer(scale, time) {
  if (time === null) return null;
  const at = scale.x(time + scale.bucketMs / 2);
  return svg('line', { x1: at, x2: at, y1: PLOT.top, y2: STRIP.bottom, class: 'pointer' });
}

/** What each path's point at `time` says, in a line each. */
function readout(all, time, end) {
  if (time === null) return 'Point at the chart, or focus it and use ← and →, to read a point.';
  return [h('strong', {}, clock(new Date(time).toISOString(), end)), ...all.map((series) => {
    const point = series.points.find((p) => p.time === time);
    if (!point || point.n === 0) return `${series.path}: no samples`;
    const share = point.share === null ? 'too few to say' : `${percent(point.share)} (95 %: ${percent(point.lower)} to ${percent(point.upper)})`;
    return `${series.path}: ${share}, n ${grouped(point.n)}`;
  })].flatMap((part, i) => (i ? [' · ', part] : [part]));
}

/** The key to the lines. */
function legend(all) {
  return h('ul', { class: 'legend' }, all.map((series, i) => h('li', { class: `series-${i % 6}` },
    svg('svg', { viewBox: '0 0 34 10', class: 'swatch', 'aria-hidden': 'true' },
      svg('line', { x1: 0, x2: 34, y1: 5, y2: 5, class: 'line', 'stroke-dasharray': DASHES[i % 6] })),
    series.path, h('span', { class: 'minor' }, ` n ${grouped(series.points.reduce((n, p) => n + p.n, 0))}`))));
}

/**
 * The chart of `all` = [{path, theta, points}] from `start` to `end` (ms). `selected` is the time of the
 * point that is read out, or null; `select(time)` is called when the reader points elsewhere.
 */
export function chart({ all, markers: list, start, end, bucketMs, width, selected, select }) {
  // The band may leave the picture; every line and threshold is inside.
  const shares = all.flatMap((series) => [series.theta || 1, ...series.points.filter((p) => p.share !== null).map((p) => p.share)]);
  const floor = axisFloor(shares);
  const scale = {
    start, end, bucketMs, width, floor,
    x: (time) => LEFT + ((time - start) / (end - start)) * (width - LEFT - RIGHT),
    y: (share) => PLOT.bottom - ((Math.max(share, floor) - floor) / (1 - floor)) * (PLOT.bottom - PLOT.top),
  };
  const times = [...new Set(all.flatMap((series) => series.points.map((p) => p.time)))].sort((a, b) => a - b);
  const nearest = (time) => times.reduce((best, t) => (best === null || Math.abs(t - time) < Math.abs(best - time) ? t : best), null);
  const move = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * width;
    select(nearest(start + ((x - LEFT) / (width - LEFT - RIGHT)) * (end - start) - bucketMs / 2));
  };
  const step = (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || times.length === 0) return;
    event.preventDefault();
    const now = selected === null ? times.length : times.indexOf(selected);
    select(times[Math.min(times.length - 1, Math.max(0, now + by))]);
  };
  return [
    legend(all),
    svg('svg', {
      class: 'chart', viewBox: `0 0 ${width} ${HEIGHT}`, role: 'img', tabindex: 0,
      'aria-label': `Conformance of ${all.map((series) => series.path).join(', ')} over time; the table below has the numbers.`,
      onpointermove: move, onpointerleave: () => select(null), onblur: () => select(null), onkeydown: step,
    },
    shareAxis(scale), timeAxis(scale), volume(scale, all),
    all.map((series, i) => line(scale, series, i)),
    threshold(scale, all.find((series) => series.theta)?.theta),
    markers(scale, list), pointer(scale, selected)),
    h('p', { class: 'readout minor', 'aria-live': 'polite' }, readout(all, selected, end)),
  ];
}
