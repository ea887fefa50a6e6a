import { expect, it } from 'vitest';
import { experimentEvidence } from './experiment-evidence.ts';
import { experimentSpec, trafficRows } from '../test/experiment.fixture.ts';
import { newExperiment, stepExperiment } from '../evidence/experiment.ts';
import { MAX_SLICE_ENTRIES } from './explanation.ts';

it('an experiment’s decision tells of every guardrail’s whole and of the slices that weigh most, so that it fits into the log', () => {
  const arms = ['stable', 'short', 'kind', 'fast'];
  const spec = experimentSpec({ guardrails: [{ name: 'error_rate' }, { name: 'task_success' }] }, arms);
  const values = Array.from({ length: 32 }, (_, i) => `t${i}`);
  const plan = { spec, slices: [{ label: 'tenant', values }] };
  const rows = arms.flatMap((arm) =>
    values.flatMap((value, i) =>
      trafficRows(arm, 0, 50, arm === 'kind' ? i : 1).map((row) => ({ ...row, slice: `tenant=${value}` })),
    ),
  );
  const { experiment } = stepExperiment(newExperiment(spec), plan, rows);
  const entries = experimentEvidence(experiment, plan);
  expect(entries.length).toBe(3 * (2 + MAX_SLICE_ENTRIES));
  const ofKind = entries.filter(({ detail }) => detail.startsWith('kind'));
  expect(ofKind.map(({ slice }) => slice)).toContain('tenant=t31');
  expect(ofKind.map(({ slice }) => slice)).not.toContain('tenant=t0');
});
