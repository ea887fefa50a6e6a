import { describe, expect, it } from 'vitest';
import { CalibrationDocument } from '../../schemas/calibration.ts';
import type { Decision } from '../../schemas/decision.ts';
import { applyDecision, type AgentState } from '../rollout/agent-log.ts';
import { gateDocument, play, registered, rolloutDocument, SHADOW, started, T0, worldOf } from './play.fixture.ts';
import { file } from '../commands/report.ts';
import { versionId } from '../../schemas/version-content.ts';
import { registryEntry } from '../follow-registry.ts';
import { createRegistryFold } from '../registry/registry-fold.ts';
import { promotionOf } from '../rollout/strategy.ts';
import type { World } from './traffic.fixture.ts';

const registry = createRegistryFold();
const world = (candidate: object = {}, more: Partial<World> = {}): World => worldOf(200, candidate, more);
/** Names what the made-up world has, so that all of it must be proven. */
const metrics = [{ name: 'error_rate' }, { name: 'task_success' }, { name: 'empathy' }, { name: 'latency' }];
const budget = (more: object = {}) => rolloutDocument({ promotion: 'budget', stages: undefined, metrics, ...more });
const types = ({ decisions }: { decisions: readonly Decision[] }): string[] => decisions.map(({ type }) => type);
const weights = ({ decisions }: { decisions: readonly Decision[] }): number[] =>
  decisions.map(({ routing }) => routing.arms.find(({ name }) => name === 'candidate')?.weight ?? 0);

describe('how a canary is promoted', { timeout: 30_000 }, () => {
  it('is by time where stages are planned, and by budget where nothing is said', () => {
    const of = (spec: object): string => {
      const { spec: parsed } = rolloutDocument(spec);
      return parsed.strategy === 'canary' ? promotionOf(parsed) : '';
    };
    expect(of({})).toBe('timer');
    expect(of({ stages: undefined })).toBe('budget');
    expect(of({ promotion: 'prove' })).toBe('prove');
    expect(of({ stages: undefined, policy: 'thresholds', thresholds: [{ metric: 'latency', maxAbsolute: 2 }] })).toBe(
      'timer',
    );
  });

  it('budget: the weight grows as the possible harm shrinks, within its limits, and proof promotes', () => {
    const played = play(budget(), world(), 1, { windows: 600 });
    expect(types(played).at(-1)).toBe('promote');
    expect(played.decisions.at(-1)!.reason).toMatch(
      /^proven good enough with \d+ candidate requests: all of 4 metrics/,
    );
    const given = weights(played).slice(1, -1);
    expect(given[0]).toBe(5);
    expect(Math.max(...given)).toBeGreaterThan(5);
    expect(Math.max(...given)).toBeLessThanOrEqual(50);
    expect(types(played)).toContain('adjust');
    expect(played.decisions.find(({ type }) => type === 'adjust')!.reason).toMatch(
      /^the weight goes from 5 to [\d.]+ %/,
    );
  });

  it('budget: the holdback stays on stable, whatever the budget allows', () => {
    const generous = budget({ budget: { harmPct: 100, maxPct: 100 }, holdbackPct: 30 });
    const given = weights(play(generous, world(), 1, { windows: 600 })).slice(0, -1);
    expect(Math.max(...given)).toBe(70);
  });

  it('budget: a worse candidate is rolled back, having had no more than the least weight for most of the time', () => {
    const played = play(budget(), world({ error: 0.06 }), 2, { windows: 600 });
    expect(types(played).at(-1)).toBe('rollback');
    expect(Math.max(...weights(played))).toBeLessThan(25);
  });

  it('prove: stages go by time, but only proof promotes, and it need not wait for the last stage', () => {
    const quick = play(rolloutDocument({ promotion: 'prove', metrics }), world(), 3, { windows: 600 });
    expect(types(quick).at(-1)).toBe('promote');
    const never = [...metrics, { name: 'faithfulness' }];
    const document = rolloutDocument({ promotion: 'prove', metrics: never, deadline: '120s' });
    const played = play(document, world(), 3, { windows: 600 });
    expect(types(played)).not.toContain('promote');
    expect(types(played).at(-1)).toBe('inconclusive');
  });

  it('proof asks for nothing of a metric that may not promote', () => {
    const all = [...metrics, { name: 'faithfulness', promotes: false }];
    const silent = play(budget({ metrics: all }), world(), 4, { windows: 300 });
    expect(types(silent)).toContain('hold');
    expect(silent.decisions.find(({ type }) => type === 'hold')?.reason).toMatch(/faithfulness/);
  });

  it('budget: before the judge has scored anything the weight stays and nothing is promoted, however much traffic there is', () => {
    const document = budget({ metrics: undefined, deadline: '60s' });
    const terrible = { taskFailure: { simple: 1, multiple: 1, irrelevance: 1 }, empathy: 0.1 };
    const played = play(document, world(terrible, { requestsPerWindow: 4_000, judgeIsMute: true }), 6, { windows: 80 });
    expect(types(played).at(-1)).toBe('inconclusive');
    expect(Math.max(...weights(played))).toBe(5);
    expect(played.decisions.find(({ type }) => type === 'hold')?.reason).toBe(
      'no data: the judge has scored nothing yet',
    );
  });

  it('nothing is promoted while telemetry is missing, however good what was seen', () => {
    const played = play(budget({ deadline: '300s' }), world({}, { lost: { stable: 0, candidate: 0.2 } }), 5, {
      windows: 400,
    });
    expect(types(played)).not.toContain('promote');
    expect(types(played)).toContain('hold');
  });
});

