// The landing view: what serves, what may, and how well mirroring covers the traffic.
import { h } from './dom.js';
import { handoverText, reasonText, shape, shownState, stateClass } from './shapes.js';
import { age, clock, counts, duration, grouped, number, percent, plural, samples, total, word } from './words.js';

const standbysOf = (workflow) => workflow.paths.filter((path) => path.path !== workflow.active_path);

function stateCounts(paths) {
  const found = new Map();
  for (const path of paths) {
    const state = shownState(path.verdict);
    found.set(state, (found.get(state) ?? 0) + 1);
  }
  return [...found].map(([state, n]) => `${n} ${state.toLowerCase()}`).join(', ');
}

/** The sentence that a workflow needs on top of the page, or null. */
export function bannerOf(workflow) {
  const name = workflow.workflow;
  if (!workflow.active_path) {
    return { state: 'RED', text: `${name}: nothing serves.`, more: workflow.failover_outlook };
  }
  const active = workflow.paths.find((path) => path.path === workflow.active_path);
  const failing = ['HEALTH_DOWN', 'HEALTH_UNHEALTHY'].includes(active?.health?.health);
  if (!workflow.failover_path && workflow.paths.length > 1) {
    return {
      state: failing ? 'RED' : 'AMBER',
      text: `${name}: no safe standby: ${stateCounts(standbysOf(workflow))}.`,
    };
  }
  if (active && active.role !== 'ROLE_PRIMARY') {
    return {
      state: 'AMBER',
      text: `${name} is served by ${active.path}, not by its primary.`,
      more: workflow.failover_outlook,
    };
  }
  if (failing) {
    return { state: 'RED', text: `${name}: ${active.path} fails live requests.`, more: workflow.failover_outlook };
  }
  return null;
}

/** The three honest empty states of a workflow, each in its own words; null: there is evidence. */
export function emptyState(workflow, status, now) {
  const since = age(status.start_time, now);
  if (number(workflow.live_requests) === 0 && !workflow.paths.some((path) => path.verdict?.evidence_time)) {
    return `No traffic: no request has come for this workflow since the start, ${since}. An SDK reaches it by base_url, with model "${workflow.workflow}".`;
  }
  if (workflow.paths.some((path) => path.verdict?.evidence_time)) return null;
  const sampled = workflow.paths.reduce((sum, path) => sum + number(path.mirror?.sampled), 0);
  const pending = workflow.paths.reduce((sum, path) => sum + number(path.mirror?.pending), 0);
  return `No samples yet: ${plural(number(workflow.live_requests), 'live request')} since the start, ${since}; ${grouped(sampled)} sampled, ${grouped(pending)} under way, none scored.`;
}

function banner(entry) {
  return h('p', { class: `banner ${stateClass(entry.state)}` },
    shape(entry.state),
    h('span', {}, h('strong', {}, entry.text), entry.more ? ` ${entry.more}` : ''));
}

export function banners(status, now) {
  const rows = [];
  if (!status.store.writable) {
    rows.push(banner({
      state: 'RED',
      text: `Store unreachable: it refuses evidence${status.store.error ? ` (${status.store.error})` : ''}.`,
      more: `Live traffic goes on; verdicts rest on what was stored until ${clock(status.store.newest_card_time, now) || 'now'} and will grow stale.`,
    }));
  }
  if (status.config_error) {
    rows.push(banner({ state: 'AMBER', text: 'The last config reload was refused; the one before it is in force.', more: status.config_error }));
  }
  for (const replica of status.replicas ?? []) {
    if (replica.self || replica.connected) continue;
    rows.push(banner({ state: 'AMBER', text: `Replica ${replica.address} is not followed: its evidence is missing here.`, more: replica.error ?? '' }));
  }
  if (status.workflows.length === 0) {
    return [...rows, h('p', { class: 'banner' }, 'No workflow is configured.')];
  }
  for (const workflow of status.workflows) {
    const entry = bannerOf(workflow);
    if (entry) rows.push(banner(entry));
  }
  if (rows.length === 0) {
    const n = status.workflows.length;
    rows.push(banner({
      state: 'GREEN',
      text: n === 1
        ? `${status.workflows[0].workflow} is served by its primary.`
        : `All ${n} workflows are served by their primaries, each with a safe standby.`,
      more: n === 1 ? status.workflows[0].failover_outlook : '',
    }));
  }
  return rows;
}

