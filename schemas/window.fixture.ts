import { noValues, type WindowRow } from './window.ts';
import { ALL } from './whole-slice.ts';

/** The first minute of one metric and arm of a rollout, as a whole. */
export const windowRow = (metric: string, arm: string, more: Partial<WindowRow>): WindowRow => ({
  agent: 'support',
  rollout: 'support-1',
  routingSequence: 3,
  version: 'v',
  arm,
  kind: 'live',
  metric,
  slice: ALL,
  startMs: 0,
  endMs: 60_000,
  sourceTopic: 'coalmine.exchanges',
  ...noValues(),
  ...more,
});
