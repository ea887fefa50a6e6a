import { describe, expect, it } from 'vitest';
import { answer, rulesOf } from '../../cli/gate/verdict/verdict.fixture.ts';
import { mulberry32 } from '../../controller/rules/formulas/sampling.fixture.ts';
import { blockedBy } from './blocking-rules.ts';
import { drawSides, type World } from './worlds.ts';

/** Of each question four answers: of some all are right, of some none, of some it depends. */
const POOL = [0, 1, 2, 3, 4, 4].map((right, task) =>
  [0, 1, 2, 3].map((trial) => answer(`task${task}`, trial < right ? 1 : 0)),
);
const RULES = rulesOf([{ metric: 'task_success', maxDropPct: 5 }]);
const RESAMPLES = 400;

const blockedPct = (change: Partial<World>, n: number) => {
  const random = mulberry32(4);
  const world = { pool: POOL, sessionOf: 1, repeats: 1, dropPoints: 0, ...change };
  const all = Array.from({ length: RESAMPLES }, () => blockedBy(RULES, drawSides(world, n, random)));
  const pct = (rule: 'bare' | 'mcNemar' | 'gate'): number =>
    (100 * all.filter((blocked) => blocked[rule]).length) / RESAMPLES;
  return { bare: pct('bare'), mcNemar: pct('mcNemar'), gate: pct('gate') };
};

describe('what blocks a change', () => {
  it('that is none, is the bare rule in a third of the runs, and the gate in at most α of them', () => {
    const { bare, gate } = blockedPct({}, 60);
    expect(bare).toBeGreaterThan(20);
    expect(gate).toBeLessThanOrEqual(5);
  });

  it('that is none, is McNemar by question more often than α where sessions come out alike, and never so the gate', () => {
    const { mcNemar, gate } = blockedPct({ sessionOf: 5 }, 200);
    expect(mcNemar).toBeGreaterThan(10);
    expect(gate).toBeLessThanOrEqual(5);
  });

  it('that truly breaks answers, is the gate', () => {
    expect(blockedPct({ dropPoints: 25 }, 200).gate).toBeGreaterThan(98);
  });
});

describe('a drawn golden set', () => {
  it('has each question on both sides, and as many sessions and repeats as its world says', () => {
    const world = { pool: POOL, sessionOf: 5, repeats: 2, dropPoints: 0 };
    const { candidate, baseline } = drawSides(world, 12, mulberry32(1));
    expect([candidate.length, baseline.length]).toEqual([24, 24]);
    expect(new Set(candidate.map(({ cluster }) => cluster)).size).toBe(3);
    const keys = (side: typeof candidate) => side.map(({ caseId, repeat }) => `${caseId}#${repeat}`);
    expect(keys(candidate)).toEqual(keys(baseline));
    expect(new Set(keys(candidate)).size).toBe(24);
  });
});