describe('a judge model', { timeout: 30_000 }, () => {
  const JUDGE = { name: 'llm:judge@v7', candidatePct: 100, stablePct: 100 };
  const calibration = (spec: object): CalibrationDocument =>
    CalibrationDocument.parse({
      apiVersion: 'coalmine/v1',
      kind: 'Calibration',
      metadata: { name: 'empathy' },
      spec: {
        agent: 'support',
        metric: 'empathy',
        scorer: 'llm:judge',
        scorerVersion: 'v7',
        labels: 200,
        agreement: 0.9,
        falsePositiveRate: 0.1,
        falseNegativeRate: 0.1,
        bias: 0,
        ppi: null,
        calibratedAtMs: T0,
        ...spec,
      },
    });
  const filedAt = (window: number, document: CalibrationDocument) => (now: number, state: AgentState) => {
    const filing = now === window ? file(state, document, { by: 'ann', timeMs: T0, registry }) : null;
    return filing?.kind === 'decide' ? filing.decision : null;
  };

  it.each(['budget', 'timer'] as const)(
    'promotes nothing by %s until it is calibrated in the wording that gave the scores, and says so',
    (promotion) => {
      const stages = promotion === 'budget' ? undefined : [{ weightPct: 50, duration: '30s' }];
      const document = rolloutDocument({ promotion, stages, metrics, requireCalibration: true });
      const without = play(document, world({}, { judge: JUDGE }), 9, { windows: 200 });
      expect(types(without).at(-1)).toBe('hold');
      expect(without.decisions.at(-1)!.reason).toBe(
        'empathy is judged by llm:judge@v7, which is not calibrated: no calibration of it was filed',
      );
      const other = { windows: 180, meanwhile: filedAt(150, calibration({ scorerVersion: 'v6' })) };
      expect(types(play(document, world({}, { judge: JUDGE }), 9, other))).not.toContain('promote');
      const poor = { windows: 180, meanwhile: filedAt(150, calibration({ agreement: 0.5 })) };
      expect(types(play(document, world({}, { judge: JUDGE }), 9, poor))).not.toContain('promote');
      const filed = play(document, world({}, { judge: JUDGE }), 9, {
        windows: 260,
        meanwhile: filedAt(150, calibration({})),
      });
      expect(types(filed).slice(-3)).toEqual(['report', 'release', 'promote']);
    },
  );

  it('needs no calibration to roll back', () => {
    const document = rolloutDocument({ metrics, requireCalibration: true });
    const played = play(document, world({ empathy: 0.2 }, { judge: JUDGE }), 10);
    expect(played.decisions.at(-1)).toMatchObject({ type: 'rollback', metric: 'empathy' });
  });

  it('that sees a planned share of the answers is held against that share, and against no more', () => {
    const judging = { candidatePct: 100, stablePct: 25 };
    const sampled = { ...JUDGE, ...judging };
    const planned = play(budget({ judging }), world({}, { judge: sampled }), 11, { windows: 400 });
    expect(types(planned)).not.toContain('hold');
    expect(types(planned).at(-1)).toBe('promote');
    const unplanned = play(budget({}), world({}, { judge: sampled }), 11, { windows: 60 });
    expect(unplanned.decisions.find(({ type }) => type === 'hold')!.reason).toMatch(/scores of empathy cover/);
  });
});

