import { describe, expect, it } from 'vitest';
import { regressionOf } from '../../schemas/regression.fixture.ts';
import { ROUTED_EVENTS, type AlertEvent } from '../../schemas/alert.ts';
import type { Decision } from '../../schemas/decision.ts';
import type { AgentState } from '../rollout/agent-log.ts';
import { applyDecision } from '../rollout/agent-log.ts';
import { file } from '../commands/report.ts';
import { coverageShortfall } from '../evidence/coverage.ts';
import { createRegistryFold } from '../registry/registry-fold.ts';
import { factsOf, gateDocument, play, rolloutDocument, started, stepped, T0, worldOf } from '../test/play.fixture.ts';
import type { World } from './alert-kind.ts';
import { ALERT_KINDS } from './kinds/table.ts';
import type { PipelineLook } from './pipeline.ts';

type Log = { state: AgentState; decisions: Decision[] };

const QUIET: PipelineLook = { deadLetters: [], silent: [], judgeWaitedMs: 0 };
const worldAt = ({ state, decisions }: Log, nowMs = T0 + 60_000, pipeline: PipelineLook | null = QUIET): World => ({
  nowMs,
  agents: [{ state, decisions }],
  pipeline,
  open: new Map(),
});
const standing = (event: AlertEvent, world: World) => ALERT_KINDS[event].standing!(world);
const isHeld = (reason: string) => factsOf({ shortfall: reason, shortfallLasts: true, streamTimeMs: T0 + 5_000 });
const going = () => started(rolloutDocument({}));

/** What stands, and what is left of it after the step that ends it. */
const lasts = (event: AlertEvent, during: Log, after: Log) => {
  const facts = standing(event, worldAt(during));
  expect(facts, event).toHaveLength(1);
  expect(facts![0]).toMatchObject({ event, agent: 'support' });
  expect(standing(event, worldAt(after)), event).toEqual([]);
  return facts![0]!;
};

