import { describe, expect, it } from 'vitest';
import type { Decision } from '../../schemas/decision.ts';
import { sentenceOf } from '../../schemas/sentence/sentence.ts';
import type { WindowRow } from '../../schemas/window.ts';
import { setStable } from '../commands/set-stable.ts';
import { start } from '../commands/start.ts';
import { type AgentState, applyDecision } from '../rollout/agent-log.ts';
import { registered, rolloutDocument, stepped, T0 } from '../test/play.fixture.ts';
import { SLOT_MS } from './change-detector.ts';
import { newServiceWatch, stepService } from './service-watch.ts';
import { slotRows, slotSteps } from './service-windows.fixture.ts';
import { stepOnFinding, stepOnOpen } from './watch-step.ts';

const FIRST = Math.ceil(T0 / SLOT_MS);
const NOW = T0 + 1_000_000_000;

type Log = { state: AgentState; decisions: Decision[] };

const take = (log: Log, decision: Decision): void => {
  const next = applyDecision(log.state, decision);
  if (next === null) throw new Error(`not effective: ${decision.reason}`);
  log.state = next;
  log.decisions.push(decision);
};

/** Reads all windows from the first on, as a controller that starts, and takes what it proposes. */
const watched = (log: Log, slots: number, rowsAt: (slot: number) => WindowRow[]): string[] => {
  const before = log.decisions.length;
  const watch = newServiceWatch();
  for (let slot = FIRST; slot < FIRST + slots; slot++)
    for (const step of slotSteps(
      slot,
      rowsAt(slot - FIRST).map((row) => placed(row, slot)),
    )) {
      stepService(watch, log.state, step);
      for (const finding of watch.found.splice(0)) {
        const planned = stepOnFinding(log.state, finding, NOW);
        if (planned.kind === 'decide') take(log, planned.decision);
      }
      const after = stepOnOpen(log.state, NOW);
      if (after.kind === 'decide') take(log, after.decision);
    }
  return log.decisions.slice(before).map(({ type }) => type);
};

const placed = (row: WindowRow, slot: number): WindowRow => ({
  ...row,
  startMs: slot * SLOT_MS,
  endMs: (slot + 1) * SLOT_MS,
});

const serving = (version: string, errorsAt: (slot: number) => number) => (slot: number) =>
  slotRows(slot, { requests: 1_000, errors: errorsAt(slot), quality: 0.9 }).map((row) => ({ ...row, version }));
const worse =
  (from: number, until = Infinity) =>
  (slot: number) =>
    slot >= from && slot < until ? 40 : 10;

/** v2 promoted by a rollout that watches it, or by one that does not. */
const promoted = (spec: object = {}): Log => {
  const log: Log = registered();
  const begun = start(log.state, rolloutDocument(spec), { by: 'ann', timeMs: T0 });
  if (begun.kind !== 'decide') throw new Error('not started');
  take(log, begun.decision);
  const { state, decisions } = stepped(log, { type: 'command', command: 'promote', reason: '', arm: null });
  return { state, decisions: [...decisions] };
};

describe('a version in service that is proven worse than its own past', () => {
  it('is told once, in words, and its recovery once, also by a controller that reads everything anew', () => {
    const log: Log = registered();
    const rows = serving('v1', worse(70, 90));
    expect(watched(log, 120, rows)).toEqual(['regression', 'recovery']);
    expect(watched(log, 120, rows)).toEqual([]);
    const [regression, recovery] = log.decisions.slice(-2) as [Decision, Decision];
    expect(regression).toMatchObject({
      by: 'controller',
      metric: 'error_rate',
      slice: '_all',
      bounded: true,
      state: null,
    });
    expect(regression.routing).toEqual({ ...log.decisions[0]!.routing, sequence: 2, issuedAt: regression.timeMs });
    expect(sentenceOf(regression)).toMatch(
      /^Quality of v1 in service fell since 20\d\d-\d\d-\d\d \d\d:\d\d UTC: error_rate 1 % → 4 % \(n = \d,000\)\.$/,
    );
    expect(sentenceOf(recovery)).toMatch(
      /^Quality of v1 in service is as it was before .* again: error_rate 1 % → 1 %/,
    );
    expect(recovery.regression?.sinceMs).toBe(regression.regression?.sinceMs);
    expect(log.state.inService.open).toEqual([]);
  });

  it('is told beside a rollout that has begun meanwhile, which goes on as it was', () => {
    const log: Log = registered();
    const watch = newServiceWatch();
    for (let slot = FIRST; slot < FIRST + 80; slot++)
      for (const step of slotSteps(
        slot,
        serving('v1', worse(70))(slot - FIRST).map((row) => placed(row, slot)),
      ))
        stepService(watch, log.state, step);
    const begun = start(log.state, rolloutDocument({}), { by: 'ann', timeMs: T0 });
    if (begun.kind === 'decide') take(log, begun.decision);
    const before = log.state.run!;
    const planned = stepOnFinding(log.state, watch.found[0]!, NOW);
    if (planned.kind === 'decide') take(log, planned.decision);
    expect(log.state.run).toMatchObject({
      id: before.id,
      stage: before.stage,
      judgedThroughMs: before.judgedThroughMs,
    });
    expect(log.state.inService.open).toHaveLength(1);
  });

  it('is forgotten once another version is in service', () => {
    const log: Log = registered();
    watched(log, 80, serving('v1', worse(70)));
    expect(log.state.inService.open).toHaveLength(1);
    const moved = setStable(log.state, 'support', 'v2', { by: 'ann', reason: '', timeMs: T0 });
    if (moved.kind === 'decide') take(log, moved.decision);
    expect(log.state.inService).toMatchObject({ version: 'v2', open: [] });
    expect(watched(log, 80, serving('v1', worse(70)))).toEqual([]);
  });
});

