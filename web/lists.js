// Flips, drills, and the footer.
import { h } from './dom.js';
import { age, bytes, clock, duration, grouped, number, percent, word } from './words.js';

function list(title, empty, items) {
  return [
    h('div', { class: 'section-head' }, h('h2', {}, title)),
    items.length === 0 ? h('p', { class: 'empty' }, empty) : h('ol', { class: 'events' }, items),
  ];
}

export function flipList(flips, now) {
  return list('Flips', 'No flip has been recorded.', flips.map((flip) => h('li', {},
    h('time', { datetime: flip.decide_time, title: age(flip.decide_time, now) }, clock(flip.decide_time, now)),
    h('div', {},
      h('strong', {}, flip.workflow), ': ', flip.from_path || 'downtime', ' → ', flip.to_path || 'downtime',
      !flip.enforced && h('span', { class: 'tag' }, 'observed only'),
      h('p', { class: 'minor' }, `${word(flip.cause, 'FLIP_CAUSE_')}, by ${flip.actor}, ${age(flip.decide_time, now)}: ${flip.reason}`)))));
}

export function drillList(drills, now) {
  if (drills.length === 0) return [];
  return list('Drills', '', drills.map((drill) => h('li', {},
    h('time', { datetime: drill.start_time, title: age(drill.start_time, now) }, clock(drill.start_time, now)),
    h('div', {},
      h('strong', {}, drill.workflow), ': ', percent(drill.share), ' to ', drill.path, ' ',
      h('span', { class: `tag drill-${word(drill.state, 'DRILL_STATE_')}` }, word(drill.state, 'DRILL_STATE_')),
      drill.practice && h('span', { class: 'tag' }, 'practice'),
      h('p', { class: 'minor' },
        `${grouped(drill.failures)} of ${grouped(drill.requests)} failed${number(drill.capacity_failures) > 0 ? ` (${grouped(drill.capacity_failures)} at the path's limits)` : ''}, by ${drill.actor}: ${drill.reason}`,
        drill.outcome ? `. ${drill.outcome}` : '')))));
}

export function footer(status, now) {
  const store = status.store;
  return [
    h('span', {}, `store ${bytes(store.size_bytes)}, ${store.newest_card_time ? `newest scorecard ${age(store.newest_card_time, now)}` : 'no scorecard yet'}`),
    h('span', {}, status.config_time ? `config loaded ${age(status.config_time, now)}` : 'no config loaded'),
    h('span', {}, `one replica, up ${duration((now - Date.parse(status.start_time)) / 1000)}`),
    h('span', {}, `version ${status.version}`),
    h('span', {}, 'on the command line: ', h('code', {}, 'warmpath status')),
  ];
}
