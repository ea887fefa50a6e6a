import { describe, expect, it } from 'vitest';
import { type GateRules, judgeGate } from '../../cli/gate/verdict/verdict.ts';
import { GatePlan } from '../../schemas/gate-plan.ts';
import { loadRecordedAnswers, type ModelName } from './recorded-answers.ts';

const recorded = loadRecordedAnswers();
if (recorded === null) console.warn('the recorded answers are absent; their tests are skipped');

const RULES: GateRules = GatePlan.parse({
  apiVersion: 'coalmine/v1',
  kind: 'GatePlan',
  metadata: { name: 'bfcl' },
  spec: {
    agent: 'caller',
    dataset: { folder: 'bfcl', format: 'bfcl' },
    slices: ['category'],
    criteria: [
      { metric: 'task_success', maxDropPct: 5, slices: true },
      { metric: 'tool_accuracy', maxDropPct: 5, slices: true },
      { metric: 'latency', maxDropPct: 20, p95: '5s' },
      { metric: 'tokens', maxDropPct: 20 },
    ],
  },
}).spec;

const gate = (candidate: ModelName) => judgeGate(RULES, recorded![candidate], recorded!['gpt-4o-2024-05-13']);

describe.skipIf(recorded === null)('the gate on recorded answers, from gpt-4o-2024-05-13', () => {
  it('passes gpt-4o-2024-08-06, which is better', () => {
    const { verdict, rows } = gate('gpt-4o-2024-08-06');
    expect(verdict).toBe('pass');
    expect(rows[0]!.sentence).toBe('task_success rose by 4.4 %, from 86 % to 90 % [n=1,240]');
  });

  it('fails gpt-3.5-turbo-0125, and names the slice that collapses and no other', () => {
    const { verdict, rows, worst } = gate('gpt-3.5-turbo-0125');
    expect(verdict).toBe('fail');
    const failed = rows.filter((row) => row.verdict === 'fail');
    expect(failed.map(({ name, slice }) => [name, slice?.value ?? 'all'])).toEqual([
      ['task_success', 'all'],
      ['task_success', 'irrelevance'],
      ['tool_accuracy', 'all'],
      ['tool_accuracy', 'irrelevance'],
    ]);
    expect(failed[1]!.sentence).toBe(
      'task_success where category is irrelevance fell by 97.8 %, from 77 % to 1.7 %, more than the 5 % allowed, and not by chance: p < 0.0001 [n=240]',
    );
    expect(worst.filter((caseId) => caseId.startsWith('irrelevance')).length).toBeGreaterThan(2);
    expect(rows.find(({ slice }) => slice?.value === 'simple_python')).toMatchObject({ verdict: 'pass' });
  });

  it('passes a version against itself', () => {
    const { verdict, rows } = gate('gpt-4o-2024-05-13');
    expect(verdict).toBe('pass');
    expect(rows.filter(({ asked }) => asked === 'maxDropPct').every(({ dropPct }) => dropPct === 0)).toBe(true);
  });
});