function statusCell(verdict) {
  const state = shownState(verdict);
  const reasons = verdict?.reasons ?? [];
  return [
    h('span', { class: `chip ${stateClass(state)}` }, shape(state), state),
    reasons.length > 0 && h('ul', { class: 'reasons' }, reasons.map((reason) => h('li', {}, reasonText(reason)))),
    verdict?.distance && state !== 'GREEN' && h('p', { class: 'minor' }, `To GREEN: ${verdict.distance}`),
    handoverText(verdict) && h('p', { class: 'minor' }, handoverText(verdict)),
  ];
}

// Only where somebody practises: a path that never was is the usual one.
function readinessLine(readiness, now) {
  if (!readiness?.practice_time) return null;
  return h('p', { class: 'minor' }, readiness.flip_ready
    ? `flip-ready: practised ${age(readiness.practice_time, now)}`
    : `not flip-ready: ${readiness.missing}`);
}

function dimensionMark(evidence) {
  if (evidence.suspect) return ['suspect', '!'];
  return evidence.granted ? ['proven', '✓'] : ['not proven', '·'];
}

function evidenceCell(verdict, now) {
  const dimensions = verdict?.dimensions ?? [];
  if (!verdict?.evidence_time) return h('span', { class: 'minor' }, 'none yet');
  return [
    h('table', { class: 'dimensions' }, h('tbody', {}, dimensions.map((evidence) => {
      const [title, mark] = dimensionMark(evidence);
      const n = number(evidence.samples);
      return h('tr', { class: evidence.suspect ? 'suspect' : '' },
        h('td', { class: 'mark', title }, mark, h('span', { class: 'unseen' }, ` ${title}`)),
        h('th', { scope: 'row' }, evidence.dimension.replaceAll('_', ' ')),
        h('td', { class: 'figure' }, n >= 1 ? percent(evidence.conforming_ratio) : '–'),
        h('td', { class: 'minor' }, evidence.paired ? `≥ primary − ${percent(evidence.delta)}` : `≥ ${percent(evidence.theta)}`),
        h('td', { class: 'minor figure' }, `n ${samples(n)}`));
    }))),
    h('p', { class: 'minor' }, `newest ${age(verdict.evidence_time, now)}`),
  ];
}

function healthCell(health, isActive, now) {
  const text = word(health?.health, 'HEALTH_');
  const requests = number(health?.requests);
  if (!text && requests === 0) return h('span', { class: 'minor' }, isActive ? 'nothing known yet' : 'no live requests');
  return [
    h('span', { class: `health-${text || 'unknown'}` }, text || 'unknown'),
    h('p', { class: 'minor' }, `${grouped(health.failures)} of ${grouped(requests)} failed in 5 min`),
    health.last_failure_time && h('p', { class: 'minor' }, `last ${health.last_failure_class || 'failure'} ${age(health.last_failure_time, now)}`),
  ];
}

function mirrorCell(mirror) {
  const dropped = total(mirror?.dropped);
  const sampled = number(mirror?.sampled);
  if (sampled === 0) return h('span', { class: 'minor' }, 'none sampled');
  return [
    h('span', { class: 'figure' }, `${grouped(mirror.mirrored)} of ${grouped(sampled)}`),
    dropped > 0 && h('p', { class: 'minor' }, `dropped: ${counts(mirror.dropped)}`),
    number(mirror.pending) > 0 && h('p', { class: 'minor' }, `${grouped(mirror.pending)} under way`),
  ];
}

function pathRow(workflow, path, now) {
  const isActive = path.path === workflow.active_path;
  const isNext = path.path === workflow.failover_path;
  // A cell that only says that there is nothing is left out on a phone.
  const cell = (label, content, nothing = false) => h('td', { 'data-label': label, class: nothing ? 'nothing' : '' }, h('div', {}, content));
  return h('tr', { class: isActive ? 'active' : '' },
    h('th', { scope: 'row' },
      h('span', { class: 'path-name' }, path.path),
      isActive && h('span', { class: 'tag serving' }, 'serving'),
      isNext && h('span', { class: 'tag' }, 'next'),
      h('p', { class: 'minor' }, [word(path.role, 'ROLE_'), path.provider, path.model].filter(Boolean).join(' · '))),
    cell('status', [statusCell(path.verdict), readinessLine(path.readiness, now)]),
    cell('evidence', evidenceCell(path.verdict, now), !path.verdict?.evidence_time),
    cell('health', healthCell(path.health, isActive, now), !isActive && number(path.health?.requests) === 0),
    cell('served', h('span', { class: 'figure' }, grouped(path.served)), !isActive && number(path.served) === 0),
    cell('mirrored', mirrorCell(path.mirror), number(path.mirror?.sampled) === 0));
}

