// The six ways in which a path's conformance is drawn: shape, word and colour, so that each tells on
// its own. The judge knows four states; see shownState.
import { svg } from './dom.js';
import { percent, word } from './words.js';

/** GREEN, AMBER, RED, STALE, NO DATA or COLD. */
export function shownState(verdict) {
  const reasons = (verdict?.reasons ?? []).map((reason) => reason.code);
  switch (verdict?.conformance) {
    case 'CONFORMANCE_GREEN': return 'GREEN';
    case 'CONFORMANCE_RED': return 'RED';
    case 'CONFORMANCE_AMBER': return reasons.includes('REASON_CODE_STALE') ? 'STALE' : 'AMBER';
    default: return reasons.includes('REASON_CODE_SILENT') ? 'COLD' : 'NO DATA';
  }
}

const OCTAGON = '5,1 11,1 15,5 15,11 11,15 5,15 1,11 1,5';
const TRIANGLE = '8,1.5 15,14.5 1,14.5';

const DRAW = {
  GREEN: () => svg('circle', { cx: 8, cy: 8, r: 7, class: 'filled' }),
  AMBER: () => svg('polygon', { points: TRIANGLE, class: 'filled' }),
  RED: () => svg('polygon', { points: OCTAGON, class: 'filled' }),
  STALE: () => svg('polygon', { points: TRIANGLE, class: 'hollow dashed' }),
  'NO DATA': () => svg('circle', { cx: 8, cy: 8, r: 6.2, class: 'hollow' }),
  COLD: () => svg('circle', { cx: 8, cy: 8, r: 6.2, class: 'hollow dashed' }),
};

export const stateClass = (state) => `state-${state.toLowerCase().replace(' ', '-')}`;

export function shape(state) {
  return svg('svg', { viewBox: '0 0 16 16', class: 'shape', 'aria-hidden': 'true' }, DRAW[state]());
}

/** "suspect (tools): 2 failures in a row" */
export function reasonText(reason) {
  const dimension = reason.dimension ? ` (${reason.dimension.replaceAll('_', ' ')})` : '';
  return `${word(reason.code, 'REASON_CODE_')}${dimension}${reason.detail ? `: ${reason.detail}` : ''}`;
}

/** "leaves 38 % to people"; '' where that is not counted: only degraded paths may hand over. */
export function handoverText(verdict) {
  return verdict?.handover_ratio === undefined ? '' : `leaves ${percent(verdict.handover_ratio)} to people`;
}
