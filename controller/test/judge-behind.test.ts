import { describe, expect, it } from 'vitest';
import { start } from '../commands/start.ts';
import { noCounts } from '../evidence/coverage.ts';
import { countedRequests } from '../verdict/counted-requests.ts';
import {
  AB,
  play,
  registered,
  rolloutDocument,
  SHADOW,
  started,
  strategyDocument,
  T0,
  worldOf,
} from './play.fixture.ts';
import type { World } from './traffic.fixture.ts';

const world = (candidate: object = {}, more: Partial<World> = {}): World => worldOf(100, candidate, more);
const behind = (rules: number, lagMs = 2_000) => ({ share: () => ({ rules, lagMs }) });
type Played = ReturnType<typeof play>;
const path = ({ decisions }: Played): string[] => decisions.slice(1).map((d) => `${d.type}:${d.stage}`);
const PASSED = ['start:0', 'advance:1', 'advance:2', 'advance:3', 'promote:3'];
const secondsOf = ({ decisions }: Played): number[] => decisions.slice(2).map(({ timeMs }) => (timeMs - T0) / 1_000);
/** One stage, on which only what is scored decides. */
const document = (more: object = {}) =>
  rolloutDocument({
    metrics: [{ name: 'empathy' }, { name: 'task_success' }],
    stages: [{ weightPct: 50, duration: '10s' }],
    ...more,
  });