describe('the eval gate', () => {
  const filed = (state: AgentState | null, passed: boolean, timeMs = T0): Decision => {
    const filing = file(state, gateDocument({ passed, cases: 40, summary: 'golden set' }), {
      by: 'ci',
      timeMs,
      registry,
    });
    if (filing.kind !== 'decide') throw new Error(filing.refusal.message);
    return filing.decision;
  };
  const document = (more: object = {}) => rolloutDocument({ gate: { maxAge: '1h' }, shadow: SHADOW, ...more });

  it('holds back everything: no shadow, no user, until it has passed; then the chain goes on to the end', () => {
    const played = play(document(), world(), 6, {
      meanwhile: (window, state) => (window === 20 ? filed(state, true) : null),
    });
    expect(played.decisions.slice(1, 5).map(({ type, state, stage }) => `${type} ${state} ${stage}`)).toEqual([
      'start gate -2',
      'report gate -2',
      'advance shadow -1',
      'advance canary 0',
    ]);
    expect(played.decisions[1]!.routing.shadow).toBeNull();
    expect(played.decisions[3]!.reason).toBe('the eval gate passed over 40 cases: golden set');
    expect(types(played).at(-1)).toBe('promote');
  });

  it('ends the rollout where it fails, and nobody met the candidate', () => {
    const played = play(document(), world(), 7, {
      meanwhile: (window, state) => (window === 3 ? filed(state, false) : null),
    });
    expect(types(played)).toEqual(['register', 'start', 'report', 'rollback']);
    expect(weights(played)).toEqual([0, 0, 0, 0]);
    expect(played.decisions.at(-1)!.reason).toMatch(/^the eval gate failed over 40 cases/);
  });

  it('that could not tell lets nothing begin, and ends nothing: the next one decides', () => {
    const unsure = (state: AgentState): Decision => {
      const filing = file(state, gateDocument({ passed: false, verdict: 'inconclusive' }), {
        by: 'ci',
        timeMs: T0,
        registry,
      });
      if (filing.kind !== 'decide') throw new Error(filing.refusal.message);
      return filing.decision;
    };
    const played = play(document(), world(), 7, {
      windows: 20,
      meanwhile: (window, state) => (window === 3 ? unsure(state) : window === 8 ? filed(state, true) : null),
    });
    expect(types(played).slice(0, 5)).toEqual(['register', 'start', 'report', 'report', 'advance']);
    expect(played.decisions[2]!.reason).toMatch(/^the eval gate of v2 could not tell/);
    expect(() => gateDocument({ passed: true, verdict: 'inconclusive' })).toThrow(/another thing than `passed`/);
  });

  it('may be of a version that is registered and not in service yet, and is refused of another content', () => {
    const { state } = registered();
    const known = createRegistryFold();
    const content = { code: 'c', prompt: 'p', model: {}, dependencies: {} };
    const id = versionId(content);
    const made = { createdBy: 'ci', createdAtMs: T0, parent: 'v1' };
    known.take(registryEntry('Version', { agent: 'support', label: 'v9', id, content, ...made }, 'ci', T0));
    const context = { by: 'ci', timeMs: T0, registry: known };
    const of = (versionId: string) => file(state, gateDocument({ version: 'v9', versionId }), context);
    expect(of(id)).toMatchObject({ kind: 'decide' });
    expect(of('0'.repeat(64))).toMatchObject({ refusal: { issues: [{ path: 'spec.versionId' }] } });
  });

  it('may have passed before the rollout, but not too long ago', () => {
    const begun = (ageMs: number): ReturnType<typeof started> => {
      const { state, decisions } = registered();
      const report = filed(state, true, T0 - ageMs);
      return started(document(), { state: applyDecision(state, report)!, decisions: [...decisions, report] });
    };
    expect(types(play(document(), world(), 8, { from: begun(60_000), windows: 3 }))).toContain('advance');
    expect(types(play(document(), world(), 8, { from: begun(7_200_000), windows: 3 }))).not.toContain('advance');
  });

  it('is refused for an agent or a version that nobody knows', () => {
    const context = { by: 'ci', timeMs: T0, registry };
    expect(file(null, gateDocument({}), context)).toMatchObject({ refusal: { issues: [{ path: 'spec.agent' }] } });
    const { state } = started(rolloutDocument({}));
    expect(file(state, gateDocument({ version: 'v9' }), context)).toMatchObject({
      refusal: { issues: [{ path: 'spec.version', reason: 'agent support has no version v9 (it has v1, v2, v3)' }] },
    });
  });

  it('a report changes neither the arms nor the state of the rollout under way', () => {
    const { state } = started(rolloutDocument({}));
    const after = applyDecision(state, filed(state, true))!;
    expect(after.routing).toMatchObject({ arms: state.routing!.arms, salt: state.routing!.salt });
    expect(after.run).toMatchObject({ state: 'canary', stage: 0, spentMs: 0 });
  });
});
