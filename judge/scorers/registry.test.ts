import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { COUNTED } from './cases/labelled-cases.fixture.ts';
import { measuredMetrics } from './cases/measured.fixture.ts';
import { SCORERS } from './registry.ts';

const { rules, heldOut, localJudge } = measuredMetrics();

/** What was seen, less a little: precision and recall that a change may not fall below. */
const FLOORS: Readonly<Record<string, readonly [precision: number, recall: number]>> = {
  empty_answer: [1, 0.95],
  cut_answer: [1, 0.94],
  degenerate: [0.97, 0.97],
  task_success: [1, 0.7],
  tool_accuracy: [1, 0.8],
  tool_validity: [0.8, 1],
  tool_errors: [0.9, 0.95],
  json_validity: [0.85, 1],
  reference_match: [0.8, 0.75],
  toxicity: [0.95, 0.88],
  pii_leak: [0.85, 0.65],
  empathy: [0.8, 0.9],
  refusal: [0.95, 0.95],
};
const HELD_OUT_FLOORS: typeof FLOORS = {
  empty_answer: [0.95, 0.7],
  cut_answer: [0.85, 0.7],
  degenerate: [0.9, 0.9],
  refusal: [0.9, 0.4],
  empathy: [0.7, 0.3],
  toxicity: [0.8, 0.4],
  pii_leak: [0.8, 0.7],
  tool_errors: [0.9, 0.4],
};

describe('the registry', () => {
  it('has one scorer for each metric, each in the file of its name', () => {
    const names = SCORERS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names)
      expect(existsSync(path.join(import.meta.dirname, `${name.replaceAll('_', '-')}.ts`)), name).toBe(true);
  });

  it('asks a model of each metric by an examination that settles it', () => {
    for (const scorer of SCORERS) if (scorer.by === 'model') expect(scorer.examination.metrics).toContain(scorer.name);
  });
});

describe('labelled cases', () => {
  it.each(Object.entries({ ...rules, ...localJudge }))(
    '%s has at least 20, some of them yes, some no',
    (_, { cases, truePositives, falseNegatives, trueNegatives, falsePositives }) => {
      expect(cases).toBeGreaterThanOrEqual(20);
      expect(truePositives + falseNegatives).toBeGreaterThanOrEqual(5);
      expect(trueNegatives + falsePositives).toBeGreaterThanOrEqual(5);
    },
  );

  it('are there for every metric that is scored from an answer', () => {
    const counted: readonly string[] = COUNTED;
    const scored = SCORERS.map(({ name }) => name).filter((name) => !counted.includes(name));
    expect(Object.keys({ ...rules, ...localJudge })).toEqual(scored);
    expect(Object.keys(FLOORS).toSorted()).toEqual(Object.keys(rules).toSorted());
  });
});

describe('the rules', () => {
  it.each(Object.entries(FLOORS))('%s stays at its figures', (metric, [precision, recall]) => {
    expect(rules[metric]?.precision).toBeGreaterThanOrEqual(precision);
    expect(rules[metric]?.recall).toBeGreaterThanOrEqual(recall);
  });

  it.each(Object.entries(HELD_OUT_FLOORS))(
    '%s stays at its figures on cases held out',
    (metric, [precision, recall]) => {
      expect(heldOut[metric]?.precision).toBeGreaterThanOrEqual(precision);
      expect(heldOut[metric]?.recall).toBeGreaterThanOrEqual(recall);
    },
  );

  it.each(['task_success', 'tool_accuracy', 'tool_validity', 'json_validity', 'tool_errors'])(
    '%s has exactly the value of its definition wherever it is on the right side',
    (metric) => expect(rules[metric]?.exact).toBe(rules[metric]?.right),
  );
});

describe('the local judge', () => {
  it.each(Object.keys(localJudge))('lets %s be read in every case, without an error', (metric) => {
    expect(localJudge[metric]?.misses.filter(({ got }) => got.startsWith('error'))).toEqual([]);
  });
});
