// Where mirrored requests are spent, and why.
import { h } from './dom.js';
import { age, grouped, number, percent, word } from './words.js';

/** 12.51 -> "12.5", 0.3512 -> "0.35", 1234.5 -> "1,235": rates a minute, large or small. Pure. */
export function rate(perMinute) {
  const value = number(perMinute);
  if (value >= 100 || value === 0) return grouped(value);
  const digits = value >= 10 ? 3 : value >= 0.01 ? 2 : 1;
  return String(Number(value.toPrecision(digits)));
}

/** A share of new conversations; small ones keep a digit. Pure. */
export function shareOf(share) {
  return share > 0 && share < 0.001 ? `${Number((share * 100).toPrecision(1))} %` : percent(share);
}

/** "fixed", "prove", ...; "–": nothing is planned yet. Pure. */
export const purpose = (path) => (path.fixed ? 'fixed' : word(path.spend, 'SPEND_CLASS_') || '–');

function ofLimit(value, limit, show) {
  return number(limit) > 0 ? `${show(value)} of ${show(limit)}` : show(value);
}

function summary(budget, now) {
  const dollars = (value) => `$${number(value).toFixed(2)}`;
  return h('p', { class: 'minor' },
    `${ofLimit(budget.spent_per_minute, budget.limit_per_minute, rate)} shadows a minute are given out; in the last hour they took `,
    `${ofLimit(budget.tokens_last_hour, budget.max_tokens_per_hour, grouped)} tokens and `,
    `${ofLimit(budget.usd_last_hour, budget.max_usd_per_hour, dollars)}; planned ${age(budget.plan_time, now)}`);
}

function row(path) {
  const cell = (label, content, kind = '') => h('td', { 'data-label': label, class: kind }, h('div', {}, content));
  return h('tr', {},
    h('th', { scope: 'row' }, h('span', { class: 'path-name' }, path.path), h('p', { class: 'minor' }, path.workflow)),
    cell('for', h('span', { class: `tag spend-${purpose(path)}` }, purpose(path))),
    cell('a minute', [
      h('span', { class: 'figure' }, rate(path.rate)),
      h('span', { class: 'minor figure' }, ` = ${shareOf(path.share)} of ${rate(path.traffic)}`),
    ]),
    cell('floor', h('span', { class: 'figure' }, rate(path.floor))),
    cell('why', path.reason));
}

/** The section's content; `budget` null: it was not read yet. */
export function budgetSection(budget, now) {
  if (budget === null) return [];
  const head = h('div', { class: 'section-head' }, h('h2', {}, 'Where mirrors are spent'));
  if (!budget.plan_time) return [head, h('p', { class: 'empty' }, 'Nothing is planned yet: the server has just started.')];
  return [
    head,
    summary(budget, now),
    h('table', { class: 'paths budget' },
      h('thead', {}, h('tr', {}, ['path', 'for', 'new conversations a minute', 'floor', 'why'].map((name) => h('th', { scope: 'col' }, name)))),
      h('tbody', {}, budget.paths.map(row))),
  ];
}