function servingLine(workflow, now) {
  const flip = workflow.last_flip;
  const parts = [workflow.active_path
    ? [h('strong', {}, workflow.active_path), ' serves']
    : h('strong', {}, 'nothing serves (downtime)')];
  if (workflow.active_since) {
    parts.push(` since ${clock(workflow.active_since, now)} (${duration((now - Date.parse(workflow.active_since)) / 1000)})`);
  }
  if (flip?.id && flip.enforced) {
    parts.push(`, flipped from ${flip.from_path || 'downtime'} by ${flip.actor}: ${flip.reason}`);
  } else if (workflow.active_path) {
    parts.push(', never flipped');
  }
  return h('p', { class: 'serving-line' }, parts);
}

export function rampText(ramp) {
  const held = word(ramp.phase, 'RAMP_PHASE_') === 'held' ? ' It may not grow: there is evidence against it.' : '';
  return `${percent(ramp.share)} of conversations moved from ${ramp.from_path} to ${ramp.to_path}; ` +
    `${grouped(ramp.failed)} of ${grouped(ramp.scored)} live answers do not conform, loss at most ${percent(ramp.upper_loss)}.${held}`;
}

function rampLine(ramp, now) {
  if (!ramp?.to_path) return null;
  return h('p', { class: 'drill' },
    h('span', { class: 'tag drill-running' }, 'ramp'), ' ', rampText(ramp),
    h('span', { class: 'minor' }, ` Since ${duration((now - Date.parse(ramp.start_time)) / 1000)}.`));
}

function drillLine(drill, now) {
  if (!drill?.id) return null;
  const left = (Date.parse(drill.deadline_time) - now) / 1000;
  return h('p', { class: 'drill' },
    h('strong', {}, 'Drill: '),
    `${percent(drill.share)} of conversations go to ${drill.path}; ${grouped(drill.failures)} of ${grouped(drill.requests)} failed (aborts above ${percent(drill.max_failure_ratio)}); `,
    left > 0 ? `ends in ${duration(left)}` : 'ending',
    `, started by ${drill.actor}: ${drill.reason}`);
}

/** One card for each workflow. */
export function workflowCards(status, now) {
  return status.workflows.map((workflow) => {
    const empty = emptyState(workflow, status, now);
    const failures = number(workflow.live_failures);
    const mode = word(workflow.mode, 'FAILOVER_MODE_') || 'observe';
    return h('article', { class: 'card', 'aria-label': workflow.workflow },
      h('div', { class: 'card-head' },
        h('h2', {}, workflow.workflow),
        h('span', { class: `tag mode-${mode}`, title: mode === 'enforce' ? 'decisions are acted on' : 'decisions are only recorded' }, mode),
        workflow.pinned && h('span', { class: 'tag pinned' }, 'pinned'),
        h('span', { class: 'minor live-count' },
          `${plural(number(workflow.live_requests), 'live request')}, ${grouped(failures)} without an answer, since the start ${age(status.start_time, now)}`)),
      servingLine(workflow, now),
      workflow.pinned && h('p', { class: 'minor' }, `Pinned: ${workflow.pin_reason}`),
      workflow.failover_outlook && workflow.failover_path && h('p', { class: 'outlook' }, workflow.failover_outlook),
      !workflow.failover_path && workflow.paths.length > 1 && h('p', { class: 'outlook' }, `No safe standby: ${stateCounts(standbysOf(workflow))}.`),
      rampLine(workflow.ramp, now),
      drillLine(workflow.drill, now),
      empty && h('p', { class: 'empty' }, empty),
      h('table', { class: 'paths' },
        h('thead', {}, h('tr', {}, ['path', 'status', 'evidence', 'health', 'served', 'mirrored'].map((name) => h('th', { scope: 'col' }, name)))),
        h('tbody', {}, workflow.paths.map((path) => pathRow(workflow, path, now)))));
  });
}
