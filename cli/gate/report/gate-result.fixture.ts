import type { GateResult, WorstCase } from '../gate-result.ts';
import type { GateRow } from '../verdict/gate-row.ts';

export const rowOf = (change: Partial<GateRow> = {}): GateRow => ({
  name: 'task_success',
  isCheck: false,
  asked: 'maxDropPct',
  threshold: 5,
  slice: null,
  candidate: 0.72,
  baseline: 0.86,
  difference: -0.14,
  dropPct: 16.3,
  p: 0.00001,
  counts: { questions: 500, used: 500, clusters: 500, missing: 0, onlyBaseline: 0, onlyCandidate: 0 },
  verdict: 'fail',
  sentence:
    'task_success fell by 16.3 %, from 86 % to 72 %, more than the 5 % allowed, and not by chance: p < 0.0001 [n=500]',
  worst: ['q1'],
  ...change,
});

export const worstOf = (change: Partial<WorstCase> = {}): WorstCase => ({
  id: 'q1',
  line: 7,
  question: 'Where is it?',
  golden: 'On its way.',
  candidate: 'No idea.',
  baseline: 'On its way.',
  findings: ['task_success 0 % (baseline: 100 %): no call'],
  ...change,
});

export const resultOf = (change: Partial<GateResult> = {}): GateResult => ({
  plan: 'golden',
  planFile: 'gate.yaml',
  agent: 'support',
  dataset: { file: 'questions.jsonl', cases: 500, id: 'abcdef0123456789' },
  candidate: { name: 'http://a/v1', answers: 500, failed: 3, kept: 0, retried: 2, costUsd: 0.123, versions: [] },
  baseline: { name: 'answers.jsonl', answers: 500, failed: 0, kept: 0, retried: 0, costUsd: null, versions: [] },
  verdict: { verdict: 'fail', rows: [rowOf()], worst: ['q1'] },
  worst: [worstOf()],
  judge: { model: 'judge-1', questions: 1_000, estimatedUsd: 0.5, usd: 0.42 },
  remarks: ["2 of the candidate's 500 answers took more than one try"],
  tookMs: 8_200,
  ...change,
});