it('a version in service keeps its past, however many others come and go beside it', () => {
  const { state } = registered();
  const watch = newServiceWatch();
  const seen = (slot: number, ...versions: string[]): void => {
    const rows = versions.flatMap((version) => serving(version, () => 10)(slot));
    for (const step of slotSteps(
      slot,
      rows.map((row) => placed(row, slot)),
    ))
      stepService(watch, state, step);
  };
  seen(0, 'v1');
  const first = watch.versions[0];
  for (let slot = 1; slot < 6; slot++) seen(slot, 'v1', `w${slot}`);
  expect(watch.versions.map(({ version }) => version).toSorted()).toEqual(['v1', 'w4', 'w5']);
  expect(watch.versions).toContain(first);
});

describe('a rollout that watches what it promoted', () => {
  const WATCH = { watch: { for: '24h', onRegression: 'rollback' } };

  it('sends all traffic back to the version before, by itself, with the evidence, once', () => {
    const log = promoted(WATCH);
    const rows = serving('v2', worse(70));
    expect(watched(log, 120, rows)).toEqual(['regression', 'return']);
    const back = log.decisions.at(-1)!;
    expect(back).toMatchObject({ by: 'controller', metric: 'error_rate', regression: { version: 'v2' } });
    expect(back.logE).toBeGreaterThanOrEqual(back.logThreshold!);
    expect(back.routing.arms).toMatchObject([{ name: 'stable', version: 'v1', weight: 100 }]);
    expect(sentenceOf(back)).toMatch(/^All traffic goes back to v1, as rollout support-v2#2 asks for: quality of v2/);
    expect(watched(log, 120, rows)).toEqual([]);
    expect(log.state.inService.version).toBe('v1');
  });

  const BROKEN_SOON = 42;
  const inRollout =
    (log: Log, promotedAt = 40) =>
    (slot: number): WindowRow[] =>
      serving(
        'v2',
        worse(BROKEN_SOON),
      )(slot).map((row) =>
        slot < promotedAt ? { ...row, rollout: log.state.run!.id, routingSequence: 2, arm: 'candidate' } : row,
      );

  it('sends it back ten minutes after the promotion, beside what the version did in the rollout', () => {
    const log = promoted(WATCH);
    expect(watched(log, 60, inRollout(log))).toEqual(['regression', 'return']);
    expect(log.decisions.at(-1)!.regression).toMatchObject({ sinceMs: (FIRST + BROKEN_SOON) * SLOT_MS, before: 0.01 });
  });

  it('takes what it did for a segment alone for nothing', () => {
    const log = promoted({ ...WATCH, segments: [{ groups: ['staff'] }] });
    expect(watched(log, 60, inRollout(log))).toEqual([]);
  });

  it('does nothing of itself where the document does not ask for it', () => {
    expect(watched(promoted(), 120, serving('v2', worse(70)))).toEqual(['regression']);
  });

  it('does nothing once its time is over', () => {
    const log = promoted({ watch: { for: '1h', onRegression: 'rollback' } });
    expect(watched(log, 120, serving('v2', worse(70)))).toEqual(['regression']);
  });

  it('does nothing once a person has changed the version in service, be it there and back', () => {
    const log = promoted(WATCH);
    for (const version of ['v3', 'v2']) {
      const moved = setStable(log.state, 'support', version, { by: 'ann', reason: '', timeMs: T0 });
      if (moved.kind === 'decide') take(log, moved.decision);
    }
    expect(watched(log, 120, serving('v2', worse(70)))).toEqual(['regression']);
  });

  it('does nothing while another rollout is under way', () => {
    const log = promoted(WATCH);
    watched(log, 70, serving('v2', worse(70)));
    const begun = start(log.state, rolloutDocument({ candidate: 'v3' }, 'support-v3'), { by: 'ann', timeMs: T0 });
    if (begun.kind === 'decide') take(log, begun.decision);
    expect(watched(log, 120, serving('v2', worse(70)))).toEqual(['regression']);
  });
});
