import { describe, expect, it } from 'vitest';
import { RolloutDocument } from '../../schemas/documents.ts';
import { ALL } from '../../schemas/whole-slice.ts';
import { type Cell, newCell } from '../evidence/cell.ts';
import { cellKey, noEvidence } from '../evidence/rollout-evidence.ts';
import type { ShiryaevRoberts } from '../rules/formulas/shiryaev-roberts.ts';
import { metricPlans } from '../rollout/metric-plan.ts';
import { isCanary } from '../rollout/strategy.ts';
import { canaryVerdict } from './canary-verdict.ts';

const { spec: parsed } = RolloutDocument.parse({
  apiVersion: 'coalmine/v1',
  kind: 'Rollout',
  metadata: { name: 'r' },
  spec: { agent: 'a', candidate: 'v2', metrics: [{ name: 'task_success' }, { name: 'error_rate' }] },
});
if (!isCanary(parsed)) throw new Error('not a canary');
const spec = parsed;
const slices = [{ label: 'category', values: ['irrelevance', 'simple'] }];

/** A cell whose e-process stands at `logE`. */
const cellAt = (metric: string, logE: number): Cell => {
  const plan = metricPlans(spec).find((p) => p.spec.name === metric);
  if (plan === undefined) throw new Error(metric);
  const cell = newCell(plan);
  const state = cell.state as ShiryaevRoberts;
  return { ...cell, state: { ...state, fromStart: state.fromStart.map(() => logE) } };
};
const judgeCells = (...cells: [metric: string, slice: string, logE: number][]) =>
  canaryVerdict(
    {
      ...noEvidence(spec),
      cells: new Map(cells.map(([metric, slice, logE]) => [cellKey(metric, slice), cellAt(metric, logE)])),
    },
    spec,
    slices,
  );

describe('what a decision is put down to', () => {
  it('is the slice that collapsed, though the whole that it drags along weighs more', () => {
    const { decides } = judgeCells(['task_success', ALL, 5], ['task_success', 'category=irrelevance', 6]);
    expect([decides.plan.spec.name, decides.slice]).toEqual(['task_success', 'category=irrelevance']);
  });

  it('is the whole where every slice is a little worse', () => {
    const { decides } = judgeCells(['task_success', ALL, 5], ['task_success', 'category=irrelevance', 2]);
    expect(decides.slice).toBe(ALL);
  });

  it('is never a metric with a smaller part of E', () => {
    const { decides } = judgeCells(['task_success', ALL, 5], ['error_rate', 'category=simple', 5.5]);
    expect([decides.plan.spec.name, decides.slice]).toEqual(['task_success', ALL]);
  });
});
