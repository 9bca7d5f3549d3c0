// The dashboard's pure parts. Run: node --test tests/web
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { connectionWord } from '../../web/api.js';
import { purpose, rate, shareOf } from '../../web/budget.js';
import { handoverText, shownState } from '../../web/shapes.js';
import { axisFloor, pointsOf, runsOf, wilson } from '../../web/statistics.js';
import { age, bytes, counts, duration, percent, word } from '../../web/words.js';
import { bannerOf, emptyState, rampText } from '../../web/workflows.js';

const NOW = Date.parse('2026-01-31T08:00:00Z');

test('conformance is shown in six ways', () => {
  const shown = (conformance, ...codes) => shownState({
    conformance: `CONFORMANCE_${conformance}`,
    reasons: codes.map((code) => ({ code: `REASON_CODE_${code}` })),
  });
  assert.equal(shown('GREEN'), 'GREEN');
  assert.equal(shown('AMBER', 'SUSPECT'), 'AMBER');
  assert.equal(shown('AMBER', 'SUSPECT', 'STALE'), 'STALE');
  assert.equal(shown('RED', 'VIOLATING'), 'RED');
  assert.equal(shown('COLD', 'SILENT'), 'COLD');
  assert.equal(shown('COLD', 'NEW_KEY'), 'NO DATA');
  assert.equal(shownState(undefined), 'NO DATA');
});

test('a degraded path tells how much it leaves to people', () => {
  assert.equal(handoverText({ handover_ratio: 0.38 }), 'leaves 38 % to people');
  assert.equal(handoverText({ handover_ratio: 0 }), 'leaves 0 % to people');
  assert.equal(handoverText({}), '');
  assert.equal(handoverText(undefined), '');
});

test('a share is never rounded up to 100 %', () => {
  assert.equal(percent(0.99999), '99.9 %');
  assert.equal(percent(1), '100 %');
  assert.equal(percent(0.97), '97 %');
  assert.equal(percent(0), '0 %');
});

test('rates and shares of mirrors keep the digits that tell', () => {
  assert.deepEqual([12, 0.3512, 1234.5, 0, 0.00421].map(rate), ['12', '0.35', '1,235', '0', '0.004']);
  assert.deepEqual([1, 0.04, 0.00042, 0].map(shareOf), ['100 %', '4 %', '0.04 %', '0 %']);
  assert.equal(purpose({ spend: 'SPEND_CLASS_PROVE' }), 'prove');
  assert.equal(purpose({ spend: 'SPEND_CLASS_UNSPECIFIED' }), '–');
  assert.equal(purpose({ fixed: true }), 'fixed');
});

test('times and sizes read as people say them', () => {
  assert.equal(age('2026-01-31T07:59:51.2Z', NOW), '8 s ago');
  assert.equal(age('2026-01-31T08:00:09Z', NOW), '0 s ago');
  assert.equal(age(undefined, NOW), '');
  assert.equal(duration(2 * 3600 + 180), '2 h 3 min');
  assert.equal(duration(3 * 86400), '3 d');
  assert.equal(bytes('1500000'), '1.5 MB');
  assert.equal(bytes('12'), '12 B');
  assert.equal(word('TURN_TYPE_TOOL_CALL', 'TURN_TYPE_'), 'tool call');
  assert.equal(word('HEALTH_UNSPECIFIED', 'HEALTH_'), '');
  assert.equal(counts({ budget: '1', queue_full: '12', none: '0' }), '12 queue full, 1 budget');
});

test("Wilson's interval agrees with its published values", () => {
  // 81 of 263: .2553 to .3662; Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
  const [lower, upper] = wilson(81, 263);
  assert.ok(Math.abs(lower - 0.2553) < 5e-5, `${lower}`);
  assert.ok(Math.abs(upper - 0.3662) < 5e-5, `${upper}`);
  assert.equal(wilson(20, 20)[1], 1);
});

test('the line is broken where samples are few or missing, never drawn across', () => {
  const point = (minute, pass, fail = 0) => ({
    start_time: new Date(NOW + minute * 60000).toISOString(), pass: String(pass), fail: String(fail), scorer_error: '3',
  });
  const points = pointsOf({ points: [point(0, 10), point(1, 9, 1), point(2, 4), point(3, 10), point(7, 10)] });
  assert.equal(points[1].share, 0.9);
  assert.equal(points[2].share, null);
  assert.deepEqual(runsOf(points, 60000).map((run) => run.length), [2, 1, 1]);
});

test('the axis shows every point', () => {
  assert.equal(axisFloor([0.97, 0.99]), 0.95);
  assert.equal(axisFloor([0.951]), 0.9);
  assert.equal(axisFloor([0.31]), 0.2);
  assert.equal(axisFloor([0]), 0);
  assert.equal(axisFloor([]), 0.95);
});

test('a connection that lags or breaks is called so', () => {
  assert.equal(connectionWord(null, 2).state, 'waiting');
  assert.equal(connectionWord(2500, 2).state, 'live');
  assert.deepEqual(connectionWord(7400, 2), { word: 'delayed 7 s', state: 'delayed' });
  assert.equal(connectionWord(60000, 2).state, 'disconnected');
});

const path = (name, role, conformance, more = {}) => ({
  path: name, role: `ROLE_${role}`, verdict: { conformance: `CONFORMANCE_${conformance}`, reasons: [] }, ...more,
});
const workflow = (more) => ({
  workflow: 'support', active_path: 'primary', failover_path: 'backup', failover_outlook: '', live_requests: '7',
  paths: [path('primary', 'PRIMARY', 'GREEN'), path('backup', 'BACKUP', 'GREEN')], ...more,
});

test('a banner appears only where someone is needed', () => {
  assert.equal(bannerOf(workflow({})), null);
  assert.equal(bannerOf(workflow({ active_path: '' })).state, 'RED');
  assert.match(bannerOf(workflow({ failover_path: '', paths: [path('primary', 'PRIMARY', 'GREEN'), path('backup', 'BACKUP', 'RED'), path('rules', 'DEGRADED', 'COLD')] })).text,
    /no safe standby: 1 red, 1 no data/);
  assert.match(bannerOf(workflow({ active_path: 'backup' })).text, /served by backup, not by its primary/);
  const failing = [path('primary', 'PRIMARY', 'GREEN', { health: { health: 'HEALTH_DOWN' } }), path('backup', 'BACKUP', 'GREEN')];
  assert.match(bannerOf(workflow({ paths: failing })).text, /primary fails live requests/);
});

test('no traffic and no samples are told apart', () => {
  const status = { start_time: '2026-01-31T07:00:00Z' };
  assert.match(emptyState(workflow({ live_requests: '0' }), status, NOW), /^No traffic/);
  assert.match(emptyState(workflow({}), status, NOW), /^No samples yet: 7 live requests since the start, 60 min ago/);
  const scored = path('backup', 'BACKUP', 'GREEN');
  scored.verdict.evidence_time = '2026-01-31T07:59:00Z';
  assert.equal(emptyState(workflow({ paths: [scored] }), status, NOW), null);
});

test('a ramp says how far it is and what it rests on', () => {
  const ramp = { from_path: 'backup', to_path: 'primary', share: 0.25, phase: 'RAMP_PHASE_RUNNING', scored: '300', failed: '1', upper_loss: 0.031 };
  assert.equal(rampText(ramp), '25 % of conversations moved from backup to primary; 1 of 300 live answers do not conform, loss at most 3.1 %.');
  assert.match(rampText({ ...ramp, phase: 'RAMP_PHASE_HELD' }), /may not grow/);
});