describe('what lasts is over when the log says so', () => {
  it('a hold since it began, and when it is released', () => {
    const held = stepped(going(), isHeld('no data: nothing came'), T0 + 5_000);
    const fact = lasts('hold', held, stepped(held, factsOf({ streamTimeMs: T0 + 9_000 }), T0 + 9_000));
    expect(fact).toMatchObject({ sinceMs: T0 + 5_000, version: 'v2', summary: 'no data: nothing came' });
  });

  it('a version in service that got worse, with what fell, by how much and where', () => {
    const log = going();
    const fact = regressionOf({ version: 'v1', metric: 'empathy' });
    const inService = { ...log.state.inService, open: [{ fact, atMs: T0, logE: 8, logThreshold: 7 }] };
    const told = lasts('regression', { ...log, state: { ...log.state, inService } }, log);
    expect(told).toMatchObject({
      key: `regression|support|v1|empathy|language=de|${fact.sinceMs}`,
      summary: expect.stringMatching(
        /^Quality of v1 in service fell since 2026-03-02 14:05 UTC: empathy .*n = 2,310.* on language=de\.$/,
      ),
      value: 0.88,
      threshold: 0.94,
      n: 2_310,
      logE: 8,
      logThreshold: 7,
    });
  });

  it('a judge that is behind, in the words of every shortfall of a judge, and no other', () => {
    const silent = stepped(going(), isHeld('the judge is silent: scores stand 40 s behind the exchanges'), T0);
    lasts('judge-behind', silent, going());
    const other = stepped(going(), isHeld('no data: no request of v2 was seen in this stage'), T0);
    expect(standing('judge-behind', worldAt(other))).toEqual([]);
    expect(standing('coverage-lost', worldAt(silent))).toEqual([]);
  });

  it('a judge whose records wait, without any rollout: from two minutes on until they wait for less than half of one', () => {
    const told = (judgeWaitedMs: number | null, open: World['open'] = new Map()) =>
      standing('judge-behind', { nowMs: T0, agents: [], pipeline: { ...QUIET, judgeWaitedMs }, open });
    expect(told(119_000)).toEqual([]);
    expect(told(null)).toEqual([]);
    const [fact] = told(120_000)!;
    expect(fact).toMatchObject({ agent: null, sinceMs: T0 - 120_000, value: 120, threshold: 120 });
    expect(ALERT_KINDS['judge-behind'].title(fact!)).toBe('The judge is behind');
    const open = new Map([[fact!.key, fact!]]);
    expect(told(30_000, open)).toMatchObject([{ key: fact!.key, value: 30 }]);
    expect(told(29_000, open)).toEqual([]);
    expect(told(null, open)).toEqual([fact]);
  });

  it('a judge that is silent in a rollout as it is played, told by the reason that the log has', () => {
    const document = rolloutDocument({ deadline: '50s' });
    const played = play(document, worldOf(200), 5, { windows: 45, isSilent: (window) => window > 3 });
    expect(played.decisions.at(-1)!.type).toBe('hold');
    expect(standing('judge-behind', worldAt(played))).toHaveLength(1);
  });

  it('telemetry that is missing, in the words that it is told in; scores that are missing are the judge’s', () => {
    const reasonOf = (of: string): string =>
      coverageShortfall([{ of, candidate: 0.91, stable: 0.99 }], 0.99, { candidate: 'v2', stable: 'v1' })!;
    for (const [of, event, other] of [
      ['exchanges', 'coverage-lost', 'judge-behind'],
      ['cost', 'coverage-lost', 'judge-behind'],
      ['empathy', 'judge-behind', 'coverage-lost'],
    ] as const) {
      const held = stepped(going(), isHeld(reasonOf(of)), T0);
      lasts(event, held, going());
      expect(standing(other, worldAt(held))).toEqual([]);
    }
  });

  it('a promotion that a second person must agree to', () => {
    const asked = going();
    const run = { ...asked.state.run!, asked: { by: 'ann (key_1)', atMs: T0 + 1, arm: null, reason: '' } };
    const fact = lasts('waiting', { ...asked, state: { ...asked.state, run } }, asked);
    expect(fact.summary).toBe('ann asked for the promotion; a second person must agree');
  });

  it('a gate that failed, until another one of that agent passes, or for a week', () => {
    const filed = ({ state, decisions }: Log, passed: boolean, timeMs: number): Log => {
      const filing = file(state, gateDocument({ passed, cases: 40, summary: 'golden set' }), {
        by: 'ci',
        timeMs,
        registry: createRegistryFold(),
      });
      if (filing.kind !== 'decide') throw new Error(filing.refusal.message);
      return { state: applyDecision(state, filing.decision)!, decisions: [...decisions, filing.decision] };
    };
    const failed = filed(going(), false, T0);
    lasts('gate-failed', failed, filed(failed, true, T0 + 1));
    expect(standing('gate-failed', worldAt(failed, T0 + 8 * 86_400_000))).toEqual([]);
  });

  it('a harm budget that has no room any more', () => {
    const begun = started(rolloutDocument({ stages: undefined, promotion: 'budget' }));
    const up = stepped(begun, factsOf({ weightPct: 20 }), T0 + 1_000);
    const down = stepped(up, factsOf({ weightPct: 5, streamTimeMs: T0 + 2_000 }), T0 + 2_000);
    expect(standing('budget-used', worldAt(begun))).toEqual([]);
    lasts('budget-used', down, up);
  });

  it('dead letters that wait and a silent service; nothing is said while nobody could look', () => {
    const look: PipelineLook = {
      ...QUIET,
      deadLetters: [
        { group: 'coalmine-judge', waiting: 3 },
        { group: 'coalmine-mirror', waiting: 0 },
      ],
      silent: [{ topic: 'coalmine.scores', writers: ['judge'] }],
    };
    for (const event of ['dead-letters', 'pipeline-silent'] as const) {
      expect(standing(event, worldAt(going(), T0, look))).toHaveLength(1);
      expect(standing(event, worldAt(going(), T0, QUIET))).toEqual([]);
      expect(standing(event, worldAt(going(), T0, null))).toBeNull();
    }
    expect(standing('dead-letters', worldAt(going(), T0, look))![0]!.summary).toBe(
      'coalmine-judge could not read 3 records; they lie in coalmine.judge.dlq',
    );
    expect(standing('dead-letters', worldAt(going(), T0, { ...look, deadLetters: null }))).toBeNull();
  });
});

describe('what happens is told by its decision, with the figures that decided', () => {
  it('a rollback', () => {
    const played = play(rolloutDocument({}), worldOf(400, { error: 0.3 }), 5);
    const decision = played.decisions.at(-1)!;
    expect(decision.type).toBe('rollback');
    const fact = ALERT_KINDS.rollback.happened!(decision)!;
    expect(fact).toMatchObject({ agent: 'support', version: 'v2', severity: 'critical', metric: decision.metric });
    expect(fact.n).toBeGreaterThan(0);
    expect(fact.value!).toBeGreaterThan(fact.threshold!);
    expect(fact.logE!).toBeGreaterThanOrEqual(fact.logThreshold!);
  });

  it('a promotion, an abort and a rollout that proved nothing, each by its own kind alone', () => {
    const { decisions } = going();
    for (const [event, type] of [
      ['promotion', 'promote'],
      ['abort', 'abort'],
      ['inconclusive', 'inconclusive'],
    ] as const) {
      const decision = { ...decisions.at(-1)!, type };
      const found = ROUTED_EVENTS.filter((one) => (ALERT_KINDS[one].happened?.(decision) ?? null) !== null);
      expect(found).toEqual([event]);
    }
  });
});

it('every kind says when it is and when it is over', () => {
  for (const event of ROUTED_EVENTS) {
    const { about, happened } = ALERT_KINDS[event];
    expect(about.when).not.toBe('');
    expect(about.over === null).toBe(happened !== undefined);
  }
});