describe('a rollout whose judge is behind', () => {
  it('takes longer by as much as is left out, and is never held', () => {
    const all = play(rolloutDocument({}), world({}, behind(1)), 1);
    const fifth = play(rolloutDocument({}), world({}, behind(0.2)), 1);
    expect([path(all), path(fifth)]).toEqual([PASSED, PASSED]);
    expect(secondsOf(all)).toEqual([10, 20, 30, 40]);
    // 5 of 100 answers a second are the candidate's at first, one of them is scored, and 20 are asked for.
    expect(secondsOf(fifth)[0]).toBeGreaterThan(13);
    expect(fifth.decisions[2]!.reason).toMatch(
      /passed with 2\d candidate requests: .*; of \d+ requests of v2 those count that the judge, which was behind, meant to score$/,
    );
  });

  it('counts no request of a stage whose answers the judge has not come to yet', () => {
    const document = rolloutDocument({});
    const { run } = started(document).state;
    const played = play(document, world({}, behind(1)), 1, { windows: 5 });
    const seen = played.evidence.stages.get(0)!;
    expect(countedRequests(run!, played.evidence)).toBe(seen.candidate.seen);
    const later = { ...noCounts(), candidate: { ...noCounts().candidate, seen: 100 } };
    const evidence = { ...played.evidence, stages: new Map([...played.evidence.stages, [1, later]]) };
    expect(countedRequests({ ...run!, stage: 1 }, evidence)).toBe(0);
    expect(countedRequests({ ...run!, stage: 1 }, { ...evidence, pace: [] })).toBe(100);
  });

  it('goes on with all answers once the judge is current again', () => {
    const played = play(
      rolloutDocument({}),
      world({}, { share: (startMs) => ({ rules: startMs < T0 + 5_000 ? 0.05 : 1, lagMs: 0 }) }),
      1,
    );
    expect(path(played)).toEqual(PASSED);
    expect(secondsOf(played)).toEqual([10, 20, 30, 40]);
  });

  it('rolls back what is worse in the answers that are scored', () => {
    const played = play(document(), world({ empathy: 0.3 }, behind(0.2)), 2);
    expect(played.decisions.at(-1)).toMatchObject({ type: 'rollback', metric: 'empathy', bounded: true });
  });

  it('is held where the judge has not spoken of answers, whatever it means to score of the others', () => {
    const lost = { ...behind(0.5), unspoken: { stable: 0, candidate: 0.4 } };
    const stages = [{ weightPct: 50, duration: '30s' }];
    const played = play(document({ stages, deadline: '60s' }), world({}, lost), 3);
    expect(path(played)).toEqual(['start:0', 'hold:0', 'inconclusive:0']);
    expect(played.decisions[2]!.reason).toMatch(
      /^the judge lags or fails: scores of empathy cover \d\d(\.\d)? % of v2's/,
    );
  });

  it('is held where the scores that were meant fail', () => {
    const played = play(document(), world({}, { ...behind(0.5), unscored: { stable: 0, candidate: 0.5 } }), 4, {
      windows: 40,
    });
    expect(path(played)).toEqual(['start:0', 'hold:0']);
  });

  it('does not miss what a judge within its limits has not come to yet', () => {
    const late = (lagMs: number): Played =>
      play(document(), world({}, behind(0.5, lagMs)), 5, { windows: 60, isSilent: (window) => window % 8 !== 0 });
    expect(path(late(9_000))).toEqual(['start:0', 'promote:0']);
  });

  it('is held when none of the candidate’s answers is scored, is told how many judges to add, and goes on when there are', () => {
    const share = (startMs: number) => ({ rules: startMs < T0 + 20_000 ? 0 : 1, lagMs: 42_000 });
    const played = play(document(), world({}, { share }), 6);
    expect(path(played)).toEqual(['start:0', 'hold:0', 'release:0', 'promote:0']);
    expect(played.decisions[2]!.reason).toMatch(
      /^the judge is 42 s behind and scores 0 % of answers: none of v2's last \d+ answers was scored; add \d+ more judges for each that runs \(a JUDGE_INSTANCE of its own, same group; at most one per partition\), or give the rollout a later deadline$/,
    );
  });

  it('is held when so few are scored that the stage can’t end before the deadline', () => {
    const played = play(document({ minRequests: 200, deadline: '60s' }), world({}, behind(0.02)), 7);
    expect(path(played)).toEqual(['start:0', 'hold:0', 'inconclusive:0']);
    expect(played.decisions[2]!.reason).toMatch(
      /^the judge is 2 s behind and scores \S+ % of answers: at this pace the stage will have \d+ of the \d+ requests that it still needs by the deadline in \d+ s; add \d more judges? for each/,
    );
  });

  it('is not held for a stage that few requests make slow', () => {
    const few = { ...behind(0.9), requestsPerWindow: 2 };
    const played = play(document({ minRequests: 200, deadline: '60s' }), world({}, few), 8);
    expect(path(played)).toEqual(['start:0', 'inconclusive:0']);
  });

  it('waits in shadow for as many pairs as ever, and is held when none is scored', () => {
    const shadow = { shadow: SHADOW };
    const fifth = play(rolloutDocument(shadow), world({}, { ...behind(0.05), requestsPerWindow: 20 }), 9);
    expect(path(fifth).slice(0, 2)).toEqual(['start:-1', 'advance:0']);
    expect(secondsOf(fifth)[0]).toBeGreaterThan(20);
    const none = play(rolloutDocument({ ...shadow, deadline: '60s' }), world({}, behind(0)), 9);
    expect(path(none)).toEqual(['start:-1', 'hold:-1', 'inconclusive:-1']);
    expect(none.decisions[2]!.reason).toMatch(/none of v2's last \d+ answers was scored/);
  });
});

describe('a rollout whose judge models are behind', () => {
  const judge = { name: 'llm:m@1', candidatePct: 100, stablePct: 100 };
  const byModels = (models: number): Partial<World> => ({
    judge,
    share: () => ({ rules: 1, models, lagMs: 0 }),
  });

  it('takes longer by what they leave out, in the same proportion', () => {
    const played = play(document({ minRequests: 100 }), world({}, byModels(0.1)), 1);
    expect(path(played)).toEqual(['start:0', 'promote:0']);
    expect(secondsOf(played)[0]).toBeGreaterThan(15);
  });

  it('is held when they are asked nothing, and is told what makes them quicker', () => {
    const share = (startMs: number) => ({ rules: 1, models: startMs < T0 + 4_000 ? 1 : 0, lagMs: 0 });
    const played = play(document({ minRequests: 10_000, deadline: '60s' }), world({}, { judge, share }), 2);
    expect(path(played)).toEqual(['start:0', 'hold:0', 'inconclusive:0']);
    expect(played.decisions[2]!.reason).toMatch(
      /^the judge is 0 s behind and puts \S+ % of the answers planned for its models before them: .*; raise JUDGE_MODEL_CONCURRENCY or JUDGE_REQUESTS_PER_MINUTE as far as the endpoint lets you, add \d+ more .*, or lower spec.judging of the rollout$/,
    );
  });
});

describe.each(['judged', 'judged_by_models', 'judge_lag', 'judge_lag_p99'])(
  '%s, which tells of the judge alone',
  (name) => {
    const refusedOf = (spec: object): unknown =>
      start(registered().state, rolloutDocument(spec), { by: 'test', timeMs: T0 });

    it('is no metric of a rollout, and no threshold', () => {
      const reason = expect.stringContaining('the judge');
      const thresholds = [{ metric: name, maxAbsolute: 1 }];
      for (const spec of [{ metrics: [{ name }] }, { policy: 'thresholds', thresholds }])
        expect(refusedOf(spec)).toMatchObject({ kind: 'refused', refusal: { issues: [{ reason }] } });
    });

    it('is neither goal nor guardrail of an experiment', () => {
      expect(() => strategyDocument({ ...AB, goal: { metric: name } })).toThrow('the judge');
      expect(() => strategyDocument({ ...AB, guardrails: [{ name }] })).toThrow('guardrail');
    });
  },
);
