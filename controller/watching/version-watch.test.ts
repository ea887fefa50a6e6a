import { describe, expect, it } from 'vitest';
import { binUpperEdge } from '../../schemas/sketch.ts';
import { EXCHANGES, SCORES } from '../../schemas/topics.ts';
import type { WindowRow } from '../../schemas/window.ts';
import { ALL } from '../../schemas/whole-slice.ts';
import { SLOT_MS } from './change-detector.ts';
import { type Slot, slotRows, slotSteps } from './service-windows.fixture.ts';
import { type Finding, foldWatch, type Known, newVersionWatch } from './version-watch.ts';

const SLICES = ['language=de'];
const NOTHING: Known = { open: [], judgedThroughMs: () => 0 };
const GOOD: Slot = { requests: 1_000, errors: 10, quality: 0.94, judge: 'gpt@1' };

const found = (slots: number, rowsAt: (slot: number) => WindowRow[], known = NOTHING): Finding[] => {
  const watch = newVersionWatch('v1');
  return Array.from({ length: slots }, (_, slot) => slot).flatMap((slot) =>
    slotSteps(slot, rowsAt(slot)).flatMap((step) => foldWatch(watch, step, SLICES, known)),
  );
};

describe('the windows of a version in service', () => {
  it('tell which metric fell, since when, from what to what, by how many answers and by whose scores', () => {
    const findings = found(90, (slot) => slotRows(slot, { ...GOOD, quality: slot < 70 ? 0.94 : 0.84 }));
    expect(findings.length).toBeGreaterThan(0);
    expect(findings[0]).toMatchObject({
      kind: 'regression',
      fact: {
        version: 'v1',
        metric: 'faithfulness',
        slice: ALL,
        sinceMs: 70 * SLOT_MS,
        against: 'recent',
        judges: ['gpt@1'],
        beyond: null,
      },
    });
    const { before, after, count } = findings[0]!.fact;
    expect(before).toBeCloseTo(0.94);
    expect(after).toBeCloseTo(0.84);
    expect(count).toBe(((findings[0]!.atMs - 70 * SLOT_MS) / SLOT_MS) * 100);
  });

  it('tell of a slice alone where the whole is as it was', () => {
    const findings = found(80, (slot) => [
      ...slotRows(slot, GOOD),
      ...slotRows(slot, { requests: 100, errors: slot < 70 ? 1 : 20, slice: 'language=de' }),
    ]);
    expect(findings[0]?.fact).toMatchObject({ metric: 'error_rate', slice: 'language=de' });
  });

  it('count for nothing where they are of another version, of a shadow, of another slice, or come twice', () => {
    const bad: Slot = { requests: 1_000, errors: 400 };
    const others = (slot: number): WindowRow[] =>
      slotRows(slot, bad).flatMap((row) => [
        { ...row, version: 'v2' },
        { ...row, kind: 'shadow' as const },
        { ...row, slice: 'country=fr' },
      ]);
    expect(found(90, (slot) => [...slotRows(slot, GOOD), ...(slot < 70 ? [] : others(slot))])).toEqual([]);
    const watch = newVersionWatch('v1');
    for (let slot = 0; slot < 80; slot++)
      for (const step of [slot, slot - 1].flatMap((at) =>
        slotSteps(at, slotRows(at, { ...GOOD, errors: 10 + (at % 2) })),
      ))
        expect(foldWatch(watch, { ...step, rows: [...step.rows, ...step.rows] }, SLICES, NOTHING)).toEqual([]);
  });

  it('are compared with what the version did in its rollout, where nothing is found', () => {
    const inRollout = (row: WindowRow): WindowRow => ({ ...row, rollout: 'support-v1#2', arm: 'candidate' });
    const promotedAt = 48;
    const findings = found(70, (slot) =>
      slot < promotedAt
        ? slotRows(slot, { ...GOOD, errors: slot < 10 ? 300 : 10 }).map(inRollout)
        : slotRows(slot, { ...GOOD, errors: slot < promotedAt + 6 ? 10 : 30 }),
    );
    expect(findings[0]?.fact).toMatchObject({ metric: 'error_rate', sinceMs: (promotedAt + 6) * SLOT_MS });
    expect(findings[0]!.fact.before).toBeCloseTo(0.01);
  });

  it('tell of what is paid that more answers are as dear as one of a hundred was; of what judging takes they tell nothing', () => {
    const bins = (dear: number) => [
      { index: 100, count: 1_000 - dear },
      { index: 300, count: dear },
    ];
    const rowsAt = (slot: number): WindowRow[] =>
      slotRows(slot, { requests: 1_000, errors: 0 }).flatMap((row) =>
        ['cost', 'tokens', 'judge_cost'].map((metric) => ({
          ...row,
          metric,
          sourceTopic: metric === 'judge_cost' ? SCORES.name : EXCHANGES.name,
          bins: bins(slot < 70 || metric === 'tokens' ? 11 : 50),
        })),
      );
    const findings = found(80, rowsAt);
    expect(new Set(findings.map(({ fact }) => fact.metric))).toEqual(new Set(['cost']));
    expect(findings[0]?.fact).toMatchObject({ sinceMs: 70 * SLOT_MS, beyond: binUpperEdge(299) });
    expect(findings[0]!.fact.after).toBeCloseTo(0.05);
  });

  it('lead to the same findings in one step as in many', () => {
    const rowsAt = (slot: number): WindowRow[] => slotRows(slot, { ...GOOD, errors: slot < 70 ? 10 : 40 });
    const many = found(90, rowsAt);
    const rows = Array.from({ length: 90 }, (_, slot) => rowsAt(slot)).flat();
    const watch = newVersionWatch('v1');
    const one = slotSteps(89, rows).flatMap((step) => foldWatch(watch, step, SLICES, NOTHING));
    expect(one).toEqual(many);
  });

  it('prove nothing when another judge scores: its scores are compared with its own alone', () => {
    const findings = found(140, (slot) =>
      slotRows(slot, { ...GOOD, ...(slot < 70 ? {} : { quality: 0.8, judge: 'gpt@2' }) }),
    );
    expect(findings).toEqual([]);
  });

  it('are quiet while a regression is open, and tell when it is over', () => {
    const findings = found(90, (slot) => slotRows(slot, { ...GOOD, errors: slot < 70 ? 10 : 40 }));
    const [{ fact, atMs }] = findings as [Finding];
    const known: Known = { open: [{ fact, atMs }], judgedThroughMs: () => atMs };
    const again = (goodFrom: number): Finding[] =>
      found(120, (slot) => slotRows(slot, { ...GOOD, errors: slot < 70 || slot >= goodFrom ? 10 : 40 }), known);
    expect(again(200)).toEqual([]);
    const [recovery] = again(80);
    expect(recovery).toMatchObject({ kind: 'recovery', fact: { metric: 'error_rate', sinceMs: fact.sinceMs } });
    expect(recovery!.fact.after).toBeCloseTo(0.01);
    expect(recovery!.atMs).toBeGreaterThan(80 * SLOT_MS);
  });

  it('are not judged again where the log has judged them', () => {
    const rowsAt = (slot: number): WindowRow[] => slotRows(slot, { ...GOOD, errors: slot < 70 ? 10 : 40 });
    const [{ atMs }] = found(90, rowsAt) as [Finding];
    const known = { open: [], judgedThroughMs: (): number => atMs };
    expect(found(90, rowsAt, known).every((one) => one.atMs > atMs)).toBe(true);
  });
});
